/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/render_classify.h"

#include "policy/render/json.h"

static json_t *strings_json(struct arena *arena, const char *const *strings, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_append(array, json_text(arena, strings[i]));
	return array;
}

static json_t *number_json(bool known, long number)
{
	return known ? json_integer(number) : json_null();
}

static json_t *reasons_json(struct arena *arena, const struct judgement *judgement)
{
	json_t *array = json_array();

	for (size_t i = 0; i < judgement->count; i++) {
		const struct readonly_reason *reason = &judgement->reasons[i];
		json_t *object = json_object();

		json_set(object, "instruction",
			 number_json(reason->instruction >= 0, reason->instruction));
		json_set(object, "file", json_text(arena, reason->file));
		json_set(object, "line", number_json(reason->file, reason->line));
		json_set(object, "what", json_text(arena, reason->what));
		json_append(array, object);
	}
	return array;
}

static json_t *verdicts_json(struct arena *arena, const struct judgement *judgement)
{
	json_t *array = json_array();

	for (unsigned int slot = 0; slot < VERDICT_SLOTS; slot++) {
		const char *name = verdict_name(judgement->hook, slot);

		if (name && slot != VERDICT_MISSED && judgement->details->verdicts & (1u << slot))
			json_append(array, json_text(arena, name));
	}
	return array;
}

static json_t *opinions_json(struct arena *arena, const struct judgement *judgement)
{
	json_t *object = json_object();

	json_set(object, "analysis", json_text(arena, opinion_name(judgement->analysis)));
	json_set(object, "kernel", json_text(arena, opinion_name(judgement->kernel)));
	json_set(object, "kernel_words", json_text(arena, judgement->kernel_words));
	return object;
}

static void set_finding(json_t *object, const char *key, const struct judgement *judgement,
			enum finding_kind kind)
{
	json_set(object, key, json_boolean(judgement->findings & 1u << kind));
}

static json_t *function_json(struct arena *arena, const struct judgement *judgement)
{
	const struct analysis *details = judgement->details;
	json_t *object = json_object();

	json_set(object, "name", json_text(arena, judgement->function));
	json_set(object, "hook", json_text(arena, hook_name(judgement->hook)));
	json_set(object, "readonly", json_text(arena, readonly_name(judgement->readonly)));
	json_set(object, "reasons", reasons_json(arena, judgement));
	json_set(object, "opinions", opinions_json(arena, judgement));
	json_set(object, "reads_packet", json_boolean(details->reads_packet));
	set_finding(object, "writes_packet", judgement, FINDING_WRITES_PACKET);
	set_finding(object, "resizes_packet", judgement, FINDING_RESIZES);
	set_finding(object, "redirects_packet", judgement, FINDING_REDIRECTS);
	set_finding(object, "clones_packet", judgement, FINDING_CLONES);
	json_set(object, "context_writes",
		 strings_json(arena, details->context_writes, details->context_write_count));
	json_set(object, "verdicts", verdicts_json(arena, judgement));
	json_set(object, "any_verdict", json_boolean(details->any_verdict));
	json_set(object, "helpers", strings_json(arena, details->helpers, details->helper_count));
	json_set(object, "maps", strings_json(arena, details->maps, details->map_count));
	return object;
}

void render_classify_json(struct text *out, const struct report *report,
			  const struct judgement *judgements, size_t count)
{
	json_t *array = json_array();
	json_t *root = json_object();

	for (size_t i = 0; i < count; i++)
		json_append(array, function_json(out->arena, &judgements[i]));
	json_set(root, "format_version", json_text(out->arena, "1.0"));
	json_set(root, "functions", array);
	json_end(out, root, report);
}
