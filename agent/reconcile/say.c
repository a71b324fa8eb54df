/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/reconcile/say.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/commands/command.h"
#include "agent/decide/contents.h"
#include "agent/decide/file_changes.h"
#include "agent/system/notify.h"
#include "policy/base/utf8.h"
#include "policy/render/conditions.h"

enum { DIGEST_SHOWN = 8 };

static void say(struct journal *journal, enum journal_priority priority, const char *message)
{
	journal_write(journal, &(struct journal_entry){ .priority = priority, .message = message });
}

void say_error_line(struct journal *journal, const char *text)
{
	say(journal, PRIORITY_ERROR, text);
}

/* False if it is what was said last. */
static bool remember(struct said *said, const char *text)
{
	if (said->text && !strcmp(said->text, text))
		return false;
	arena_free(said->arena);
	said->arena = arena_new();
	said->text = arena_strdup(said->arena, text);
	return true;
}

void said_free(struct said *said)
{
	arena_free(said->arena);
	*said = (struct said){ 0 };
}

void say_failure(struct journal *journal, struct said *said, const char *text)
{
	if (remember(said, text))
		say(journal, PRIORITY_ERROR, text);
}

/* "eth0 xdp: swap in a chain of 2: > lb"; for a repair also what had happened. */
static const char *step_line(struct arena *arena, const struct planned_chain *chain)
{
	const char *changes = chain->note ? chain->note : change_words(arena, chain);

	return arena_printf(arena, "%s%s%s", step_words(arena, chain->step), *changes ? ": " : "",
			    changes);
}

/* The programs in order, "" for no chain of ours. With `whole` "a 9d04c17e, b (missing)". */
static const char *chain_text(struct arena *arena, const struct manifest *manifest, bool whole)
{
	struct text text = TEXT(arena);

	for (size_t i = 0; manifest && i < manifest->count; i++) {
		const struct manifest_element *element = &manifest->items[i];

		text_printf(&text, "%s%s", i ? ", " : "", element->name);
		if (whole && element->missing)
			text_add(&text, " (missing)");
		else if (whole && element->absorbed)
			text_add(&text, " (absorbed)");
		else if (whole)
			text_printf(&text, " %.*s", DIGEST_SHOWN, element->digest);
	}
	return text_string(&text);
}

static const struct manifest *manifest_before(const struct planned_chain *chain)
{
	return chain->observed ? observed_running(chain->observed) : NULL;
}

/* "; a, lb -> lb, a" where that tells more than what came and went. */
static const char *order_words(struct arena *arena, const struct planned_chain *chain)
{
	const char *before = chain_text(arena, manifest_before(chain), false);
	const char *after = chain_text(arena, chain->step->manifest, false);

	if (!*before || !*after || !strcmp(before, after))
		return "";
	return arena_printf(arena, "; %s -> %s", before, after);
}

static bool was_here(const struct interfaces *interfaces, unsigned int ifindex)
{
	for (size_t i = 0; i < interfaces->count; i++)
		if (interfaces->items[i].index == ifindex)
			return true;
	return false;
}

/* Why this hook is another one in the generation that was in force already; NULL: it is not known. */
static const char *occasion_words(const struct occasion *occasion,
				  const struct planned_chain *chain)
{
	const struct decision *before = occasion->before;

	if (decision_is_new(occasion->now) || !before)
		return NULL;
	if (!was_here(&before->interfaces, chain->ifindex))
		return "the interface came";
	if (before->pause.paused ||
	    detached_covers(&before->detached, chain->interface, chain->hook))
		return "resumed";
	return NULL;
}

/* "; generation 43, by alice (uid 1000, pid 4711)" */
static const char *cause_words(struct arena *arena, const struct journal *journal,
			       const struct planned_chain *chain, const struct occasion *occasion)
{
	const char *why = occasion_words(occasion, chain);
	struct text text = TEXT(arena);

	if (occasion->now->generation)
		text_printf(&text, "; generation %" PRIu64, occasion->now->generation);
	if (why)
		text_printf(&text, "%s%s", text.length ? ", " : "; ", why);
	if (journal->by)
		text_printf(&text, "%sby %s", text.length ? ", " : "; ", journal->by);
	return text_string(&text);
}

static void set_policy(struct journal_entry *entry, struct arena *arena,
		       const struct decision *decision)
{
	if (!decision->generation)
		return;
	entry->fields[JOURNAL_GENERATION] = arena_printf(arena, "%" PRIu64, decision->generation);
	entry->fields[JOURNAL_POLICY] = decision_digest(decision);
}

static const char *change_name(const struct step *step)
{
	if (!step->manifest)
		return "detach";
	return step->kind == STEP_ATTACH || step->kind == STEP_TAKE_OVER ? "attach" : "update";
}

/* What is told of a step, whatever the line says. */
static struct journal_entry step_entry(struct arena *arena, const struct planned_chain *chain,
				       const struct occasion *occasion)
{
	struct journal_entry entry = {
		.priority = PRIORITY_NOTICE,
		.fields = {
			[JOURNAL_MESSAGE_ID] = JOURNAL_ID_CHANGED,
			[JOURNAL_CHANGE] = change_name(chain->step),
			[JOURNAL_INTERFACE] = chain->interface,
			[JOURNAL_HOOK] = hook_name(chain->hook),
			[JOURNAL_BEFORE] = chain_text(arena, manifest_before(chain), true),
			[JOURNAL_AFTER] = chain_text(arena, chain->step->manifest, true),
		},
	};

	set_policy(&entry, arena, occasion->now);
	return entry;
}

struct journal_entry change_entry(const struct journal *journal, struct arena *arena,
				  const struct planned_chain *chain,
				  const struct occasion *occasion)
{
	struct journal_entry entry = step_entry(arena, chain, occasion);
	const char *deed = NULL;

	if (occasion->deeds && chain->observed)
		deed = deeds_company(arena, occasion->deeds, chain->observed);
	entry.fields[JOURNAL_DEED] = deed;
	entry.message = arena_printf(arena, "%s%s%s%s%s", step_line(arena, chain),
				     order_words(arena, chain),
				     cause_words(arena, journal, chain, occasion), deed ? "; " : "",
				     deed ? deed : "");
	return entry;
}

void say_change(struct journal *journal, struct arena *arena, const struct planned_chain *chain,
		const struct occasion *occasion)
{
	struct journal_entry entry = change_entry(journal, arena, chain, occasion);

	journal_write(journal, &entry);
}

static struct journal_entry repair_entry(struct arena *arena, const struct planned_chain *chain,
					 const struct occasion *occasion)
{
	struct journal_entry entry = step_entry(arena, chain, occasion);
	int64_t since_ms;

	entry.priority = PRIORITY_WARNING;
	entry.fields[JOURNAL_MESSAGE_ID] = JOURNAL_ID_REPAIRED;
	entry.fields[JOURNAL_CHANGE] = "repair";
	entry.fields[JOURNAL_DEED] =
		deeds_words(arena, occasion->deeds, chain->observed, &since_ms);
	return entry;
}

void say_repair(struct journal *journal, struct arena *arena, const struct planned_chain *chain,
		const struct occasion *occasion, int64_t now_ms)
{
	struct journal_entry entry = repair_entry(arena, chain, occasion);
	const char *line =
		deeds_repaired(arena, occasion->deeds, chain->observed, chain->note, now_ms);

	entry.message = arena_printf(arena, "%s%s", line ? line : step_line(arena, chain),
				     order_words(arena, chain));
	journal_write(journal, &entry);
}

void say_fight(struct journal *journal, struct arena *arena, const struct planned_chain *chain,
	       const struct occasion *occasion, unsigned int count)
{
	struct journal_entry entry = repair_entry(arena, chain, occasion);
	const char *culprits = entry.fields[JOURNAL_DEED];

	entry.priority = PRIORITY_ERROR;
	entry.fields[JOURNAL_MESSAGE_ID] = JOURNAL_ID_FIGHT;
	entry.message = arena_printf(
		arena,
		"%s %s: had to be put right %u times in a row; repairs now come at growing "
		"intervals, up to 5 minutes; %s%s%s",
		chain->interface, hook_name(chain->hook), count,
		chain->note ? chain->note : "see `ordain status`", culprits ? ": " : "",
		culprits ? culprits : "");
	journal_write(journal, &entry);
}

void say_locked_out(struct journal *journal, struct arena *arena,
		    const struct locked_out *locked_out)
{
	struct journal_entry entry = {
		.priority = PRIORITY_WARNING,
		.message = arena_printf(arena, "%s %s: %s", locked_out->interface,
					hook_name(locked_out->hook),
					locked_out_words(arena, locked_out)),
		.fields = {
			[JOURNAL_INTERFACE] = locked_out->interface,
			[JOURNAL_HOOK] = hook_name(locked_out->hook),
		},
	};

	journal_write(journal, &entry);
}

void say_news(struct journal *journal, const struct news_line *line)
{
	struct journal_entry entry = {
		.priority = line->over ? PRIORITY_NOTICE : PRIORITY_WARNING,
		.message = line->text,
		.fields = {
			[JOURNAL_INTERFACE] = line->interface,
			[JOURNAL_HOOK] = hook_name(line->hook),
		},
	};

	journal_write(journal, &entry);
}

/* As people read it. */
static const char *rendered(struct arena *arena, const struct diag *diag, bool colour)
{
	struct diag one = *diag;
	const struct diags diags = { .arena = arena, .items = &one, .count = 1 };
	struct text text = TEXT(arena);

	diags_render(&diags, &text, colour);
	return text_string(&text);
}

static void say_diag(struct journal *journal, struct arena *arena, const struct diag *diag)
{
	static const enum journal_priority priorities[] = {
		[SEVERITY_ERROR] = PRIORITY_ERROR,
		[SEVERITY_WARNING] = PRIORITY_WARNING,
		[SEVERITY_NOTE] = PRIORITY_INFO,
	};
	const struct span *span = diag->place_count ? &diag->places[0].span : NULL;
	const char *message = rendered(arena, diag, false);
	struct journal_entry entry = {
		.priority = priorities[diag->severity],
		.message = arena_strndup(arena, message, strlen(message) - 1),
		.plain = rendered(arena, diag, wants_colour(STDERR_FILENO)),
		.fields = { [JOURNAL_CODE] = diag_code_name(diag->code) },
	};

	if (span && span->source) {
		entry.fields[JOURNAL_FILE] = span->source->path;
		if (span->line)
			entry.fields[JOURNAL_LINE] = arena_printf(arena, "%u", span->line);
	}
	journal_write(journal, &entry);
}

void say_what_is_wrong(struct journal *journal, struct said *said, const struct pass *pass)
{
	struct diags all = DIAGS(pass->arena);
	struct text text = TEXT(pass->arena);

	diags_append(&all, &pass->decision->diags);
	diags_append(&all, &pass->diags);
	diags_render(&all, &text, false);
	if (!remember(said, text_string(&text)))
		return;
	for (size_t i = 0; i < all.count; i++)
		say_diag(journal, pass->arena, &all.items[i]);
}

void say_what_waits(struct journal *journal, const struct pass *pass)
{
	for (size_t i = 0; i < pass->plan->count; i++)
		if (pass->plan->chains[i].step)
			say(journal, PRIORITY_INFO,
			    arena_printf(pass->arena, "paused, so not done: %s",
					 step_line(pass->arena, &pass->plan->chains[i])));
}

void say_marks(struct journal *journal, struct arena *arena, const struct decision *before,
	       const struct decision *now)
{
	bool was_detached = before && (before->detached.all || before->detached.hooks.count);
	bool is_detached = now->detached.all || now->detached.hooks.count;

	if (now->pause.paused && !(before && before->pause.paused))
		say(journal, PRIORITY_NOTICE,
		    arena_printf(arena, "paused%s%s: changes nothing until `ordain resume`",
				 *now->pause.reason ? ": " : "", now->pause.reason));
	if (is_detached && !was_detached)
		say(journal, PRIORITY_NOTICE,
		    arena_printf(arena, "%s detached by hand, until `ordain resume`",
				 now->detached.all ? "everything" : "some hooks"));
	if (before &&
	    ((before->pause.paused && !now->pause.paused) || (was_detached && !is_detached)))
		say(journal, PRIORITY_NOTICE, "resumed");
}

void say_order(struct journal *journal, const char *change, const char *what, const char *reason)
{
	struct arena *arena = arena_new();
	struct text line = TEXT(arena);
	struct journal_entry entry = {
		.priority = PRIORITY_NOTICE,
		.fields = { [JOURNAL_CHANGE] = change, [JOURNAL_REASON] = reason },
	};

	text_add(&line, what);
	if (reason) {
		text_add(&line, ": ");
		utf8_show_string(&line, reason);
	}
	text_printf(&line, "; by %s", journal->by);
	entry.message = text_string(&line);
	journal_write(journal, &entry);
	arena_free(arena);
}

/* What became of the policy, before the files: "policy 3f9a1c2, 4 files". */
static const char *accepted_words(struct arena *arena, const struct decision *decision,
				  const struct trial_terms *trial)
{
	const struct accepted *back = decision->back;
	bool over = decision->trial.generation && !decision->trial.left_ms;

	if (decision->basis == BASIS_BACK)
		return arena_printf(
			arena, "back to %s%s",
			back->generation
				? arena_printf(arena, "the policy of generation %" PRIu64 " (%.7s)",
					       back->generation, back->digest)
				: "having no policy",
			over ? arena_printf(arena,
					    ", since nobody confirmed generation "
					    "%" PRIu64,
					    decision->accepted->generation)
			     : "");
	return arena_printf(arena, "policy %.7s%s, %zu file%s", decision->digest,
			    trial ? arena_printf(arena, " on trial for %ld s", trial->seconds) : "",
			    decision->files.count, decision->files.count == 1 ? "" : "s");
}

void say_accepted(struct journal *journal, const struct pass *pass, const struct trial_terms *trial)
{
	const struct decision *decision = pass->decision;
	const struct accepted *before = decision->accepted;
	const struct accepted *back = decision->basis == BASIS_BACK ? decision->back : NULL;
	const char *files = file_changes(pass->arena, before ? &before->sources : NULL,
					 back ? &back->sources : &decision->files);
	const char *objects =
		!before ? ""
			: contents_changes(pass->arena, &before->objects,
					   back ? &back->objects : &decision->contents);
	struct journal_entry entry = {
		.priority = PRIORITY_NOTICE,
		.message = arena_printf(
			pass->arena, "generation %" PRIu64 ": %s%s%s%s%s%s%s", decision->generation,
			accepted_words(pass->arena, decision, trial), *files ? ": " : "", files,
			*objects ? "; " : "", objects, journal->by ? "; by " : "",
			journal->by ? journal->by : ""),
		.fields = {
			[JOURNAL_MESSAGE_ID] = JOURNAL_ID_ACCEPTED,
			[JOURNAL_CHANGE] = "policy",
			[JOURNAL_FILES] = files,
			[JOURNAL_OBJECTS] = objects,
		},
	};

	set_policy(&entry, pass->arena, decision);
	journal_write(journal, &entry);
}

void say_state(const struct pass *pass)
{
	const struct decision *decision = pass->decision;
	size_t blocked = plan_blocked(pass->plan);

	if (!decision->policy)
		notify("STATUS=No policy.");
	else
		notify("STATUS=Policy %.7s, generation %llu%s; %zu hooks, %zu blocked.",
		       decision_digest(decision), (unsigned long long)decision->generation,
		       decision->pause.paused ? " (paused)" : "", pass->plan->count, blocked);
}
