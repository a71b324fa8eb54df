/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program is told and what its verdicts mean: variables, verdicts that go on, and verdicts
 * that nobody listens to. The program that is told is features/settings.bpf.c.
 */
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/support/way.h"

enum { PACKETS = 50 };

static const char *verdicts(enum hook hook, const char *xdp, const char *tcx)
{
	return hook == HOOK_XDP ? xdp : tcx;
}

/* The program p with these keys, in front of stamp_b as b; then both are applied. */
static void run(const struct ordain *ordain, enum hook hook, const char *keys, const char *more)
{
	policy_write(ordain, "marks.yaml",
		     "programs:\n"
		     "  p:\n"
		     "    hook: %s\n"
		     "    interfaces: [eth0]\n"
		     "    object: %s\n"
		     "%s"
		     "  b: {hook: %s, interfaces: [eth0], object: %s, after: [p]}\n"
		     "%s",
		     hook_name(hook), object_path(ordain, "features/settings"), keys,
		     hook_name(hook), object_path(ordain, "stamp_b"), more);
	ordain_do(ordain, "apply");
}

static void assert_counters(const struct ordain *ordain, enum hook hook, const char *element,
			    const char *verdict, uint64_t expected)
{
	assert_int_equal(ordain_counter(ordain, "eth0", hook, element, "seen"), PACKETS);
	assert_int_equal(ordain_counter(ordain, "eth0", hook, element, verdict), expected);
}

static void variables_are_set(void **state)
{
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		run(ordain, hook, "    variables: {letters: \"xy\", twice: true}\n", "");
		way_open(ordain, hook);
		way_expect(ordain, PACKETS, "xyxb");
		run(ordain, hook, "    variables: {letters: \"z\"}\n",
		    arena_printf(ordain->arena,
				 "chains:\n"
				 "  - {interfaces: [eth0], hook: %s, override:\n"
				 "      {p: {variables: {letters: \"w\", wide: "
				 "18446744073709551615}}}}\n",
				 hook_name(hook)));
		way_expect(ordain, PACKETS, "wb");
		way_close(ordain);
	}
}

static void variables_that_do_not_fit_change_nothing(void **state)
{
	static const char *const broken[][2] = {
		{ "lettrs: a", "did you mean 'letters'?" },
		{ "letters: abcde", "an array of 5 characters" },
		{ "letters: 3", "an array of 5 characters" },
		{ "twice: 2", "a boolean" },
		{ "verdict_of_xdp: 256", "an unsigned number of 8 bits, and 256" },
		{ "verdict_of_xdp: -1", "an unsigned number of 8 bits, and -1" },
		{ "verdict_of_tc: 2147483648", "a signed number of 32 bits" },
		{ "wide: -1", "an unsigned number of 64 bits, and -1" },
		{ "actions: [1, 2, 3]", "an array of 2 numbers, and a list of 3" },
		{ "actions: [65536]", "an unsigned number of 16 bits each, and 65536" },
	};
	struct ordain *ordain = *state;

	run(ordain, HOOK_XDP, "    variables: {letters: a}\n", "");
	way_open(ordain, HOOK_XDP);
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		struct outcome outcome;

		policy_write(ordain, "marks.yaml",
			     "programs:\n"
			     "  p: {hook: xdp, interfaces: [eth0], object: %s,\n"
			     "      variables: {%s}}\n",
			     object_path(ordain, "features/settings"), broken[i][0]);
		outcome = ordain_run(ordain, "apply");
		assert_int_equal(outcome.code, 1);
		if (!strstr(outcome.err, broken[i][1]) || !strstr(outcome.err, "marks.yaml:4:"))
			fail_msg("%s: %s", broken[i][0], outcome.err);
	}
	way_expect(ordain, PACKETS, "ab");
}

/* As if the chain were run by hand: the verdict that goes on, and the one that does not. */
static void proceed_on_lets_verdicts_go_on(void **state)
{
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		run(ordain, hook,
		    verdicts(hook,
			     "    variables: {letters: p, verdict_of_xdp: 1, actions: [100]}\n"
			     "    proceed_on: [pass, drop]\n",
			     "    variables: {letters: p, verdict_of_tc: 2, actions: [100]}\n"
			     "    proceed_on: [pass, drop]\n"),
		    "");
		way_open(ordain, hook);
		assert_int_equal(way_send(ordain, 'd', PACKETS, "pb"), PACKETS);
		assert_counters(ordain, hook, "p", "drop", PACKETS);
		assert_counters(ordain, hook, "b", verdicts(hook, "pass", "next"), PACKETS);
		way_close(ordain);
		policy_clear(ordain, "marks.yaml");
		ordain_do(ordain, "apply");
	}
}

static void proceed_on_nothing_ends_the_chain(void **state)
{
	struct ordain *ordain = *state;

	run(ordain, HOOK_XDP, "    variables: {letters: p}\n    proceed_on: []\n", "");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "p");
	assert_counters(ordain, HOOK_XDP, "p", "pass", PACKETS);
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "b", "seen"), 0);
}

/* The last that counted decides: here nobody is behind it. */
static void verdict_of_the_last_is_that_of_the_chain(void **state)
{
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		run(ordain, hook,
		    verdicts(hook,
			     "    variables: {letters: p, verdict_of_xdp: 1}\n"
			     "    proceed_on: [pass, drop]\n    last: true\n",
			     "    variables: {letters: p, verdict_of_tc: 2}\n"
			     "    proceed_on: [pass, drop]\n    last: true\n"),
		    arena_printf(ordain->arena,
				 "chains:\n  - {interfaces: [eth0], hook: %s,\n"
				 "     override: {b: {after: []}}}\n",
				 hook_name(hook)));
		way_open(ordain, hook);
		assert_int_equal(way_send(ordain, 0, PACKETS, "bp"), 0);
		assert_int_equal(ordain->way->receipt.lost, PACKETS);
		assert_counters(ordain, hook, "p", "drop", PACKETS);
		way_close(ordain);
		policy_clear(ordain, "marks.yaml");
		ordain_do(ordain, "apply");
	}
}

/* In front, and at the end, where the verdict of b is that of the chain. */
static void shadow_is_not_listened_to(void **state)
{
	static const char *const places[][2] = { { "first", "pb" }, { "last", "bp" } };
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
			run(ordain, hook,
			    arena_printf(ordain->arena,
					 "    variables: {letters: p, verdict_of_xdp: 1,"
					 " verdict_of_tc: 2}\n    shadow: true\n    %s: true\n",
					 places[i][0]),
			    arena_printf(ordain->arena,
					 "chains:\n  - {interfaces: [eth0], hook: %s,\n"
					 "     override: {b: {after: []}}}\n",
					 hook_name(hook)));
			way_open(ordain, hook);
			way_expect(ordain, PACKETS, places[i][1]);
			assert_counters(ordain, hook, "p", "drop", PACKETS);
			assert_counters(ordain, hook, "b", verdicts(hook, "pass", "next"), PACKETS);
			way_close(ordain);
			policy_clear(ordain, "marks.yaml");
			ordain_do(ordain, "apply");
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(variables_are_set),
		ORDAIN_TEST(variables_that_do_not_fit_change_nothing),
		ORDAIN_TEST(proceed_on_lets_verdicts_go_on),
		ORDAIN_TEST(proceed_on_nothing_ends_the_chain),
		ORDAIN_TEST(verdict_of_the_last_is_that_of_the_chain),
		ORDAIN_TEST(shadow_is_not_listened_to),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
