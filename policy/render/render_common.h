/* SPDX-License-Identifier: GPL-2.0-only */
/* What the renderers of plan and status share. */
#ifndef ORDAIN_POLICY_RENDER_RENDER_COMMON_H
#define ORDAIN_POLICY_RENDER_RENDER_COMMON_H

#include <string.h>

#include "policy/render/render.h"

enum colour { COLOUR_GREEN, COLOUR_RED, COLOUR_YELLOW, COLOUR_CYAN };

/* A word in a colour, or plain if `on` is false. */
void text_coloured(struct text *out, bool on, enum colour colour, const char *word);

/* "1 hook", "2 hooks". */
void text_count(struct text *out, size_t count, const char *one, const char *many);

/* 1204331 as "1 204 331". */
const char *grouped(struct arena *arena, uint64_t number);

/* "2026-11-21 02:13:07 UTC", from seconds since 1970. */
void text_time(struct text *out, int64_t seconds);

/* "until 2026-11-21 02:13:07 UTC (REASON)": how long a pause lasts. */
const char *pause_words(struct arena *arena, const struct report *report);

/* How long what is on trial stays, and what it goes back to. */
const char *trial_words(struct arena *arena, const struct report *report);

/* When what the files say was taken back, and what to do about it. */
const char *taken_back_words(struct arena *arena, const struct report *report);

/* "2026-11-21T02:13:07Z". */
const char *time_iso(struct arena *arena, int64_t seconds);

/* What could upset a terminal, shown as \x1b: names come from other people. */
const char *shown(struct arena *arena, const char *string);

/* "eth0 tcx-ingress", fit to be shown. */
const char *hook_label(struct arena *arena, const char *interface, enum hook hook);

/* The files cannot be used, and the policy accepted before them stays in force. */
static inline bool policy_held(const struct report *report)
{
	return report->in_force && !report->policy;
}

/* What the files say is of use, and not in force. */
static inline bool policy_pending(const struct report *report)
{
	return report->policy &&
	       (!report->in_force || strcmp(report->policy, report->in_force) != 0);
}

/* "no such interface yet", or what to say of a glob. */
const char *waiting_words(const struct waiting *waiting);

size_t digits_in(size_t number);

static inline size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Nothing to do there, nothing blocked, nothing violated. */
bool chain_in_sync(const struct planned_chain *chain);
size_t plan_in_sync(const struct plan *plan);

/* Of a blocked chain: does its note say all, as it is not the policy that is in the way? */
bool chain_note_suffices(const struct planned_chain *chain);

/*
 * What a blocked hook runs meanwhile, behind a verb for its last good chain: ("keeps the chain of")
 * "keeps the chain of generation 41". Where the kernel is in the way, or somebody's hand: the note.
 */
const char *blocked_words(struct arena *arena, const struct planned_chain *chain, const char *verb);

/* The name of an element, and that others attach it where they do. */
const char *element_words(struct arena *arena, const struct element *element);

#endif
