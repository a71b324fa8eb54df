/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/notice/deeds.h"

#include <linux/bpf.h>

#include "agent/notice/lockouts.h"
#include "tests/support/test.h"
#include "tests/support/values.h"

enum { IFINDEX = 2, NS_PER_MS = 1000 * 1000, EPOCH = 8 * 3600 };

/* Done at that many milliseconds of the monotonic clock, by bpftool as root. */
static struct notice_event event_at(int64_t ms, uint32_t command, uint32_t link)
{
	return (struct notice_event){
		.time = (uint64_t)ms * NS_PER_MS,
		.pid = 4711,
		.command = command,
		.attach_type = BPF_TCX_INGRESS,
		.ifindex = IFINDEX,
		.link = link,
		.comm = "bpftool",
	};
}

static void add(struct deeds *deeds, struct notice_event event)
{
	deeds_add(deeds, &event);
}

static struct observed_hook hook_of(enum own_state own)
{
	return (struct observed_hook){
		.interface = "eth0",
		.ifindex = IFINDEX,
		.hook = HOOK_TCX_INGRESS,
		.own = own,
	};
}

static const struct deeds none = { .to_wall_ms = (int64_t)EPOCH * 1000 };

static void deeds_name_who_detached_a_link(void **state)
{
	struct arena *arena = arena_new();
	struct observed_hook hook = hook_of(OWN_DETACHED);
	struct deeds deeds = none;

	(void)state;
	assert_null(deeds_repaired(arena, &deeds, &hook, "our link was detached", 5021));
	add(&deeds, event_at(5000, BPF_LINK_DETACH, 12));
	assert_string_equal(deeds_repaired(arena, &deeds, &hook, "our link was detached", 5021),
			    "eth0 tcx-ingress: link 12 detached by bpftool (pid 4711, root) at "
			    "08:00:05 UTC; repaired in 21 ms");
	arena_free(arena);
}

/* Which program it is now is told by the look, and by nobody else. */
static void deeds_name_who_updated_a_link(void **state)
{
	static struct observed_program own = { .id = 66, .link_id = 12, .ours = true };
	struct arena *arena = arena_new();
	struct observed_hook hook = hook_of(OWN_OVERWRITTEN);
	struct deeds deeds = none;
	struct notice_event other = event_at(5000, BPF_LINK_UPDATE, 13);
	struct notice_event user = event_at(5000, BPF_LINK_UPDATE, 12);

	(void)state;
	hook.programs = &own;
	hook.program_count = 1;
	user.uid = 1000;
	snprintf(user.comm, sizeof(user.comm), "a\nb");
	add(&deeds, other);
	assert_null(deeds_repaired(arena, &deeds, &hook, "our program was replaced", 5021));
	add(&deeds, user);
	assert_string_equal(
		deeds_repaired(arena, &deeds, &hook, "our program was replaced", 5021),
		"eth0 tcx-ingress: our program was replaced: link 12 updated by a\\x0ab "
		"(pid 4711, uid 1000) at 08:00:05 UTC; repaired in 21 ms");
	arena_free(arena);
}

static void deeds_of_other_kinds_hooks_and_outcomes_explain_nothing(void **state)
{
	struct arena *arena = arena_new();
	struct observed_hook hook = hook_of(OWN_DETACHED);
	struct deeds deeds = none;
	struct notice_event event = event_at(1000, BPF_LINK_DETACH, 12);
	int64_t since;

	(void)state;
	add(&deeds, event_at(1000, BPF_LINK_UPDATE, 12));
	add(&deeds, event_at(1000, BPF_PROG_DETACH, 0));
	event.ifindex++;
	add(&deeds, event);
	event.ifindex--;
	event.attach_type = BPF_XDP;
	add(&deeds, event);
	event.attach_type = BPF_CGROUP_INET_INGRESS;
	add(&deeds, event);
	event.attach_type = BPF_TCX_INGRESS;
	event.result = -1;
	add(&deeds, event);
	assert_int_equal(deeds.count, 5);
	assert_null(deeds_words(arena, &deeds, &hook, &since));
	hook.own = OWN_UNPINNED;
	assert_null(deeds_words(arena, &deeds, &hook, &since));
	assert_null(deeds_company(arena, &deeds, &hook));
	arena_free(arena);
}

static void deeds_name_who_removed_a_pin(void **state)
{
	struct arena *arena = arena_new();
	struct observed_hook hook = hook_of(OWN_UNPINNED);
	struct deeds deeds = none;

	(void)state;
	add(&deeds, event_at(5000, NOTICE_UNPIN, 12));
	assert_string_equal(deeds_repaired(arena, &deeds, &hook, "our pins were removed", 5021),
			    "eth0 tcx-ingress: our pins were removed: link 12 unpinned by bpftool "
			    "(pid 4711, root) at 08:00:05 UTC; repaired in 21 ms");
	arena_free(arena);
}

/* What the kernel's own threads did was done for somebody whom nobody knows. */
static void deeds_of_nobody_are_none(void **state)
{
	struct notice_event event = event_at(5000, BPF_LINK_DETACH, 12);
	struct deeds deeds = none;

	(void)state;
	event.pid = 0;
	add(&deeds, event);
	assert_int_equal(deeds.count, 0);
}

static struct notice_event event_of(int64_t ms, uint32_t command, uint32_t program)
{
	struct notice_event event = event_at(ms, command, 0);

	event.program = program;
	return event;
}

/* Foreign programs that are there came, those that are not there went; ours are no company. */
static void deeds_name_who_changed_the_company(void **state)
{
	struct arena *arena = arena_new();
	struct observed observed = { 0 };
	struct observed_hook *hook =
		observed_add(arena, &observed, "eth0", IFINDEX, HOOK_TCX_INGRESS);
	struct deeds deeds = none;

	(void)state;
	observed_put_ours(arena, hook, "a");
	observed_put(arena, hook, 66, "foreign");
	add(&deeds, event_of(1000, BPF_LINK_CREATE, 100));
	add(&deeds, event_of(2000, BPF_PROG_ATTACH, 7));
	add(&deeds, event_of(3000, BPF_PROG_DETACH, 66));
	add(&deeds, event_of(4000, BPF_PROG_DETACH, 0));
	assert_null(deeds_company(arena, &deeds, hook));
	add(&deeds, event_of(5000, BPF_LINK_CREATE, 66));
	add(&deeds, event_of(6000, BPF_PROG_DETACH, 7));
	assert_string_equal(deeds_company(arena, &deeds, hook),
			    "program 66 attached by bpftool (pid 4711, root) at 08:00:05 UTC, "
			    "program 7 detached by bpftool (pid 4711, root) at 08:00:06 UTC");
	arena_free(arena);
}

static void deeds_name_everybody_who_may_have_been_it(void **state)
{
	struct arena *arena = arena_new();
	struct observed_hook hook = hook_of(OWN_DETACHED);
	struct deeds deeds = none;
	struct notice_event second = event_at(3000, BPF_LINK_DETACH, 13);
	int64_t since = 0;

	(void)state;
	snprintf(second.comm, sizeof(second.comm), "other");
	add(&deeds, event_at(2000, BPF_LINK_DETACH, 12));
	add(&deeds, second);
	/* Again and again is once. */
	add(&deeds, second);
	assert_string_equal(deeds_words(arena, &deeds, &hook, &since),
			    "link 12 detached by bpftool (pid 4711, root) at 08:00:02 UTC, "
			    "link 13 detached by other (pid 4711, root) at 08:00:03 UTC");
	assert_int_equal(since, 2000);
	arena_free(arena);
}

static void deeds_are_forgotten_once_looked_at(void **state)
{
	struct deeds deeds = none;

	(void)state;
	for (uint32_t i = 0; i < DEEDS_MAX + 3; i++)
		add(&deeds, event_at(1000 + i, BPF_LINK_DETACH, i));
	assert_int_equal(deeds.count, DEEDS_MAX);
	assert_int_equal(deeds.items[0].event.link, 3);
	/* What happened after the look began may not have been seen by it. */
	deeds_forget(&deeds, 1000 + DEEDS_MAX);
	assert_int_equal(deeds.count, 3);
	deeds_forget_hook(&deeds, IFINDEX, HOOK_XDP);
	deeds_forget_hook(&deeds, IFINDEX + 1, HOOK_TCX_INGRESS);
	assert_int_equal(deeds.count, 3);
	deeds_forget_hook(&deeds, IFINDEX, HOOK_TCX_INGRESS);
	assert_int_equal(deeds.count, 0);
}

static struct notice_event attempt(int64_t ms, const char *comm, int result)
{
	struct notice_event event = event_at(ms, BPF_LINK_CREATE, 0);

	event.attach_type = BPF_XDP;
	event.result = result;
	snprintf(event.comm, sizeof(event.comm), "%s", comm);
	return event;
}

/* How many of the deeds are news. Of them, only what worked is left. */
static size_t take(struct lockouts *lockouts, struct deeds *deeds, bool ours, bool *ret_changed)
{
	struct arena *arena = arena_new();
	struct observed observed = { 0 };
	struct observed_hook *hook = observed_add(arena, &observed, "eth0", IFINDEX, HOOK_XDP);
	struct locked_outs news;
	size_t count;

	if (ours)
		observed_put_ours(arena, hook, "a");
	else
		observed_put(arena, hook, 7, "foreign");
	news = lockouts_take(lockouts, deeds, &observed, arena, ret_changed);
	count = news.count;
	for (size_t i = 0; i < deeds->count; i++)
		assert_true(deeds->items[i].event.result >= 0);
	arena_free(arena);
	return count;
}

static void lockouts_are_news_once_an_hour_and_until_they_end(void **state)
{
	const int64_t hour = (int64_t)LOCKOUT_SECONDS * 1000;
	struct lockouts lockouts = { 0 };
	struct deeds deeds = none;
	bool changed;

	(void)state;
	add(&deeds, attempt(1000, "late", -16));
	assert_int_equal(take(&lockouts, &deeds, true, &changed), 1);
	assert_true(changed);
	add(&deeds, attempt(2000, "late", -16));
	assert_int_equal(take(&lockouts, &deeds, true, &changed), 0);
	assert_false(changed);
	add(&deeds, attempt(2000, "other", -16));
	assert_int_equal(take(&lockouts, &deeds, true, &changed), 1);
	add(&deeds, attempt(1000 + hour, "late", -16));
	assert_int_equal(take(&lockouts, &deeds, true, &changed), 1);
	assert_int_equal(lockouts.count, 2);
	/* It got in, and was thrown out again. */
	add(&deeds, attempt(2000 + hour, "late", 9));
	assert_int_equal(take(&lockouts, &deeds, false, &changed), 0);
	assert_true(changed);
	assert_int_equal(lockouts.count, 1);
	add(&deeds, attempt(3000 + hour, "late", -16));
	assert_int_equal(take(&lockouts, &deeds, true, &changed), 1);
}

/* `ip link set xdp` is no call of bpf(2), and fails alike. */
static void lockouts_are_of_netlink_too(void **state)
{
	struct notice_event by_netlink = attempt(1000, "ip", -16);
	struct lockouts lockouts = { 0 };
	struct deeds deeds = none;
	bool changed;

	(void)state;
	by_netlink.command = BPF_PROG_ATTACH;
	add(&deeds, by_netlink);
	assert_int_equal(take(&lockouts, &deeds, true, &changed), 1);
	by_netlink.result = 0;
	by_netlink.time += NS_PER_MS;
	add(&deeds, by_netlink);
	assert_int_equal(take(&lockouts, &deeds, false, &changed), 0);
	assert_true(changed);
	assert_int_equal(lockouts.count, 0);
}

/* A success stays among the deeds; it says nothing of what failed after it. */
static void lockouts_outlive_what_was_before(void **state)
{
	struct lockouts lockouts = { 0 };
	struct deeds deeds = none;
	bool changed;

	(void)state;
	add(&deeds, attempt(1000, "late", 9));
	add(&deeds, attempt(2000, "late", -16));
	assert_int_equal(take(&lockouts, &deeds, true, &changed), 1);
	assert_int_equal(take(&lockouts, &deeds, true, &changed), 0);
	assert_int_equal(lockouts.count, 1);
}

static void lockouts_are_none_where_others_hold_the_hook(void **state)
{
	struct lockouts lockouts = { 0 };
	struct deeds deeds = none;
	bool changed;

	(void)state;
	add(&deeds, attempt(1000, "late", -16));
	assert_int_equal(take(&lockouts, &deeds, false, &changed), 0);
	assert_false(changed);
	assert_int_equal(lockouts.count, 0);
}

static void lockouts_keep_the_latest(void **state)
{
	struct arena *arena = arena_new();
	struct lockouts lockouts = { 0 };
	struct deeds deeds = none;
	struct locked_outs list;
	bool changed;

	(void)state;
	for (int i = 0; i < LOCKOUTS_MAX + 1; i++) {
		add(&deeds, attempt(1000 * i, arena_printf(arena, "late%d", i), -16));
		take(&lockouts, &deeds, true, &changed);
	}
	list = lockouts_list(arena, &lockouts);
	assert_int_equal(list.count, LOCKOUTS_MAX);
	assert_string_equal(list.items[0].loader, "late1 (pid 4711, root)");
	assert_string_equal(list.items[0].interface, "eth0");
	assert_int_equal(list.items[0].at, EPOCH + 1);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deeds_name_who_detached_a_link),
		cmocka_unit_test(deeds_name_who_updated_a_link),
		cmocka_unit_test(deeds_of_other_kinds_hooks_and_outcomes_explain_nothing),
		cmocka_unit_test(deeds_name_who_removed_a_pin),
		cmocka_unit_test(deeds_of_nobody_are_none),
		cmocka_unit_test(deeds_name_who_changed_the_company),
		cmocka_unit_test(deeds_name_everybody_who_may_have_been_it),
		cmocka_unit_test(deeds_are_forgotten_once_looked_at),
		cmocka_unit_test(lockouts_are_news_once_an_hour_and_until_they_end),
		cmocka_unit_test(lockouts_are_of_netlink_too),
		cmocka_unit_test(lockouts_outlive_what_was_before),
		cmocka_unit_test(lockouts_are_none_where_others_hold_the_hook),
		cmocka_unit_test(lockouts_keep_the_latest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
