/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/conditions.h"

#include <string.h>

#include "policy/render/render.h"
#include "policy/render/render_common.h"

const char *condition_name(enum condition_type type)
{
#define CONDITION_NAME(symbol, name) name,
	static const char *const names[] = { CONDITIONS(CONDITION_NAME) };
#undef CONDITION_NAME

	return names[type];
}

static struct condition judge_blocked(struct arena *arena, const struct planned_chain *chain)
{
	const char *message = blocked_words(arena, chain, "runs");

	/* A contradiction takes several lines to tell, and explain has them. */
	if (chain->code == DIAG_ORDER_CYCLE)
		message = arena_printf(arena, "%s; see `ordain explain %s`", message,
				       chain->interface);
	else if (!chain_note_suffices(chain))
		message = arena_printf(arena, "%s; %s", message, chain->note);
	return (struct condition){ true, diag_code_name(chain->code), message };
}

static const char *drift_reason(enum own_state own)
{
	switch (own) {
	case OWN_OVERWRITTEN:
		return "overwritten";
	case OWN_UNPINNED:
		return "unpinned";
	case OWN_DETACHED:
		return "detached";
	case OWN_NONE:
	case OWN_ATTACHED:
		break;
	}
	return NULL;
}

static struct condition judge_violations(struct arena *arena, const struct planned_chain *chain,
					 bool company)
{
	struct text message = TEXT(arena);

	for (size_t i = 0; i < chain->count; i++) {
		const struct planned_element *element = &chain->elements[i];
		const char *words = company ? element->company : element->violation;

		if (words)
			text_printf(&message, "%s%s is %s", message.length ? "; " : "",
				    element->name, words);
	}
	if (!message.length)
		return (struct condition){ false, "", "" };
	return (struct condition){ true, "foreign-program", text_string(&message) };
}

void conditions_judge(struct arena *arena, const struct planned_chain *chain,
		      struct condition ret[CONDITION_COUNT])
{
	const char *drift = drift_reason(chain->observed->own);

	for (size_t i = 0; i < CONDITION_COUNT; i++)
		ret[i] = (struct condition){ false, "", "" };
	if (chain_in_sync(chain)) {
		ret[CONDITION_IN_SYNC] = (struct condition){ true, "in-sync", "" };
		return;
	}
	if (chain->action == ACTION_BLOCKED)
		ret[CONDITION_BLOCKED] = judge_blocked(arena, chain);
	if (chain->incomplete)
		ret[CONDITION_INCOMPLETE] = (struct condition){
			true,
			diag_code_name(chain->desired->code),
			chain->incomplete,
		};
	if (drift)
		ret[CONDITION_DRIFT] =
			(struct condition){ true, drift, chain->note ? chain->note : drift };
	ret[CONDITION_VERIFY_ONLY] = judge_violations(arena, chain, false);
	ret[CONDITION_EXCLUSIVE] = judge_violations(arena, chain, true);
	ret[CONDITION_IN_SYNC].reason = "not-in-sync";
	if (chain->step) {
		ret[CONDITION_IN_SYNC].reason = "changes-pending";
		ret[CONDITION_IN_SYNC].message = step_words(arena, chain->step);
	}
}

bool status_in_sync(const struct status *status)
{
	return !plan_changes(status->plan) && !plan_blocked(status->plan) &&
	       !plan_incomplete(status->plan) && !plan_violated(status->plan);
}
