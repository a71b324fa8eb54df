/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/render_programs.h"

#include <inttypes.h>
#include <string.h>

#include "policy/render/json.h"
#include "policy/render/render_common.h"
#include "policy/render/render_json.h"
#include "policy/render/rows.h"

/* Ours by the names of its elements. */
static const char *name_of(struct arena *arena, const struct observed_program *program,
			   const struct manifest *running)
{
	struct text names = TEXT(arena);

	if (!running)
		return *program->name ? program->name : "?";
	for (size_t i = 0; i < running->count; i++)
		text_printf(&names, "%s%s", i ? ", " : "", running->items[i].name);
	return text_string(&names);
}

static const char *loaded_words(struct arena *arena, const struct observed_program *program)
{
	struct text words = TEXT(arena);

	if (!program->loaded_at)
		return NULL;
	text_add(&words, "loaded ");
	text_time(&words, program->loaded_at);
	if (program->uid)
		text_printf(&words, " by uid %" PRIu32, program->uid);
	else
		text_add(&words, " by root");
	return text_string(&words);
}

static void add_line(struct arena *arena, struct rows *rows, const char *label, const char *words)
{
	if (words && *words)
		rows_add(arena, rows, NULL, NULL, arena_printf(arena, "%s%s", label, words), NULL);
}

/* Of a chain: those that are linked in the same way together. */
static void add_linked(struct arena *arena, struct rows *rows, const struct manifest *running)
{
	for (size_t i = 0; i < running->count; i++) {
		const char *linked = running->items[i].linked;
		struct text names = TEXT(arena);

		for (size_t j = 0; linked && j < running->count; j++) {
			const char *other = running->items[j].linked;

			if (!other || strcmp(other, linked) != 0)
				continue;
			if (j < i)
				break;
			text_printf(&names, "%s%s", names.length ? ", " : "",
				    running->items[j].name);
		}
		if (names.length)
			add_line(arena, rows, arena_printf(arena, "%s: ", text_string(&names)),
				 linked);
	}
}

static void add_program(struct arena *arena, struct rows *rows, const struct observed_hook *hook,
			const char *label, const struct observed_program *program)
{
	const struct observed_segment segment =
		observed_segment(hook, program->ours ? (size_t)(program - hook->programs) : 0);
	const struct manifest *running = program->ours ? segment_running(&segment) : NULL;

	rows_add(arena, rows, label, name_of(arena, program, running),
		 arena_printf(arena, "%s, id %" PRIu32 "%s%s, attached by %s",
			      program->ours ? "ours" : "foreign", program->id,
			      *program->tag ? ", tag " : "", program->tag, program->attached),
		 NULL);
	add_line(arena, rows, "", loaded_words(arena, program));
	add_line(arena, rows, "pinned at ", program->pins);
	add_line(arena, rows, "held by ", program->holders);
	if (running)
		add_linked(arena, rows, running);
}

static const char *filter_words(struct arena *arena, const struct observed_filter *filter)
{
	struct text words = TEXT(arena);

	text_printf(&words, "tc filter of kind %s, priority %u, handle %#" PRIx32, filter->kind,
		    filter->priority, filter->handle);
	if (filter->program)
		text_printf(&words, ", id %" PRIu32, filter->program);
	if (filter->direct)
		text_add(&words, ", direct-action");
	return text_string(&words);
}

/* Who looks for a filter that never sees a packet finds the reason here. */
static void add_filters(struct arena *arena, struct rows *rows, const struct observed_hook *hook)
{
	for (size_t i = 0; i < hook->filter_count; i++)
		rows_add(arena, rows, "tc",
			 *hook->filters[i].name ? hook->filters[i].name : hook->filters[i].kind,
			 filter_words(arena, &hook->filters[i]), NULL);
}

void render_programs(struct text *out, const struct status_rows *rows)
{
	struct arena *arena = out->arena;

	for (size_t i = 0; i < rows->count; i++) {
		const struct observed_hook *hook = rows->items[i].hook;
		struct rows lines = { 0 };

		if (!hook->program_count && !hook->filter_count)
			continue;
		text_printf(out, "\n%s\n", hook_label(arena, hook->interface, hook->hook));
		for (size_t j = 0; j < hook->program_count; j++)
			add_program(arena, &lines, hook, arena_printf(arena, "%zu", j + 1),
				    &hook->programs[j]);
		/* They run inside of ours. */
		for (size_t j = 0; hook->unlocked && j < hook->absorbed_count; j++)
			add_program(arena, &lines, hook, "in", &hook->absorbed[j]);
		add_filters(arena, &lines, hook);
		rows_render(&lines, out);
		if (hook->program_count && hook->filter_count)
			text_add(out, "  The tc filters do not see what ends above with pass, drop "
				      "or redirect.\n");
	}
}

static json_t *program_json(struct arena *arena, const struct observed_program *program)
{
	json_t *object = json_object();

	json_set(object, "name", json_text(arena, program->name));
	json_set(object, "owner", json_text(arena, program->ours ? "ordain" : "foreign"));
	json_set(object, "prog_id", json_integer(program->id));
	json_set(object, "tag", json_text(arena, program->tag));
	json_set(object, "attached", json_text(arena, program->attached));
	json_set(object, "link_id", json_number(program->link_id));
	json_set(object, "loaded", json_time(arena, program->loaded_at));
	json_set(object, "uid", program->loaded_at ? json_integer(program->uid) : json_null());
	json_set(object, "pins", json_text(arena, program->pins));
	json_set(object, "holders", json_text(arena, program->holders));
	return object;
}

static json_t *filter_json(struct arena *arena, const struct observed_filter *filter)
{
	json_t *object = json_object();

	json_set(object, "kind", json_text(arena, filter->kind));
	json_set(object, "name", json_text(arena, filter->name));
	json_set(object, "priority", json_integer(filter->priority));
	json_set(object, "handle", json_integer(filter->handle));
	json_set(object, "prog_id", json_number(filter->program));
	json_set(object, "direct_action", json_boolean(filter->direct));
	return object;
}

void render_programs_json(struct arena *arena, const struct status_row *row, json_t *chain)
{
	json_t *programs = json_array();
	json_t *filters = json_array();

	for (size_t i = 0; i < row->hook->program_count; i++)
		json_append(programs, program_json(arena, &row->hook->programs[i]));
	for (size_t i = 0; row->hook->unlocked && i < row->hook->absorbed_count; i++)
		json_append(programs, program_json(arena, &row->hook->absorbed[i]));
	for (size_t i = 0; i < row->hook->filter_count; i++)
		json_append(filters, filter_json(arena, &row->hook->filters[i]));
	json_set(chain, "programs", programs);
	json_set(chain, "filters", filters);
}
