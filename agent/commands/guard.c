/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/commands/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "agent/commands/applying.h"
#include "agent/system/watch.h"

/* An agent goes back as well, and tells of it: it shall be the first. */
enum { AGENT_FIRST_MS = 1500, LOOK_AGAIN_MS = 60 * 1000, TRY_AGAIN_S = 5 };

static struct trial find_trial(const struct paths *paths)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	const struct accepted *accepted;
	struct trial trial = { 0 };
	struct error error;

	if (!state_accepted(arena, paths, &accepted, &error) && accepted)
		(void)state_trial(arena, paths, accepted->generation, &trial);
	return trial;
}

/* True when it is over; false when somebody ended it, or began another one. */
static bool outlast(const struct paths *paths, struct watch *watch, uint64_t generation)
{
	for (;;) {
		struct pollfd changes = { .fd = watch_fd(watch), .events = POLLIN };
		struct trial trial;
		int64_t wait;

		watch_drain(watch);
		watch_set(watch, (const char *[]){ paths->state }, 1);
		trial = find_trial(paths);
		if (!trial.generation || trial.generation != generation)
			return false;
		if (!trial.left_ms)
			return true;
		wait = trial.left_ms + 1;
		(void)poll(&changes, 1, wait < LOOK_AGAIN_MS ? (int)wait : LOOK_AGAIN_MS);
	}
}

static int go_back(struct session *session)
{
	session->journal->by = "the trial's guard";
	decision_free(applying_decide(session));
	return EXIT_OK;
}

/* A disk may be full, or somebody at work on the hooks. */
static void go_back_until_it_is_done(const struct options *options, const struct paths *paths,
				     struct watch *watch)
{
	const uint64_t generation = find_trial(paths).generation;

	while (outlast(paths, watch, generation)) {
		struct options once = *options;

		usleep(AGENT_FIRST_MS * 1000);
		once.arena = arena_new();
		applying_locked(&once, -1, go_back);
		arena_free(once.arena);
		if (find_trial(paths).generation == generation)
			sleep(TRY_AGAIN_S);
	}
}

/*
 * Keeps nothing of the one who started it, who may hold locks and mounts: all but `begun` is closed.
 * Only a path that begins where he is needs him to stay there.
 */
static void leave(const struct options *options, int begun)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	close_range(STDERR_FILENO + 1, (unsigned int)begun - 1, 0);
	close_range((unsigned int)begun + 1, ~0u, 0);
	if ((!*options->root || *options->root == '/') && *options->bpffs == '/' && chdir("/"))
		_exit(EXIT_ERROR);
}

__attribute__((noreturn)) static void guard(const struct options *options, int begun)
{
	const struct paths *paths = paths_new(options->arena, options->root, options->bpffs);
	struct watch *watch;
	char byte;

	leave(options, begun);
	watch = watch_open();
	while (read(begun, &byte, 1) < 0 && errno == EINTR)
		;
	if (watch)
		go_back_until_it_is_done(options, paths, watch);
	_exit(EXIT_OK);
}

/* What a terminal sends to all of its processes: the guard is none of them. */
static pid_t fork_apart(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTSTP };
	sigset_t held, before;
	pid_t pid;

	sigemptyset(&held);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&held, signals[i]);
	sigprocmask(SIG_BLOCK, &held, &before);
	pid = fork();
	for (size_t i = 0; !pid && i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_IGN);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

int guard_start(const struct options *options)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	switch (fork_apart()) {
	case -1:
		return -errno;
	case 0:
		close(ends[1]);
		guard(options, ends[0]);
	}
	close(ends[0]);
	return ends[1];
}
