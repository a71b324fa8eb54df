/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that cannot run: where the hook never had its whole chain, packets meet what `if_missing`
 * says, to the last one; where it had, they notice nothing.
 */
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/support/way.h"

enum { PACKETS = 50 };

static const char *const words[] = { "skip", "empty", "drop" };
enum { SKIP, EMPTY, DROP, WORDS };

/* The object of verdict_LETTER, at a place of the test's own. */
static const char *place_of(const struct ordain *ordain, char letter)
{
	return ordain_path(ordain, "o/%c.bpf.o", letter);
}

static void install_as(const struct ordain *ordain, char letter, const char *sample)
{
	ordain_shell(ordain, "mkdir -p $ROOT/o");
	file_copy(ordain, object_path(ordain, sample), place_of(ordain, letter));
}

static void install(const struct ordain *ordain, char letter)
{
	install_as(ordain, letter, arena_printf(ordain->arena, "verdict_%c", letter));
}

/* Programs of that hook in this order, a word each: the letter, and what it says if any. */
struct member {
	char letter;
	const char *says; /* NULL: nothing */
};

static void write_chain(const struct ordain *ordain, enum hook hook, const struct member *members,
			size_t count)
{
	struct text text = TEXT(ordain->arena);

	text_add(&text, "programs:\n");
	for (size_t i = 0; i < count; i++)
		text_printf(&text,
			    "  %c:\n    {hook: %s, interfaces: [eth0], priority: %zu, object: %s, "
			    "if_missing: %s}\n",
			    members[i].letter, hook_name(hook), i + 1,
			    place_of(ordain, members[i].letter),
			    members[i].says ? members[i].says : "skip");
	policy_write(ordain, "chain.yaml", "%s", text_string(&text));
}

/* a, b and c, of which one cannot run for now. */
static void write_abc(const struct ordain *ordain, enum hook hook, size_t broken, const char *says)
{
	struct member members[] = { { 'a', NULL }, { 'b', NULL }, { 'c', NULL } };

	for (size_t i = 0; i < 3; i++)
		install(ordain, members[i].letter);
	members[broken].says = says;
	unlink(place_of(ordain, members[broken].letter));
	write_chain(ordain, hook, members, 3);
}

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

/* All packets arrive with that trace; NULL: none arrives. */
static void expect(struct ordain *ordain, const char *trace)
{
	if (trace) {
		way_expect(ordain, PACKETS, trace);
		return;
	}
	way_send(ordain, 0, PACKETS, "");
	assert_int_equal(ordain->way->receipt.packets, 0);
}

static uint64_t count_of(const struct ordain *ordain, enum hook hook, char letter,
			 const char *counter)
{
	const char *name = arena_printf(ordain->arena, "%c", letter);

	return ordain_counter(ordain, "eth0", hook, name, counter);
}

/* Nobody sees less or more of them than was sent, whoever it was who dropped them. */
static void assert_dropped_at(const struct ordain *ordain, enum hook hook, size_t at)
{
	for (size_t i = 0; i < 3; i++) {
		char letter = (char)('a' + i);

		assert_int_equal(count_of(ordain, hook, letter, "seen"), i <= at ? PACKETS : 0);
		assert_int_equal(count_of(ordain, hook, letter, "drop"), i == at ? PACKETS : 0);
	}
}

static void assert_incomplete(const struct ordain *ordain, const char *code)
{
	struct outcome status = ordain_run(ordain, "status");

	assert_int_equal(status.code, 2);
	assert_says(status.out, "DEGRADED");
	assert_says(status.out, "INCOMPLETE");
	assert_says(status.out, code);
	assert_says(status.out, "cannot run: ");
}

/* What apply did stays: nothing of it was a last good chain, and nothing is left to do. */
static void assert_settled(const struct ordain *ordain, enum hook hook)
{
	uint32_t program = hook_program("eth0", hook);
	struct outcome apply = ordain_run(ordain, "apply");

	assert_int_equal(apply.code, 1);
	assert_says(apply.out, "No changes.");
	assert_int_equal(hook_program("eth0", hook), program);
	assert_string_equal(ordain_shell(ordain, "ls $ROOT/var/lib/ordain/chains 2>&-").out, "");
}

static void first_boot(struct ordain *ordain, enum hook hook, size_t broken, unsigned int says)
{
	static const char *const without[] = { "bc", "ac", "ab" };
	const char *traces[WORDS] = { without[broken], "", NULL };

	write_abc(ordain, hook, broken, words[says]);
	assert_int_equal(ordain_run(ordain, "apply").code, 1);
	expect(ordain, traces[says]);
	assert_incomplete(ordain, "object-missing");
	assert_settled(ordain, hook);
	if (says == DROP)
		assert_dropped_at(ordain, hook, broken);
	assert_int_equal(says == EMPTY, hook_program("eth0", hook) == 0);
	install(ordain, (char)('a' + broken));
	ordain_do(ordain, "apply");
	expect(ordain, "abc");
	assert_true(ordain_in_sync(ordain));
	policy_clear(ordain, "chain.yaml");
	ordain_do(ordain, "apply");
}

static void first_boot_is_as_the_policy_says(void **state)
{
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		way_open(ordain, hook);
		for (size_t broken = 0; broken < 3; broken++)
			for (unsigned int says = 0; says < WORDS; says++)
				first_boot(ordain, hook, broken, says);
		way_close(ordain);
	}
}

static void alone_on_its_hook(void **state)
{
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		way_open(ordain, hook);
		for (unsigned int says = 0; says < WORDS; says++) {
			const struct member alone = { 'a', words[says] };

			write_chain(ordain, hook, &alone, 1);
			assert_int_equal(ordain_run(ordain, "apply").code, 1);
			assert_int_equal(says != DROP, hook_program("eth0", hook) == 0);
			expect(ordain, says == DROP ? NULL : "");
			assert_incomplete(ordain, "object-missing");
			install(ordain, 'a');
			ordain_do(ordain, "apply");
			expect(ordain, "a");
			unlink(place_of(ordain, 'a'));
			policy_clear(ordain, "chain.yaml");
			ordain_do(ordain, "apply");
		}
		way_close(ordain);
	}
}

/* Several of one hook: drop before empty before skip, and each drop stands in its place. */
static void strictest_decides(void **state)
{
	static const struct {
		const char *says[3];
		const char *trace;
		size_t drops_at;
	} cases[] = {
		{ { "skip", "empty", NULL }, "", 3 },	 { { "empty", "skip", "skip" }, "", 3 },
		{ { NULL, "drop", "empty" }, NULL, 1 },	 { { "empty", NULL, "drop" }, NULL, 2 },
		{ { "skip", "drop", "drop" }, NULL, 1 },
	};
	struct ordain *ordain = *state;

	way_open(ordain, HOOK_XDP);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct member members[3];

		for (size_t j = 0; j < 3; j++) {
			members[j] = (struct member){ (char)('a' + j), cases[i].says[j] };
			install(ordain, members[j].letter);
			if (members[j].says)
				unlink(place_of(ordain, members[j].letter));
		}
		write_chain(ordain, HOOK_XDP, members, 3);
		assert_int_equal(ordain_run(ordain, "apply").code, 1);
		expect(ordain, cases[i].trace);
		if (!cases[i].trace)
			assert_int_equal(count_of(ordain, HOOK_XDP, (char)('a' + cases[i].drops_at),
						  "drop"),
					 PACKETS);
		policy_clear(ordain, "chain.yaml");
		ordain_do(ordain, "apply");
	}
}

/* An object that is one and does not load, a damaged one, one that others could change, ... */
static const struct {
	const char *object;
	const char *command; /* what is done to it; NULL: nothing */
	const char *says;
	const char *code;
} reasons[] = {
	{ "broken/out_of_bounds", NULL, "drop", "verifier" },
	{ "broken/deep_calls", NULL, "drop", "kernel-limit" },
	{ "broken/throw", NULL, "drop", "program-type" },
	{ "broken/no_programs", NULL, "drop", "object-invalid" },
	{ "broken/several", NULL, "drop", "function-ambiguous" },
	{ "verdict_b", "truncate -s 100 $ROOT/o/b.bpf.o", "drop", "object-invalid" },
	{ "verdict_b", "chmod 666 $ROOT/o/b.bpf.o", "drop", "unsafe-file" },
	{ "verdict_b", "rm $ROOT/o/b.bpf.o && mkdir $ROOT/o/b.bpf.o", "drop", "object-" },
	{ "verdict_b", NULL,
	  "drop, sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	  "object-changed" },
	{ "verdict_b", NULL, "drop, readonly: true", "readonly-refuted" },
};

static void whatever_the_reason(void **state)
{
	struct ordain *ordain = *state;

	way_open(ordain, HOOK_XDP);
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		write_abc(ordain, HOOK_XDP, 1, reasons[i].says);
		install_as(ordain, 'b', reasons[i].object);
		if (reasons[i].command)
			ordain_shell(ordain, "%s", reasons[i].command);
		assert_int_equal(ordain_run(ordain, "apply").code, 1);
		expect(ordain, NULL);
		assert_incomplete(ordain, reasons[i].code);
		assert_settled(ordain, HOOK_XDP);
		assert_dropped_at(ordain, HOOK_XDP, 1);
		ordain_shell(ordain, "rm -r $ROOT/o");
		write_abc(ordain, HOOK_XDP, 1, "drop");
		install(ordain, 'b');
		ordain_do(ordain, "apply");
		expect(ordain, "abc");
		policy_clear(ordain, "chain.yaml");
		ordain_do(ordain, "apply");
	}
}

static void set_mtu(const struct ordain *ordain, int mtu)
{
	netns_ip(ordain->netns, NETNS_FAR, "link set far0 mtu %d", mtu);
	netns_ip(ordain->netns, NETNS_NEAR, "link set eth0 mtu %d", mtu);
}

/* Where packets have several buffers, what drops them has to take them, too. */
static void drop_takes_large_packets(void **state)
{
	static const struct member chains[][2] = {
		{ { 'b', "drop" }, { 'c', "drop" } },
		{ { 'a', NULL }, { 'b', "drop" } },
	};
	struct ordain *ordain = *state;

	set_mtu(ordain, 9000);
	way_open(ordain, HOOK_XDP);
	install_as(ordain, 'a', "features/frags");
	for (size_t i = 0; i < sizeof(chains) / sizeof(*chains); i++) {
		write_chain(ordain, HOOK_XDP, chains[i], 2);
		assert_int_equal(ordain_run(ordain, "apply").code, 1);
		assert_says(ordain_run(ordain, "status -o json").out, "\"linked, native\"");
		expect(ordain, NULL);
		assert_int_equal(count_of(ordain, HOOK_XDP, 'b', "drop"), (i + 1) * PACKETS);
	}
}

static int small_again(void **state)
{
	const struct ordain *ordain = *state;

	ordain_shell(ordain, "rm -r $BPFFS/ordain");
	set_mtu(ordain, 1500);
	return ordain_teardown(state);
}

/* Packets flow while the program comes: until then each meets what is said, and then all of it. */
static void comes_under_traffic(struct ordain *ordain, enum hook hook, unsigned int says)
{
	static const char *const traces[WORDS] = { "ac", "", "abc" };
	const struct receipt *receipt;
	uint64_t dropped;

	write_abc(ordain, hook, 1, words[says]);
	agent_start_ready(ordain);
	assert_true(agent_said(ordain, says == DROP ? "b cannot run: drops every packet"
						    : "b cannot run: "));
	way_open(ordain, hook);
	way_start(ordain);
	way_wait(ordain, 1000);
	install(ordain, 'b');
	wait_until(ordain, agent_said(ordain, "complete again"));
	assert_true(ordain_in_sync(ordain));
	way_wait(ordain, 1000);
	way_stop(ordain);
	receipt = &ordain->way->receipt;
	dropped = count_of(ordain, hook, 'b', "drop");
	assert_true(receipt_of(receipt, "abc") >= 1000);
	if (says == DROP) {
		/* The drops are carried over under the program's name, and none is missing. */
		assert_true(dropped >= 1000);
		assert_int_equal(receipt_of(receipt, "abc") + dropped, ordain->way->sender.sent);
		assert_int_equal(count_of(ordain, hook, 'b', "seen"), ordain->way->sender.sent);
	} else {
		assert_int_equal(receipt->lost, 0);
		assert_int_equal(dropped, 0);
		assert_true(receipt_of(receipt, traces[says]) >= 1000);
		assert_int_equal(receipt_of(receipt, traces[says]) + receipt_of(receipt, "abc"),
				 ordain->way->sender.sent);
	}
	way_close(ordain);
	agent_stop(ordain);
	policy_clear(ordain, "chain.yaml");
	ordain_do(ordain, "apply");
	agent_forget(ordain);
}

static void program_that_comes_is_swapped_in_without_loss(void **state)
{
	struct ordain *ordain = *state;

	for_each_hook(hook) for (unsigned int says = 0; says < WORDS; says++)
		comes_under_traffic(ordain, hook, says);
}

/* Once it ran, it runs on: for what an upgrade brings, and when the file is gone. */
static void upgrade_that_does_not_load_leaves_the_chain(void **state)
{
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		uint32_t program;

		write_abc(ordain, hook, 1, "drop");
		install(ordain, 'b');
		ordain_do(ordain, "apply");
		program = hook_program("eth0", hook);
		way_open(ordain, hook);
		way_start(ordain);
		install_as(ordain, 'b', "broken/out_of_bounds");
		assert_int_equal(ordain_run(ordain, "apply").code, 1);
		assert_says(ordain_run(ordain, "status").out, "BLOCKED");
		unlink(place_of(ordain, 'b'));
		assert_int_equal(ordain_run(ordain, "apply").code, 1);
		way_wait(ordain, 1000);
		way_stop(ordain);
		assert_int_equal(ordain->way->receipt.lost, 0);
		assert_int_equal(receipt_of(&ordain->way->receipt, "abc"),
				 ordain->way->sender.sent);
		assert_int_equal(hook_program("eth0", hook), program);
		way_close(ordain);
		policy_clear(ordain, "chain.yaml");
		ordain_do(ordain, "apply");
	}
}

/* Whatever is not on the disk is gone. */
static void reboot(struct ordain *ordain)
{
	agent_stop(ordain);
	ordain_shell(ordain, "rm -r $BPFFS/ordain");
	for_each_hook(hook) wait_until(ordain, !hook_holding("eth0", hook).count);
	agent_forget(ordain);
	agent_start_ready(ordain);
}

static void reboot_without_the_object(void **state)
{
	struct ordain *ordain = *state;
	const char *last_good;

	for_each_hook(hook)
	{
		write_abc(ordain, hook, 1, "drop");
		install(ordain, 'b');
		agent_start_ready(ordain);
		last_good = ordain_shell(ordain, "cat $ROOT/var/lib/ordain/chains/*").out;
		assert_says(last_good, "element b ");
		unlink(place_of(ordain, 'b'));
		/* It was kept, and runs. */
		reboot(ordain);
		way_open(ordain, hook);
		expect(ordain, "abc");
		assert_says(ordain_run(ordain, "status").out, "BLOCKED");
		/* Not even kept: nothing is better than what the policy says. */
		ordain_shell(ordain, "rm -r $ROOT/var/lib/ordain/objects");
		reboot(ordain);
		expect(ordain, NULL);
		assert_incomplete(ordain, "object-missing");
		assert_dropped_at(ordain, hook, 1);
		/* It is no last good one, so that the good one comes back after whatever comes. */
		assert_string_equal(ordain_shell(ordain, "cat $ROOT/var/lib/ordain/chains/*").out,
				    last_good);
		install(ordain, 'b');
		wait_until(ordain, ordain_in_sync(ordain));
		expect(ordain, "abc");
		agent_stop(ordain);
		way_close(ordain);
		policy_clear(ordain, "chain.yaml");
		ordain_do(ordain, "apply");
	}
}

/* No good state, no object: what runs in the kernel is all there is, and is not taken away. */
static void what_runs_is_not_taken_away(void **state)
{
	struct ordain *ordain = *state;
	uint32_t program;

	for (unsigned int says = 0; says < WORDS; says++) {
		write_abc(ordain, HOOK_XDP, 1, words[says]);
		install(ordain, 'b');
		ordain_do(ordain, "apply");
		program = hook_program("eth0", HOOK_XDP);
		unlink(place_of(ordain, 'b'));
		ordain_shell(ordain, "rm -r $ROOT/var/lib/ordain");
		assert_int_equal(ordain_run(ordain, "apply").code, 1);
		assert_int_equal(hook_program("eth0", HOOK_XDP), program);
		assert_says(ordain_run(ordain, "status").out, "left as it is");
	}
}

static void other_add(const struct ordain *ordain)
{
	netns_ip(ordain->netns, NETNS_NEAR, "link add other0 type veth peer name other1");
	netns_ip(ordain->netns, NETNS_NEAR, "link set other0 up");
	netns_ip(ordain->netns, NETNS_NEAR, "link set other1 up");
}

/* So many maps beside `flows` that its next version, with one more, does not fit any more. */
static void crowd(const struct ordain *ordain, const char *interface)
{
	struct text text = TEXT(ordain->arena);

	for (int i = 0; i < 11; i++)
		text_printf(&text, "  names%d: {hook: xdp, interfaces: [%s], object: %s}\n", i,
			    interface, object_path(ordain, "features/map_names"));
	for (int i = 0; i < 4; i++)
		text_printf(&text, "  set%d: {hook: xdp, interfaces: [%s], object: %s}\n", i,
			    interface, object_path(ordain, "features/settings"));
	policy_write(ordain, "crowd.yaml", "programs:\n%s", text_string(&text));
}

static void write_flows(const struct ordain *ordain)
{
	policy_write(ordain, "flows.yaml",
		     "programs:\n"
		     "  flows: {hook: xdp, interfaces: [eth0, other0], object: %s}\n"
		     "  last: {hook: xdp, interfaces: [eth0], object: %s, last: true,\n"
		     "         if_missing: drop}\n",
		     ordain_path(ordain, "o/f.bpf.o"), place_of(ordain, 'b'));
}

/* Both have the first version of an object, and one of them cannot take the second. */
static void upgrade_beside_a_crowd(struct ordain *ordain, const char *crowded)
{
	other_add(ordain);
	install_as(ordain, 'f', "flows_1");
	write_flows(ordain);
	crowd(ordain, crowded);
	assert_int_equal(ordain_run(ordain, "apply").code, 1);
	way_open(ordain, HOOK_XDP);
	expect(ordain, NULL);
	install_as(ordain, 'f', "flows_2");
	assert_int_equal(ordain_run(ordain, "apply").code, 1);
}

/* Chains change together, for a hook to keep what is good: on eth0 there is nothing to keep. */
static void hook_that_was_never_whole_is_not_held(void **state)
{
	struct ordain *ordain = *state;

	upgrade_beside_a_crowd(ordain, "other0");
	install(ordain, 'b');
	assert_int_equal(ordain_run(ordain, "apply").code, 1);
	expect(ordain, "2b");
	assert_says(ordain_run(ordain, "status other0").out, "BLOCKED");
}

static void hook_that_was_never_whole_holds_no_other(void **state)
{
	struct ordain *ordain = *state;
	const char *elements;

	upgrade_beside_a_crowd(ordain, "eth0");
	elements = ordain_shell(ordain, "cat $ROOT/var/lib/ordain/chains/*").out;
	assert_says(elements,
		    ordain_shell(ordain,
				 "sha256sum $ROOT/o/f.bpf.o | cut -d ' ' -f 1 | tr -d '\\n'")
			    .out);
	assert_null(strstr(ordain_run(ordain, "status other0").out, "BLOCKED"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(first_boot_is_as_the_policy_says),
		ORDAIN_TEST(alone_on_its_hook),
		ORDAIN_TEST(strictest_decides),
		ORDAIN_TEST(whatever_the_reason),
		cmocka_unit_test_setup_teardown(drop_takes_large_packets, ordain_setup,
						small_again),
		ORDAIN_TEST(program_that_comes_is_swapped_in_without_loss),
		ORDAIN_TEST(upgrade_that_does_not_load_leaves_the_chain),
		ORDAIN_TEST(reboot_without_the_object),
		ORDAIN_TEST(what_runs_is_not_taken_away),
		ORDAIN_TEST(hook_that_was_never_whole_is_not_held),
		ORDAIN_TEST(hook_that_was_never_whole_holds_no_other),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
