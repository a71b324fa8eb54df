/* SPDX-License-Identifier: GPL-2.0-only */
/* The JSON of classify. */
#ifndef ORDAIN_POLICY_RENDER_RENDER_CLASSIFY_H
#define ORDAIN_POLICY_RENDER_RENDER_CLASSIFY_H

#include "policy/render/render.h"

void render_classify_json(struct text *out, const struct report *report,
			  const struct judgement *judgements, size_t count);

#endif
