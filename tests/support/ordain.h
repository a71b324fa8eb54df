/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The built binary at work, as an administrator has it: policy files, commands and an agent, in a
 * network of the test's own with a --root and a --bpffs of its own. Whatever cannot be done fails
 * the test, with what the agent had said.
 */
#ifndef ORDAIN_TESTS_SUPPORT_ORDAIN_H
#define ORDAIN_TESTS_SUPPORT_ORDAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "foreign.h"
#include "netns.h"
#include "policy/base/arena.h"

struct ordain {
	struct arena *arena; /* of one case: everything returned below lives in it */
	const struct netns *netns;
	const char *root;
	const char *bpffs;
	const char *log; /* what agents said, one after the other */
	size_t heard; /* how much of that agent_forget() has gone past */
	pid_t agent; /* 0: none runs */
	int notify; /* what the agent's NOTIFY_SOCKET is; -1: none */
	struct way *way; /* way.h; NULL: none is open */
};

/*
 * cmocka's set-up and tear-down for each case, behind ordain_enter() in main(): *state is a struct
 * ordain with an empty root and nothing on any hook; with ORDAIN_LINKING=called in the environment
 * there is a policy file, linking.yaml, that has every chain linked so. The tear-down ends the agent by force and
 * removes every pin, every file, and every interface but those of netns.h.
 */
void ordain_enter(void);
int ordain_setup(void **state);
int ordain_teardown(void **state);

#define ORDAIN_TEST(name) cmocka_unit_test_setup_teardown(name, ordain_setup, ordain_teardown)

/* Skips the case on a kernel without tcx. */
void need_tcx(void);

/* Each hook that this kernel has. */
#define for_each_hook(hook)                                                                        \
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++)                                        \
		if (hook_exists(NETNS_INTERFACE, hook))

/* ROOT/the formatted path. */
const char *ordain_path(const struct ordain *ordain, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* An object of the build, "stamp_a" for stamp_a.bpf.o. */
const char *object_path(const struct ordain *ordain, const char *name);

/* Copies a file as a package manager does: written beside it, then renamed over it. */
void file_copy(const struct ordain *ordain, const char *from, const char *to);

/*
 * Replaces ROOT/etc/ordain/NAME as a whole with the formatted text, as careful tools do;
 * "ordain: 1" is put before it.
 */
void policy_write(const struct ordain *ordain, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void policy_remove(const struct ordain *ordain, const char *name);

/* A file that says nothing: its programs are taken out of the policy at once. */
void policy_clear(const struct ordain *ordain, const char *name);

/*
 * Policy NAME: a chain of sample programs on one hook of one interface. Each word of `words` is a
 * letter, for a stamp_LETTER named LETTER; in capitals for a verdict_LETTER named LETTER in small.
 */
void policy_chain(const struct ordain *ordain, const char *name, const char *interface,
		  enum hook hook, const char *words);

struct outcome {
	int code; /* exit code; 128 + the signal that ended it */
	const char *out;
	const char *err;
};

/* Runs `ordain --root ROOT --bpffs BPFFS WORDS`, split at blanks. */
struct outcome ordain_run(const struct ordain *ordain, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Runs a shell command with $ORDAIN, $ROOT and $BPFFS set. */
struct outcome ordain_shell(const struct ordain *ordain, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Runs it and fails the test unless it exits with 0. Returns its output. */
const char *ordain_do(const struct ordain *ordain, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Is every hook as the policy says, and the policy in force what the files say? */
bool ordain_in_sync(const struct ordain *ordain);

/* Of `status -o json`: a counter of an element, "seen" or a verdict; 0 if it is not there. */
uint64_t ordain_counter(const struct ordain *ordain, const char *interface, enum hook hook,
			const char *element, const char *counter);

/* The generation in force. */
uint64_t ordain_generation(const struct ordain *ordain);

/*
 * Starts an agent, which dies with the test. _ready() waits for its READY=1; _with() gives it an
 * option.
 */
void agent_start(struct ordain *ordain);
void agent_start_ready(struct ordain *ordain);
void agent_start_ready_with(struct ordain *ordain, const char *option);

/* SIGTERM, and the test fails unless it exits with 0. */
void agent_stop(struct ordain *ordain);

/* SIGKILL. */
void agent_kill(struct ordain *ordain);
void agent_signal(const struct ordain *ordain, int signal);

/* Has the agent said this since the last agent_forget()? _count: how often. */
bool agent_said(const struct ordain *ordain, const char *text);
size_t agent_count(const struct ordain *ordain, const char *text);
void agent_forget(struct ordain *ordain);

/* Has it notified its supervisor of this since the last call? Only after agent_start_ready(). */
bool agent_notified(const struct ordain *ordain, const char *text);

/* Waits until a condition holds, and fails the test when it does not for half a minute. */
#define wait_until(ordain, condition)                                                              \
	do {                                                                                       \
		for (struct deadline deadline_ = deadline_new(); !(condition);)                    \
			deadline_wait(&deadline_, ordain, #condition);                             \
	} while (0)

struct deadline {
	int64_t at_ms;
};

int64_t clock_ms(void);
struct deadline deadline_new(void);
void deadline_wait(const struct deadline *deadline, const struct ordain *ordain, const char *what);

#endif
