/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The agent hears at once of what others do to hooks, and says who it was: where the kernel has the
 * tracepoints of bpf(2). Without them, or told not to listen, it finds the same things by looking.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "tests/support/test.h"
#include "tests/support/way.h"

/* Well under the second after which the poll comes; emulated kernels are slow. */
enum { AT_ONCE_MS = 700, TRIES = 5 };

/* A process of that name does something to the chain's link. */
struct culprit {
	const char *name;
	pid_t pid;
};

static void detach(uint32_t link)
{
	foreign_detach(link);
}

static void overwrite(uint32_t link)
{
	foreign_overwrite(link, foreign_load(HOOK_TCX_INGRESS));
}

static void overwrite_xdp(uint32_t link)
{
	foreign_overwrite(link, foreign_load(HOOK_XDP));
}

/* In vain: our link is there. */
static void attach_late(uint32_t link)
{
	(void)link;
	assert_int_equal(bpf_link_create(foreign_load(HOOK_XDP), (int)netns_ifindex("eth0"),
					 BPF_XDP, NULL),
			 -EBUSY);
}

static struct culprit let(const char *name, void (*act)(uint32_t link), uint32_t link)
{
	struct culprit culprit = { .name = name, .pid = fork() };
	int status;

	assert_true(culprit.pid >= 0);
	if (!culprit.pid) {
		prctl(PR_SET_NAME, name);
		act(link);
		_exit(0);
	}
	assert_int_equal(waitpid(culprit.pid, &status, 0), culprit.pid);
	assert_int_equal(status, 0);
	return culprit;
}

static const char *culprit_words(const struct ordain *ordain, const struct culprit *culprit)
{
	return arena_printf(ordain->arena, "%s (pid %d, root)", culprit->name, culprit->pid);
}

static bool agent_notices(const struct ordain *ordain)
{
	return strstr(ordain_do(ordain, "status"), "noticing by tracepoint") != NULL;
}

/* Skips the case where the kernel has nothing to notice with. */
static void need_notice(const struct ordain *ordain)
{
	if (agent_notices(ordain))
		return;
	assert_true(agent_said(ordain, "trace bpf(2)"));
	skip();
}

static void attach_chain(struct ordain *ordain, enum hook hook)
{
	policy_chain(ordain, "chain.yaml", "eth0", hook, "ab");
	agent_start_ready(ordain);
	wait_until(ordain, ordain_in_sync(ordain));
}

static void end_chain(struct ordain *ordain)
{
	agent_stop(ordain);
	policy_clear(ordain, "chain.yaml");
	ordain_do(ordain, "apply");
}

/*
 * Lets somebody do it and waits for the line about it. The milliseconds until it was written, which
 * the poll, too, may make few once, but not each time.
 */
static int64_t repaired_after(struct ordain *ordain, enum hook hook, void (*act)(uint32_t link),
			      const char *words)
{
	uint32_t link = hook_holding("eth0", hook).links[0];
	struct culprit culprit;
	int64_t start;

	agent_forget(ordain);
	start = clock_ms();
	culprit = let("culprit", act, link);
	wait_until(ordain, agent_said(ordain, "repaired in"));
	start = clock_ms() - start;
	assert_true(agent_said(ordain, arena_printf(ordain->arena, "link %u %s by %s at ", link,
						    words, culprit_words(ordain, &culprit))));
	return start;
}

static void repairs_come_at_once_and_name_who_it_was(void **state)
{
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		attach_chain(ordain, hook);
		need_notice(ordain);
		assert_true(repaired_after(ordain, hook, detach, "detached") < AT_ONCE_MS);
		assert_int_equal(hook_holding("eth0", hook).count, 1);
		end_chain(ordain);
		/* Another chain, as to the patience of the agent. */
		attach_chain(ordain, hook);
		assert_true(repaired_after(ordain, hook,
					   hook == HOOK_XDP ? overwrite_xdp : overwrite,
					   "updated") < AT_ONCE_MS);
		assert_true(agent_said(ordain, "our program was replaced by id"));
		end_chain(ordain);
	}
}

/* Each of several times: it is no luck with the poll. */
static void foreign_changes_are_looked_at_at_once(void **state)
{
	struct ordain *ordain = *state;

	for (int i = 0; i < TRIES; i++) {
		attach_chain(ordain, HOOK_XDP);
		need_notice(ordain);
		usleep(100 * 1000);
		assert_true(repaired_after(ordain, HOOK_XDP, detach, "detached") < AT_ONCE_MS);
		end_chain(ordain);
	}
}

static void who_keeps_on_is_named(void **state)
{
	enum { REPAIRS = 3 }; /* the last one is the one that is too many */
	struct ordain *ordain = *state;
	struct culprit culprit;

	attach_chain(ordain, HOOK_XDP);
	need_notice(ordain);
	for (size_t i = 0; i < REPAIRS; i++) {
		wait_until(ordain, hook_holding("eth0", HOOK_XDP).count == 1);
		culprit = let("fighter", detach, hook_holding("eth0", HOOK_XDP).links[0]);
		wait_until(ordain, agent_count(ordain, " detached by fighter ") == i + 1);
	}
	assert_int_equal(agent_count(ordain, "repaired in"), REPAIRS - 1);
	assert_true(agent_said(ordain, "had to be put right"));
	assert_true(agent_said(ordain, "up to 5 minutes; our link was detached: link "));
	assert_true(agent_said(ordain, culprit_words(ordain, &culprit)));
}

static void late_loader_is_told_of_once(void **state)
{
	struct ordain *ordain = *state;
	const char *words;
	struct culprit culprit;

	attach_chain(ordain, HOOK_XDP);
	need_notice(ordain);
	culprit = let("latecomer", attach_late, 0);
	words = arena_printf(ordain->arena, "%s could not attach at ",
			     culprit_words(ordain, &culprit));
	wait_until(ordain, agent_said(ordain, words));
	wait_until(ordain, strstr(ordain_do(ordain, "status"), words) != NULL);
	assert_non_null(strstr(ordain_do(ordain, "status"), "`ordain detach eth0 xdp`"));
	/* It tries again and again, and somebody else does. */
	let("latecomer", attach_late, 0);
	culprit = let("another", attach_late, 0);
	wait_until(ordain, agent_said(ordain, culprit_words(ordain, &culprit)));
	assert_int_equal(agent_count(ordain, "could not attach"), 2);
	/* The hook is as it has to be, and a new agent has not noticed anything. */
	assert_true(ordain_in_sync(ordain));
	agent_stop(ordain);
	agent_start_ready(ordain);
	assert_null(strstr(ordain_do(ordain, "status"), "could not attach"));
}

/* What ordain does to its own hooks is nothing to look at, nor what happens in other namespaces. */
static void own_doings_are_not_noticed(void **state)
{
	struct ordain *ordain = *state;

	attach_chain(ordain, HOOK_XDP);
	need_notice(ordain);
	for (int i = 0; i < TRIES; i++) {
		policy_chain(ordain, "chain.yaml", "eth0", HOOK_XDP, i % 2 ? "ab" : "ba");
		ordain_do(ordain, "apply");
	}
	wait_until(ordain, ordain_in_sync(ordain));
	assert_int_equal(agent_count(ordain, "repaired"), 0);
	assert_int_equal(agent_count(ordain, "could not attach"), 0);
}

static void without_notice_the_poll_repairs(void **state)
{
	struct ordain *ordain = *state;
	uint32_t link;

	policy_chain(ordain, "chain.yaml", "eth0", HOOK_XDP, "ab");
	agent_start_ready_with(ordain, "--notice=poll");
	wait_until(ordain, ordain_in_sync(ordain));
	assert_non_null(strstr(ordain_do(ordain, "status"), "noticing by poll"));
	assert_non_null(strstr(ordain_do(ordain, "status -o json"), "\"noticing\": \"poll\""));
	link = hook_holding("eth0", HOOK_XDP).links[0];
	let("culprit", detach, link);
	wait_until(ordain, agent_said(ordain, "our link was detached"));
	wait_until(ordain, ordain_in_sync(ordain));
	assert_false(agent_said(ordain, "culprit"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(repairs_come_at_once_and_name_who_it_was),
		ORDAIN_TEST(foreign_changes_are_looked_at_at_once),
		ORDAIN_TEST(who_keeps_on_is_named),
		ORDAIN_TEST(late_loader_is_told_of_once),
		ORDAIN_TEST(own_doings_are_not_noticed),
		ORDAIN_TEST(without_notice_the_poll_repairs),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
