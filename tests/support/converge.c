/* SPDX-License-Identifier: GPL-2.0-only */
#include "converge.h"

#include <string.h>

static unsigned int find_index(const struct interfaces *interfaces, const char *name)
{
	for (size_t i = 0; i < interfaces->count; i++)
		if (!strcmp(interfaces->items[i].name, name))
			return interfaces->items[i].index;
	return 0;
}

static void add_elements(struct arena *arena, struct chain *chain, const char *order)
{
	char *rest = arena_strdup(arena, order);
	char *word;

	chain->elements = arena_array(arena, struct element, strlen(order));
	while ((word = strsep(&rest, " "))) {
		struct program *program = arena_alloc(arena, sizeof(*program));

		program->name = strsep(&word, ":");
		program->stage.value = STAGE_DEFAULT;
		if (!strcmp(program->name, WISH_FOREIGN))
			program->attached_name.text = "*";
		chain->elements[chain->count++] = (struct element){ .program = program };
	}
}

/* All that the plan needs of a chain: its mode, and who is before whom where others are. */
static const struct chain *make_chain(struct arena *arena, const struct wish *wish)
{
	struct chain *chain = arena_alloc(arena, sizeof(*chain));

	chain->hook = wish->hook;
	chain->mode = (struct number){ .value = (int)wish->mode, .written = true };
	chain->others.value = wish->door ? OTHERS_ABSORB : OTHERS_KEEP;
	if (!wish->order || !strchr(wish->order, *WISH_FOREIGN))
		return chain;
	add_elements(arena, chain, wish->order);
	for (size_t i = 0; i < chain->count; i++)
		for (size_t j = i + 1; j < chain->count; j++)
			*list_push(arena, &chain->applied) =
				(struct statement){ .kind = STATEMENT_ORDER,
						    .first = chain->elements[i].program,
						    .second = chain->elements[j].program };
	return chain;
}

static struct desires make_desires(struct arena *arena, const struct interfaces *interfaces,
				   const struct wishes *wishes)
{
	struct desires desires = { .allow_gap = wishes->allow_gap };

	for (size_t i = 0; i < wishes->count; i++) {
		const struct wish *wish = &wishes->items[i];
		unsigned int index = find_index(interfaces, wish->interface);

		if (index)
			*list_push(arena, &desires) = (struct desired){
				.interface = wish->interface,
				.ifindex = index,
				.hook = wish->hook,
				.chain = make_chain(arena, wish),
				.manifest = wish->manifest,
			};
	}
	return desires;
}

int converge_plan(struct kernel *kernel, struct arena *arena, const struct interfaces *interfaces,
		  const struct wishes *wishes, struct diags *diags, const struct plan **ret,
		  struct error *ret_error)
{
	struct desires desires = make_desires(arena, interfaces, wishes);
	const struct observed *observed;
	int result = kernel_observe(kernel, arena, interfaces, NULL, DETAIL_HOLDERS, &observed,
				    ret_error);

	if (!result)
		*ret = plan_build(arena, &desires, observed, diags);
	return result;
}

static int carry_out(struct kernel *kernel, const struct step *step, struct diags *diags,
		     struct error *ret_error)
{
	size_t reported = diags->count;
	const struct manifest *manifest;
	int result = 0;

	for (size_t i = 0; !result && (manifest = step_manifest(step, i)); i++)
		result = kernel_prepare(kernel, manifest, diags, ret_error);
	if (result || diags->count > reported)
		return result;
	return kernel_execute(kernel, step, ret_error);
}

int converge(struct kernel *kernel, struct arena *arena, const struct interfaces *interfaces,
	     const struct wishes *wishes, struct diags *diags, struct error *ret_error)
{
	const struct plan *plan;
	struct error error;
	int first = converge_plan(kernel, arena, interfaces, wishes, diags, &plan, ret_error);
	int result = 0;

	if (first)
		return first;
	for (size_t i = 0; i < plan->forget_count + plan->count; i++) {
		const struct step *step = i < plan->forget_count
						  ? &plan->forget[i]
						  : plan->chains[i - plan->forget_count].step;

		if (step)
			result = carry_out(kernel, step, diags, &error);
		if (result && !first) {
			first = result;
			*ret_error = error;
		}
	}
	result = kernel_settle(kernel, &error);
	if (result && !first)
		*ret_error = error;
	return first ? first : result;
}
