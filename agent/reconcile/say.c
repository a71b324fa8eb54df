/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/reconcile/say.h"

#include <stdio.h>
#include <string.h>

#include "agent/commands/command.h"
#include "agent/decide/contents.h"
#include "agent/system/notify.h"
#include "policy/render/conditions.h"

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("ordain: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

/* "eth0 xdp: swap in a chain of 2: > lb"; for a repair also what had happened. */
static const char *step_line(struct arena *arena, const struct planned_chain *chain)
{
	const char *changes = chain->note ? chain->note : change_words(arena, chain);

	return arena_printf(arena, "%s%s%s", step_words(arena, chain->step), *changes ? ": " : "",
			    changes);
}

void say_change(struct arena *arena, const struct deeds *deeds, const struct planned_chain *chain)
{
	const char *words = chain->observed ? deeds_company(arena, deeds, chain->observed) : NULL;

	say("%s%s%s", step_line(arena, chain), words ? "; " : "", words ? words : "");
}

void say_repair(struct arena *arena, const struct deeds *deeds, const struct planned_chain *chain,
		int64_t now_ms)
{
	const char *line = deeds_repaired(arena, deeds, chain->observed, chain->note, now_ms);

	say("%s", line ? line : step_line(arena, chain));
}

void say_fight(struct arena *arena, const struct deeds *deeds, const struct planned_chain *chain,
	       unsigned int count)
{
	int64_t since_ms;
	const char *culprits = deeds_words(arena, deeds, chain->observed, &since_ms);

	say("%s %s: had to be put right %u times in a row; repairs now come at growing intervals, "
	    "up to 5 minutes; %s%s%s",
	    chain->interface, hook_name(chain->hook), count,
	    chain->note ? chain->note : "see `ordain status`", culprits ? ": " : "",
	    culprits ? culprits : "");
}

void say_locked_out(struct arena *arena, const struct locked_out *locked_out)
{
	say("%s %s: %s", locked_out->interface, hook_name(locked_out->hook),
	    locked_out_words(arena, locked_out));
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

void say_what_is_wrong(struct said *said, const struct pass *pass)
{
	struct diags all = DIAGS(pass->arena);
	struct text text = TEXT(pass->arena);

	diags_append(&all, &pass->decision->diags);
	diags_append(&all, &pass->diags);
	diags_render(&all, &text, wants_colour(STDERR_FILENO));
	if (remember(said, text_string(&text)))
		fputs(said->text, stderr);
}

void say_failure(struct said *said, const char *text)
{
	if (remember(said, text))
		say("%s", text);
}

void say_what_waits(const struct pass *pass)
{
	for (size_t i = 0; i < pass->plan->count; i++)
		if (pass->plan->chains[i].step)
			say("paused, so not done: %s",
			    step_line(pass->arena, &pass->plan->chains[i]));
}

void say_marks(const struct decision *before, const struct decision *now)
{
	bool was_detached = before && (before->detached.all || before->detached.hooks.count);
	bool is_detached = now->detached.all || now->detached.hooks.count;

	if (now->pause.paused && !(before && before->pause.paused))
		say("paused%s%s: changes nothing until `ordain resume`",
		    *now->pause.reason ? ": " : "", now->pause.reason);
	if (is_detached && !was_detached)
		say("%s detached by hand, until `ordain resume`",
		    now->detached.all ? "everything" : "some hooks");
	if (before &&
	    ((before->pause.paused && !now->pause.paused) || (was_detached && !is_detached)))
		say("resumed");
}

void say_accepted(const struct pass *pass)
{
	const struct decision *decision = pass->decision;
	const char *changes = "";

	if (decision->basis == BASIS_BACK) {
		say("generation %llu: back to the policy of generation %llu (%.7s), since nobody "
		    "confirmed generation %llu",
		    (unsigned long long)decision->generation,
		    (unsigned long long)decision->back->generation, decision->back->digest,
		    (unsigned long long)decision->accepted->generation);
		return;
	}
	if (decision->accepted)
		changes = contents_changes(pass->arena, &decision->accepted->objects,
					   &decision->contents);
	say("generation %llu: policy %.7s, %zu file%s%s%s",
	    (unsigned long long)decision->generation, decision->digest, decision->files.count,
	    decision->files.count == 1 ? "" : "s", *changes ? "; " : "", changes);
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
