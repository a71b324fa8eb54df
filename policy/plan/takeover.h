/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Foreign programs on a tcx hook that become elements of ours, as their order among themselves
 * contradicts the policy. Part of placement.c.
 */
#ifndef ORDAIN_POLICY_PLAN_TAKEOVER_H
#define ORDAIN_POLICY_PLAN_TAKEOVER_H

#include "policy/plan/placement.h"

/*
 * Why that foreign program stays where it is whatever the policy says of its order; NULL: it may
 * become an element. `entry`: the one that means it, or NULL.
 */
const char *takeover_hindrance(const struct desired *desired, const struct program *entry,
			       const struct observed_program *program);

/* The same where it turned out that it stays: never NULL. */
const char *takeover_why_not(const struct desired *desired, const struct program *entry,
			     const struct observed_program *program);

/*
 * The foreign programs from `first` up to before `end` become elements, counted as the hook has
 * them. Of two links with one program the first one gets no element: packets would meet it twice.
 */
struct span_taken {
	size_t first;
	size_t end; /* 0: it does not */
};

/*
 * Of `count` foreign programs, all of which may be taken, which have to be so that packets meet
 * them in the order `wanted`: indices in the order of the hook, which begin with `start`.
 */
struct span_taken takeover_span(const unsigned int *wanted, size_t start, size_t count);

/* The mark of each foreign program of the hook that is in a span; 0 for the others. */
unsigned int *takeover_marks(struct arena *arena, const struct observed_hook *hook,
			     const struct span_taken *spans, size_t count);

/*
 * A program as an element, without its mark, of a name that no element of `so_far` and none of ours
 * has. `entry`: the one that means it, or NULL.
 */
struct manifest_element takeover_element(struct arena *arena, const struct manifest *ours,
					 const struct manifest *so_far, const struct program *entry,
					 const struct observed_program *program);

/* Does another link behind it have the same program? */
bool takeover_repeated(const struct observed_hook *hook, size_t program);

/* What is to be known before it happens: diagnostics for a chain whose step takes something over. */
void takeover_report(const struct planned_chain *chain, struct diags *diags);

#endif
