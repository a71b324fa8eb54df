/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/render_common.h"

#include <inttypes.h>
#include <string.h>

#include "policy/base/utf8.h"

/* The calendar repeats itself every 400 years. */
enum { SECONDS_A_DAY = 24 * 60 * 60, DAYS_AN_ERA = 146097, YEARS_AN_ERA = 400 };

void text_coloured(struct text *out, bool on, enum colour colour, const char *word)
{
	static const char *const codes[] = {
		[COLOUR_GREEN] = "32",
		[COLOUR_RED] = "1;31",
		[COLOUR_YELLOW] = "33",
		[COLOUR_CYAN] = "36",
	};

	if (on)
		text_printf(out, "\033[%sm%s\033[0m", codes[colour], word);
	else
		text_add(out, word);
}

void text_count(struct text *out, size_t count, const char *one, const char *many)
{
	text_printf(out, "%zu %s", count, count == 1 ? one : many);
}

const char *grouped(struct arena *arena, uint64_t number)
{
	if (number < 1000)
		return arena_printf(arena, "%" PRIu64, number);
	return arena_printf(arena, "%s %03" PRIu64, grouped(arena, number / 1000), number % 1000);
}

struct date {
	int64_t year;
	int month;
	int day;
};

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* gmtime_r() looks into the environment and opens the files of the zone that it finds there. */
static struct date date_from_days(int64_t days)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t eras = days / DAYS_AN_ERA - (days % DAYS_AN_ERA < 0);
	struct date date = { .year = 1970 + eras * YEARS_AN_ERA, .month = 1 };

	days -= eras * DAYS_AN_ERA;
	for (; days >= (is_leap(date.year) ? 366 : 365); date.year++)
		days -= is_leap(date.year) ? 366 : 365;
	for (;; date.month++) {
		int length = lengths[date.month - 1] + (date.month == 2 && is_leap(date.year));

		if (days < length)
			break;
		days -= length;
	}
	date.day = (int)days + 1;
	return date;
}

static const char *time_words(struct arena *arena, int64_t seconds, char between, const char *zone)
{
	int64_t days = seconds / SECONDS_A_DAY - (seconds % SECONDS_A_DAY < 0);
	int rest = (int)((seconds % SECONDS_A_DAY + SECONDS_A_DAY) % SECONDS_A_DAY);
	struct date date = date_from_days(days);

	return arena_printf(arena, "%04" PRId64 "-%02d-%02d%c%02d:%02d:%02d%s", date.year,
			    date.month, date.day, between, rest / 3600, rest / 60 % 60, rest % 60,
			    zone);
}

void text_time(struct text *out, int64_t seconds)
{
	text_add(out, time_words(out->arena, seconds, ' ', " UTC"));
}

const char *trial_words(struct arena *arena, const struct report *report)
{
	struct text text = TEXT(arena);

	text_printf(&text, "generation %" PRIu64 " goes back to ", report->trial.generation);
	if (report->trial.back)
		text_printf(&text, "%" PRIu64, report->trial.back);
	else
		text_add(&text, "having no policy");
	if (!report->trial.left) {
		text_add(&text, " now: its time is over");
		return text_string(&text);
	}
	text_printf(&text, " in %" PRId64 " s, at ", report->trial.left);
	text_time(&text, report->trial.until);
	text_add(&text, ", unless `ordain confirm`");
	return text_string(&text);
}

const char *taken_back_words(struct arena *arena, const struct report *report)
{
	struct text text = TEXT(arena);

	text_printf(&text, "generation %" PRIu64 " was taken back at ",
		    report->taken_back.generation);
	text_time(&text, report->taken_back.at);
	text_add(&text, "; it waits for a change of the files, or `ordain try`");
	return text_string(&text);
}

const char *time_iso(struct arena *arena, int64_t seconds)
{
	return time_words(arena, seconds, 'T', "Z");
}

const char *shown(struct arena *arena, const char *string)
{
	struct text text = TEXT(arena);

	utf8_show_string(&text, string);
	return text_string(&text);
}

const char *hook_label(struct arena *arena, const char *interface, enum hook hook)
{
	return arena_printf(arena, "%s %s", shown(arena, interface), hook_name(hook));
}

const char *pause_words(struct arena *arena, const struct report *report)
{
	struct text text = TEXT(arena);

	text_add(&text, "until ");
	if (report->paused_until)
		text_time(&text, report->paused_until);
	else
		text_add(&text, "`ordain resume`");
	if (report->pause_reason && *report->pause_reason)
		text_printf(&text, " (%s)", shown(arena, report->pause_reason));
	return text_string(&text);
}

const char *waiting_words(const struct waiting *waiting)
{
	return pattern_is_literal(waiting->pattern) ? "no such interface yet"
						    : "no interface matches yet";
}

size_t digits_in(size_t number)
{
	size_t digits = 1;

	for (; number >= 10; number /= 10)
		digits++;
	return digits;
}

bool chain_in_sync(const struct planned_chain *chain)
{
	return chain->action == ACTION_NONE && !chain->violated && !chain->incomplete;
}

size_t plan_in_sync(const struct plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++)
		count += chain_in_sync(&plan->chains[i]);
	return count;
}

bool chain_note_suffices(const struct planned_chain *chain)
{
	return chain->code == DIAG_HOOK_TAKEN || chain->code == DIAG_KERNEL_TOO_OLD ||
	       chain->code == DIAG_DETACHED || chain->code == DIAG_XDP_MODE ||
	       chain->code == DIAG_NEEDS_GAP;
}

/* What was put there while a program could not run may drop everything, and nothing else tells. */
static const char *left_words(struct arena *arena, const struct observed_hook *observed)
{
	const struct manifest *running = observed_running(observed);

	if (observed->own == OWN_NONE)
		return "nothing of ours runs there";
	for (size_t i = 0; running && i < running->count; i++)
		if (running->items[i].missing)
			return arena_printf(arena, "left as it is: drops every packet for '%s'",
					    running->items[i].name);
	return "left as it is";
}

const char *blocked_words(struct arena *arena, const struct planned_chain *chain, const char *verb)
{
	const struct desired *desired = chain->desired;

	if (chain_note_suffices(chain))
		return chain->note;
	/* What blocks it is on the hook, and the chain that is to be there is no last good one. */
	if (!desired->blocked || !desired->manifest || desired_incomplete(desired))
		return left_words(arena, chain->observed);
	if (chain->step)
		verb = "goes back to";
	if (!desired->kept_generation)
		return arena_printf(arena, "%s its last good chain", verb);
	return arena_printf(arena, "%s generation %" PRIu64, verb, desired->kept_generation);
}

const char *element_words(struct arena *arena, const struct element *element)
{
	if (!program_is_attached(element->program))
		return element->program->name;
	return arena_printf(arena, "%s (attached by others)", element->program->name);
}
