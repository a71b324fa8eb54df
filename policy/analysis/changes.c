/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "policy/analysis/analysis.h"
#include "policy/analysis/callee.h"

static const char *const xdp_prefix = "bpf_xdp_";

static bool is_named(const char *helper, const char *function)
{
	size_t prefix = strlen(xdp_prefix);

	if (!strcmp(helper, function))
		return true;
	return !strncmp(function, xdp_prefix, prefix) && !strncmp(helper, "bpf_", strlen("bpf_")) &&
	       !strcmp(helper + strlen("bpf_"), function + prefix);
}

static bool is_change(enum effect effect)
{
	switch (effect) {
	case EFFECT_WRITES_PACKET:
	case EFFECT_WRITES_CONTEXT:
	case EFFECT_RESIZES:
	case EFFECT_ENCAPSULATES:
	case EFFECT_REDIRECTS:
	case EFFECT_CLONES:
		return true;
	case EFFECT_UNKNOWN:
	case EFFECT_NONE:
	case EFFECT_READS:
	case EFFECT_TAIL_CALL:
	case EFFECT_THROWS:
		break;
	}
	return false;
}

bool helper_changes(const char *function)
{
	for (uint32_t number = 1; number < __BPF_FUNC_MAX_ID; number++) {
		const struct callee *callee = callee_helper(number);

		if (callee && is_change(callee->effect) && is_named(callee->name, function))
			return true;
	}
	return false;
}
