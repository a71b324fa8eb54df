/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/enforced.h"

static void report_choice(const char *key, const struct number *choice, unsigned int missing,
			  const char *instead, struct diags *diags)
{
	if (missing >> choice->value & 1)
		diag_warn(diags, DIAG_NOT_ENFORCED, choice->span, "'%s' is not enforced yet: %s",
			  key, instead);
}

void enforced_report(const struct policy *policy, struct diags *diags)
{
	for (size_t i = 0; i < policy->rule_count; i++)
		report_choice("mechanism", &policy->rules[i].mechanism,
			      1u << MECHANISM_LIBXDP | 1u << MECHANISM_CLSACT,
			      "each hook has the usual one", diags);
}
