/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/marks/marks.h"

#include "policy/base/text.h"
#include "policy/marks/door.h"

const char *readonly_words(struct arena *arena, const struct judgement *judgement)
{
	const struct readonly_reason *reason;
	struct text words = TEXT(arena);

	if (!judgement->count)
		return judgement->kernel_words;
	reason = &judgement->reasons[0];
	if (reason->file)
		text_printf(&words, "%s:%u: ", reason->file, reason->line);
	else if (reason->instruction >= 0)
		text_printf(&words, "instruction %ld: ", reason->instruction);
	text_add(&words, reason->what);
	if (judgement->count > 1)
		text_printf(&words, ", and %zu more", judgement->count - 1);
	return text_string(&words);
}

/* Both judges are named, so that nobody takes half a proof for one. */
static const char *proof_words(struct arena *arena, const struct judgement *judgement)
{
	const char *reason;

	if (judgement->readonly == READONLY_PROVEN)
		return "proven: analysis + kernel";
	if (judgement->analysis == OPINION_READONLY && judgement->kernel == OPINION_NOT_ASKED)
		return "by the analysis; the kernel was not asked";
	reason = readonly_words(arena, judgement);
	return arena_printf(arena, "%s%s%s", readonly_name(judgement->readonly), reason ? ": " : "",
			    reason ? reason : "");
}

static const char *shadow_words(struct arena *arena, const struct judgement *judgement)
{
	const char *reason;

	if (!judgement)
		return "verdict ignored";
	if (judgement->readonly == READONLY_PROVEN)
		return "verdict ignored; leaves packets alone: analysis + kernel";
	reason = readonly_words(arena, judgement);
	return arena_printf(arena, "verdict ignored; %s packets%s%s",
			    judgement->readonly == READONLY_REFUTED ? "changes" : "may change",
			    reason ? ": " : "", reason ? reason : "");
}

static void add_mark(struct arena *arena, struct marks *marks, const char *name,
		     const struct flag *flag, const char *kept)
{
	if (flag->value)
		*list_push(arena, marks) = (struct mark){ name, kept, flag->span };
}

struct marks marks_of(struct arena *arena, const struct program *program, enum hook hook,
		      const struct judgement *judgement)
{
	struct marks marks = { 0 };

	if (!program)
		return marks;
	add_mark(arena, &marks, "readonly", &program->readonly,
		 program_is_attached(program) ? "its entry says so"
		 : judgement		      ? proof_words(arena, judgement)
					      : "not judged");
	add_mark(arena, &marks, "shadow", &program->shadow, shadow_words(arena, judgement));
	add_mark(arena, &marks, "unmodified_input", &program->unmodified_input,
		 "only readonly before it");
	add_mark(arena, &marks, "exclusive", &program->exclusive,
		 hook == HOOK_XDP ? "every other loader gets EBUSY"
				  : "watched: others can still attach");
	add_mark(arena, &marks, "absorb", &program->absorb,
		 hook == HOOK_XDP ? "called from our chain while it is there"
				  : "an element of our chain where the order needs it");
	return marks;
}

const char *marks_words(struct arena *arena, const struct marks *marks)
{
	struct text words = TEXT(arena);

	for (size_t i = 0; i < marks->count; i++)
		text_printf(&words, "%s%s (%s)", i ? ", " : "", marks->items[i].name,
			    marks->items[i].kept);
	return text_string(&words);
}

static const char *absorb_words(const struct chain *chain)
{
	if (chain->hook != HOOK_XDP)
		return "elements of our chain where the order needs it";
	if (door_shut(chain))
		return "locked: one of its programs wants the hook for itself";
	return door_open(chain) ? "a door: whoever forces his way in becomes an element"
				: "locked: no door beside a program that drops while it is missing";
}

struct mark others_mark(const struct chain *chain)
{
	static const char *const names[] = {
		[OTHERS_KEEP] = "keep",
		[OTHERS_ABSORB] = "absorb",
		[OTHERS_REFUSE] = "refuse",
	};
	bool locked = chain->hook == HOOK_XDP && chain_first_ours(chain);
	struct mark mark = { 0 };

	if (!chain->others.written)
		return mark;
	mark.name = names[chain->others.value];
	mark.span = chain->others.span;
	if (chain->others.value == OTHERS_REFUSE)
		mark.kept = locked ? "on xdp the same as keep: every other loader gets EBUSY"
				   : "watched: others can still attach";
	else if (chain->others.value == OTHERS_ABSORB)
		mark.kept = absorb_words(chain);
	else if (chain->others.value == OTHERS_KEEP && locked)
		mark.kept = "on xdp the same as refuse: every other loader gets EBUSY";
	return mark;
}
