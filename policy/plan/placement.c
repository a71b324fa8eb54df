/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/placement.h"

#include <string.h>

#include "policy/order/order.h"
#include "policy/plan/plan_attached.h"

/* What the order is made of: elements of the chain, and the foreign programs as they are. */
struct placing {
	struct arena *arena;
	const struct chain *chain;
	const struct observed_hook *hook;
	const struct manifest *manifest;
	const struct program **programs; /* by node: who it is, or the entry that means it */
	bool *foreign; /* by node: a program on the hook */
	size_t nodes;
	struct graph before; /* closed */
};

size_t foreign_before(const struct observed_hook *hook, size_t program)
{
	size_t count = 0;

	for (size_t i = 0; i < program; i++)
		count += !hook->programs[i].ours;
	return count;
}

size_t foreign_count(const struct observed_hook *hook)
{
	return foreign_before(hook, hook->program_count);
}

/* `of`: the chain that the element is from. */
static void place(struct arena *arena, struct placement *placement, size_t gap,
		  const struct manifest_element *element, const struct manifest *of)
{
	struct placed_segment *last = placement->count ? &placement->items[placement->count - 1]
						       : NULL;
	struct manifest *manifest;

	if (!last || last->gap != gap) {
		last = list_push(arena, placement);
		manifest = arena_alloc(arena, sizeof(*manifest));
		manifest->hook = of->hook;
		manifest->call_all = of->call_all;
		*last = (struct placed_segment){ gap, manifest };
	}
	/* Ours until the placement is done. */
	manifest = (struct manifest *)last->manifest;
	*list_push(arena, manifest) = *element;
}

static void add_up(struct arena *arena, struct placement *placement, enum hook hook)
{
	struct manifest *whole = arena_alloc(arena, sizeof(*whole));

	whole->hook = hook;
	whole->call_all = placement->count && placement->items[0].manifest->call_all;
	for (size_t i = 0; i < placement->count; i++)
		for (size_t j = 0; j < placement->items[i].manifest->count; j++)
			*list_push(arena, whole) = placement->items[i].manifest->items[j];
	placement->whole = whole->count ? whole : NULL;
}

static struct placement in_one(struct arena *arena, const struct manifest *manifest, size_t gap)
{
	struct placement placement = { .whole = manifest };

	*list_push(arena, &placement) = (struct placed_segment){ gap, manifest };
	return placement;
}

struct placement placement_running(struct arena *arena, const struct observed_hook *hook)
{
	struct placement placement = { 0 };

	for (size_t i = 0; i < hook->program_count; i++) {
		struct observed_segment segment = observed_segment(hook, i);
		const struct manifest *running = hook->programs[i].ours ? segment_running(&segment)
									: NULL;

		for (size_t j = 0; running && j < running->count; j++)
			place(arena, &placement, foreign_before(hook, i), &running->items[j],
			      running);
	}
	add_up(arena, &placement, hook->hook);
	return placement;
}

static const struct manifest_element *find_element(const struct manifest *manifest,
						   const char *name)
{
	for (size_t i = 0; i < manifest->count; i++)
		if (!strcmp(manifest->items[i].name, name))
			return &manifest->items[i];
	return NULL;
}

/* Where an element of that name runs, at `from` or behind. */
static bool find_running(const struct placement *running, const char *name, size_t from,
			 size_t *ret)
{
	for (size_t i = 0; i < running->count; i++) {
		if (running->items[i].gap < from || !find_element(running->items[i].manifest, name))
			continue;
		*ret = running->items[i].gap;
		return true;
	}
	return false;
}

/* What comes goes where the next one is that is there already. */
static struct placement keep_places(struct arena *arena, const struct manifest *manifest,
				    const struct observed_hook *hook)
{
	struct placement running = placement_running(arena, hook);
	struct placement placement = { 0 };
	size_t gap = 0;

	for (size_t i = 0; i < manifest->count; i++) {
		size_t next = i;

		while (next < manifest->count &&
		       !find_running(&running, manifest->items[next].name, gap, &gap))
			next++;
		place(arena, &placement, gap, &manifest->items[i], manifest);
	}
	if (placement.count == 1)
		return in_one(arena, manifest, gap);
	add_up(arena, &placement, hook->hook);
	return placement;
}

static unsigned int add_node(struct placing *placing, const struct program *program, bool foreign)
{
	placing->programs[placing->nodes] = program;
	placing->foreign[placing->nodes] = foreign;
	return (unsigned int)placing->nodes++;
}

/*
 * Foreign programs come in the order of the hook, which is their edges. An entry that means none of
 * them keeps its place, so that ours do not change theirs when it comes.
 */
static void add_nodes(struct placing *placing, const struct program **entries)
{
	static const struct program unnamed = { .name = "",
						.attached_name.text = "*",
						.stage.value = STAGE_DEFAULT };
	size_t foreign = 0;

	for (size_t i = 0; i < placing->hook->program_count; i++) {
		unsigned int node;

		if (placing->hook->programs[i].ours)
			continue;
		node = add_node(placing, entries[i] ? entries[i] : &unnamed, true);
		if (foreign++)
			graph_add_closed(&placing->before, node - 1, node);
	}
	for (size_t i = 0; i < placing->chain->count; i++) {
		const struct program *program = placing->chain->elements[i].program;
		bool is_there = false;

		for (size_t j = 0; j < foreign; j++)
			is_there |= placing->programs[j] == program;
		if (!is_there)
			add_node(placing, program, false);
	}
}

static void add_edge(struct placing *placing, unsigned int from, unsigned int to)
{
	if (from != to && !graph_has(&placing->before, from, to) &&
	    !graph_has(&placing->before, to, from))
		graph_add_closed(&placing->before, from, to);
}

/* Of an entry that means several programs it holds for all. */
static void add_statement(struct placing *placing, const struct statement *statement)
{
	for (unsigned int from = 0; from < placing->nodes; from++)
		for (unsigned int to = 0;
		     placing->programs[from] == statement->first && to < placing->nodes; to++)
			if (placing->programs[to] == statement->second)
				add_edge(placing, from, to);
}

/* What ours want of a whole end of the hook counts for those that nobody named, too: last of all. */
static void add_ends(struct placing *placing)
{
	for (unsigned int node = 0; node < placing->nodes; node++) {
		const struct program *program = placing->programs[node];

		for (unsigned int other = 0; !placing->foreign[node] && other < placing->nodes;
		     other++) {
			if (!placing->foreign[other] || *placing->programs[other]->name)
				continue;
			if (program->first.value || program->unmodified_input.value)
				add_edge(placing, node, other);
			if (program->last.value)
				add_edge(placing, other, node);
		}
	}
}

static struct placement read_order(const struct placing *placing, const unsigned int *order)
{
	struct placement placement = { 0 };
	size_t gap = 0;

	for (size_t i = 0; i < placing->nodes; i++) {
		const struct manifest_element *element;

		gap += placing->foreign[order[i]];
		if (placing->foreign[order[i]])
			continue;
		element = find_element(placing->manifest, placing->programs[order[i]]->name);
		if (element)
			place(placing->arena, &placement, gap, element, placing->manifest);
	}
	add_up(placing->arena, &placement, placing->hook->hook);
	return placement;
}

/* Is that chain what the policy orders now? */
static bool is_ordered(const struct chain *chain, const struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->count; i++) {
		bool found = false;

		for (size_t j = 0; chain && j < chain->count; j++)
			found |= !strcmp(chain->elements[j].program->name, manifest->items[i].name);
		if (!found)
			return false;
	}
	return chain && !chain->blocked;
}

struct placement placement_of(struct arena *arena, const struct desired *desired,
			      const struct observed_hook *hook)
{
	const struct chain *chain = desired->chain;
	size_t nodes = hook->program_count + (chain ? chain->count : 0);
	unsigned int order[GRAPH_MAX_NODES] = { 0 };
	struct placing placing;
	struct placement placement;

	if (hook->hook == HOOK_XDP || !foreign_count(hook))
		return in_one(arena, desired->manifest, 0);
	if (desired->blocked || !is_ordered(chain, desired->manifest))
		return keep_places(arena, desired->manifest, hook);
	placing = (struct placing){
		.arena = arena,
		.chain = chain,
		.hook = hook,
		.manifest = desired->manifest,
		.programs = arena_array(arena, const struct program *, nodes),
		.foreign = arena_array(arena, bool, nodes),
		.before = graph_new(arena, (unsigned int)nodes),
	};
	add_nodes(&placing, attached_entries(arena, desired, hook));
	for (size_t i = 0; i < chain->applied.count; i++)
		add_statement(&placing, &chain->applied.items[i]);
	add_ends(&placing);
	placing.before.count = (unsigned int)placing.nodes;
	order_sort(&placing.before, placing.programs, order);
	placement = read_order(&placing, order);
	if (placement.count == 1 && manifest_equal(placement.whole, desired->manifest))
		return in_one(arena, desired->manifest, placement.items[0].gap);
	return placement;
}
