/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that cannot run on a hook that never had its whole chain, and what `if_missing` makes of
 * that. The strictest one decides for the hook: drop before empty before skip.
 *
 *	drop	there is a chain, and in the place of each program that says so an element that
 *		drops every packet; what else cannot run is left out
 *	empty	nothing of ours runs there
 *	skip	what cannot run is left out, and the others run
 */
#ifndef ORDAIN_POLICY_PLAN_MISSING_H
#define ORDAIN_POLICY_PLAN_MISSING_H

#include "policy/diag/diag.h"
#include "policy/model/policy.h"
#include "policy/plan/manifest.h"

/* A program that cannot run, and why. */
struct missing_program {
	const char *name;
	enum if_missing says;
	enum diag_code code;
	const char *reason;
};

struct missing {
	struct missing_program *items; /* each name once */
	size_t count;
};

/* NULL: it can run, as far as is known. */
const struct missing_program *missing_find(const struct missing *missing, const char *name);

/* What happens on the hook. Of none: skip. */
enum if_missing missing_decides(const struct missing *missing);

/*
 * `whole`, the policy's own chain, of which the missing ones need have nothing but their names, as
 * it can run. NULL: nothing of ours runs there.
 */
const struct manifest *missing_manifest(struct arena *arena, const struct manifest *whole,
					const struct missing *missing);

/*
 * Does one of them run in that chain all the same, loaded before it could not be had any more?
 * `running` NULL: nothing runs.
 */
bool missing_runs(const struct missing *missing, const struct manifest *running);

/*
 * What became of a program of the chain, in words: "cannot run: drops every packet (if_missing:
 * drop)"; NULL if it runs.
 */
const char *missing_words(struct arena *arena, const struct missing *missing, const char *name);

/* Of one that cannot run, what follows from it: "drops every packet (if_missing: drop)". */
const char *missing_effect(struct arena *arena, const struct missing *missing,
			   const struct missing_program *program);

/* Of all that cannot run: "guard cannot run: drops ...; tap cannot run: left out ...". */
const char *missing_summary(struct arena *arena, const struct missing *missing);

#endif
