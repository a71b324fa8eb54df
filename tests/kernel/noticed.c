/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The agent hears at once of what others do to hooks, and says who it was: all of it where the kernel
 * lets programs trace its functions, some where it has the tracepoints of bpf(2). Without them, or
 * told not to listen, it finds the same things by looking.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "tests/support/test.h"
#include "tests/support/way.h"

/* Well under the second after which the poll comes; emulated kernels are slow. */
enum { AT_ONCE_MS = 700, TRIES = 5 };

/* "tracepoint" or "full": each case runs for both, but those of the second alone. */
static const char *grade;

/* A process of that name does something, to a link mostly. */
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

/* The same by netlink, which has another word for it in the generic mode. */
static void attach_late_by_netlink(uint32_t link)
{
	(void)link;
	assert_int_equal(bpf_xdp_attach((int)netns_ifindex("eth0"), foreign_load(HOOK_XDP), 0,
					NULL),
			 -EBUSY);
}

static void attach_late_generic(uint32_t link)
{
	(void)link;
	assert_int_equal(bpf_xdp_attach((int)netns_ifindex("eth0"), foreign_load(HOOK_XDP),
					XDP_FLAGS_SKB_MODE, NULL),
			 -EEXIST);
}

static void remove_by_netlink(uint32_t link)
{
	(void)link;
	foreign_netlink_off("eth0");
}

static void intrude(uint32_t program)
{
	assert_int_equal(bpf_prog_attach_opts((int)program, (int)netns_ifindex("eth0"),
					      BPF_TCX_INGRESS, NULL),
			 0);
}

static void leave(uint32_t program)
{
	assert_int_equal(bpf_prog_detach_opts((int)program, (int)netns_ifindex("eth0"),
					      BPF_TCX_INGRESS, NULL),
			 0);
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

/* Skips the case where the kernel has nothing to notice with. */
static void need_notice(const struct ordain *ordain)
{
	const char *words = arena_printf(ordain->arena, "noticing by %s", grade);

	if (strstr(ordain_run(ordain, "status").out, words))
		return;
	/* The agent says why only where it names nobody at all. */
	if (!strcmp(grade, "tracepoint"))
		assert_true(agent_said(ordain, "trace bpf(2)"));
	print_message("SKIP: this kernel lets no program trace %s\n",
		      strcmp(grade, "full") != 0 ? "bpf(2)" : "its functions");
	skip();
}

static void start_agent(struct ordain *ordain)
{
	agent_start_ready_with(ordain, arena_printf(ordain->arena, "--notice=%s", grade));
}

static void attach_chain(struct ordain *ordain, enum hook hook)
{
	policy_chain(ordain, "chain.yaml", "eth0", hook, "ab");
	start_agent(ordain);
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

static void late_loader_is_told_of_once_by(struct ordain *ordain, void (*attach)(uint32_t link))
{
	const char *words;
	struct culprit culprit;

	attach_chain(ordain, HOOK_XDP);
	need_notice(ordain);
	culprit = let("latecomer", attach, 0);
	words = arena_printf(ordain->arena, "%s could not attach at ",
			     culprit_words(ordain, &culprit));
	wait_until(ordain, agent_said(ordain, words));
	wait_until(ordain, strstr(ordain_do(ordain, "status"), words) != NULL);
	assert_non_null(strstr(ordain_do(ordain, "status"), "`ordain detach eth0 xdp`"));
	/* It tries again and again, and somebody else does. */
	let("latecomer", attach, 0);
	culprit = let("another", attach, 0);
	wait_until(ordain, agent_said(ordain, culprit_words(ordain, &culprit)));
	assert_int_equal(agent_count(ordain, "could not attach"), 2);
	/* The hook is as it has to be, and a new agent has not noticed anything. */
	assert_true(ordain_in_sync(ordain));
	agent_stop(ordain);
	start_agent(ordain);
	assert_null(strstr(ordain_do(ordain, "status"), "could not attach"));
}

static void late_loader_is_told_of_once(void **state)
{
	late_loader_is_told_of_once_by(*state, attach_late);
}

static void late_loader_by_netlink_is_told_of_once(void **state)
{
	struct ordain *ordain = *state;
	struct culprit culprit;

	late_loader_is_told_of_once_by(ordain, attach_late_by_netlink);
	culprit = let("generic", attach_late_generic, 0);
	wait_until(ordain, agent_said(ordain, arena_printf(ordain->arena, "%s could not attach at ",
							   culprit_words(ordain, &culprit))));
}

static void intruder_is_named_when_it_comes_and_when_it_goes(void **state)
{
	struct ordain *ordain = *state;
	struct culprit culprit;
	const char *words;
	int program;

	need_tcx();
	policy_write(
		ordain, "alone.yaml",
		"programs: {lb: {hook: tcx-ingress, interfaces: [eth0], object: %s, exclusive: "
		"true}}\n",
		object_path(ordain, "stamp_a"));
	start_agent(ordain);
	wait_until(ordain, ordain_in_sync(ordain));
	need_notice(ordain);
	program = foreign_load(HOOK_TCX_INGRESS);
	culprit = let("intruder", intrude, (uint32_t)program);
	wait_until(ordain,
		   agent_said(ordain,
			      arena_printf(ordain->arena,
					   "runs beside it; program %u attached by %s at ",
					   foreign_id(program), culprit_words(ordain, &culprit))));
	/* The tracepoint is not told which program it was. */
	culprit = let("leaver", leave, (uint32_t)program);
	words = strcmp(grade, "full") != 0
			? "alone again"
			: arena_printf(ordain->arena, "alone again; program %u detached by %s at ",
				       foreign_id(program), culprit_words(ordain, &culprit));
	wait_until(ordain, agent_said(ordain, words));
}

/* Waits until our chain has taken the XDP hook; how long that was after the hook got free. */
static int64_t taken_after(struct ordain *ordain, int64_t start)
{
	wait_until(ordain, agent_said(ordain, "attach a chain of 2"));
	start = clock_ms() - start;
	assert_int_equal(hook_holding("eth0", HOOK_XDP).count, 1);
	end_chain(ordain);
	agent_forget(ordain);
	return start;
}

/* Before anything foreign is on a hook, where nobody would take it away. */
static void need_notice_alone(struct ordain *ordain)
{
	start_agent(ordain);
	need_notice(ordain);
	agent_stop(ordain);
}

/* A foreign program is there before our chain, which waits for the hook. */
static void wait_behind_foreign(struct ordain *ordain)
{
	policy_chain(ordain, "chain.yaml", "eth0", HOOK_XDP, "ab");
	start_agent(ordain);
	sleep(1);
	assert_false(agent_said(ordain, "attach a chain of 2"));
}

static void hook_that_netlink_frees_is_taken_at_once(void **state)
{
	struct ordain *ordain = *state;

	need_notice_alone(ordain);
	for (int i = 0; i < TRIES; i++) {
		int program = foreign_load(HOOK_XDP);
		struct culprit culprit;
		const char *words;
		int64_t start;

		foreign_netlink("eth0", program);
		wait_behind_foreign(ordain);
		start = clock_ms();
		culprit = let("leaver", remove_by_netlink, 0);
		words = arena_printf(ordain->arena, "; program %u detached by %s at ",
				     foreign_id(program), culprit_words(ordain, &culprit));
		wait_until(ordain, agent_said(ordain, words));
		assert_true(taken_after(ordain, start) < AT_ONCE_MS);
		close(program);
	}
}

/* Its link has no pin, and no descriptor but its own. */
static pid_t start_owner(int program)
{
	pid_t owner = fork();

	assert_true(owner >= 0);
	if (!owner) {
		prctl(PR_SET_NAME, "owner");
		foreign_link("eth0", HOOK_XDP, program, false);
		pause();
	}
	while (!hook_holding("eth0", HOOK_XDP).count)
		usleep(10 * 1000);
	return owner;
}

static void hook_whose_owner_dies_is_taken_at_once(void **state)
{
	struct ordain *ordain = *state;

	need_notice_alone(ordain);
	for (int i = 0; i < TRIES; i++) {
		int program = foreign_load(HOOK_XDP);
		pid_t owner = start_owner(program);
		int64_t start;

		wait_behind_foreign(ordain);
		start = clock_ms();
		assert_int_equal(kill(owner, SIGKILL), 0);
		assert_int_equal(waitpid(owner, NULL, 0), owner);
		wait_until(ordain, agent_said(ordain, arena_printf(ordain->arena,
								   "; program %u detached by owner "
								   "(pid %d, root) at ",
								   foreign_id(program), owner)));
		assert_true(taken_after(ordain, start) < AT_ONCE_MS);
		close(program);
	}
}

static const char *pin;

static void unpin(uint32_t link)
{
	(void)link;
	assert_int_equal(unlink(pin), 0);
}

/* A thread of the kernel may detach the link then: that one is never named. */
static void hook_whose_link_is_unpinned_is_taken_at_once(void **state)
{
	struct ordain *ordain = *state;

	need_notice_alone(ordain);
	pin = arena_printf(ordain->arena, "%s/somebody", ordain->bpffs);
	for (int i = 0; i < TRIES; i++) {
		int program = foreign_load(HOOK_XDP);
		int link = foreign_link("eth0", HOOK_XDP, program, false);
		struct culprit culprit;
		int64_t start;

		assert_int_equal(bpf_obj_pin(link, pin), 0);
		close(link);
		wait_behind_foreign(ordain);
		start = clock_ms();
		culprit = let("remover", unpin, 0);
		wait_until(ordain, agent_said(ordain, "attach a chain of 2"));
		assert_int_equal(agent_count(ordain, "detached by"),
				 agent_count(ordain, culprit_words(ordain, &culprit)));
		assert_true(taken_after(ordain, start) < AT_ONCE_MS);
		close(program);
	}
}

static void who_removes_our_pin_is_named(void **state)
{
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		attach_chain(ordain, hook);
		need_notice(ordain);
		pin = ordain_shell(ordain, "echo -n $BPFFS/ordain/netns-*/%u-%s/link",
				   netns_ifindex("eth0"), hook_name(hook))
			      .out;
		assert_true(repaired_after(ordain, hook, unpin, "unpinned") < AT_ONCE_MS);
		assert_true(agent_said(ordain, "our pins were removed: link "));
		assert_int_equal(access(pin, F_OK), 0);
		end_chain(ordain);
	}
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
	start_agent(ordain);
	wait_until(ordain, ordain_in_sync(ordain));
	assert_non_null(strstr(ordain_do(ordain, "status"), "noticing by poll"));
	assert_non_null(strstr(ordain_do(ordain, "status -o json"), "\"noticing\": \"poll\""));
	link = hook_holding("eth0", HOOK_XDP).links[0];
	let("culprit", detach, link);
	wait_until(ordain, agent_said(ordain, "our link was detached"));
	wait_until(ordain, ordain_in_sync(ordain));
	assert_false(agent_said(ordain, "culprit"));
}

static int run(const char *grade_to_use, const struct CMUnitTest *tests, size_t count)
{
	grade = grade_to_use;
	return _cmocka_run_group_tests(grade, tests, count, NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(repairs_come_at_once_and_name_who_it_was),
		ORDAIN_TEST(foreign_changes_are_looked_at_at_once),
		ORDAIN_TEST(who_keeps_on_is_named),
		ORDAIN_TEST(late_loader_is_told_of_once),
		ORDAIN_TEST(intruder_is_named_when_it_comes_and_when_it_goes),
		ORDAIN_TEST(own_doings_are_not_noticed),
	};
	const struct CMUnitTest full[] = {
		ORDAIN_TEST(late_loader_by_netlink_is_told_of_once),
		ORDAIN_TEST(hook_that_netlink_frees_is_taken_at_once),
		ORDAIN_TEST(hook_whose_owner_dies_is_taken_at_once),
		ORDAIN_TEST(hook_whose_link_is_unpinned_is_taken_at_once),
		ORDAIN_TEST(who_removes_our_pin_is_named),
	};
	const struct CMUnitTest poll[] = { ORDAIN_TEST(without_notice_the_poll_repairs) };
	int failed;

	ordain_enter();
	failed = run("tracepoint", tests, sizeof(tests) / sizeof(*tests));
	failed += run("full", tests, sizeof(tests) / sizeof(*tests));
	failed += run("full", full, sizeof(full) / sizeof(*full));
	failed += run("poll", poll, sizeof(poll) / sizeof(*poll));
	return failed;
}
