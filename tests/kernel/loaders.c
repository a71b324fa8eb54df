/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loaders that are not ours, unmodified, on the same hooks as a chain: late ones and early ones.
 * What they get, what is said of it, and which programs packets meet.
 */
#include <unistd.h>

#include "tests/support/loader.h"
#include "tests/support/test.h"
#include "tests/support/way.h"

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

/* Ours is `a`, on that hook of eth0. */
static void write_others(const struct ordain *ordain, enum hook hook, const char *others)
{
	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  a: {hook: %s, interfaces: [eth0], object: %s}\n"
		     "chains:\n"
		     "  - {interfaces: [eth0], hook: %s, others: %s}\n",
		     hook_name(hook), object_path(ordain, "stamp_a"), hook_name(hook), others);
}

/* Each of them fails, says why, and changes nothing; ours is the only program that packets meet. */
static void assert_locked_out(struct ordain *ordain, const char *const *commands, size_t count,
			      const char *const *why)
{
	static const char *const others[] = { "keep", "refuse" };

	for (size_t i = 0; i < 2; i++) {
		struct holding before;

		write_others(ordain, HOOK_XDP, others[i]);
		ordain_do(ordain, "apply");
		before = hook_holding("eth0", HOOK_XDP);
		way_open(ordain, HOOK_XDP);
		for (size_t j = 0; j < count; j++) {
			struct outcome outcome = loader_run(ordain, "%s", commands[j]);
			struct holding now = hook_holding("eth0", HOOK_XDP);

			if (!outcome.code)
				fail_msg("`%s` worked", commands[j]);
			assert_true(strstr(outcome.err, why[0]) || strstr(outcome.err, why[1]));
			assert_int_equal(now.count, 1);
			assert_int_equal(now.programs[0], before.programs[0]);
			assert_int_equal(now.links[0], before.links[0]);
			way_expect(ordain, 10, "a");
		}
		way_close(ordain);
		assert_true(ordain_in_sync(ordain));
	}
}

/* As the kernel puts it, or by the number; the other mode meets another refusal. */
static const char *const kernel_words[] = { "XDP", "busy" };
static const char *const errno_words[] = { "busy", "exists" };

/* By force, in the other mode, and what would take ours off. */
static void ip_is_locked_out(void **state)
{
	static const char *const commands[] = {
		"ip link set dev eth0 xdp obj $OBJECTS/stamp_b.bpf.o sec xdp",
		"ip -force link set dev eth0 xdp obj $OBJECTS/stamp_b.bpf.o sec xdp",
		"ip -force link set dev eth0 xdpgeneric obj $OBJECTS/stamp_b.bpf.o sec xdp",
		"ip link set dev eth0 xdp off",
		"ip link set dev eth0 xdpdrv off",
	};

	assert_locked_out(*state, commands, sizeof(commands) / sizeof(*commands), kernel_words);
}

static void bpftool_is_locked_out(void **state)
{
	static const char *const commands[] = {
		"bpftool prog loadall $OBJECTS/stamp_b.bpf.o /sys/fs/bpf/b && "
		"bpftool net attach xdp pinned /sys/fs/bpf/b/stamp_xdp dev eth0",
		"bpftool prog loadall $OBJECTS/stamp_b.bpf.o /sys/fs/bpf/b && "
		"bpftool net attach xdp pinned /sys/fs/bpf/b/stamp_xdp dev eth0 overwrite",
		"bpftool prog loadall $OBJECTS/stamp_b.bpf.o /sys/fs/bpf/b && "
		"bpftool net attach xdpgeneric pinned /sys/fs/bpf/b/stamp_xdp dev eth0",
		"bpftool net detach xdp dev eth0",
	};

	need_command("bpftool");
	assert_locked_out(*state, commands, sizeof(commands) / sizeof(*commands), errno_words);
}

static void xdp_tools_are_locked_out(void **state)
{
	static const char *const commands[] = {
		"xdp-loader load -m native eth0 $OBJECTS/stamp_b.bpf.o -n stamp_xdp",
		"xdp-loader load -m skb eth0 $OBJECTS/stamp_b.bpf.o -n stamp_xdp",
		"xdp-loader load -m unspecified eth0 $OBJECTS/stamp_b.bpf.o -n stamp_xdp",
		"xdp-loader unload --all eth0",
		"xdp-filter load eth0",
		"xdp-filter load --mode skb eth0",
	};

	need_command("xdp-loader");
	assert_locked_out(*state, commands, sizeof(commands) / sizeof(*commands), errno_words);
}

/* It was there first, whoever it was: named, left alone, and followed when it goes. */
static void assert_blocks_until_it_goes(struct ordain *ordain, const char *come, const char *go)
{
	struct outcome apply;
	uint32_t program;

	loader_do(ordain, "%s", come);
	program = hook_program("eth0", HOOK_XDP);
	assert_int_not_equal(program, 0);
	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "a");
	apply = ordain_run(ordain, "apply");
	assert_int_equal(apply.code, 1);
	assert_says(apply.err, arena_printf(ordain->arena,
					    "error[hook-taken]: eth0 xdp is held by another "
					    "program, id %u 'stamp_xdp'",
					    program));
	assert_says(apply.err, "attached by: netlink");
	assert_int_equal(ordain_run(ordain, "status").code, 2);
	assert_int_equal(hook_program("eth0", HOOK_XDP), program);
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, 10, "b");
	agent_start_ready(ordain);
	assert_int_equal(hook_program("eth0", HOOK_XDP), program);
	loader_do(ordain, "%s", go);
	wait_until(ordain, hook_program("eth0", HOOK_XDP));
	wait_until(ordain, ordain_in_sync(ordain));
	way_expect(ordain, 10, "a");
	agent_stop(ordain);
	way_close(ordain);
	policy_clear(ordain, "p.yaml");
	ordain_do(ordain, "apply");
	assert_int_equal(hook_program("eth0", HOOK_XDP), 0);
}

static void ip_that_was_first_is_named(void **state)
{
	assert_blocks_until_it_goes(*state,
				    "ip link set dev eth0 xdp obj $OBJECTS/stamp_b.bpf.o sec xdp",
				    "ip link set dev eth0 xdp off");
	assert_blocks_until_it_goes(
		*state, "ip link set dev eth0 xdpgeneric obj $OBJECTS/stamp_b.bpf.o sec xdp",
		"ip link set dev eth0 xdpgeneric off");
}

static void bpftool_that_was_first_is_named(void **state)
{
	need_command("bpftool");
	assert_blocks_until_it_goes(*state,
				    "bpftool prog loadall $OBJECTS/stamp_b.bpf.o /sys/fs/bpf/b && "
				    "bpftool net attach xdp pinned /sys/fs/bpf/b/stamp_xdp dev "
				    "eth0",
				    "bpftool net detach xdp dev eth0");
}

/* Bare, as it attaches where its dispatcher cannot be loaded. */
static void xdp_loader_that_was_first_is_named(void **state)
{
	struct ordain *ordain = *state;
	const char *shown;

	need_command("xdp-loader");
	shown = loader_do(ordain,
			  "xdp-loader load -m native eth0 $OBJECTS/stamp_b.bpf.o -n stamp_xdp; "
			  "ip link show dev eth0; xdp-loader unload --all eth0");
	if (!strstr(shown, "stamp_xdp")) {
		print_message("SKIP: xdp-loader attaches its dispatcher here\n");
		skip();
	}
	assert_blocks_until_it_goes(
		ordain, "xdp-loader load -m native eth0 $OBJECTS/stamp_b.bpf.o -n stamp_xdp",
		"xdp-loader unload --all eth0");
	assert_blocks_until_it_goes(ordain,
				    "xdp-loader load -m skb eth0 $OBJECTS/stamp_b.bpf.o "
				    "-n stamp_xdp",
				    "xdp-loader unload --all eth0");
}

static void attach_on_tcx_or_skip(const struct ordain *ordain, const char *hook)
{
	if (!loader_run(ordain,
			"bpftool prog loadall $OBJECTS/stamp_b.bpf.o /sys/fs/bpf/b && "
			"bpftool net attach %s pinned /sys/fs/bpf/b/stamp_tc dev eth0",
			hook)
		     .code)
		return;
	print_message("SKIP: bpftool attaches nothing to tcx\n");
	skip();
}

/* Whoever is first: ours runs before it, both run once, and detaching one leaves the other. */
static void bpftool_on_tcx_runs_behind_ours(void **state)
{
	static const char *const names[] = {
		[HOOK_TCX_INGRESS] = "tcx_ingress", [HOOK_TCX_EGRESS] = "tcx_egress"
	};
	struct ordain *ordain = *state;

	need_command("bpftool");
	need_tcx();
	for (enum hook hook = HOOK_TCX_INGRESS; hook <= HOOK_TCX_EGRESS; hook++) {
		for (int first = 0; first < 2; first++) {
			write_others(ordain, hook, "keep");
			if (first)
				attach_on_tcx_or_skip(ordain, names[hook]);
			ordain_do(ordain, "apply");
			if (!first)
				attach_on_tcx_or_skip(ordain, names[hook]);
			way_open(ordain, hook);
			way_expect(ordain, 10, "ab");
			assert_says(ordain_do(ordain, "status"), "stamp_tc (foreign, id ");
			assert_says(ordain_do(ordain, "status --all"), "attached by fd");
			ordain_do(ordain, "detach");
			way_expect(ordain, 10, "b");
			ordain_do(ordain, "resume");
			ordain_do(ordain, "apply");
			way_expect(ordain, 10, "ab");
			loader_do(ordain, "bpftool net detach %s dev eth0", names[hook]);
			way_expect(ordain, 10, "a");
			way_close(ordain);
			policy_clear(ordain, "p.yaml");
			ordain_do(ordain, "apply");
		}
	}
}

/* Behind all of tcx, in whatever order they come; a verdict of ours would hide it. */
static void tc_filter_runs_behind_ours(void **state)
{
	struct ordain *ordain = *state;

	need_command("tc");
	need_tcx();
	for (int first = 0; first < 2; first++) {
		write_others(ordain, HOOK_TCX_INGRESS, first ? "keep" : "refuse");
		if (first)
			filter_add_or_skip(ordain, 'b');
		ordain_do(ordain, "apply");
		if (!first)
			filter_add_or_skip(ordain, 'b');
		way_open(ordain, HOOK_TCX_INGRESS);
		way_expect(ordain, 10, "ab");
		assert_true(ordain_in_sync(ordain));
		assert_says(ordain_do(ordain, "status --all"), "tc filter of kind bpf");
		ordain_do(ordain, "detach");
		way_expect(ordain, 10, "b");
		ordain_do(ordain, "resume");
		ordain_do(ordain, "apply");
		clsact_delete(ordain);
		way_expect(ordain, 10, "a");
		way_close(ordain);
		policy_clear(ordain, "p.yaml");
		ordain_do(ordain, "apply");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(ip_is_locked_out),
		ORDAIN_TEST(bpftool_is_locked_out),
		ORDAIN_TEST(xdp_tools_are_locked_out),
		ORDAIN_TEST(ip_that_was_first_is_named),
		ORDAIN_TEST(bpftool_that_was_first_is_named),
		ORDAIN_TEST(xdp_loader_that_was_first_is_named),
		ORDAIN_TEST(bpftool_on_tcx_runs_behind_ours),
		ORDAIN_TEST(tc_filter_runs_behind_ours),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
