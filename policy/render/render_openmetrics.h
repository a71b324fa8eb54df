/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The OpenMetrics form of render_status(): text format 1.0.0, whole, with its "# EOF". It keeps to
 * gauges and counters and gives no time stamps, so that node_exporter's textfile collector, which
 * reads an older format, takes it too. What is not known has no sample: unknown is not zero.
 */
#ifndef ORDAIN_POLICY_RENDER_RENDER_OPENMETRICS_H
#define ORDAIN_POLICY_RENDER_RENDER_OPENMETRICS_H

#include "policy/render/status_rows.h"

void render_openmetrics(struct text *out, const struct report *report, const struct status *status,
			const struct status_rows *rows);

#endif
