/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/render_openmetrics.h"

#include <inttypes.h>
#include <string.h>

#include "policy/render/conditions.h"
#include "policy/render/render_common.h"

/* What each sample of a family is made from. */
struct page {
	struct text *out;
	const struct report *report;
	const struct status *status;
	const struct status_rows *rows;
};

/* Its samples are written together, as the format wants it. */
struct family {
	const char *name; /* of a counter without the "_total" of its samples */
	const char *type;
	const char *unit; /* the name ends in it; NULL: none */
	const char *help; /* no backslash, no newline */
	void (*samples)(const struct page *page, const struct family *family);
};

/* What is no UTF-8, or moves the cursor, comes as shown() has it. */
static const char *label_value(struct arena *arena, const char *string)
{
	struct text text = TEXT(arena);

	for (string = shown(arena, string); *string; string++) {
		if (*string == '\\' || *string == '"')
			text_add(&text, "\\");
		text_add_bytes(&text, string, 1);
	}
	return text_string(&text);
}

/* `labels` without braces; "" for none. */
static void sample(const struct page *page, const struct family *family, const char *labels,
		   uint64_t value)
{
	text_printf(page->out, "%s%s%s%s%s %" PRIu64 "\n", family->name,
		    strcmp(family->type, "counter") ? "" : "_total", *labels ? "{" : "", labels,
		    *labels ? "}" : "", value);
}

static void agent_up(const struct page *page, const struct family *family)
{
	sample(page, family, "", page->report->agent_pid != 0);
}

static void agent_info(const struct page *page, const struct family *family)
{
	if (page->report->agent_pid && page->report->noticing)
		sample(page, family,
		       arena_printf(page->out->arena, "noticing=\"%s\"",
				    label_value(page->out->arena, page->report->noticing)),
		       1);
}

static void paused(const struct page *page, const struct family *family)
{
	sample(page, family, "", page->report->paused);
}

static void detached(const struct page *page, const struct family *family)
{
	sample(page, family, "", page->report->detached);
}

static void in_sync(const struct page *page, const struct family *family)
{
	sample(page, family, "", status_in_sync(page->status) && !policy_held(page->report));
}

static void generation(const struct page *page, const struct family *family)
{
	sample(page, family, "", page->report->generation);
}

static void wanted_generation(const struct page *page, const struct family *family)
{
	sample(page, family, "", page->report->generation + policy_pending(page->report));
}

static void pending(const struct page *page, const struct family *family)
{
	sample(page, family, "", policy_pending(page->report));
}

static void held(const struct page *page, const struct family *family)
{
	sample(page, family, "", policy_held(page->report));
}

static void trial(const struct page *page, const struct family *family)
{
	sample(page, family, "", page->report->trial.generation != 0);
}

static void taken_back(const struct page *page, const struct family *family)
{
	sample(page, family, "", page->report->taken_back.generation != 0);
}

static void accepted_at(const struct page *page, const struct family *family)
{
	if (page->report->accepted_at > 0)
		sample(page, family, "", (uint64_t)page->report->accepted_at);
}

static void policy_info(const struct page *page, const struct family *family)
{
	if (page->report->in_force)
		sample(page, family,
		       arena_printf(page->out->arena, "digest=\"%s\"", page->report->in_force), 1);
}

static void diagnostics(const struct page *page, const struct family *family)
{
	const struct diags *diags = page->report->diags;

	for (int severity = SEVERITY_ERROR; severity <= SEVERITY_WARNING; severity++) {
		uint64_t count = 0;

		for (size_t i = 0; diags && i < diags->count; i++)
			count += (int)diags->items[i].severity == severity;
		sample(page, family,
		       arena_printf(page->out->arena, "severity=\"%s\"",
				    severity_name((enum severity)severity)),
		       count);
	}
}

static void reload_successful(const struct page *page, const struct family *family)
{
	if (page->status->agent_told && page->status->reload.at > 0)
		sample(page, family, "", page->status->reload.successful);
}

static void reload_at(const struct page *page, const struct family *family)
{
	if (page->status->agent_told && page->status->reload.at > 0)
		sample(page, family, "", (uint64_t)page->status->reload.at);
}

static void waiting(const struct page *page, const struct family *family)
{
	sample(page, family, "",
	       page->status->resolution ? page->status->resolution->waiting.count : 0);
}

static void leftovers(const struct page *page, const struct family *family)
{
	sample(page, family, "", page->status->plan->forget_count);
}

static const char *hook_labels(struct arena *arena, const struct status_row *row)
{
	return arena_printf(arena, "interface=\"%s\",hook=\"%s\"",
			    label_value(arena, row->hook->interface), hook_name(row->hook->hook));
}

/* Hooks with programs of others alone are none of the policy's, and may be any number. */
#define for_each_row(page, row)                                                                    \
	for (const struct status_row *row = (page)->rows->items;                                   \
	     (page)->rows->count && row != (page)->rows->items + (page)->rows->count; row++)       \
		if (row->planned)

static void hook_in_sync(const struct page *page, const struct family *family)
{
	for_each_row(page, row) sample(page, family, hook_labels(page->out->arena, row),
				       chain_in_sync(row->planned));
}

static void hook_condition(const struct page *page, const struct family *family)
{
	struct arena *arena = page->out->arena;

	for_each_row(page, row)
	{
		const char *labels = hook_labels(arena, row);
		struct condition conditions[CONDITION_COUNT];

		conditions_judge(arena, row->planned, conditions);
		conditions[CONDITION_LOCKED_OUT] =
			condition_locked_out(arena, row->planned, &page->status->locked_out);
		for (unsigned int type = 0; type < CONDITION_COUNT; type++)
			if (type != CONDITION_IN_SYNC && type != CONDITION_WAITING)
				sample(page, family,
				       arena_printf(arena, "%s,condition=\"%s\"", labels,
						    condition_name(type)),
				       conditions[type].status);
	}
}

static void foreign_programs(const struct page *page, const struct family *family)
{
	for_each_row(page, row)
	{
		uint64_t count = 0;

		for (size_t i = 0; i < row->count; i++)
			count += !row->items[i].ours && !row->items[i].running;
		sample(page, family, hook_labels(page->out->arena, row), count);
	}
}

static const struct repairs *find_repairs(const struct repairs_list *list,
					  const struct observed_hook *hook)
{
	for (size_t i = 0; i < list->count; i++)
		if (!hook_compare(list->items[i].interface, list->items[i].hook, hook->interface,
				  hook->hook))
			return &list->items[i];
	return NULL;
}

static void repairs(const struct page *page, const struct family *family)
{
	struct arena *arena = page->out->arena;

	for_each_row(page, row)
	{
		const struct repairs *found = find_repairs(&page->status->repairs, row->hook);
		const char *labels = hook_labels(arena, row);

		for (int own = 0; own < OWN_STATE_COUNT && page->status->agent_told; own++) {
			const char *cause = drift_reason((enum own_state)own);

			if (cause)
				sample(page, family,
				       arena_printf(arena, "%s,cause=\"%s\"", labels, cause),
				       found ? found->counts[own] : 0);
		}
	}
}

/* An element whose counters cannot be read has a place, and no numbers. */
#define for_each_element(row, element)                                                             \
	for (const struct status_element *element = (row)->items;                                  \
	     (row)->count && element != (row)->items + (row)->count; element++)                    \
		if (element->running)

static const char *element_labels(struct arena *arena, const struct status_row *row,
				  const struct status_element *element)
{
	return arena_printf(arena, "%s,element=\"%s\"", hook_labels(arena, row),
			    label_value(arena, element->name));
}

static void element_position(const struct page *page, const struct family *family)
{
	for_each_row(page, row) for_each_element(row, element)
		sample(page, family, element_labels(page->out->arena, row, element),
		       (uint64_t)(element - row->items) + 1);
}

static void element_seen(const struct page *page, const struct family *family)
{
	for_each_row(page, row) for_each_element(row, element) if (element->counters)
		sample(page, family, element_labels(page->out->arena, row, element),
		       element->counters->seen);
}

static void element_dropped(const struct page *page, const struct family *family)
{
	struct fates fates;

	for_each_row(page, row)
		for_each_element(row, element) if (status_fates(element, row->hook->hook, &fates))
			sample(page, family, element_labels(page->out->arena, row, element),
			       fates.dropped);
}

/* Zeros too: what comes up with its first packet has no rate before the second one. */
static void verdicts_of(const struct page *page, const struct family *family,
			const struct status_row *row, const struct status_element *element)
{
	struct arena *arena = page->out->arena;
	const char *labels = element_labels(arena, row, element);

	for (unsigned int slot = 0; slot < VERDICT_SLOTS; slot++) {
		const char *verdict = verdict_name(row->hook->hook, slot);

		if (verdict)
			sample(page, family,
			       arena_printf(arena, "%s,verdict=\"%s\"", labels, verdict),
			       element->counters->verdicts[slot]);
	}
}

static void element_verdicts(const struct page *page, const struct family *family)
{
	for_each_row(page, row) for_each_element(row, element) if (element->counters)
		verdicts_of(page, family, row, element);
}

static const struct family families[] = {
	{ "ordain_agent_up", "gauge", NULL, "Does an agent run?", agent_up },
	{ "ordain_agent_info", "gauge", NULL, "How the agent hears of what others do to hooks.",
	  agent_info },
	{ "ordain_paused", "gauge", NULL, "Is the agent told to change nothing?", paused },
	{ "ordain_detached", "gauge", NULL, "Was everything detached by hand?", detached },
	{ "ordain_in_sync", "gauge", NULL,
	  "Is every hook as the policy in force says, and are the files of use?", in_sync },
	{ "ordain_policy_generation", "gauge", NULL, "The generation in force; 0 if there is none.",
	  generation },
	{ "ordain_policy_wanted_generation", "gauge", NULL,
	  "The generation that the files say: the next one if they are new and of use.",
	  wanted_generation },
	{ "ordain_policy_pending", "gauge", NULL,
	  "Do the files say something usable that is not in force?", pending },
	{ "ordain_policy_held", "gauge", NULL,
	  "Are the files of no use, so that the policy accepted last stays in force?", held },
	{ "ordain_policy_trial", "gauge", NULL,
	  "Is the policy in force on trial, so that it goes away again unless it is confirmed?",
	  trial },
	{ "ordain_policy_taken_back", "gauge", NULL,
	  "Do the files say what was taken back, so that it does not come by itself?", taken_back },
	{ "ordain_policy_accepted_timestamp_seconds", "gauge", "seconds",
	  "When the policy in force was accepted.", accepted_at },
	{ "ordain_policy_info", "gauge", NULL, "The digest of the policy in force.", policy_info },
	{ "ordain_diagnostics", "gauge", NULL, "Errors and warnings that hold now.", diagnostics },
	{ "ordain_reload_successful", "gauge", NULL,
	  "Did the files that the agent took up last come into force, with no hook blocked?",
	  reload_successful },
	{ "ordain_reload_timestamp_seconds", "gauge", "seconds",
	  "When the agent took up other files than before.", reload_at },
	{ "ordain_waiting_patterns", "gauge", NULL,
	  "Patterns of the policy that match no interface yet.", waiting },
	{ "ordain_leftovers", "gauge", NULL, "Pins of interfaces that are not here.", leftovers },
	{ "ordain_hook_in_sync", "gauge", NULL, "Is the hook as the policy in force says?",
	  hook_in_sync },
	{ "ordain_hook_condition", "gauge", NULL, "Does the condition hold of the hook?",
	  hook_condition },
	{ "ordain_hook_foreign_programs", "gauge", NULL,
	  "Programs of others on the hook, of which nothing is counted.", foreign_programs },
	{ "ordain_hook_repairs", "counter", NULL,
	  "Times that the chain had to be put right, since the agent started.", repairs },
	{ "ordain_element_position", "gauge", NULL,
	  "The place among all programs of the hook, from 1.", element_position },
	{ "ordain_element_seen_packets", "counter", "packets", "Packets that the program saw.",
	  element_seen },
	{ "ordain_element_dropped_packets", "counter", "packets",
	  "Packets that the program dropped, its verdict being the one that counts.",
	  element_dropped },
	{ "ordain_element_verdict_packets", "counter", "packets",
	  "Packets by the program's verdict, whether it counts or not.", element_verdicts },
};

void render_openmetrics(struct text *out, const struct report *report, const struct status *status,
			const struct status_rows *rows)
{
	const struct page page = { out, report, status, rows };

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const struct family *family = &families[i];

		text_printf(out, "# TYPE %s %s\n", family->name, family->type);
		if (family->unit)
			text_printf(out, "# UNIT %s %s\n", family->name, family->unit);
		text_printf(out, "# HELP %s %s\n", family->name, family->help);
		family->samples(&page, family);
	}
	text_add(out, "# EOF\n");
}
