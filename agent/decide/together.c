/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/decide/together.h"

#include <string.h>

#include "agent/decide/fallback.h"

static const struct manifest_element *find(const struct manifest *manifest, const char *name)
{
	for (size_t i = 0; manifest && i < manifest->count; i++)
		if (!strcmp(manifest->items[i].name, name))
			return &manifest->items[i];
	return NULL;
}

/* Does the chain run this program with another object than it would have next? */
static bool replaces(const struct planned_chain *chain, const struct manifest_element *next)
{
	const struct manifest_element *now = find(observed_running(chain->observed), next->name);

	return now && strcmp(now->digest, next->digest) != 0;
}

/* The first program whose new object both would take over; NULL if there is none. */
static const char *shared(const struct planned_chain *failed, const struct planned_chain *other)
{
	const struct manifest *manifest = failed->step->manifest;

	for (size_t i = 0; i < manifest->count; i++) {
		const struct manifest_element *element = &manifest->items[i];
		const struct manifest_element *same = find(other->step->manifest, element->name);

		if (same && !strcmp(same->digest, element->digest) && replaces(failed, element) &&
		    replaces(other, same))
			return element->name;
	}
	return NULL;
}

static bool has_chain(const struct planned_chain *chain)
{
	return chain->desired && chain->step && chain->step->manifest;
}

/* Once, however many hooks it is about. */
static const char *report(struct decision *decision, const struct planned_chain *failed,
			  const char *name)
{
	struct diags *diags = &decision->diags;
	const char *summary = arena_printf(
		decision->arena,
		"program '%s': its new object waits on all hooks, for %s %s cannot take it over",
		name, failed->interface, hook_name(failed->hook));
	struct diag *diag;

	for (size_t i = 0; i < diags->count; i++)
		if (!strcmp(diags->items[i].summary, summary))
			return summary;
	diag = diag_error(diags, DIAG_OBJECT_HELD,
			  policy_program(decision->policy, name)->object.span, "%s", summary);
	diag->program = name;
	return summary;
}

static void hold_with(struct pass *pass, const struct paths *paths,
		      const struct planned_chain *failed)
{
	struct decision *decision = pass->decision;

	for (size_t i = 0; i < pass->plan->count; i++) {
		const struct planned_chain *other = &pass->plan->chains[i];
		struct desired *desired;
		const char *name;

		if (!has_chain(other) || other->desired->blocked ||
		    !fallback_has_last_good(decision, paths, other->desired))
			continue;
		name = shared(failed, other);
		if (!name)
			continue;
		desired = &decision->desires.items[other->desired - decision->desires.items];
		fallback_block(decision, paths, desired, DIAG_OBJECT_HELD,
			       report(decision, failed, name));
	}
}

void together_hold(struct pass *pass, const struct paths *paths)
{
	for (size_t i = 0; i < pass->plan->count; i++) {
		const struct planned_chain *chain = &pass->plan->chains[i];

		if (has_chain(chain) && chain->desired->blocked)
			hold_with(pass, paths, chain);
	}
}
