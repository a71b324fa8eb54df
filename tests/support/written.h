/* SPDX-License-Identifier: GPL-2.0-only */
/* Policies from text, each file in the directory of its tier. */
#ifndef ORDAIN_TESTS_SUPPORT_WRITTEN_H
#define ORDAIN_TESTS_SUPPORT_WRITTEN_H

#include "policy/model/policy.h"

struct written {
	struct arena *arena;
	struct sources sources;
	struct diags diags;
};

struct written *written_new(void);
void written_free(struct written *written);

/* The text behind "ordain: 1". */
void written_add(struct written *written, enum tier tier, const char *name, const char *text);

/* Builds the policy; what is wrong is in written->diags, by place. */
const struct policy *written_build(struct written *written);

/* "severity[code] line:col, ..." */
const char *written_diags(struct written *written);

#endif
