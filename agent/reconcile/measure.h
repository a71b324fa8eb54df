/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the agent tells to monitoring, byte for byte what `ordain status -o openmetrics` says at the
 * same moment. Cheaper than that, since the agent has decided already: no object is hashed, and no
 * program is loaded.
 */
#ifndef ORDAIN_AGENT_RECONCILE_MEASURE_H
#define ORDAIN_AGENT_RECONCILE_MEASURE_H

#include "agent/reconcile/reconciler.h"

/* Zeroed: nothing was measured yet. */
struct measure {
	struct decision *accepted; /* where the files say something else than is in force; or NULL */
	unsigned int passes; /* of the reconciler, when that was made */
};

/* Adds the whole page. False: it cannot tell now. */
bool measure_take(struct measure *measure, const struct reconciler *reconciler, struct text *out);

void measure_free(struct measure *measure);

#endif
