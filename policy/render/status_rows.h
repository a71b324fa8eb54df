/* SPDX-License-Identifier: GPL-2.0-only */
/* What runs on each hook, element by element: the table of status, before it is text or JSON. */
#ifndef ORDAIN_POLICY_RENDER_STATUS_ROWS_H
#define ORDAIN_POLICY_RENDER_STATUS_ROWS_H

#include "policy/marks/marks.h"
#include "policy/render/render.h"

struct status_element {
	const char *name;
	bool ours;
	uint32_t program_id;
	const struct manifest_element *running; /* as it is linked; NULL: not by us */
	const struct element_counters *counters; /* NULL: unknown, which is not zero */
	const struct element_counters *before; /* NULL: unknown */
	struct marks marks; /* what the policy says it is */
};

struct status_row {
	const struct observed_hook *hook;
	const struct planned_chain *planned; /* NULL: nothing of ours is or should be there */
	struct status_element *items; /* in the order in which packets meet them */
	size_t count;
};

struct status_rows {
	struct status_row *items; /* sorted by (interface, hook) */
	size_t count;
};

/* What became of the packets that an element saw. */
struct fates {
	uint64_t seen;
	uint64_t dropped;
	uint64_t ended; /* taken out of the chain in another way */
	uint64_t passed; /* went on to the next one */
};

/* So far. False: unknown. */
bool status_fates(const struct status_element *element, enum hook hook, struct fates *ret);

/* In a second, since the sample before. False: unknown, or the counters began anew meanwhile. */
bool status_rates(const struct status *status, const struct status_element *element, enum hook hook,
		  struct fates *ret);

/* What the reader came for: rates where there was a sample before, else what was so far. */
bool status_flow(const struct status *status, const struct status_element *element, enum hook hook,
		 struct fates *ret);

/* Every hook of the plan, and every other one where something runs. */
struct status_rows status_rows(struct arena *arena, const struct status *status);

#endif
