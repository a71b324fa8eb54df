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
enum { AGENT_FIRST_MS = 1500, LOOK_AGAIN_MS = 60 * 1000 };

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
static bool outlast(const struct paths *paths, struct watch *watch)
{
	const uint64_t generation = find_trial(paths).generation;

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

static int go_back(const struct session *session)
{
	session->journal->by = "the trial's guard";
	decision_free(applying_decide(session));
	return EXIT_OK;
}

/* Keeps nothing of the one who started it but where he is in the file system. */
static void leave(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	signal(SIGHUP, SIG_IGN);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
}

__attribute__((noreturn)) static void guard(const struct options *options, int begun)
{
	const struct paths *paths = paths_new(options->arena, options->root, options->bpffs);
	struct watch *watch = watch_open();
	char byte;

	leave();
	while (read(begun, &byte, 1) < 0 && errno == EINTR)
		;
	if (watch && outlast(paths, watch)) {
		usleep(AGENT_FIRST_MS * 1000);
		applying_locked(options, go_back);
	}
	_exit(EXIT_OK);
}

int guard_start(const struct options *options)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	switch (fork()) {
	case -1:
		return -errno;
	case 0:
		close(ends[1]);
		guard(options, ends[0]);
	}
	close(ends[0]);
	return ends[1];
}
