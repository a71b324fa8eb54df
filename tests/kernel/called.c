/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that cannot be linked as the others are: those of another licence, which the chain
 * calls, and those that take packets of several buffers.
 */
#include "tests/support/test.h"
#include "tests/support/way.h"

enum { PACKETS = 50 };

/* Each word is NAME=OBJECT; they run in this order. */
static void write_chain(const struct ordain *ordain, enum hook hook, const char *words)
{
	struct text programs = TEXT(ordain->arena);
	struct text order = TEXT(ordain->arena);
	char *rest = arena_strdup(ordain->arena, words);
	char *word;

	while ((word = strsep(&rest, " "))) {
		const char *name = strsep(&word, "=");

		text_printf(&programs, "  %s: {hook: %s, interfaces: [eth0], object: %s}\n", name,
			    hook_name(hook), object_path(ordain, word));
		text_printf(&order, "%s%s", order.length ? ", " : "", name);
	}
	policy_write(ordain, "chain.yaml",
		     "programs:\n%schains:\n  - {interfaces: [eth0], hook: %s, order: [%s]}\n",
		     text_string(&programs), hook_name(hook), text_string(&order));
}

static void run(const struct ordain *ordain, enum hook hook, const char *words)
{
	write_chain(ordain, hook, words);
	ordain_do(ordain, "apply");
}

static void other_licences_are_called(void **state)
{
	static const struct {
		const char *chain;
		const char *trace;
	} chains[] = {
		{ "l=features/licence a=stamp_a b=stamp_b", "lab" },
		{ "a=stamp_a l=features/licence b=stamp_b", "alb" },
		{ "a=stamp_a b=stamp_b l=features/licence", "abl" },
		{ "l=features/licence", "l" },
		{ "l=features/licence a=stamp_a m=features/licence", "lal" },
	};
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		way_open(ordain, hook);
		for (size_t i = 0; i < sizeof(chains) / sizeof(*chains); i++) {
			run(ordain, hook, chains[i].chain);
			way_expect(ordain, PACKETS, chains[i].trace);
			assert_int_equal(way_send(ordain, 'l', PACKETS, chains[i].trace), 0);
			assert_int_equal(ordain->way->receipt.lost, PACKETS);
			assert_int_equal(ordain_counter(ordain, "eth0", hook, "l", "drop"),
					 PACKETS * (i + 1));
			assert_int_equal(ordain_counter(ordain, "eth0", hook, "l",
							hook == HOOK_XDP ? "pass" : "next"),
					 PACKETS * (i + 1));
		}
		way_close(ordain);
		policy_clear(ordain, "chain.yaml");
		ordain_do(ordain, "apply");
	}
}

/* Who runs out of jumps is left out by the kernel: it is counted, and the rest goes on. */
static void missed_calls_are_counted(void **state)
{
	struct ordain *ordain = *state;

	run(ordain, HOOK_XDP, "a=stamp_a s=features/spin l=features/licence b=stamp_b");
	way_open(ordain, HOOK_XDP);
	if (way_send(ordain, 0, PACKETS, "aslb") == PACKETS) {
		print_message("SKIP: this kernel counts the jumps of each program anew\n");
		skip();
	}
	assert_int_equal(receipt_of(&ordain->way->receipt, "asb"), PACKETS);
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "l", "missed"), PACKETS);
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "l", "pass"), 0);
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "l", "seen"), PACKETS);
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "b", "seen"), PACKETS);
}

static void too_many_jumps_are_refused(void **state)
{
	struct ordain *ordain = *state;
	struct text words = TEXT(ordain->arena);
	struct outcome outcome;

	for (int i = 0; i < 33; i++)
		text_printf(&words, "%sl%02d=features/licence", i ? " " : "", i);
	run(ordain, HOOK_XDP, text_string(&words));
	text_add(&words, " z=features/licence");
	write_chain(ordain, HOOK_XDP, text_string(&words));
	outcome = ordain_run(ordain, "apply");
	assert_int_equal(outcome.code, 1);
	assert_non_null(strstr(outcome.err, "with program 'z' the chain may make 34 tail calls"));
}

/* Each loads alone and the kernel counts the sum: the one that tips it is named. */
static void too_many_steps_are_refused(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	run(ordain, HOOK_XDP, "a=features/many_steps b=features/many_steps");
	write_chain(ordain, HOOK_XDP,
		    "a=features/many_steps b=features/many_steps c=features/many_steps "
		    "d=features/many_steps e=features/many_steps");
	outcome = ordain_run(ordain, "apply");
	assert_int_equal(outcome.code, 1);
	if (!strstr(outcome.err, "error[kernel-limit]: with program 'd'") ||
	    !strstr(outcome.err, "the verifier needs more than 1000000 steps for the chain"))
		fail_msg("%s", outcome.err);
}

static void several_buffers_are_for_all_or_none(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	run(ordain, HOOK_XDP, "f=features/frags g=features/frags");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "ff");
	write_chain(ordain, HOOK_XDP, "a=stamp_a f=features/frags b=stamp_b");
	outcome = ordain_run(ordain, "apply");
	assert_int_equal(outcome.code, 1);
	assert_non_null(strstr(outcome.err, "program 'f' takes packets of several buffers (section "
					    "'xdp.frags') and 'a' does not"));
	way_expect(ordain, PACKETS, "ff");
	run(ordain, HOOK_XDP, "a=stamp_a b=stamp_b");
	way_expect(ordain, PACKETS, "ab");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(other_licences_are_called),
		ORDAIN_TEST(missed_calls_are_counted),
		ORDAIN_TEST(too_many_jumps_are_refused),
		ORDAIN_TEST(too_many_steps_are_refused),
		ORDAIN_TEST(several_buffers_are_for_all_or_none),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
