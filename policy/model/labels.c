/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/labels.h"

#include <stdlib.h>
#include <string.h>

#include "policy/order/edges.h"

static enum tier label_tier(const struct label *label)
{
	return label->span.source->tier;
}

/* By name, of one name the strongest directory first, in it by place. */
static int compare_labels(const void *a, const void *b)
{
	const struct label *x = a;
	const struct label *y = b;
	int order = strcmp(x->name, y->name);

	if (!order)
		order = (int)label_tier(y) - (int)label_tier(x);
	return order ? order : span_compare(&x->span, &y->span);
}

static void check_single(const struct label *label, const struct label *next, struct diags *diags)
{
	struct diag *diag;

	if (label_tier(label) != label_tier(next))
		return;
	diag = diag_add(diags, label_tier(label) == TIER_HINT ? SEVERITY_WARNING : SEVERITY_ERROR,
			DIAG_DUPLICATE_LABEL, label->span, "label '%s' is defined twice",
			label->name);
	diag_label(diags, diag, "here");
	diag_place(diags, diag, next->span, "and here");
	diag_help(diags, diag, "give one another name, or remove it");
}

void labels_merge(struct policy *policy, struct diags *diags)
{
	struct label *labels = policy->labels;
	size_t kept = 0;

	if (!policy->label_count)
		return;
	qsort(labels, policy->label_count, sizeof(*labels), compare_labels);
	for (size_t i = 0; i < policy->label_count; i++) {
		if (!kept || strcmp(labels[kept - 1].name, labels[i].name) != 0)
			labels[kept++] = labels[i];
		else
			check_single(&labels[kept - 1], &labels[i], diags);
	}
	policy->label_count = kept;
}

struct use {
	const struct policy *policy;
	const char **names; /* of the labels, the built-in one last */
	bool *used; /* beside policy->labels */
	bool excused;
	struct diags *diags;
};

static void mark_used(struct use *use, const char *name)
{
	const struct label *label = policy_label(use->policy, name);

	if (label)
		use->used[label - use->policy->labels] = true;
}

static void add_unknown(struct use *use, const struct word *word, const char *program)
{
	const char *name = pattern_label(word->text);
	const char *nearest = nearest_word(name, use->names, use->policy->label_count + 1);
	struct diag *diag = diag_add(use->diags, use->excused ? SEVERITY_WARNING : SEVERITY_ERROR,
				     DIAG_UNKNOWN_LABEL, word->span, "no label is called '%s'",
				     name);

	diag->program = program;
	if (nearest) {
		/* One slip is one message. */
		mark_used(use, nearest);
		diag_label(use->diags, diag, "did you mean '%s'?", nearest);
		return;
	}
	diag_help(use->diags, diag, "define it at the top level: 'labels: {%s: {name: eth0}}'",
		  name);
}

static void check_patterns(struct use *use, const struct words *patterns, const char *program)
{
	for (size_t i = 0; i < patterns->count; i++) {
		const char *name = pattern_label(patterns->items[i].text);
		const struct label *label = name ? policy_label(use->policy, name) : NULL;

		/* Without "label:" it is told where no interface is called so: one slip, one message. */
		if (!name)
			mark_used(use, patterns->items[i].text);
		else if (label)
			mark_used(use, name);
		else if (strcmp(name, LABEL_PHYSICAL) != 0)
			add_unknown(use, &patterns->items[i], program);
	}
}

static void add_unused(struct diags *diags, const struct label *label)
{
	struct diag *diag = diag_warn(diags, DIAG_UNUSED_LABEL, label->span,
				      "nothing uses label '%s'", label->name);

	diag_help(diags, diag, "write \"label:%s\" in an 'interfaces', or remove it", label->name);
}

void labels_check(struct arena *arena, const struct policy *policy, bool excused,
		  struct diags *diags)
{
	struct use use = {
		.policy = policy,
		.names = arena_array(arena, const char *, policy->label_count + 1),
		.used = arena_array(arena, bool, policy->label_count),
		.excused = excused,
		.diags = diags,
	};
	/* Where something is wrong already, it may be the pattern that uses a label. */
	bool understood = !diags_have_errors(diags);

	for (size_t i = 0; i < policy->label_count; i++)
		use.names[i] = policy->labels[i].name;
	use.names[policy->label_count] = LABEL_PHYSICAL;
	/* Whoever defines it has an error already. */
	mark_used(&use, LABEL_PHYSICAL);
	for (size_t i = 0; i < policy->program_count; i++)
		check_patterns(&use, &policy->programs[i].interfaces, policy->programs[i].name);
	for (size_t i = 0; i < policy->rule_count; i++)
		check_patterns(&use, &policy->rules[i].interfaces, NULL);
	for (size_t i = 0; i < policy->label_count && understood; i++)
		if (!use.used[i] && label_tier(&policy->labels[i]) != TIER_HINT)
			add_unused(diags, &policy->labels[i]);
}
