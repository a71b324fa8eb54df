/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/reconcile/news.h"

#include <linux/bpf.h>

#include "tests/support/test.h"
#include "tests/support/values.h"

/* A hook as one plan has it: what cannot run, who is beside it, and unwanted; NULL: all is well. */
struct hook_state {
	const char *incomplete;
	const char *company;
	const char *refused;
	bool blocked;
	bool unspoken; /* the policy says nothing of it any more */
	struct deeds deeds;
};

/* What is told of eth0 xdp, line by line. */
static const char *tell(struct news *news, struct arena *arena, struct hook_state state, bool done)
{
	static const struct observed_hook observed = { .interface = "eth0", .hook = HOOK_XDP };
	static const struct desired desired = { .code = DIAG_VERIFIER, .reason = "refused" };
	struct planned_element elements[] = {
		{ .name = "lb", .company = state.company },
		{ .name = "mirror", .foreign_id = 7, .refused = state.refused },
	};
	struct planned_chain chain = {
		.interface = "eth0",
		.hook = HOOK_XDP,
		.action = state.blocked ? ACTION_BLOCKED : ACTION_NONE,
		.code = DIAG_VERIFIER,
		.note = "refused",
		.elements = elements,
		.count = 2,
		.desired = state.unspoken ? NULL : &desired,
		.observed = &observed,
		.incomplete = state.incomplete,
		.violated = state.company || state.refused,
	};
	const struct plan plan = { .chains = &chain, .count = 1 };
	struct news_lines lines = news_tell(news, &plan, &state.deeds, done, arena);
	struct text text = TEXT(arena);

	for (size_t i = 0; i < lines.count; i++)
		text_printf(&text, "%s%s", i ? "\n" : "", lines.items[i].text);
	return text_string(&text);
}

static const struct hook_state well, incomplete = { .incomplete = "b cannot run: left out" },
				     visited = { .company = "not alone: id 66 runs beside it" },
				     refused = { .refused = "not wanted here: attached by fd" };

static void news_come_change_and_go_once(void **state)
{
	struct arena *arena = arena_new();
	struct news news = { 0 };
	struct hook_state more = { .incomplete = "c cannot run: left out" };

	(void)state;
	assert_string_equal(tell(&news, arena, well, true), "");
	assert_string_equal(tell(&news, arena, incomplete, true),
			    "eth0 xdp: b cannot run: left out");
	assert_string_equal(tell(&news, arena, incomplete, true), "");
	assert_string_equal(tell(&news, arena, more, true), "eth0 xdp: c cannot run: left out");
	assert_string_equal(tell(&news, arena, visited, true),
			    "eth0 xdp: complete again\n"
			    "eth0 xdp: lb is not alone: id 66 runs beside it");
	assert_string_equal(tell(&news, arena, visited, true), "");
	assert_string_equal(tell(&news, arena, well, true), "eth0 xdp: alone again");
	assert_string_equal(tell(&news, arena, refused, true),
			    "eth0 xdp: id 7 'mirror' is not wanted here: attached by fd");
	assert_string_equal(tell(&news, arena, refused, true), "");
	assert_string_equal(tell(&news, arena, well, true), "eth0 xdp: no intruder any more");
	assert_string_equal(tell(&news, arena, well, true), "");
	news_free(&news);
	arena_free(arena);
}

/* What the plan has is not what the kernel has, where a step failed or waits. */
static void news_are_complete_again_only_when_that_is_done(void **state)
{
	struct arena *arena = arena_new();
	struct news news = { 0 };

	(void)state;
	tell(&news, arena, incomplete, true);
	assert_string_equal(tell(&news, arena, well, false), "");
	assert_string_equal(tell(&news, arena, well, false), "");
	assert_string_equal(tell(&news, arena, well, true), "eth0 xdp: complete again");
	tell(&news, arena, visited, false);
	assert_string_equal(tell(&news, arena, well, false), "eth0 xdp: alone again");
	news_free(&news);
	arena_free(arena);
}

static void news_of_what_is_blocked_or_unspoken_are_not_good(void **state)
{
	struct arena *arena = arena_new();
	struct news news = { 0 };

	(void)state;
	tell(&news, arena, incomplete, true);
	assert_string_equal(tell(&news, arena, (struct hook_state){ .blocked = true }, true), "");
	tell(&news, arena, visited, true);
	assert_string_equal(tell(&news, arena, (struct hook_state){ .unspoken = true }, true), "");
	news_free(&news);
	arena_free(arena);
}

/* Of those who came and went, not of what cannot run. */
static void news_say_who_it_was(void **state)
{
	struct arena *arena = arena_new();
	struct news news = { 0 };
	struct hook_state came = refused, lacks = incomplete;
	const struct notice_event gone = {
		.pid = 4711,
		.command = BPF_PROG_DETACH,
		.attach_type = BPF_XDP,
		.program = 7,
		.comm = "ip",
	};

	(void)state;
	deeds_add(&came.deeds, &gone);
	lacks.deeds = came.deeds;
	assert_string_equal(tell(&news, arena, came, true),
			    "eth0 xdp: id 7 'mirror' is not wanted here: attached by fd; program 7 "
			    "detached by ip (pid 4711, root) at 00:00:00 UTC");
	assert_string_equal(tell(&news, arena, lacks, true),
			    "eth0 xdp: no intruder any more; program 7 detached by ip (pid 4711, "
			    "root) at 00:00:00 UTC\n"
			    "eth0 xdp: b cannot run: left out");
	news_free(&news);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(news_come_change_and_go_once),
		cmocka_unit_test(news_are_complete_again_only_when_that_is_done),
		cmocka_unit_test(news_of_what_is_blocked_or_unspoken_are_not_good),
		cmocka_unit_test(news_say_who_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
