/* SPDX-License-Identifier: GPL-2.0-only */
#include "values.h"

#include <stdlib.h>
#include <string.h>

const struct source edge_source = {
	.path = "/etc/ordain/20-edge.yaml",
	.name = "20-edge.yaml",
	.tier = TIER_ETC,
	.text = "",
};

struct span edge_span(unsigned int line, unsigned int column)
{
	return (struct span){ &edge_source, line, column, 1 };
}

static const char *digest_of(struct arena *arena, char digit)
{
	char digest[65] = { 0 };

	memset(digest, digit, 64);
	return arena_strdup(arena, digest);
}

const struct manifest *manifest_of(struct arena *arena, enum hook hook, const char *words)
{
	struct manifest *manifest = arena_alloc(arena, sizeof(*manifest));
	char *rest = arena_strdup(arena, words);
	char *word;

	manifest->hook = hook;
	while ((word = strsep(&rest, " "))) {
		struct manifest_element *element;
		const char *digit, *mark;

		if (!strcmp(word, "head")) {
			manifest->head = true;
			continue;
		}
		element = list_push(arena, manifest);
		element->name = strsep(&word, ":");
		digit = strsep(&word, ":");
		mark = strchr(element->name, '@');
		if (mark) {
			*element = manifest_element_absorbed(
				hook,
				arena_strndup(arena, element->name, (size_t)(mark - element->name)),
				0);
			element->mark = (unsigned int)strtoul(mark + 1, NULL, 10);
			continue;
		}
		if (digit && !strcmp(digit, "missing")) {
			*element = manifest_element_missing(hook, element->name);
			continue;
		}
		if (digit && !strcmp(digit, "absorbed")) {
			*element = manifest_element_absorbed(hook, element->name, 0);
			continue;
		}
		element->digest = digest_of(arena, digit ? *digit : '0');
		element->function = word ? word : "run";
		element->proceed = verdicts_continuing(hook);
	}
	return manifest;
}

struct program *chain_program(struct chain *chain, size_t at)
{
	return (struct program *)chain->elements[at].program;
}

struct chain *chain_of(struct arena *arena, const struct interface *interface, enum hook hook,
		       const char *names)
{
	struct chain *chain = arena_alloc(arena, sizeof(*chain));
	struct {
		struct element *items;
		size_t count;
	} elements = { 0 };
	char *rest = arena_strdup(arena, names);
	char *name;

	while ((name = strsep(&rest, " "))) {
		struct program *program = arena_alloc(arena, sizeof(*program));
		struct element *element = list_push(arena, &elements);
		unsigned int line = (unsigned int)elements.count * 10;

		program->name = name;
		program->span = edge_span(line, 3);
		program->hooks = 1u << hook;
		program->object.text = arena_printf(arena, "/usr/lib/bpf/%s.bpf.o", name);
		program->object.span = edge_span(line + 1, 5);
		program->enabled.value = true;
		element->program = program;
		element->reason = elements.count == 1 ? REASON_ONLY : REASON_NAME;
	}
	chain->interface = interface;
	chain->hook = hook;
	chain->elements = elements.items;
	chain->count = elements.count;
	return chain;
}

struct desired *desires_add(struct arena *arena, struct desires *desires, const char *interface,
			    unsigned int ifindex, enum hook hook, const char *words)
{
	struct desired *desired = list_push(arena, desires);

	desired->interface = interface;
	desired->ifindex = ifindex;
	desired->hook = hook;
	desired->manifest = words ? manifest_of(arena, hook, words) : NULL;
	return desired;
}

struct observed_hook *observed_add(struct arena *arena, struct observed *observed,
				   const char *interface, unsigned int ifindex, enum hook hook)
{
	struct {
		struct observed_hook *items;
		size_t count;
	} hooks = { observed->hooks, observed->count };
	struct observed_hook *added = list_push(arena, &hooks);

	added->interface = interface;
	added->ifindex = ifindex;
	added->hook = hook;
	added->supported = true;
	added->revision = 1;
	observed->hooks = hooks.items;
	observed->count = hooks.count;
	observed->kernel_release = "6.12.0-test";
	return added;
}

struct observed_program *observed_put(struct arena *arena, struct observed_hook *hook, uint32_t id,
				      const char *name)
{
	struct {
		struct observed_program *items;
		size_t count;
	} programs = { hook->programs, hook->program_count };
	struct observed_program *added = list_push(arena, &programs);

	added->id = id;
	added->name = name;
	added->tag = "";
	added->attached = "netlink, native";
	added->pins = "";
	added->holders = "";
	hook->programs = programs.items;
	hook->program_count = programs.count;
	return added;
}

void observed_put_ours(struct arena *arena, struct observed_hook *hook, const char *words)
{
	struct observed_program *program = observed_put(arena, hook, 100, "ordain");

	program->ours = true;
	program->link_id = 200;
	program->attached = "link 200";
	hook->own = OWN_ATTACHED;
	hook->manifest = manifest_of(arena, hook->hook, words);
	hook->mode = hook->hook == HOOK_XDP ? "native" : NULL;
}

static void add_element(struct text *out, const struct planned_element *element)
{
	static const char *const symbols[] = {
		[CHANGE_KEEP] = "",	[CHANGE_ATTACH] = "+", [CHANGE_DETACH] = "-",
		[CHANGE_REPLACE] = "~", [CHANGE_MOVE] = ">",   [CHANGE_FOREIGN] = "=",
		[CHANGE_LEFT_OUT] = "",
	};

	text_add(out, symbols[element->change]);
	text_add(out, element->violation || element->company || element->missing ? "!" : "");
	if (element->position)
		text_printf(out, "%u ", element->position);
	text_add(out, element->name);
	if (element->was)
		text_printf(out, "(%u)", element->was);
}

const char *plan_words(struct arena *arena, const struct plan *plan)
{
	struct text out = TEXT(arena);

	for (size_t i = 0; i < plan->count; i++) {
		const struct planned_chain *chain = &plan->chains[i];

		text_printf(&out, "%s %s %s", chain->interface, hook_name(chain->hook),
			    chain_action_name(chain->action));
		for (size_t j = 0; j < chain->count; j++) {
			text_add(&out, j ? ", " : ": ");
			add_element(&out, &chain->elements[j]);
		}
		if (chain->note)
			text_printf(&out, "; %s", chain->note);
		text_add(&out, "\n");
	}
	for (size_t i = 0; i < plan->forget_count; i++)
		text_printf(&out, "%s\n", step_words(arena, &plan->forget[i]));
	return text_string(&out);
}
