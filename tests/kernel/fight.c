/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Somebody who does not stop: another loader that takes our links and pins away for as long as
 * ORDAIN_FIGHT_SECONDS says (6 unless said; 30 is a good one by hand). The agent repairs at once,
 * then ever more rarely, says so once, and has the hook when the other one is gone.
 */
#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "agent/system/files.h"
#include "tests/support/test.h"
#include "tests/support/way.h"

enum { PAUSE_US = 2000, SECONDS = 6, ROUNDS_MS = 300, FIGHTERS = 2 };

/* What both sides see. */
struct score {
	_Atomic unsigned int done; /* times that a fighter had its way */
	_Atomic unsigned int refused; /* times that the kernel said no to it */
};

struct fighter {
	pid_t pid;
	struct score *score;
};

static unsigned int fight_seconds(void)
{
	const char *text = getenv("ORDAIN_FIGHT_SECONDS");

	return text ? (unsigned int)atoi(text) : SECONDS;
}

/* A process that does it again and again until fighter_end(). */
static struct fighter fighter_start(const struct ordain *ordain, enum hook hook,
				    void (*act)(const struct ordain *ordain, enum hook hook,
						struct score *score))
{
	struct fighter fighter = {
		.score = mmap(NULL, sizeof(*fighter.score), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0),
	};

	assert_true(fighter.score != MAP_FAILED);
	fighter.pid = fork();
	assert_true(fighter.pid >= 0);
	if (fighter.pid)
		return fighter;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "fighter");
	for (;;) {
		act(ordain, hook, fighter.score);
		usleep(PAUSE_US);
	}
}

static struct score fighter_end(struct fighter *fighter)
{
	struct score score;

	assert_int_equal(kill(fighter->pid, SIGKILL), 0);
	assert_int_equal(waitpid(fighter->pid, NULL, 0), fighter->pid);
	score.done = fighter->score->done;
	score.refused = fighter->score->refused;
	munmap(fighter->score, sizeof(*fighter->score));
	return score;
}

/* Our link there, if it is still there when it is asked for. */
static int open_link(enum hook hook)
{
	struct holding holding = hook_holding("eth0", hook);

	return holding.count ? bpf_link_get_fd_by_id(holding.links[0]) : -1;
}

static void detach(const struct ordain *ordain, enum hook hook, struct score *score)
{
	int link = open_link(hook);

	(void)ordain;
	if (link < 0)
		return;
	if (!bpf_link_detach(link))
		score->done++;
	close(link);
}

static void overwrite(const struct ordain *ordain, enum hook hook, struct score *score)
{
	static int program = -1;
	int link;

	(void)ordain;
	if (program < 0)
		program = foreign_load(hook);
	if (hook_program("eth0", hook) == foreign_id(program))
		return;
	link = open_link(hook);
	if (link < 0)
		return;
	if (!bpf_link_update(link, program, NULL))
		score->done++;
	close(link);
}

/* All of ours, as soon as there are any. */
static void unpin(const struct ordain *ordain, enum hook hook, struct score *score)
{
	const char *all = arena_printf(ordain->arena, "%s/ordain", ordain->bpffs);
	const char *links = arena_printf(ordain->arena, "%s/netns-*/*/link", all);
	glob_t found;

	(void)hook;
	if (glob(links, 0, NULL, &found))
		return;
	globfree(&found);
	if (!directory_remove(all))
		score->done++;
}

/* By every way in at once. */
static void force(const struct ordain *ordain, enum hook hook, struct score *score)
{
	static int program = -1;
	int ifindex = (int)netns_ifindex("eth0");
	int link;

	(void)ordain;
	if (program < 0)
		program = foreign_load(hook);
	libbpf_set_print(NULL);
	link = bpf_link_create(program, ifindex, BPF_XDP, NULL);
	if (link >= 0) {
		score->done++;
		close(link);
	} else if (link == -EBUSY) {
		score->refused++;
	}
	if (!bpf_xdp_attach(ifindex, program, 0, NULL) || !bpf_xdp_detach(ifindex, 0, NULL))
		score->done++;
}

static void begin(struct ordain *ordain, enum hook hook)
{
	policy_chain(ordain, "p.yaml", "eth0", hook, "ab");
	agent_start_ready(ordain);
	wait_until(ordain, ordain_in_sync(ordain));
	way_open(ordain, hook);
	way_start(ordain);
	way_wait(ordain, 100);
	agent_forget(ordain);
}

static void end(struct ordain *ordain)
{
	agent_stop(ordain);
	way_close(ordain);
	policy_clear(ordain, "p.yaml");
	ordain_do(ordain, "apply");
	agent_forget(ordain);
}

/* A repair at once, and then after 1, 2, 4 ... seconds: so many in all. */
static unsigned int repairs_within(unsigned int seconds)
{
	unsigned int repairs = 1;

	for (unsigned int at = 0, wait = 1; at + wait <= seconds; wait *= 2) {
		at += wait;
		repairs++;
	}
	return repairs;
}

/* Each packet met our chain or none of it, and the log is as long after 6 seconds as after 30. */
static void assert_fought(struct ordain *ordain, enum hook hook, struct score score)
{
	const struct receipt *receipt = &ordain->way->receipt;
	unsigned int repairs = repairs_within(fight_seconds());

	/* The first time is no answer to a repair, and the last repair may come a little late. */
	assert_in_range(score.done, repairs, repairs + 2);
	if (agent_count(ordain, "\n") > 4)
		fail_msg("the agent said:\n%s", ordain_shell(ordain, "cat $ROOT/agent.log").out);
	assert_int_equal(agent_count(ordain, "had to be put right"), 1);
	assert_int_equal(receipt_of(receipt, "ab") + receipt_of(receipt, ""), receipt->packets);
	/* On XDP, packets that are in a veth's queue when its last program goes are lost. */
	if (hook != HOOK_XDP)
		assert_int_equal(receipt->lost, 0);
}

static void fight(struct ordain *ordain, enum hook hook,
		  void (*act)(const struct ordain *ordain, enum hook hook, struct score *score))
{
	struct fighter fighter;
	struct score score;

	begin(ordain, hook);
	fighter = fighter_start(ordain, hook, act);
	sleep(fight_seconds());
	score = fighter_end(&fighter);
	wait_until(ordain, ordain_in_sync(ordain));
	way_stop(ordain);
	assert_fought(ordain, hook, score);
	way_expect(ordain, 10, "ab");
	end(ordain);
}

static void who_detaches_is_answered_ever_more_rarely(void **state)
{
	for_each_hook(hook) if (hook != HOOK_TCX_EGRESS) fight(*state, hook, detach);
}

static void who_overwrites_is_answered_ever_more_rarely(void **state)
{
	for_each_hook(hook) if (hook != HOOK_TCX_EGRESS) fight(*state, hook, overwrite);
}

/* Packets notice nothing of it. */
static void who_removes_pins_is_answered_ever_more_rarely(void **state)
{
	struct ordain *ordain = *state;

	fight(ordain, HOOK_XDP, unpin);
}

/* Our link stands; whoever tries is told of once, however often it tries. */
static void who_forces_the_lock_is_told_of_once(void **state)
{
	struct ordain *ordain = *state;
	struct holding before, after;
	struct fighter fighter;
	struct score score;

	begin(ordain, HOOK_XDP);
	before = hook_holding("eth0", HOOK_XDP);
	fighter = fighter_start(ordain, HOOK_XDP, force);
	sleep(fight_seconds());
	score = fighter_end(&fighter);
	way_stop(ordain);
	after = hook_holding("eth0", HOOK_XDP);
	assert_int_equal(after.programs[0], before.programs[0]);
	assert_int_equal(after.links[0], before.links[0]);
	assert_int_equal(ordain->way->receipt.lost, 0);
	assert_int_equal(receipt_of(&ordain->way->receipt, "ab"), ordain->way->receipt.packets);
	assert_int_equal(score.done, 0);
	assert_true(score.refused > 10);
	assert_in_range(agent_count(ordain, "\n"), 0, 1);
	assert_true(ordain_in_sync(ordain));
	end(ordain);
}

/* Takes the slot whenever it is free, keeps it for a while, and gives it back. */
static void race(const struct ordain *ordain, enum hook hook, struct score *score)
{
	static int program = -1;
	int link;

	(void)ordain;
	if (program < 0)
		program = foreign_load(hook);
	link = bpf_link_create(program, (int)netns_ifindex("eth0"), BPF_XDP, NULL);
	if (link < 0) {
		score->refused += link == -EBUSY;
		return;
	}
	score->done++;
	usleep(ROUNDS_MS * 1000 / 3);
	close(link);
}

/* Whoever has it, ours most of all, so that there is something to race for. */
static void detach_now_and_then(const struct ordain *ordain, enum hook hook, struct score *score)
{
	usleep(ROUNDS_MS * 1000);
	detach(ordain, hook, score);
}

static void two_loaders_race_for_the_slot(void **state)
{
	struct ordain *ordain = *state;
	struct fighter fighters[FIGHTERS], detacher;
	unsigned int wins = 0, refused = 0;

	begin(ordain, HOOK_XDP);
	for (size_t i = 0; i < FIGHTERS; i++)
		fighters[i] = fighter_start(ordain, HOOK_XDP, race);
	detacher = fighter_start(ordain, HOOK_XDP, detach_now_and_then);
	sleep(fight_seconds());
	fighter_end(&detacher);
	for (size_t i = 0; i < FIGHTERS; i++) {
		struct score score = fighter_end(&fighters[i]);

		wins += score.done;
		refused += score.refused;
	}
	assert_true(wins > 0 && refused > 0);
	wait_until(ordain, ordain_in_sync(ordain));
	way_stop(ordain);
	/* Whoever had it, a packet met one program or none. */
	assert_int_equal(receipt_of(&ordain->way->receipt, "ab") +
				 receipt_of(&ordain->way->receipt, ""),
			 ordain->way->receipt.packets);
	/* With each repair that comes too late, and as rarely for itself. */
	assert_in_range(agent_count(ordain, "error[hook-taken]"), 1,
			2 * repairs_within(fight_seconds()));
	assert_in_range(agent_count(ordain, "repaired in"), 0, 3);
	way_expect(ordain, 10, "ab");
	assert_int_equal(hook_holding("eth0", HOOK_XDP).count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(who_detaches_is_answered_ever_more_rarely),
		ORDAIN_TEST(who_overwrites_is_answered_ever_more_rarely),
		ORDAIN_TEST(who_removes_pins_is_answered_ever_more_rarely),
		ORDAIN_TEST(who_forces_the_lock_is_told_of_once),
		ORDAIN_TEST(two_loaders_race_for_the_slot),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
