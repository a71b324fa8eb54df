/* SPDX-License-Identifier: GPL-2.0-only */
#include "conformance_trial.h"

#include <stdlib.h>

int trial_open(void **state)
{
	struct arena *arena = arena_new();
	struct trial *trial = arena_alloc(arena, sizeof(*trial));

	trial->fixture = *state;
	trial->arena = arena;
	trial->diags = DIAGS(arena);
	trial->fixture->reset(trial->fixture->context);
	trial->kernel = trial->fixture->open(trial->fixture->context, NULL, NULL);
	*state = trial;
	return 0;
}

int trial_close(void **state)
{
	struct trial *trial = *state;

	kernel_close(trial->kernel);
	arena_free(trial->arena);
	return 0;
}

void trial_need(struct trial *trial, enum hook hook)
{
	if (!trial->fixture->has_hook(trial->fixture->context, hook))
		skip();
}

void trial_restart(struct trial *trial)
{
	kernel_close(trial->kernel);
	trial->kernel = trial->fixture->open(trial->fixture->context, NULL, NULL);
}

static const struct conformance_object *find_object(const struct trial *trial, const char *word)
{
	if (!word)
		return &trial->fixture->good[0];
	return !strcmp(word, "bad") ? &trial->fixture->bad : &trial->fixture->good[*word - '0'];
}

const struct manifest *trial_manifest(struct trial *trial, enum hook hook, const char *words)
{
	struct manifest *manifest = arena_alloc(trial->arena, sizeof(*manifest));
	char *rest = arena_strdup(trial->arena, words);
	char *word;

	manifest->hook = hook;
	while ((word = strsep(&rest, " "))) {
		const char *name = strsep(&word, ":");
		const struct conformance_object *object;
		struct manifest_element *element;

		if (!strcmp(name, WISH_FOREIGN))
			continue;
		element = list_push(trial->arena, manifest);
		if (word && !strcmp(word, "missing")) {
			*element = manifest_element_missing(hook, name);
			continue;
		}
		object = find_object(trial, word);
		element->name = name;
		element->digest = object->digest;
		element->function = object->functions[hook];
		element->proceed = verdicts_continuing(hook);
	}
	return manifest;
}

static int compare_wishes(const void *a, const void *b)
{
	const struct wish *x = a;
	const struct wish *y = b;

	return hook_compare(x->interface, x->hook, y->interface, y->hook);
}

void trial_wish(struct trial *trial, const char *interface, enum hook hook, const char *words)
{
	const struct manifest *manifest = words ? trial_manifest(trial, hook, words) : NULL;
	const char *order = words ? arena_strdup(trial->arena, words) : NULL;
	struct wishes *wishes = &trial->wishes;

	for (size_t i = 0; i < wishes->count; i++) {
		struct wish *wish = &wishes->items[i];

		if (hook_compare(wish->interface, wish->hook, interface, hook))
			continue;
		wish->manifest = manifest;
		wish->order = order;
		return;
	}
	*list_push(trial->arena, wishes) =
		(struct wish){ interface, hook, manifest, order, MODE_AUTO, false };
	qsort(wishes->items, wishes->count, sizeof(*wishes->items), compare_wishes);
}

void trial_wish_mode(struct trial *trial, const char *interface, enum xdp_mode mode)
{
	for (size_t i = 0; i < trial->wishes.count; i++)
		if (!strcmp(trial->wishes.items[i].interface, interface) &&
		    trial->wishes.items[i].hook == HOOK_XDP)
			trial->wishes.items[i].mode = mode;
}

void trial_wish_door(struct trial *trial, const char *interface, bool door)
{
	for (size_t i = 0; i < trial->wishes.count; i++)
		if (!strcmp(trial->wishes.items[i].interface, interface) &&
		    trial->wishes.items[i].hook == HOOK_XDP)
			trial->wishes.items[i].door = door;
}

static struct interfaces list_interfaces(struct trial *trial)
{
	struct interfaces interfaces;

	trial->fixture->list(trial->fixture->context, trial->arena, &interfaces);
	return interfaces;
}

int trial_converge(struct trial *trial, struct kernel *kernel)
{
	struct interfaces interfaces = list_interfaces(trial);

	trial->diags = DIAGS(trial->arena);
	return converge(kernel, trial->arena, &interfaces, &trial->wishes, &trial->diags,
			&trial->error);
}

const struct plan *trial_plan(struct trial *trial)
{
	struct interfaces interfaces = list_interfaces(trial);
	const struct plan *plan;

	trial->diags = DIAGS(trial->arena);
	if (converge_plan(trial->kernel, trial->arena, &interfaces, &trial->wishes, &trial->diags,
			  &plan, &trial->error))
		fail_msg("%s", trial->error.text);
	return plan;
}

static const struct observed *observe(struct trial *trial)
{
	struct interfaces interfaces = list_interfaces(trial);
	const struct observed *observed;

	if (kernel_observe(trial->kernel, trial->arena, &interfaces, NULL, DETAIL_NAMES, &observed,
			   &trial->error))
		fail_msg("%s", trial->error.text);
	return observed;
}

const struct observed_hook *trial_look(struct trial *trial, const char *interface, enum hook hook)
{
	const struct observed_hook *found = observed_find(observe(trial), interface, hook);

	if (!found)
		fail_msg("%s %s was not observed", interface, hook_name(hook));
	return found;
}

static const struct wish *find_wish(const struct trial *trial, const struct observed_hook *hook)
{
	for (size_t i = 0; i < trial->wishes.count; i++) {
		const struct wish *wish = &trial->wishes.items[i];

		if (wish->manifest &&
		    !hook_compare(wish->interface, wish->hook, hook->interface, hook->hook))
			return wish;
	}
	return NULL;
}

void trial_assert_converged(struct trial *trial)
{
	const struct plan *plan = trial_plan(trial);
	const struct observed *observed = observe(trial);

	for (size_t i = 0; i < plan->count; i++)
		if (plan->chains[i].step)
			fail_msg("left to do: %s (%s)",
				 step_words(trial->arena, plan->chains[i].step),
				 plan->chains[i].note ? plan->chains[i].note : "no drift");
	assert_int_equal(plan_changes(plan), 0);
	assert_int_equal(observed->orphan_count, 0);
	for (size_t i = 0; i < observed->count; i++) {
		const struct observed_hook *hook = &observed->hooks[i];
		const struct wish *wish = find_wish(trial, hook);

		assert_int_equal(hook->own, wish ? OWN_ATTACHED : OWN_NONE);
		if (wish && !(hook->manifest && manifest_equal(hook->manifest, wish->manifest)))
			fail_msg("%s %s: another chain than was wished for", hook->interface,
				 hook_name(hook->hook));
		if (wish && wish->mode != MODE_AUTO &&
		    strcmp(hook->mode, wish->mode == MODE_NATIVE ? "native" : "generic") != 0)
			fail_msg("%s: runs %s", hook->interface, hook->mode);
	}
}

void trial_settle(struct trial *trial)
{
	int result = trial_converge(trial, trial->kernel);

	if (result)
		fail_msg("%s", trial->error.text);
	if (trial->diags.count)
		fail_msg("%s", trial->diags.items[0].summary);
	trial_assert_converged(trial);
}

const struct step *trial_step(struct trial *trial)
{
	const struct plan *plan = trial_plan(trial);
	const struct step *step = NULL;

	for (size_t i = 0; i < plan->count; i++)
		if (plan->chains[i].step)
			step = plan->chains[i].step;
	assert_non_null(step);
	if (step->manifest &&
	    kernel_prepare(trial->kernel, step->manifest, &trial->diags, &trial->error))
		fail_msg("%s", trial->error.text);
	assert_false(diags_have_errors(&trial->diags));
	return step;
}

int trial_execute(struct trial *trial, const struct step *step)
{
	return kernel_execute(trial->kernel, step, &trial->error);
}
