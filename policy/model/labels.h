/* SPDX-License-Identifier: GPL-2.0-only */
/* Labels of several files as those of one policy. */
#ifndef ORDAIN_POLICY_MODEL_LABELS_H
#define ORDAIN_POLICY_MODEL_LABELS_H

#include "policy/model/policy.h"

/* Sorts the policy's labels and keeps the strongest of each name, whole. */
void labels_merge(struct policy *policy, struct diags *diags);

/*
 * An error for each pattern with a label that no file defines (a warning if `excused`: a hint that
 * could not be read may define it), a warning for each label that no pattern uses (not if there are errors before).
 */
void labels_check(struct arena *arena, const struct policy *policy, bool excused,
		  struct diags *diags);

#endif
