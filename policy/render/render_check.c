/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/base/utf8.h"
#include "policy/order/conflict.h"
#include "policy/render/json.h"
#include "policy/render/render_common.h"

static size_t count_blocked(const struct chains *chains)
{
	size_t blocked = 0;

	for (size_t i = 0; i < chains->count; i++)
		blocked += chains->items[i].blocked;
	return blocked;
}

static void add_chain(struct text *out, const struct report *report, const struct chain *chain)
{
	utf8_show_string(out, chain->interface->name);
	text_printf(out, " %s: ", hook_name(chain->hook));
	if (chain->blocked)
		text_printf(out, "%s %s", report->colour ? "\033[31mBLOCKED\033[0m" : "BLOCKED",
			    diag_code_name(chain->code));
	for (size_t i = 0; !chain->blocked && i < chain->count; i++)
		text_printf(out, "%s%s", i ? ", " : "",
			    element_words(out->arena, &chain->elements[i]));
	text_add(out, "\n");
}

static void add_waiting(struct text *out, const struct waiting *waiting)
{
	text_add(out, "'");
	utf8_show_string(out, waiting->pattern);
	text_printf(out, "' (%s): ", waiting_words(waiting));
	for (size_t i = 0; i < waiting->count; i++)
		text_printf(out, "%s%s", i ? ", " : "", waiting->items[i]->name);
	text_add(out, "\n");
}

static void add_count(struct text *out, size_t count, const char *what, const char *end)
{
	text_printf(out, "%zu %s%s%s", count, what, count == 1 ? "" : "s", end);
}

static void add_sum(struct text *out, const struct report *report,
		    const struct resolution *resolution)
{
	size_t blocked = count_blocked(&resolution->chains);

	add_count(out, report->file_count, "file", ", ");
	add_count(out, resolution->policy->program_count, "program", ", ");
	add_count(out, resolution->chains.count, "hook", ": ");
	add_count(out, resolution->chains.count - blocked, "chain", "");
	if (blocked)
		text_printf(out, ", %zu blocked", blocked);
	text_add(out, ".\n");
}

static json_t *chain_json(struct arena *arena, const struct chain *chain)
{
	json_t *elements = json_array();
	json_t *object = json_object();

	for (size_t i = 0; i < chain->count; i++) {
		json_t *element = json_object();

		json_set(element, "name", json_text(arena, chain->elements[i].program->name));
		if (program_is_attached(chain->elements[i].program))
			json_set(element, "attached", json_boolean(true));
		if (!chain->blocked)
			json_set(element, "position", json_integer((json_int_t)i + 1));
		json_append(elements, element);
	}
	json_set(object, "interface", json_text(arena, chain->interface->name));
	json_set(object, "hook", json_text(arena, hook_name(chain->hook)));
	json_set(object, "blocked", json_code(arena, chain));
	json_set(object, "elements", elements);
	return object;
}

static json_t *waiting_json(struct arena *arena, const struct waiting *waiting)
{
	json_t *programs = json_array();
	json_t *object = json_object();

	for (size_t i = 0; i < waiting->count; i++)
		json_append(programs, json_text(arena, waiting->items[i]->name));
	json_set(object, "pattern", json_text(arena, waiting->pattern));
	json_set(object, "place", json_span(arena, &waiting->span));
	json_set(object, "programs", programs);
	return object;
}

/* A policy that cannot be used, or that nobody wrote, has no chains. */
static const struct resolution no_resolution;

static void render_json(struct text *out, const struct report *report,
			const struct resolution *resolution)
{
	const struct policy *policy = resolution->policy;
	struct arena *arena = out->arena;
	size_t blocked = count_blocked(&resolution->chains);
	json_t *root = json_begin(arena, report);
	json_t *chains = json_array();
	json_t *waiting = json_array();

	for (size_t i = 0; i < resolution->chains.count; i++)
		json_append(chains, chain_json(arena, &resolution->chains.items[i]));
	for (size_t i = 0; i < resolution->waiting.count; i++)
		json_append(waiting, waiting_json(arena, &resolution->waiting.items[i]));
	json_set(root, "files", json_integer((json_int_t)report->file_count));
	json_set(root, "programs",
		 policy ? json_integer((json_int_t)policy->program_count) : json_null());
	json_set(root, "blocked", json_integer((json_int_t)blocked));
	json_set(root, "chains", chains);
	json_set(root, "waiting", waiting);
	json_end(out, root, report);
}

void render_check(struct text *out, enum output_format format, const struct report *report,
		  const struct resolution *resolution)
{
	if (format == OUTPUT_JSON) {
		render_json(out, report, resolution ? resolution : &no_resolution);
		return;
	}
	if (!resolution) {
		text_printf(out, "There is no policy in %s.\n", report->directory);
		return;
	}
	for (size_t i = 0; i < resolution->chains.count; i++)
		add_chain(out, report, &resolution->chains.items[i]);
	for (size_t i = 0; i < resolution->waiting.count; i++)
		add_waiting(out, &resolution->waiting.items[i]);
	add_sum(out, report, resolution);
}
