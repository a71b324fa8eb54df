/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What should be: from the files on disk, or, where they cannot be used, from the policy accepted
 * last, to one desired chain for each hook. Reads files, objects, state and the list of
 * interfaces; changes nothing.
 */
#ifndef ORDAIN_AGENT_DECIDE_DECISION_H
#define ORDAIN_AGENT_DECIDE_DECISION_H

#include "agent/objects/objects.h"
#include "agent/state/confdir.h"
#include "agent/state/state.h"
#include "agent/system/paths.h"
#include "policy/marks/readonly.h"
#include "policy/plan/plan.h"
#include "policy/render/render.h"

/* What a program's object turned out to be for one of its hooks. */
struct program_use {
	bool usable;
	const char *function;
	bool frags; /* it takes XDP packets of several buffers */
	enum diag_code code; /* if not usable */
	const char *reason;
	const struct judgement *judgement; /* if a mark asks for one; NULL */
};

/* What a program's object turned out to be; beside policy->programs. */
struct program_object {
	char digest[65];
	struct program_use uses[HOOK_COUNT];
};

/* What was found out about the code that one element runs; also of what is not usable for that. */
struct judged {
	const char *digest;
	const char *function;
	const char *variables;
	enum hook hook;
	struct judgement *judgement;
};

/* A program as some chains entry changes it, with other variables or marks than elsewhere. */
struct overridden_use {
	const struct program *program;
	enum hook hook;
	struct program_use use;
};

enum basis {
	BASIS_FILES, /* what the files say now */
	BASIS_ACCEPTED, /* what was accepted last: asked for, or the files cannot be used */
	BASIS_TRIAL, /* the same: it is on trial, and the files wait for its end */
	BASIS_TAKEN_BACK, /* the same: the files say what was taken back */
	BASIS_BACK, /* what was accepted before that: the trial is over, or it is undone by hand */
};

struct decision {
	struct arena *arena;
	struct diags diags; /* everything that was found wrong on the way */
	struct sources files; /* as they are on disk */
	const struct policy *written; /* in `files`; NULL: none that can be used */
	struct object_digests contents; /* of the objects of `written`, if objects are looked at */
	char digest[65]; /* of `files` and `contents` */
	const struct accepted *accepted; /* before this decision; NULL: none ever */
	bool state_hidden; /* what was accepted may not be read by this user */
	bool held; /* the files cannot be used: `policy` is none of theirs */
	struct trial trial;
	struct taken_back taken_back;
	enum basis basis; /* of `policy` */
	const struct accepted *back; /* BASIS_BACK: the generation that this goes back to */
	const struct policy *policy; /* NULL: no files now, none ever */
	const struct object_digests *pinned; /* the objects of `policy`; NULL: as they are on disk */
	uint64_t generation; /* of `policy`; one more than accepted if it is new */
	struct pause pause;
	struct detached detached;
	struct interfaces interfaces;
	struct resolution *resolution; /* NULL without a policy */
	struct program_object *objects;
	struct {
		struct overridden_use *items;
		size_t count;
	} overridden;
	struct {
		struct judged *items;
		size_t count;
	} judged;
	struct desires desires;
	size_t policy_diags; /* the first so many diags are about the files alone */
};

enum decide_from {
	DECIDE_NOW, /* what the files say, unless a trial or its end has another word */
	DECIDE_FILES, /* what the files say, whatever else */
	DECIDE_ACCEPTED, /* what was accepted last, whatever the files say */
	DECIDE_BACK, /* what was in force before that; `basis` says whether there is anything */
};

struct decide_options {
	const struct paths *paths;
	const struct substitutes *substitutes;
	struct objects *objects; /* NULL: objects are not looked at, and nothing is desired */
	enum decide_from from;
	bool assume_interfaces; /* for check: those that the policy names count as present */
	bool ask_kernel; /* judges of programs load them into the kernel, and unload them again */
	/* What is known already: an object with the same content is not looked into again. */
	const struct decision *previous;
};

/* 0 with *ret set (free it with decision_free), or a negative errno if the machine failed. */
int decide(const struct decide_options *options, struct decision **ret, struct error *ret_error);

/* NULL is fine. */
void decision_free(struct decision *decision);

/* Is the policy of this decision another one than the accepted one? */
bool decision_is_new(const struct decision *decision);

/* The digest of its policy, which is not always that of the files. */
const char *decision_digest(const struct decision *decision);

/* Would both lead to the same chains, and tell the reader the same? */
bool decision_same(const struct decision *a, const struct decision *b);

/* What stands around every result. */
struct report decision_report(const struct decision *decision, const struct paths *paths,
			      int agent_pid, bool colour);

/* A trial that has begun since. */
void decision_report_trial(struct report *report, const struct trial *trial);

#endif
