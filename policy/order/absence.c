/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/order/absence.h"

#include "policy/model/override.h"

/* Patterns beyond these are a "..." in the words; the place leads to all of them. */
enum { PATTERNS_SHOWN = 4 };

static const char *const names[] = {
	[ABSENCE_NONE] = "none",
	[ABSENCE_DISABLED] = "disabled",
	[ABSENCE_ATTACHED] = "attached",
	[ABSENCE_HINTED] = "hinted",
	[ABSENCE_EXCLUDED] = "excluded",
	[ABSENCE_OTHER_HOOK] = "other-hook",
	[ABSENCE_NO_INTERFACES] = "no-interfaces",
	[ABSENCE_NO_MATCH] = "no-match",
};

const char *absence_name(enum absence_kind kind)
{
	return names[kind];
}

/* The first pattern of one sort that matches; NULL if none does. */
static const struct word *find_match(const struct policy *policy, const struct words *patterns,
				     const struct interface *interface, bool excluding)
{
	for (size_t i = 0; i < patterns->count; i++) {
		const struct word *word = &patterns->items[i];

		if (pattern_excludes(word->text) == excluding &&
		    pattern_matches(policy, word->text, interface))
			return word;
	}
	return NULL;
}

static const char *list_patterns(struct arena *arena, const struct words *patterns)
{
	struct text text = TEXT(arena);

	text_add(&text, "interfaces: [");
	for (size_t i = 0; i < patterns->count && i < PATTERNS_SHOWN; i++)
		text_printf(&text, "%s%s", i ? ", " : "", patterns->items[i].text);
	text_add(&text, patterns->count > PATTERNS_SHOWN ? ", ...]" : "]");
	return text_string(&text);
}

static struct absence not_matched(struct arena *arena, const struct program *program)
{
	const struct words *patterns = &program->interfaces;

	if (!patterns->count)
		return (struct absence){ ABSENCE_NO_INTERFACES, "no interfaces given",
					 program->span };
	return (struct absence){ ABSENCE_NO_MATCH, list_patterns(arena, patterns),
				 patterns->items[0].span };
}

/* As declared, or by an override for this very hook. */
static struct absence disabled(struct arena *arena, const struct program *declared,
			       const struct program *here)
{
	bool overridden = declared->enabled.value;

	return (struct absence){
		ABSENCE_DISABLED,
		arena_printf(arena, "%senabled: false", overridden ? "override: " : ""),
		here->enabled.span,
	};
}

static struct absence left_alone(const struct program *program)
{
	return (struct absence){ ABSENCE_ATTACHED,
				 "attached by others, and the policy means nothing "
				 "else there: give it 'interfaces'",
				 program->span };
}

struct absence absence_of(struct arena *arena, const struct policy *policy,
			  const struct program *program, const struct interface *interface,
			  enum hook hook)
{
	const struct word *excluding = find_match(policy, &program->interfaces, interface, true);
	struct diags known = DIAGS(arena); /* resolving has told it */
	struct rules rules = select_rules(arena, policy, interface, hook);
	const struct program *here = program_on(arena, &rules, program, &known);

	if (!here->enabled.value)
		return disabled(arena, program, here);
	if (program_is_attached(program) && !program->interfaces.count)
		return left_alone(program);
	if (program->tier == TIER_HINT && !program->interfaces.count)
		return (struct absence){ ABSENCE_HINTED,
					 "only hinted: nothing in /etc or /run switches it on",
					 program->span };
	if (!find_match(policy, &program->interfaces, interface, false))
		return not_matched(arena, program);
	if (excluding)
		return (struct absence){ ABSENCE_EXCLUDED,
					 arena_printf(arena, "excluded by '%s'", excluding->text),
					 excluding->span };
	if (!(program->hooks & (1u << hook)))
		return (struct absence){ ABSENCE_OTHER_HOOK,
					 arena_printf(arena, "is on %s %s", interface->name,
						      hooks_words(arena, program->hooks)),
					 program->span };
	return (struct absence){ 0 };
}
