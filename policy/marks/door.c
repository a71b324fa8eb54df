/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/marks/door.h"

bool door_asked(const struct chain *chain)
{
	return chain->hook == HOOK_XDP && !chain->blocked && chain->others.value == OTHERS_ABSORB;
}

const struct program *door_bypassed(const struct chain *chain)
{
	for (size_t i = 0; i < chain->count; i++) {
		const struct program *program = chain->elements[i].program;

		if (!program_is_attached(program) && program->if_missing.value == IF_MISSING_DROP)
			return program;
	}
	return NULL;
}

const struct program *door_shut(const struct chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		if (chain->elements[i].program->exclusive.value)
			return chain->elements[i].program;
	return NULL;
}

bool door_open(const struct chain *chain)
{
	return door_asked(chain) && !door_shut(chain) &&
	       (chain->bypass.value == BYPASS_ALLOW || !door_bypassed(chain));
}
