/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program's keys mean together. */
#include <string.h>

#include "policy/model/layer.h"

/* What other systems call the verdicts. */
static const struct {
	const char *word;
	const char *meant;
} verdict_aliases[] = {
	{ "ok", "pass" },	   { "accept", "pass" },   { "allow", "pass" },
	{ "shot", "drop" },	   { "deny", "drop" },	   { "unspec", "next" },
	{ "abort", "aborted" },	   { "continue", "next" }, { "pipe", "other" },
	{ "stolen", "other" },	   { "trap", "other" },	   { "queued", "other" },
	{ "reclassify", "other" },
};

static const char *const xdp_verdicts[] = { "aborted", "drop", "pass", "tx", "redirect" };
static const char *const tcx_verdicts[] = { "pass", "drop", "redirect", "other", "next" };

enum { VERDICT_COUNT = 5 };

static const char *const *verdicts_of(enum hook hook)
{
	return hook == HOOK_XDP ? xdp_verdicts : tcx_verdicts;
}

static bool has_verdict(enum hook hook, const char *name)
{
	for (size_t i = 0; i < VERDICT_COUNT; i++)
		if (!strcmp(verdicts_of(hook)[i], name))
			return true;
	return false;
}

/* The slots that a name stands for; "other" is all that has no name of its own. */
static unsigned int verdict_slots(enum hook hook, const char *name)
{
	unsigned int slots = 0;

	for (unsigned int slot = 0; slot < VERDICT_MISSED; slot++) {
		const char *slot_name = verdict_name(hook, slot);

		if (slot_name && has_verdict(hook, name) &&
		    !strcmp(has_verdict(hook, slot_name) ? slot_name : "other", name))
			slots |= 1u << slot;
	}
	return slots;
}

static unsigned int proceed_slots(const struct program *program, enum hook hook)
{
	unsigned int slots = hook == HOOK_XDP ? 0 : 1u << VERDICT_NEXT;

	if (!program_says(program, "proceed_on"))
		return hook == HOOK_XDP ? verdict_slots(hook, "pass") : slots;
	for (size_t i = 0; i < program->proceed_on.count; i++)
		slots |= verdict_slots(hook, program->proceed_on.items[i].text);
	return slots;
}

void program_settle(struct program *program)
{
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
		if (!(program->hooks & (1u << hook)))
			continue;
		if (!program_says(program, "functions"))
			program->functions[hook] = program->function;
		program->proceed[hook] = proceed_slots(program, hook);
	}
}

/* Does one of the hooks have it? */
static bool is_verdict(unsigned int hooks, const char *name)
{
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
		if (hooks & (1u << hook) && has_verdict(hook, name))
			return true;
	return false;
}

static const char *verdict_meant(struct arena *arena, const char *word, unsigned int hooks)
{
	static const char *const prefixes[] = { "xdp_", "tc_act_", "tcx_" };
	const char *names[2 * VERDICT_COUNT];
	char *lower = arena_strdup(arena, word);
	size_t count = 0;

	for (char *letter = lower; *letter; letter++)
		if (*letter >= 'A' && *letter <= 'Z')
			*letter = (char)(*letter - 'A' + 'a');
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(lower, prefixes[i], strlen(prefixes[i])))
			lower += strlen(prefixes[i]);
	for (size_t i = 0; i < sizeof(verdict_aliases) / sizeof(verdict_aliases[0]); i++)
		if (!strcmp(lower, verdict_aliases[i].word) &&
		    is_verdict(hooks, verdict_aliases[i].meant))
			return verdict_aliases[i].meant;
	if (hooks & (1u << HOOK_XDP))
		for (size_t i = 0; i < VERDICT_COUNT; i++)
			names[count++] = xdp_verdicts[i];
	if (hooks & ~(1u << HOOK_XDP))
		for (size_t i = 0; i < VERDICT_COUNT; i++)
			names[count++] = tcx_verdicts[i];
	return nearest_word(lower, names, count);
}

static void add_unknown_verdict(const struct program *program, const struct word *word,
				unsigned int hooks, struct diags *diags)
{
	struct diag *diag = diag_error(diags, DIAG_BAD_VALUE, word->span,
				       "no verdict of %s is called '%s'",
				       hooks_words(diags->arena, hooks), word->text);
	const char *meant = verdict_meant(diags->arena, word->text, hooks);
	unsigned int xdp = 1u << HOOK_XDP;

	diag->program = program->name;
	if (meant)
		diag_label(diags, diag, "did you mean '%s'?", meant);
	else
		diag_help(diags, diag, "%s%s%s",
			  hooks & xdp ? "xdp has aborted, drop, pass, tx and redirect" : "",
			  hooks & xdp && hooks & ~xdp ? "; " : "",
			  hooks & ~xdp ? "tcx has pass, drop, redirect, other and next" : "");
}

/* Nobody listens to what a program says that only watches, so nothing that it drops is dropped. */
static bool drop_goes_on(const struct program *program, const struct word *word)
{
	return !strcmp(word->text, "drop") && !program->readonly.value && !program->shadow.value;
}

void verdicts_check(const struct program *program, unsigned int hooks, struct diags *diags)
{
	for (size_t i = 0; hooks && i < program->proceed_on.count; i++) {
		const struct word *word = &program->proceed_on.items[i];
		struct diag *diag;

		if (!is_verdict(hooks, word->text)) {
			add_unknown_verdict(program, word, hooks, diags);
		} else if (drop_goes_on(program, word)) {
			diag = diag_warn(diags, DIAG_PROCEED_ON_DROP, word->span,
					 "what '%s' drops goes on to the next program",
					 program->name);
			diag->program = program->name;
			diag_help(diags, diag,
				  "remove 'drop'; or, if the program shall only watch, say "
				  "'shadow: true'");
		}
	}
}

static const struct {
	const char *key;
	const char *beside;
	const char *help;
} rivals[] = {
	{ "functions", "hook", "remove 'hook': 'functions' names the hooks itself" },
	{ "functions", "function", "remove 'function': 'functions' names them all" },
	{ "attached", "object",
	  "remove one of the two: a program is either loaded from an object or attached by "
	  "others" },
	{ "attached", "functions", "write 'hook' instead: what others attach has one" },
	{ "attached", "function",
	  "remove it: somebody else loads the program, and 'name' tells which it is" },
	{ "attached", "sha256", "remove it: somebody else loads the program" },
	{ "attached", "variables", "remove it: somebody else loads the program" },
	{ "attached", "pin_by_name", "somebody else loads it" },
	{ "attached", "if_missing",
	  "remove it: somebody else decides whether the program is there" },
};

static void check_rivals(const struct program *program, struct diags *diags)
{
	for (size_t i = 0; i < sizeof(rivals) / sizeof(rivals[0]); i++) {
		struct span beside = program_place(program, rivals[i].beside);
		struct diag *diag;

		if (!program_says(program, rivals[i].key) ||
		    !program_says(program, rivals[i].beside))
			continue;
		diag = diag_error(diags, DIAG_BAD_VALUE, beside,
				  "'%s' of '%s' cannot stand beside '%s'", rivals[i].beside,
				  program->name, rivals[i].key);
		diag->program = program->name;
		diag_help(diags, diag, "%s", rivals[i].help);
	}
}

static void check_needed(const struct program *program, const char *key, const char *instead,
			 bool excused, struct diags *diags)
{
	const struct key *wanted = schema_key(&schema_program, key);
	struct diag *diag;

	if (program_says(program, key) || (instead && program_says(program, instead)))
		return;
	diag = diag_add(diags, excused ? SEVERITY_WARNING : SEVERITY_ERROR, DIAG_MISSING_KEY,
			program->span, "program '%s' has no '%s'", program->name, key);
	diag->program = program->name;
	diag_help(diags, diag, "add '%s: %s'", wanted->name, wanted->example);
}

void program_check(const struct program *program, const char *meant, bool excused,
		   struct diags *diags)
{
	struct diag *diag;

	check_rivals(program, diags);
	if (program->first.value && program->last.value) {
		diag = diag_error(diags, DIAG_BAD_VALUE, program->last.span,
				  "'%s' cannot be both first and last", program->name);
		diag->program = program->name;
		diag_help(diags, diag, "remove one of the two; to be alone, say 'exclusive: true'");
	}
	if (program->absorb.value && !program_says(program, "attached")) {
		diag = diag_error(diags, DIAG_BAD_VALUE, program->absorb.span,
				  "'absorb' is for what others attach, and '%s' is loaded here",
				  program->name);
		diag->program = program->name;
		diag_help(diags, diag,
			  "remove it; or remove 'object', and say with 'attached' which program it "
			  "is");
	}
	verdicts_check(program, program->hooks, diags);
	if (program->tier == TIER_HINT)
		return;
	if (meant) {
		diag = diag_add(diags, excused ? SEVERITY_WARNING : SEVERITY_ERROR,
				DIAG_MISSING_KEY, program->span,
				"program '%s' has neither 'hook' nor 'object'", program->name);
		diag->program = program->name;
		diag_label(diags, diag, "did you mean '%s', which a package describes?", meant);
		return;
	}
	check_needed(program, "hook", "functions", excused, diags);
	if (!program->hinted)
		check_needed(program, "interfaces", "attached", excused, diags);
	check_needed(program, "object", "attached", excused, diags);
}
