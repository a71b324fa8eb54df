/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/conditions.h"

#include <string.h>

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

const char *drift_reason(enum own_state own)
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

/* "audit is not first: ...", "id 7 'mirror' is not wanted here: ..."; NULL: nothing is wrong. */
static const char *violation_words(struct arena *arena, const struct planned_element *element,
				   enum condition_type type)
{
	const char *words = type == CONDITION_REFUSED	  ? element->refused
			    : type == CONDITION_EXCLUSIVE ? element->company
							  : element->violation;

	if (!words)
		return NULL;
	if (type == CONDITION_REFUSED)
		return arena_printf(arena, "id %u '%s' is %s", element->foreign_id, element->name,
				    words);
	return arena_printf(arena, "%s is %s", element->name, words);
}

static struct condition judge_violations(struct arena *arena, const struct planned_chain *chain,
					 enum condition_type type)
{
	struct text message = TEXT(arena);

	for (size_t i = 0; i < chain->count; i++) {
		const char *words = violation_words(arena, &chain->elements[i], type);

		if (words)
			text_printf(&message, "%s%s", message.length ? "; " : "", words);
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
		ret[CONDITION_IN_SYNC] =
			(struct condition){ true, "in-sync", "it runs what the policy says" };
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
	ret[CONDITION_VERIFY_ONLY] = judge_violations(arena, chain, CONDITION_VERIFY_ONLY);
	ret[CONDITION_EXCLUSIVE] = judge_violations(arena, chain, CONDITION_EXCLUSIVE);
	ret[CONDITION_REFUSED] = judge_violations(arena, chain, CONDITION_REFUSED);
	ret[CONDITION_IN_SYNC].reason = "not-in-sync";
	if (chain->step) {
		ret[CONDITION_IN_SYNC].reason = "changes-pending";
		ret[CONDITION_IN_SYNC].message = step_words(arena, chain->step);
	}
}

const char *locked_out_words(struct arena *arena, const struct locked_out *locked_out)
{
	const char *interface = shown(arena, locked_out->interface);
	struct text text = TEXT(arena);

	text_printf(&text, "%s could not attach at ", locked_out->loader);
	text_time(&text, locked_out->at);
	text_printf(&text,
		    ", since our link holds the hook; to let it in: `ordain detach %s %s`, or take "
		    "%s out of `interfaces`",
		    interface, hook_name(locked_out->hook), interface);
	return text_string(&text);
}

struct condition condition_locked_out(struct arena *arena, const struct planned_chain *chain,
				      const struct locked_outs *locked_out)
{
	struct text message = TEXT(arena);

	for (size_t i = 0; i < locked_out->count && observed_own(chain->observed); i++) {
		const struct locked_out *item = &locked_out->items[i];

		if (!hook_compare(item->interface, item->hook, chain->interface, chain->hook))
			text_printf(&message, "%s%s", message.length ? "; " : "",
				    locked_out_words(arena, item));
	}
	if (!message.length)
		return (struct condition){ false, "", "" };
	return (struct condition){ true, "hook-held", text_string(&message) };
}

bool status_in_sync(const struct status *status)
{
	return !plan_changes(status->plan) && !plan_blocked(status->plan) &&
	       !plan_incomplete(status->plan) && !plan_violated(status->plan);
}
