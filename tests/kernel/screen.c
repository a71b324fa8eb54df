/* SPDX-License-Identifier: GPL-2.0-only */
/* Status on a terminal: as much as fits, and again and again. `script` gives it one. */
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/support/way.h"

static void apply_three_hooks(struct ordain *ordain)
{
	policy_chain(ordain, "a.yaml", "eth0", HOOK_XDP, "ab");
	policy_chain(ordain, "b.yaml", "eth0", HOOK_TCX_INGRESS, "cd");
	policy_chain(ordain, "c.yaml", "eth0", HOOK_TCX_EGRESS, "x");
	ordain_do(ordain, "apply");
}

static struct outcome on_terminal(const struct ordain *ordain, int rows, const char *words)
{
	return ordain_shell(ordain,
			    "script -qec \"stty rows %d cols 120; $ORDAIN --root=$ROOT "
			    "--bpffs=$BPFFS %s\" /dev/null </dev/null",
			    rows, words);
}

/* The busiest stays; who reads from a pipe, or asks for one interface, gets everything. */
static void terminal_gets_what_fits(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	need_tcx();
	apply_three_hooks(ordain);
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, 10, "abcd");
	way_close(ordain);
	outcome = on_terminal(ordain, 8, "status");
	assert_int_equal(outcome.code, 0);
	assert_non_null(strstr(outcome.out, "eth0 xdp "));
	assert_null(strstr(outcome.out, "eth0 tcx-egress"));
	assert_non_null(strstr(outcome.out, "2 hooks more, in sync"));
	outcome = on_terminal(ordain, 8, "status | cat");
	assert_non_null(strstr(outcome.out, "eth0 tcx-egress"));
	outcome = on_terminal(ordain, 8, "status eth0");
	assert_non_null(strstr(outcome.out, "eth0 tcx-egress"));
}

static struct outcome watch_for_a_while(const struct ordain *ordain)
{
	return ordain_shell(ordain, "timeout -s INT --preserve-status 2.5 $ORDAIN --root=$ROOT "
				    "--bpffs=$BPFFS status --watch");
}

static void watch_ends_with_what_the_last_look_said(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	policy_chain(ordain, "a.yaml", "eth0", HOOK_XDP, "ab");
	ordain_do(ordain, "apply");
	outcome = watch_for_a_while(ordain);
	assert_int_equal(outcome.code, 0);
	assert_non_null(strstr(outcome.out, "PASSED/s"));
	ordain_do(ordain, "detach eth0");
	assert_int_equal(watch_for_a_while(ordain).code, 2);
}

/* No frame begins with an empty screen but the first, and none is higher than the terminal. */
static void watched_terminal_does_not_flicker(void **state)
{
	enum { ROWS = 14 };
	struct ordain *ordain = *state;
	const char *frame;
	size_t frames = 0;

	need_tcx();
	apply_three_hooks(ordain);
	policy_write(ordain, "a.yaml", "%s", "programs: {a: {hoook: xdp}, b: {hoook: xdp}}\n");
	frame = on_terminal(ordain, ROWS, "status --watch & sleep 3.5; kill -INT \\$!; wait").out;
	assert_non_null(strstr(frame, "\033[H\033[2J"));
	assert_null(strstr(strstr(frame, "\033[2J") + 1, "\033[2J"));
	while ((frame = strstr(frame, "\033[H")) != NULL) {
		const char *end = strstr(frame, "\033[J");
		size_t lines = 0;

		frames++;
		for (; end && frame < end; frame++)
			lines += *frame == '\n';
		assert_in_range(lines, 5, ROWS - 1);
		frame++;
	}
	assert_true(frames >= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(terminal_gets_what_fits),
		ORDAIN_TEST(watch_ends_with_what_the_last_look_said),
		ORDAIN_TEST(watched_terminal_does_not_flicker),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
