/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/render_classify.h"

#include <string.h>

#include "policy/render/render_common.h"

enum { REASONS_SHOWN = 10, LABEL_WIDTH = 12, LINE_WIDTH = 100 };

/* A line `label  one, two, three`, continued below itself where it becomes too long. */
struct listing {
	struct text *out;
	size_t column;
	const char *separator;
};

static struct listing listing_begin(struct text *out, const char *label)
{
	text_printf(out, "  %-*s", LABEL_WIDTH - 2, label);
	return (struct listing){ out, LABEL_WIDTH, "" };
}

static void listing_add(struct listing *listing, const char *word)
{
	const char *safe = shown(listing->out->arena, word);
	size_t width = strlen(listing->separator) + strlen(safe);

	if (*listing->separator && listing->column + width >= LINE_WIDTH) {
		text_printf(listing->out, ",\n%*s", LABEL_WIDTH, "");
		listing->column = LABEL_WIDTH;
		listing->separator = "";
	}
	text_printf(listing->out, "%s%s", listing->separator, safe);
	listing->column += strlen(listing->separator) + strlen(safe);
	listing->separator = ", ";
}

static void listing_end(struct listing *listing, const char *nothing)
{
	text_printf(listing->out, "%s\n", *listing->separator ? "" : nothing);
}

static void add_list(struct text *out, const char *label, const char *const *items, size_t count)
{
	struct listing listing = listing_begin(out, label);

	for (size_t i = 0; i < count; i++)
		listing_add(&listing, items[i]);
	listing_end(&listing, "none");
}

static void add_packet(struct text *out, const struct judgement *judgement)
{
	static const struct {
		enum finding_kind kind;
		const char *word;
	} effects[] = {
		{ FINDING_WRITES_PACKET, "writes" },
		{ FINDING_RESIZES, "resizes" },
		{ FINDING_REDIRECTS, "redirects" },
		{ FINDING_CLONES, "clones" },
	};
	struct listing listing = listing_begin(out, "packet");

	if (judgement->details->reads_packet)
		listing_add(&listing, "reads");
	for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++)
		if (judgement->findings & 1u << effects[i].kind)
			listing_add(&listing, effects[i].word);
	if (judgement->analysis == OPINION_UNKNOWN)
		listing_add(&listing, "and perhaps more");
	listing_end(&listing, "not even read");
}

static void add_context(struct text *out, const struct analysis *details)
{
	struct listing listing = listing_begin(out, "context");

	for (size_t i = 0; i < details->context_write_count; i++)
		listing_add(&listing,
			    i ? details->context_writes[i]
			      : arena_printf(out->arena, "writes %s", details->context_writes[i]));
	listing_end(&listing, "writes nothing");
}

static void add_verdicts(struct text *out, const struct judgement *judgement)
{
	const struct analysis *details = judgement->details;
	struct listing listing = listing_begin(out, "verdicts");

	if (details->any_verdict)
		listing_add(&listing, "any");
	for (unsigned int slot = 0; !details->any_verdict && slot < VERDICT_MISSED; slot++) {
		const char *name = verdict_name(judgement->hook, slot);

		if (name && details->verdicts & (1u << slot))
			listing_add(&listing, name);
	}
	listing_end(&listing, "none");
}

static void add_reasons(struct text *out, const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->count && i < REASONS_SHOWN; i++) {
		const struct readonly_reason *reason = &judgement->reasons[i];

		text_add(out, "  ");
		if (reason->file)
			text_printf(out, "%s:%u: ", shown(out->arena, reason->file), reason->line);
		if (reason->instruction >= 0)
			text_printf(out, "instruction %ld: ", reason->instruction);
		text_printf(out, "%s\n", shown(out->arena, reason->what));
	}
	if (judgement->count > REASONS_SHOWN)
		text_printf(out, "  and %zu more; with -o json all are shown\n",
			    judgement->count - REASONS_SHOWN);
}

static void add_opinion(struct text *out, const char *label, enum opinion opinion,
			const char *detail)
{
	text_printf(out, "  %-*s%s%s%s\n", LABEL_WIDTH - 2, label, opinion_name(opinion),
		    detail ? ": " : "", detail ? shown(out->arena, detail) : "");
}

static void add_function(struct text *out, const struct judgement *judgement, bool colour)
{
	static const enum colour colours[] = {
		[READONLY_UNPROVEN] = COLOUR_YELLOW,
		[READONLY_PROVEN] = COLOUR_GREEN,
		[READONLY_REFUTED] = COLOUR_RED,
	};
	const struct analysis *details = judgement->details;

	text_printf(out, "%s (%s): readonly: ", shown(out->arena, judgement->function),
		    hook_name(judgement->hook));
	text_coloured(out, colour, colours[judgement->readonly],
		      readonly_name(judgement->readonly));
	text_add(out, "\n");
	add_reasons(out, judgement);
	add_packet(out, judgement);
	add_context(out, details);
	add_verdicts(out, judgement);
	add_list(out, "helpers", details->helpers, details->helper_count);
	add_list(out, "maps", details->maps, details->map_count);
	add_opinion(out, "analysis", judgement->analysis, NULL);
	add_opinion(out, "kernel", judgement->kernel, judgement->kernel_words);
}

void render_classify(struct text *out, enum output_format format, const struct report *report,
		     const struct judgement *judgements, size_t count)
{
	if (format == OUTPUT_JSON) {
		render_classify_json(out, report, judgements, count);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (i)
			text_add(out, "\n");
		add_function(out, &judgements[i], report->colour);
	}
}
