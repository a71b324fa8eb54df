/* SPDX-License-Identifier: GPL-2.0-only */
/* The counters of a moment, kept until the next look, so that rates can be told. */
#ifndef ORDAIN_AGENT_RECONCILE_SAMPLE_H
#define ORDAIN_AGENT_RECONCILE_SAMPLE_H

#include "policy/render/render.h"

struct sample;

/* Takes what a status shows. To be freed with sample_free(). */
struct sample *sample_take(const struct status *status);

/* NULL is fine. */
void sample_free(struct sample *sample);

/*
 * Sets `before` and `seconds` of a status from an earlier sample, which has to stay for as long as the
 * status; NULL: there is none.
 */
void sample_compare(struct arena *arena, const struct sample *sample, struct status *status);

#endif
