/* SPDX-License-Identifier: GPL-2.0-only */
/* What became of the objects of a policy, and the chains that they make. Part of decision.c. */
#ifndef ORDAIN_AGENT_DECIDE_JUDGE_H
#define ORDAIN_AGENT_DECIDE_JUDGE_H

#include "agent/decide/decision.h"

/* Reads and inspects the object of every program that may run, for each of its hooks. */
void judge_objects(const struct decide_options *options, struct decision *decision);

/*
 * Sets what the elements do to packets, where a mark rests on it: their own, or that of a program
 * that packets meet later.
 */
void judge_chain(const struct decide_options *options, struct decision *decision,
		 struct chain *chain);

/*
 * What packages describe and nobody gives interfaces runs nowhere, and its object may be on no host.
 * An override may enable what is disabled elsewhere.
 */
bool judge_may_run(const struct policy *policy, const struct program *program);

/*
 * What the chain holds of ours, others attaching the rest, and which of it cannot run: of that the
 * manifest has the name alone. NULL: nothing is ours.
 */
const struct manifest *chain_manifest(const struct decide_options *options,
				      struct decision *decision, const struct chain *chain,
				      struct missing *ret_missing);

/* What struct desired says of a chain that can run. */
const char *chain_one_buffer(const struct decision *decision, const struct chain *chain);

#endif
