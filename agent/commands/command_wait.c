/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/commands/command.h"
#include "agent/reconcile/pass.h"

enum { DEFAULT_SECONDS = 60, LOOK_EVERY_MS = 200 };

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Why the kernel does not have what the files say; NULL: it has. */
static const char *missing_in(const struct decision *decision)
{
	if (decision->held)
		return "the files cannot be used: `ordain check`";
	if (!decision->policy)
		return "there is no policy";
	if (decision->detached.all)
		return "everything was detached by hand: `ordain resume`";
	if (decision->basis == BASIS_TAKEN_BACK)
		return "what the files say was taken back: `ordain try`";
	if (decision_is_new(decision))
		return "what the files say is not in force: `ordain plan`";
	if (strcmp(decision->digest, decision->accepted->digest) != 0)
		return "the files wait for the end of a trial";
	return NULL;
}

/* The same with the kernel asked. Negative errno: that failed. */
static int look(const struct session *session, struct decision *decision, const char **ret_missing)
{
	const char *missing = missing_in(decision);
	struct pass pass;
	struct error error;
	int result = 0;

	if (!missing) {
		struct status status = { .plan = NULL };

		pass = pass_begin(decision);
		result = pass_look(&pass, session->kernel, NULL, DETAIL_NAMES, &error);
		status.plan = pass.plan;
		if (result)
			say_error("%s", error.text);
		else if (!status_in_sync(&status))
			missing = "not every hook is in sync: `ordain status`";
		pass_end(&pass);
	}
	*ret_missing = missing;
	return result;
}

static int wait_in_sync(struct session *session, struct decision **decision, int64_t until)
{
	const char *missing = NULL;

	do {
		struct decision *before = *decision;

		session->previous = before;
		*decision = session_decide(session, DECIDE_NOW, false);
		decision_free(before);
		if (!*decision || look(session, *decision, &missing))
			return EXIT_ERROR;
		if (!missing)
			return EXIT_OK;
		usleep(LOOK_EVERY_MS * 1000);
	} while (now_ms() < until);
	say_error("gave up waiting: %s", missing);
	return EXIT_DIFFERENT;
}

int command_wait(const struct options *options)
{
	__attribute__((cleanup(session_close))) struct session session = { 0 };
	__attribute__((cleanup(decision_cleanup))) struct decision *decision = NULL;
	long seconds = options->timeout_seconds ? options->timeout_seconds : DEFAULT_SECONDS;

	if (!session_open(options, NEEDS_KERNEL, &session))
		return EXIT_ERROR;
	return wait_in_sync(&session, &decision, now_ms() + seconds * 1000);
}
