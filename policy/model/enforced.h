/* SPDX-License-Identifier: GPL-2.0-only */
/* What the language says and the kernel is not held to yet. */
#ifndef ORDAIN_POLICY_MODEL_ENFORCED_H
#define ORDAIN_POLICY_MODEL_ENFORCED_H

#include "policy/model/policy.h"

/*
 * A warning at each key that orders and is shown, but that is not enforced. For those who are about
 * to change a kernel; a check of files alone need not say it.
 */
void enforced_report(const struct policy *policy, struct diags *diags);

#endif
