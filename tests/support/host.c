/* SPDX-License-Identifier: GPL-2.0-only */
#include "host.h"

#include <stdlib.h>

#include "policy/marks/demands.h"
#include "policy/order/conflict.h"
#include "test.h"
#include "values.h"

enum { WORDS_MAX = 300 };

/* A line, cut at its blanks. */
struct line {
	const char *text;
	const char *words[WORDS_MAX];
	size_t count;
};

static const char *word_at(const struct line *line, size_t at)
{
	if (at >= line->count)
		fail_msg("host: '%s' lacks a word", line->text);
	return line->words[at];
}

static unsigned long number_at(const struct line *line, size_t at)
{
	return strtoul(word_at(line, at), NULL, 10);
}

static enum hook hook_at(const struct line *line, size_t at)
{
	enum hook hook = HOOK_XDP;

	if (!hook_from_name(word_at(line, at), &hook))
		fail_msg("host: no hook in '%s'", line->text);
	return hook;
}

static struct machine_interface *interface_at(const struct host *host, const struct line *line,
					      size_t at)
{
	struct machine_interface *interface = machine_interface(host->machine, word_at(line, at));

	if (!interface)
		fail_msg("host: no such interface in '%s'", line->text);
	return interface;
}

static unsigned int ifindex_at(const struct host *host, const struct line *line, size_t at)
{
	return interface_at(host, line, at)->ifindex;
}

static const struct manifest *manifest_at(struct host *host, const struct line *line,
					  enum hook hook, size_t at)
{
	struct text words = TEXT(host->arena);

	for (size_t i = at; i < line->count; i++)
		text_printf(&words, "%s%s", i > at ? " " : "", line->words[i]);
	return manifest_of(host->arena, hook, text_string(&words));
}

static void add_interfaces(struct host *host, const struct line *line)
{
	for (size_t i = 1; i < line->count; i++)
		machine_add_interface(host->machine, line->words[i], 0);
}

static void make_device(struct host *host, const struct line *line)
{
	struct machine_interface *interface = interface_at(host, line, 1);

	interface->driver = word_at(line, 2);
	interface->mac = line->count > 3 ? line->words[3] : NULL;
}

static void make_bond(struct host *host, const struct line *line)
{
	struct machine_interface *bond = interface_at(host, line, 1);

	bond->is_bond = true;
	for (size_t i = 2; i < line->count; i++)
		interface_at(host, line, i)->master = bond->name;
}

static void lose_tcx(struct host *host, const struct line *line)
{
	(void)line;
	host->machine->has_tcx = false;
}

static void lose_names(struct host *host, const struct line *line)
{
	(void)line;
	host->machine->tells_no_names = true;
}

static struct machine_link *attach(struct host *host, const struct line *line,
				   struct machine_program *program, bool at_head)
{
	struct machine_link *link = NULL;

	if (machine_attach(host->machine, ifindex_at(host, line, 1), hook_at(line, 2), program, 0,
			   at_head, &link))
		fail_msg("host: '%s' is refused", line->text);
	return link;
}

static void add_chain(struct host *host, const struct line *line)
{
	enum hook hook = hook_at(line, 2);
	const struct manifest *manifest = manifest_at(host, line, hook, 3);
	struct machine_program *program = machine_load(host->machine, "ordain", manifest);
	struct machine_link *link = attach(host, line, program, true);
	struct machine_pins *pins =
		machine_make_pins(host->machine, ifindex_at(host, line, 1), hook);

	*list_push(host->machine->arena, pins) = program;
	machine_pin_link(pins, 0, link);
	machine_release(link);
}

/* What is absorbed there stands in a link that came before. */
static void find_absorbed(struct host *host, const struct line *line, struct manifest *manifest)
{
	const struct machine_hook *hook = &interface_at(host, line, 1)->hooks[manifest->hook];

	for (size_t i = 0; i < manifest->count; i++)
		for (size_t j = 0; manifest->items[i].absorbed && j < hook->count; j++)
			if (hook->items[j].program->mark == manifest->items[i].mark)
				manifest->items[i].program = hook->items[j].program->original->id;
}

/* One more link of ours, at the tail: segment INTERFACE HOOK NUMBER ELEMENTS. */
static void add_segment(struct host *host, const struct line *line)
{
	enum hook hook = hook_at(line, 2);
	struct manifest *manifest = (struct manifest *)manifest_at(host, line, hook, 4);
	struct machine_program *program;
	struct machine_link *link;
	struct machine_pins *pins =
		machine_make_pins(host->machine, ifindex_at(host, line, 1), hook);

	find_absorbed(host, line, manifest);
	program = machine_load(host->machine, "ordain", manifest);
	link = attach(host, line, program, false);
	*list_push(host->machine->arena, pins) = program;
	machine_pin_link(pins, (unsigned int)number_at(line, 3), link);
	machine_release(link);
}

static void let_reenter(struct host *host, const struct line *line)
{
	const struct machine_hook *hook = &interface_at(host, line, 1)->hooks[hook_at(line, 2)];

	for (size_t i = 0; i < hook->count; i++)
		if (!strcmp(hook->items[i].program->name, word_at(line, 3)))
			hook->items[i].program->reenters = "it calls bpf_clone_redirect";
}

static void add_foreign(struct host *host, const struct line *line)
{
	struct machine_program *program = machine_load(host->machine, word_at(line, 3), NULL);

	program->pin = line->count > 5 ? line->words[5] : NULL;
	attach(host, line, program, !strcmp(word_at(line, 4), "head"));
}

static void force_foreign(struct host *host, const struct line *line)
{
	struct machine_program *program = machine_load(host->machine, word_at(line, 2), NULL);

	program->pin = line->count > 3 ? line->words[3] : NULL;
	if (machine_exchange(host->machine, ifindex_at(host, line, 1), program, NULL, true,
			     interface_at(host, line, 1)->no_native))
		fail_msg("host: '%s' is refused", line->text);
}

static void take_off(struct host *host, const struct line *line)
{
	machine_exchange(host->machine, ifindex_at(host, line, 1), NULL, NULL, true,
			 interface_at(host, line, 1)->no_native);
}

static uint32_t absorbed_before(const struct machine_pins *pins, const char *name)
{
	const struct manifest *last = pins->count ? pins->items[pins->count - 1]->manifest : NULL;

	for (size_t i = 0; last && i < last->count; i++)
		if (!strcmp(last->items[i].name, name))
			return last->items[i].program;
	return 0;
}

static void absorb(struct host *host, const struct line *line)
{
	struct machine_interface *interface = interface_at(host, line, 1);
	struct machine_slot *slot =
		interface->hooks[HOOK_XDP].count ? interface->hooks[HOOK_XDP].items : NULL;
	struct machine_pins *pins = machine_make_pins(host->machine, interface->ifindex, HOOK_XDP);
	const struct manifest *manifest = manifest_at(host, line, HOOK_XDP, 2);
	struct machine_program *program;

	for (size_t i = 0; i < manifest->count; i++) {
		struct manifest_element *element = &manifest->items[i];

		if (!element->absorbed)
			continue;
		element->program = absorbed_before(pins, element->name);
		if (!element->program && slot)
			element->program = slot->program->id;
	}
	program = machine_load(host->machine, "ordain", manifest);
	if (slot && !slot->link->netlink)
		machine_swap(slot->link, program, slot->program);
	else
		machine_exchange(host->machine, interface->ifindex, program, NULL, true,
				 interface->no_native);
	pins->count = 0;
	*list_push(host->machine->arena, pins) = program;
}

static void add_placeholder(struct host *host, const struct line *line)
{
	struct machine_program *program = machine_load(host->machine, word_at(line, 3), NULL);

	program->original = machine_load(host->machine, word_at(line, 3), NULL);
	program->mark = (unsigned int)number_at(line, 4);
	attach(host, line, program, false);
}

static void let_change(struct host *host, const struct line *line)
{
	const struct machine_hook *hook = &interface_at(host, line, 1)->hooks[hook_at(line, 2)];

	for (size_t i = 0; i < hook->count; i++)
		if (!hook->items[i].program->manifest)
			hook->items[i].program->changes =
				arena_printf(host->arena, "it calls %s", word_at(line, 3));
}

static struct machine_link *own_link(const struct host *host, const struct line *line)
{
	const struct machine_pins *pins =
		machine_pins(host->machine, ifindex_at(host, line, 1), hook_at(line, 2));

	if (!pins)
		fail_msg("host: nothing of ours is there: '%s'", line->text);
	return pins->links[0];
}

static void detach_ours(struct host *host, const struct line *line)
{
	machine_detach(own_link(host, line));
}

static void overwrite_ours(struct host *host, const struct line *line)
{
	struct machine_link *link = own_link(host, line);

	machine_swap(link, machine_load(host->machine, word_at(line, 3), NULL), link->program);
}

/* The chain's own pin goes, and the link's stays: without any, nothing would hold the link. */
static void unpin_ours(struct host *host, const struct line *line)
{
	struct machine_link *link = own_link(host, line);

	machine_unpin_chain(machine_pins(host->machine, ifindex_at(host, line, 1),
					 hook_at(line, 2)),
			    link->program);
}

static void make_generic(struct host *host, const struct line *line)
{
	machine_pins(host->machine, ifindex_at(host, line, 1), HOOK_XDP)->links[0]->generic = true;
}

static void lose_native(struct host *host, const struct line *line)
{
	machine_interface_at(host->machine, ifindex_at(host, line, 1))->no_native = true;
}

static void allow_gap(struct host *host, const struct line *line)
{
	(void)line;
	host->allow_gap = true;
}

static void delete_interface(struct host *host, const struct line *line)
{
	machine_delete_interface(host->machine, word_at(line, 1));
}

static void move_interface(struct host *host, const struct line *line)
{
	machine_move_interface(host->machine, word_at(line, 1));
}

static void count_packets(struct host *host, const struct line *line)
{
	machine_count(host->machine, word_at(line, 1), hook_at(line, 2), word_at(line, 3),
		      (unsigned int)number_at(line, 4), number_at(line, 5));
}

static void add_object(struct host *host, const struct line *line)
{
	const char *digit = word_at(line, 2);

	*list_push(host->arena, &host->objects) =
		(struct host_object){ word_at(line, 1),
				      strcmp(digit, "missing") != 0 ? digit : NULL };
}

static void add_judgement(struct host *host, const struct line *line)
{
	*list_push(host->arena, &host->judgements) =
		(struct host_judgement){ word_at(line, 1), word_at(line, 2) };
}

static void add_last_good(struct host *host, const struct line *line)
{
	enum hook hook = hook_at(line, 2);

	*list_push(host->arena, &host->last_good) =
		(struct host_chain){ word_at(line, 1), hook, number_at(line, 3),
				     manifest_at(host, line, hook, 4) };
}

static void set_generation(struct host *host, const struct line *line)
{
	host->report.generation = number_at(line, 1);
	host->other_policy = line->count > 2;
	host->held = line->count > 2 && !strcmp(line->words[2], "held");
}

static void set_no_policy(struct host *host, const struct line *line)
{
	(void)line;
	host->no_policy = true;
}

static void set_agent(struct host *host, const struct line *line)
{
	host->report.agent_pid = (int)number_at(line, 1);
}

static void set_paused(struct host *host, const struct line *line)
{
	host->report.paused = true;
	host->report.pause_reason = word_at(line, 1);
}

static void set_detached(struct host *host, const struct line *line)
{
	(void)line;
	host->report.detached = true;
}

static void add_brackets(struct host *host, const struct line *line)
{
	host->brackets_name = word_at(line, 1);
	host->brackets = number_at(line, 2);
}

static const struct {
	const char *name;
	void (*carry_out)(struct host *host, const struct line *line);
} statements[] = {
	{ "interfaces", add_interfaces },
	{ "device", make_device },
	{ "bond", make_bond },
	{ "no-tcx", lose_tcx },
	{ "no-names", lose_names },
	{ "chain", add_chain },
	{ "segment", add_segment },
	{ "foreign", add_foreign },
	{ "placeholder", add_placeholder },
	{ "reenters", let_reenter },
	{ "netlink", force_foreign },
	{ "absorb", absorb },
	{ "off", take_off },
	{ "changes", let_change },
	{ "detach", detach_ours },
	{ "overwrite", overwrite_ours },
	{ "unpin", unpin_ours },
	{ "gone", delete_interface },
	{ "moved", move_interface },
	{ "packets", count_packets },
	{ "object", add_object },
	{ "last-good", add_last_good },
	{ "judge", add_judgement },
	{ "generation", set_generation },
	{ "agent", set_agent },
	{ "paused", set_paused },
	{ "detached", set_detached },
	{ "brackets", add_brackets },
	{ "no-policy", set_no_policy },
	{ "generic", make_generic },
	{ "no-native", lose_native },
	{ "allow-gap", allow_gap },
};

static void read_line(struct host *host, char *text)
{
	struct line line = { .text = arena_strdup(host->arena, text) };
	char *rest = text;
	char *word;

	text[strcspn(text, "#")] = '\0';
	while ((word = strsep(&rest, " ")) && line.count < WORDS_MAX)
		if (*word)
			line.words[line.count++] = word;
	if (!line.count)
		return;
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		if (strcmp(statements[i].name, line.words[0]) != 0)
			continue;
		statements[i].carry_out(host, &line);
		return;
	}
	fail_msg("host: no such statement: '%s'", line.text);
}

static bool says_interfaces(const char *text)
{
	return text && (!strncmp(text, "interfaces", 10) || strstr(text, "\ninterfaces"));
}

struct host *host_new(const char *text)
{
	struct arena *arena = arena_new();
	struct host *host = arena_alloc(arena, sizeof(*host));
	char *rest = arena_strdup(arena, text ? text : "");
	char *line;

	host->arena = arena;
	host->machine = machine_new();
	host->report = (struct report){ .directory = "/etc/ordain", .pause_reason = "" };
	if (!says_interfaces(text)) {
		machine_add_interface(host->machine, "eth0", 0);
		machine_add_interface(host->machine, "eth1", 0);
	}
	while ((line = strsep(&rest, "\n")))
		read_line(host, line);
	return host;
}

void host_free(struct host *host)
{
	machine_free(host->machine);
	arena_free(host->arena);
}

static const struct host_object *find_object(const struct host *host, const char *path)
{
	static const struct host_object any = { "", "0" };

	for (size_t i = 0; i < host->objects.count; i++)
		if (!strcmp(host->objects.items[i].path, path))
			return &host->objects.items[i];
	return &any;
}

/* Can it run, and as what it says that it is? If not, *ret says why. */
static bool is_usable(struct arena *arena, const struct element *element,
		      const struct host_object *object, struct diags *diags,
		      struct missing_program *ret)
{
	const struct program *program = element->program;
	struct diags found = DIAGS(arena);

	ret->name = program->name;
	ret->says = (enum if_missing)program->if_missing.value;
	if (!object->digit) {
		ret->code = DIAG_OBJECT_MISSING;
		ret->reason = arena_printf(arena, "cannot open '%s': No such file or directory",
					   object->path);
		return false;
	}
	if (!element->judgement || demand_readonly(program, element->judgement, &found))
		return true;
	ret->code = found.items[0].code;
	ret->reason = found.items[0].summary;
	diags_append_new(diags, &found);
	return false;
}

/* Of what is missing it has the name alone. */
static const struct manifest *make_manifest(const struct host *host, struct arena *arena,
					    const struct chain *chain, struct diags *diags,
					    struct missing *ret_missing)
{
	struct text words = TEXT(arena);

	for (size_t i = 0; i < chain->count; i++) {
		const struct program *program = chain->elements[i].program;
		const struct host_object *object;
		struct missing_program missing;

		if (program_is_attached(program))
			continue;
		object = find_object(host, program->object.text);
		if (!is_usable(arena, &chain->elements[i], object, diags, &missing)) {
			text_printf(&words, "%s%s:missing", words.length ? " " : "", program->name);
			*list_push(arena, ret_missing) = missing;
			continue;
		}
		text_printf(&words, "%s%s:%s:%s", words.length ? " " : "", program->name,
			    object->digit,
			    program->functions[chain->hook].text
				    ? program->functions[chain->hook].text
				    : "run");
	}
	return words.length ? manifest_of(arena, chain->hook, text_string(&words)) : NULL;
}

static const char *verdict_on(const struct host *host, const char *program)
{
	for (size_t i = 0; i < host->judgements.count; i++)
		if (!strcmp(host->judgements.items[i].program, program))
			return host->judgements.items[i].verdict;
	return "proven";
}

static const struct judgement *make_judgement(struct arena *arena, const char *verdict,
					      enum hook hook)
{
	static const struct readonly_reason writes = { 12, "probe.c", 33,
						       "writes the packet at offset 0" };
	static const struct readonly_reason redirects = { 7, "probe.c", 21, "calls bpf_redirect" };
	static const struct readonly_reason jumps = { 4, NULL, 0,
						      "tail call: what is called is not known" };
	struct judgement *judgement = arena_alloc(arena, sizeof(*judgement));
	const struct readonly_reason *reason = NULL;

	*judgement = (struct judgement){ .function = "run",
					 .hook = hook,
					 .analysis = OPINION_READONLY,
					 .kernel = OPINION_READONLY };
	if (!strcmp(verdict, "unasked"))
		judgement->kernel = OPINION_NOT_ASKED;
	else if (!strcmp(verdict, "refuted"))
		reason = &writes;
	else if (!strcmp(verdict, "redirects"))
		reason = &redirects;
	else if (!strcmp(verdict, "unproven"))
		reason = &jumps;
	if (reason) {
		judgement->analysis = reason == &jumps ? OPINION_UNKNOWN : OPINION_REFUTED;
		judgement->kernel = OPINION_UNKNOWN;
		judgement->findings = reason == &jumps	     ? 1u << FINDING_TAIL_CALL
				      : reason == &redirects ? 1u << FINDING_REDIRECTS
							     : 1u << FINDING_WRITES_PACKET;
		judgement->reasons = arena_memdup(arena, reason, sizeof(*reason));
		judgement->count = 1;
	}
	judgement->readonly = readonly_from(judgement->analysis, judgement->kernel);
	return judgement;
}

void host_judge(const struct host *host, struct arena *arena, struct resolution *resolution,
		struct diags *diags)
{
	const struct chains *chains = &resolution->chains;

	for (size_t i = 0; i < chains->count; i++) {
		struct chain *chain = &chains->items[i];

		for (size_t j = 0; j < chain->count; j++) {
			struct element *element = &chain->elements[j];

			if (!program_is_attached(element->program))
				element->judgement = make_judgement(
					arena, verdict_on(host, element->program->name),
					chain->hook);
		}
	}
	for (size_t i = 0; i < chains->count; i++)
		if (chains->items[i].hook == HOOK_TCX_INGRESS)
			demand_inputs(&chains->items[i],
				      chains_find(chains, chains->items[i].interface->name,
						  HOOK_XDP),
				      diags);
}

static void block(const struct host *host, struct desired *desired, enum diag_code code,
		  const char *reason)
{
	desired->blocked = true;
	desired->code = code;
	desired->reason = reason;
	desired->manifest = NULL;
	for (size_t i = 0; i < host->last_good.count; i++) {
		const struct host_chain *last = &host->last_good.items[i];

		if (hook_compare(last->interface, last->hook, desired->interface, desired->hook))
			continue;
		desired->manifest = last->manifest;
		desired->kept_generation = last->generation;
	}
}

struct desires host_desires(const struct host *host, struct arena *arena,
			    const struct resolution *resolution, struct diags *diags)
{
	struct desires desires = { .allow_gap = host->allow_gap };

	for (size_t i = 0; i < resolution->chains.count; i++) {
		const struct chain *chain = &resolution->chains.items[i];
		struct desired *desired = list_push(arena, &desires);
		const struct missing_program *missing;
		struct diags found = DIAGS(arena);

		desired->interface = chain->interface->name;
		desired->ifindex = chain->interface->index;
		desired->hook = chain->hook;
		desired->chain = chain;
		if (host->report.detached) {
			desired->blocked = true;
			desired->code = DIAG_DETACHED;
			desired->reason = "by hand, until `ordain resume`";
			continue;
		}
		if (chain->blocked) {
			block(host, desired, chain->code, conflict_reason(chain));
			continue;
		}
		desired->whole = make_manifest(host, arena, chain, diags, &desired->missing);
		desired->manifest = desired->whole;
		if (desired->missing.count) {
			missing = &desired->missing.items[0];
			block(host, desired, missing->code, missing->reason);
			if (!desired->manifest)
				desired_fall_back(arena, desired);
		} else if (!demand_shadows(chain, &found)) {
			block(host, desired, found.items[0].code, found.items[0].summary);
		}
		diags_append_new(diags, &found);
	}
	return desires;
}
