/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands share: a session with its paths, objects and kernel, and how they speak. */
#ifndef ORDAIN_AGENT_COMMANDS_COMMAND_H
#define ORDAIN_AGENT_COMMANDS_COMMAND_H

#include "agent/commands/options.h"
#include "agent/decide/decision.h"
#include "agent/kernel/kernel.h"
#include "agent/system/journal.h"

struct session {
	const struct options *options;
	const struct paths *paths;
	struct journal *journal; /* NULL: the command changes nothing */
	struct objects *objects;
	struct kernel *kernel; /* NULL: the command does without */
	bool ask_kernel; /* what it says of programs: that needs no more than trying to */
	const struct decision *previous; /* what is known already; NULL */
	int lock; /* of who changes something, while he does; -1: none */
	int guard; /* what a trial's guard waits for; -1: none */
};

enum session_needs {
	NEEDS_FILES, /* policy and objects; no privileges */
	WANTS_KERNEL, /* the same, and reads the kernel if it may */
	NEEDS_KERNEL, /* reads the kernel */
	NEEDS_CHANGES, /* and changes it: a BPF file system must be there */
};

/* False after a message on stderr. Close it in either case. */
bool session_open(const struct options *options, enum session_needs needs,
		  struct session *ret_session);
void session_close(struct session *session);

/* For __attribute__((cleanup(...))). */
static inline void decision_cleanup(struct decision **decision)
{
	decision_free(*decision);
}

/* Decides, with a message on stderr and NULL if the machine failed. */
struct decision *session_decide(const struct session *session, enum decide_from from,
				bool assume_interfaces);

/* Where a command tells what it changed, and who had it do so. */
struct journal *journal_of_command(const struct options *options, const struct paths *paths);

/* "ordain: TEXT" on stderr; returns EXIT_ERROR. */
int say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Diagnostics for people on stderr; in other formats they are part of the result instead. */
void say_diags(const struct options *options, const struct diags *diags);

/* The result on stdout. */
void say_result(const struct text *text);

/* Colour: a terminal, and no NO_COLOR in the environment. */
bool wants_colour(int fd);

/* IFACE [HOOK] among the arguments. False after a message if HOOK is no hook. */
struct selection {
	const char *interface; /* NULL: everything */
	int hook; /* an enum hook, or -1: all of the interface */
};

bool selection_read(const struct options *options, struct selection *ret);

/* Is an interface of that name here? If not, says so on stderr, and which one may be meant. */
bool interface_known(const struct decision *decision, const char *name);

int command_check(const struct options *options);
int command_plan(const struct options *options);
int command_apply(const struct options *options);
int command_try(const struct options *options);
int command_confirm(const struct options *options);
int command_undo(const struct options *options);
int command_wait(const struct options *options);
int command_agent(const struct options *options);
int command_status(const struct options *options);
int command_explain(const struct options *options);
int command_classify(const struct options *options);
int command_pause(const struct options *options);
int command_resume(const struct options *options);
int command_detach(const struct options *options);

#endif
