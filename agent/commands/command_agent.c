/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "agent/commands/command.h"
#include "agent/kernel/interfaces.h"
#include "agent/metrics/metrics.h"
#include "agent/notice/notice.h"
#include "agent/reconcile/measure.h"
#include "agent/reconcile/reconciler.h"
#include "agent/system/lock.h"
#include "agent/system/notify.h"
#include "agent/system/watch.h"

enum {
	QUIET_MS = 250, /* writers rarely stop at one event: wait until they are done ... */
	QUIET_LIMIT_MS = 2000, /* ... but not for ever */
	LINK_QUIET_MS = 20, /* an interface comes with a handful of messages */
	DRIFT_POLL_MS = 1000, /* tcx and links of xdp announce nothing */
	FILE_POLL_MS = 30000, /* for what inotify cannot see */
	SECOND_LOOK_WAIT_MS = 1050,
	RETRY_MS = 50,
	NOTICE_PAUSE_MS = 50, /* somebody may do things to hooks all the time */
	/*
	 * Who replaces a program may take the old one off first, and fails if the hook is not empty
	 * when the new one comes.
	 */
	DOOR_QUIET_MS = 2,
	OWN_FDS = 4, /* beside those of who reads the metrics */
};

/* Deadlines are monotonic milliseconds; 0: none. */
struct loop {
	struct reconciler reconciler;
	struct watch *watch;
	struct notice *notice;
	struct metrics *metrics; /* NULL: nobody is told */
	struct measure measure;
	int links;
	int signals;
	int lock;
	int64_t look_at; /* read everything again */
	int64_t look_limit; /* the latest moment for it */
	int64_t drift_at;
	int64_t drift_looked; /* when it was looked for last */
	int64_t files_at;
	bool must_pass; /* whatever the files say */
	bool unpinned; /* there was no place for pins when last looked */
	bool stop;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Something happened: look once it has been quiet for `quiet`. */
static void look_after(struct loop *loop, int64_t quiet)
{
	int64_t now = loop->reconciler.now_ms;

	if (!loop->look_limit)
		loop->look_limit = now + QUIET_LIMIT_MS;
	loop->look_at = now + quiet < loop->look_limit ? now + quiet : loop->look_limit;
}

static void set_watches(struct loop *loop)
{
	struct arena *arena = arena_new();
	size_t count;
	const char *const *directories = reconciler_directories(&loop->reconciler, arena, &count);

	watch_set(loop->watch, directories, count);
	arena_free(arena);
}

/* `rm -r` of our pins takes the directory that the lock is on along. */
static void keep_lock(struct loop *loop)
{
	const struct paths *paths = loop->reconciler.session->paths;
	struct error error;
	int lock;

	if (lock_stands(paths, LOCK_AGENT, loop->lock))
		return;
	lock = lock_take(paths, LOCK_AGENT, &error);
	if (lock < 0) {
		say_error("%s", error.text);
		/* Nothing else is a reason: without pins, what runs would go with this process. */
		loop->stop = lock == -EWOULDBLOCK;
		return;
	}
	close(loop->lock);
	loop->lock = lock;
}

static void pass(struct loop *loop)
{
	loop->must_pass = false;
	switch (reconciler_pass(&loop->reconciler)) {
	case LOOK_SETTLED:
		break;
	case LOOK_SOON:
		loop->must_pass = true;
		loop->look_at = now_ms() + RETRY_MS;
		break;
	case LOOK_LATER:
		loop->must_pass = true;
		loop->look_at = now_ms() + SECOND_LOOK_WAIT_MS;
		break;
	}
	keep_lock(loop);
	set_watches(loop);
}

static void read_signals(struct loop *loop)
{
	struct signalfd_siginfo info;

	while (read(loop->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP) {
			loop->must_pass = true;
			loop->look_at = loop->reconciler.now_ms;
		} else {
			loop->stop = true;
		}
	}
}

/*
 * Our pins, or the whole BPF file system, are not where they were, and all that keeps the chains
 * is this process. True if there is a place for pins again: then a pass makes them.
 */
static bool must_pin_again(struct loop *loop)
{
	const struct paths *paths = loop->reconciler.session->paths;
	bool told = loop->unpinned;
	struct error error;

	loop->unpinned = !lock_stands(paths, LOCK_AGENT, loop->lock);
	if (!loop->unpinned)
		return false;
	if (!bpffs_ensure(paths, &error)) {
		keep_lock(loop);
		return !loop->stop;
	}
	if (!told)
		say_error("%s; do not stop the agent: the chains would go with it", error.text);
	return false;
}

/* Anew each time: the clocks drift apart when the time is set, or the machine was asleep. */
static int64_t wall_minus_monotonic_ms(void)
{
	struct timespec wall;

	clock_gettime(CLOCK_REALTIME, &wall);
	return (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000 - now_ms();
}

static void look_for_drift(struct loop *loop, int64_t at)
{
	if (at < loop->drift_at)
		loop->drift_at = at;
}

static void take_deed(void *context, const struct notice_event *event)
{
	struct loop *loop = context;
	/* Who unlinks a pin tells of it a moment before it is gone. */
	int64_t since = event->command == NOTICE_UNPIN ? now_ms() : loop->drift_looked;

	loop->reconciler.deeds.to_wall_ms = wall_minus_monotonic_ms();
	deeds_add(&loop->reconciler.deeds, event);
	look_for_drift(loop, since + NOTICE_PAUSE_MS);
}

static bool is_due(int64_t deadline, int64_t now)
{
	return deadline && now >= deadline;
}

static void turn(struct loop *loop)
{
	int64_t now = loop->reconciler.now_ms;
	bool look = is_due(loop->look_at, now) || is_due(loop->files_at, now);
	const struct decision *decision = loop->reconciler.decision;

	if (decision && decision->pause.until && decision->pause.until <= time(NULL))
		look = true;
	if (look) {
		loop->look_at = 0;
		loop->look_limit = 0;
		loop->files_at = now + FILE_POLL_MS;
		if (loop->must_pass || reconciler_changed(&loop->reconciler))
			pass(loop);
		else
			set_watches(loop);
	}
	if (is_due(loop->drift_at, now)) {
		loop->drift_at = now + DRIFT_POLL_MS;
		loop->drift_looked = now;
		if (must_pin_again(loop) || reconciler_drifted(&loop->reconciler)) {
			/* Whose doing a look has found may be told of only since. */
			notice_drain(loop->notice, take_deed, loop);
			pass(loop);
		}
	}
}

static int timeout(const struct loop *loop)
{
	int64_t next = loop->drift_at < loop->files_at ? loop->drift_at : loop->files_at;
	int64_t now = now_ms();

	if (loop->look_at && loop->look_at < next)
		next = loop->look_at;
	if (metrics_due(loop->metrics) && metrics_due(loop->metrics) < next)
		next = metrics_due(loop->metrics);
	return next > now ? (int)(next - now) : 0;
}

static bool tell_metrics(void *context, struct text *out)
{
	struct loop *loop = context;

	return measure_take(&loop->measure, &loop->reconciler, out);
}

/* Waits for whatever comes first. False after a message. */
static bool wait_and_read(struct loop *loop)
{
	struct pollfd fds[OWN_FDS + METRICS_FDS] = {
		{ .fd = loop->signals, .events = POLLIN },
		{ .fd = watch_fd(loop->watch), .events = POLLIN },
		{ .fd = loop->links, .events = POLLIN },
		{ .fd = notice_fd(loop->notice), .events = POLLIN },
	};

	metrics_fds(loop->metrics, fds + OWN_FDS);
	if (poll(fds, sizeof(fds) / sizeof(fds[0]), timeout(loop)) < 0 && errno != EINTR) {
		say_error("poll: %s", strerror(errno));
		return false;
	}
	loop->reconciler.now_ms = now_ms();
	read_signals(loop);
	if (watch_drain(loop->watch))
		look_after(loop, QUIET_MS);
	if (interfaces_changed(loop->links)) {
		look_after(loop, LINK_QUIET_MS);
		if (reconciler_has_door(&loop->reconciler))
			look_for_drift(loop, loop->reconciler.now_ms + DOOR_QUIET_MS);
	}
	notice_drain(loop->notice, take_deed, loop);
	metrics_serve(loop->metrics, fds + OWN_FDS, loop->reconciler.now_ms, tell_metrics, loop);
	return true;
}

static void run(struct loop *loop)
{
	const bool watched = getenv("WATCHDOG_USEC") != NULL;
	bool was_ready = false;

	while (!loop->stop) {
		loop->reconciler.now_ms = now_ms();
		turn(loop);
		if (loop->reconciler.ready && !was_ready)
			notify("READY=1");
		was_ready = loop->reconciler.ready;
		/* The look for drift comes round every second, more often than anyone asks for. */
		if (watched)
			notify("WATCHDOG=1");
		if (!wait_and_read(loop))
			return;
	}
}

static void tell_grade(struct loop *loop, const struct error *why_not_better)
{
	loop->reconciler.grade = notice_grade(loop->notice);
	if (loop->reconciler.grade == NOTICE_POLL && *why_not_better->text)
		say_error("%s: what others do to hooks is found within a second, and nobody named",
			  why_not_better->text);
	reconciler_introduce(&loop->reconciler);
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Takes the lock and the notice. */
static int watch_and_run(const struct session *session, int lock, struct notice *notice,
			 const struct error *why_not_better)
{
	struct loop loop = { .reconciler = { .session = session },
			     .notice = notice,
			     .lock = lock,
			     .must_pass = true };
	struct error error;

	loop.watch = watch_open();
	loop.links = interfaces_watch();
	loop.signals = open_signals();
	if (!loop.watch || loop.links < 0 || loop.signals < 0)
		return say_error("cannot watch for changes: %s", strerror(errno));
	tell_grade(&loop, why_not_better);
	loop.metrics = metrics_open(session->paths->metrics, &error);
	if (!loop.metrics)
		say_error("%s: no metrics on a socket; `ordain status -o openmetrics` has them",
			  error.text);
	loop.look_at = loop.drift_at = loop.files_at = now_ms();
	set_watches(&loop);
	run(&loop);
	notify("STOPPING=1");
	metrics_close(loop.metrics);
	measure_free(&loop.measure);
	reconciler_free(&loop.reconciler);
	notice_close(loop.notice);
	watch_close(loop.watch);
	close(loop.links);
	close(loop.signals);
	close(loop.lock);
	return EXIT_OK;
}

int command_agent(const struct options *options)
{
	__attribute__((cleanup(session_close))) struct session session = { 0 };
	struct error why_not_better, error;
	struct notice *notice;
	int lock;

	if (!session_open(options, NEEDS_CHANGES, &session))
		return EXIT_ERROR;
	session.journal->by = NULL;
	session.journal->aloud = true;
	/* Before the lock: what it forks may outlive us for a moment, and would go on holding it. */
	notice = notice_open(options->notice, &why_not_better);
	lock = lock_take(session.paths, LOCK_AGENT, &error);
	if (lock < 0) {
		notice_close(notice);
		return say_error("%s", error.text);
	}
	return watch_and_run(&session, lock, notice, &why_not_better);
}
