/* SPDX-License-Identifier: GPL-2.0-only */
/* The JSON form of render_status(). */
#ifndef ORDAIN_POLICY_RENDER_RENDER_STATUS_JSON_H
#define ORDAIN_POLICY_RENDER_RENDER_STATUS_JSON_H

#include "policy/render/status_rows.h"

void render_status_json(struct text *out, const struct report *report, const struct status *status,
			const struct status_rows *rows);

#endif
