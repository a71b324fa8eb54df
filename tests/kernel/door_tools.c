/* SPDX-License-Identifier: GPL-2.0-only */
/* The tools that administrators have, at a door: iproute2, bpftool and xdp-tools. */
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/support/way.h"

enum { PACKETS = 50 };

static void need_tool(const struct ordain *ordain, const char *tool)
{
	if (!ordain_shell(ordain, "command -v %s", tool).code)
		return;
	print_message("SKIP: no %s here\n", tool);
	skip();
}

static bool runs(struct ordain *ordain, const char *trace)
{
	return way_send(ordain, 0, 10, trace) == 10;
}

static void await(struct ordain *ordain, const char *trace)
{
	wait_until(ordain, runs(ordain, trace));
	wait_until(ordain, ordain_in_sync(ordain));
	way_expect(ordain, PACKETS, trace);
}

/* Ours is a, behind which what no entry names is called. */
static void open_door(struct ordain *ordain)
{
	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  a: {hook: xdp, interfaces: [eth0], function: stamp_xdp, object: %s}\n"
		     "chains:\n"
		     "  - {interfaces: [eth0], hook: xdp, others: absorb}\n",
		     object_path(ordain, "stamp_a"));
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
}

static int ip_loads(const struct ordain *ordain, const char *force, char letter)
{
	return ordain_shell(ordain, "ip %s link set dev eth0 xdp object %s section xdp", force,
			    object_path(ordain, arena_printf(ordain->arena, "stamp_%c", letter)))
		.code;
}

/* It ends at once, and its program stays until somebody takes it off. */
static void iproute2_comes_and_goes(void **state)
{
	struct ordain *ordain = *state;

	need_tool(ordain, "ip");
	open_door(ordain);
	way_expect(ordain, PACKETS, "a");
	assert_int_not_equal(ip_loads(ordain, "", 'c'), 0);
	way_expect(ordain, PACKETS, "a");
	if (ip_loads(ordain, "-force", 'c')) {
		print_message("SKIP: this ip cannot load BPF objects\n");
		skip();
	}
	await(ordain, "ac");
	sleep(3);
	way_expect(ordain, PACKETS, "ac");
	/* The next version: it bears the same name. */
	assert_int_equal(ip_loads(ordain, "-force", 'd'), 0);
	await(ordain, "ad");
	ordain_shell(ordain, "ip link set dev eth0 xdp off");
	await(ordain, "a");
	/* Off once more takes our own chain off, which comes back. */
	ordain_shell(ordain, "ip link set dev eth0 xdp off");
	await(ordain, "a");
}

/* A program that is pinned has an owner who need not live. */
static void bpftool_attaches_what_is_pinned(void **state)
{
	struct ordain *ordain = *state;

	need_tool(ordain, "bpftool");
	if (ordain_shell(ordain, "bpftool prog load %s $BPFFS/theirs type xdp",
			 object_path(ordain, "broken/section"))
		    .code) {
		print_message("SKIP: this bpftool cannot load BPF objects\n");
		skip();
	}
	open_door(ordain);
	assert_int_not_equal(
		ordain_shell(ordain, "bpftool net attach xdp pinned $BPFFS/theirs dev eth0").code,
		0);
	way_expect(ordain, PACKETS, "a");
	assert_int_equal(
		ordain_shell(ordain,
			     "bpftool net attach xdp pinned $BPFFS/theirs dev eth0 overwrite")
			.code,
		0);
	await(ordain, "as");
	sleep(3);
	way_expect(ordain, PACKETS, "as");
	ordain_shell(ordain, "bpftool net detach xdp dev eth0");
	await(ordain, "a");
	ordain_shell(ordain, "rm $BPFFS/theirs");
}

/* Without its dispatcher it attaches a program bare, and asks before it does. */
static void xdp_tools_are_taken_over(void **state)
{
	struct ordain *ordain = *state;
	uint32_t theirs;

	need_tool(ordain, "xdp-loader");
	if (ordain_shell(ordain, "LIBXDP_SKIP_DISPATCHER=1 xdp-loader load -m native eth0 %s",
			 object_path(ordain, "stamp_c"))
		    .code) {
		print_message("SKIP: this xdp-loader cannot attach without its dispatcher\n");
		skip();
	}
	theirs = hook_program("eth0", HOOK_XDP);
	open_door(ordain);
	await(ordain, "ac");
	assert_int_not_equal(ordain_shell(ordain,
					  "LIBXDP_SKIP_DISPATCHER=1 xdp-loader load -m native "
					  "eth0 %s",
					  object_path(ordain, "stamp_d"))
				     .code,
			     0);
	way_expect(ordain, PACKETS, "ac");
	agent_stop(ordain);
	ordain_do(ordain, "detach");
	assert_int_equal(hook_program("eth0", HOOK_XDP), theirs);
	way_expect(ordain, PACKETS, "c");
	ordain_shell(ordain, "LIBXDP_SKIP_DISPATCHER=1 xdp-loader unload -a eth0");
	assert_int_equal(hook_program("eth0", HOOK_XDP), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(iproute2_comes_and_goes),
		ORDAIN_TEST(bpftool_attaches_what_is_pinned),
		ORDAIN_TEST(xdp_tools_are_taken_over),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
