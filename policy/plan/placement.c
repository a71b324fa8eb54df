/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/placement.h"

#include <string.h>

#include "policy/order/order.h"
#include "policy/plan/plan_attached.h"
#include "policy/plan/takeover.h"

/* What the order is made of: elements of the chain, and the foreign programs as they are. */
struct placing {
	struct arena *arena;
	const struct chain *chain;
	const struct observed_hook *hook;
	const struct manifest *manifest;
	const struct program **programs; /* by node: who it is, or the entry that means it */
	bool *foreign; /* by node: a program on the hook */
	size_t *places; /* by node of those: where it is among the hook's programs */
	bool *movable; /* by node of those: it may become an element */
	struct span_taken *spans; /* by node of those */
	size_t nodes;
	size_t foreign_count; /* the first nodes are foreign, in the order of the hook */
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

/*
 * That of the gap, which is the last one's or a new one's. Ours until the placement is done. `of`:
 * the chain that its elements are from.
 */
static struct manifest *segment_at(struct arena *arena, struct placement *placement, size_t gap,
				   const struct manifest *of)
{
	struct placed_segment *last = placement->count ? &placement->items[placement->count - 1]
						       : NULL;
	struct manifest *manifest;

	if (last && last->gap == gap)
		return (struct manifest *)last->manifest;
	manifest = arena_alloc(arena, sizeof(*manifest));
	manifest->hook = of->hook;
	manifest->call_all = of->call_all;
	*list_push(arena, placement) = (struct placed_segment){ gap, manifest };
	return manifest;
}

static void place(struct arena *arena, struct placement *placement, size_t gap,
		  const struct manifest_element *element, const struct manifest *of)
{
	*list_push(arena, segment_at(arena, placement, gap, of)) = *element;
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

/* Which hook's marks they are, the kernel's copies do not tell. */
static void set_marks_of(struct placement *placement, const struct observed_hook *hook)
{
	for (size_t i = 0; i < placement->count; i++) {
		struct manifest *manifest = (struct manifest *)placement->items[i].manifest;

		if (manifest->head || manifest_absorbs(manifest))
			manifest->marks_of = hook->ifindex;
	}
}

static unsigned int *running_marks(struct arena *arena, const struct observed_hook *hook)
{
	unsigned int *marks = arena_array(arena, unsigned int, foreign_count(hook));
	size_t foreign = 0;
	bool any = false;

	for (size_t i = 0; i < hook->program_count; i++) {
		if (hook->programs[i].ours)
			continue;
		any |= hook->programs[i].mark != 0;
		marks[foreign++] = hook->programs[i].mark;
	}
	return any ? marks : NULL;
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
		if (running && running->head)
			segment_at(arena, &placement, foreign_before(hook, i), running)->head =
				true;
	}
	placement.marks = running_marks(arena, hook);
	set_marks_of(&placement, hook);
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

/* The elements that are no programs of others. */
static const struct manifest *own_part(struct arena *arena, const struct manifest *manifest)
{
	struct manifest *own = arena_alloc(arena, sizeof(*own));

	own->hook = manifest->hook;
	own->call_all = manifest->call_all;
	for (size_t i = 0; i < manifest->count; i++)
		if (!manifest->items[i].absorbed)
			*list_push(arena, own) = manifest->items[i];
	return own;
}

/* What comes goes where the next one is that is there already. */
static struct placement keep_places(struct arena *arena, const struct manifest *manifest,
				    const struct observed_hook *hook)
{
	struct placement running = placement_running(arena, hook);
	struct placement placement = { 0 };
	size_t gap = 0;

	if (running.whole && manifest_absorbs(running.whole) &&
	    manifest_equal(own_part(arena, running.whole), manifest))
		return running;
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

static void add_edge(struct placing *placing, unsigned int from, unsigned int to)
{
	if (from != to && !graph_has(&placing->before, from, to) &&
	    !graph_has(&placing->before, to, from))
		graph_add_closed(&placing->before, from, to);
}

/*
 * A foreign program is behind all that are in front of it on the hook; those that may become
 * elements, and have only others such between them, are in whatever order the policy has.
 */
static void add_facts(struct placing *placing, unsigned int node)
{
	unsigned int front = node;

	while (front && placing->movable[node] && placing->movable[front - 1])
		front--;
	if (!front)
		return;
	graph_add_closed(&placing->before, front - 1, node);
	for (front--; !placing->movable[node] && placing->movable[front] && front; front--)
		graph_add_closed(&placing->before, front - 1, node);
}

/* Where nothing is said to the contrary, they stay in order. */
static void add_habits(struct placing *placing)
{
	for (unsigned int node = 0; node < placing->foreign_count; node++)
		for (unsigned int front = node;
		     front && placing->movable[node] && placing->movable[front - 1]; front--)
			add_edge(placing, front - 1, node);
}

/*
 * Foreign programs come in the order of the hook, which is their edges. An entry that means none of
 * them keeps its place, so that ours do not change theirs when it comes.
 */
static void add_nodes(struct placing *placing, const struct desired *desired,
		      const struct program **entries)
{
	static const struct program unnamed = { .name = "",
						.attached_name.text = "*",
						.stage.value = STAGE_DEFAULT };

	for (size_t i = 0; i < placing->hook->program_count; i++) {
		unsigned int node;

		if (placing->hook->programs[i].ours)
			continue;
		node = add_node(placing, entries[i] ? entries[i] : &unnamed, true);
		placing->places[node] = i;
		placing->movable[node] =
			!takeover_hindrance(desired, entries[i], &placing->hook->programs[i]);
		placing->foreign_count++;
		add_facts(placing, node);
	}
	for (size_t i = 0; i < placing->chain->count; i++) {
		const struct program *program = placing->chain->elements[i].program;
		bool is_there = false;

		for (size_t j = 0; j < placing->foreign_count; j++)
			is_there |= placing->programs[j] == program;
		if (!is_there)
			add_node(placing, program, false);
	}
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

/* Of each run of foreign programs that may become elements, those that have to. */
static void find_spans(struct placing *placing, const unsigned int *order)
{
	unsigned int *wanted = arena_array(placing->arena, unsigned int, placing->nodes);
	size_t count = 0, start = 0;

	for (size_t i = 0; i < placing->nodes; i++)
		if (placing->foreign[order[i]])
			wanted[count++] = order[i];
	while (start < count) {
		size_t end = start + 1;
		struct span_taken span;

		while (end < count && placing->movable[start] && placing->movable[end])
			end++;
		span = takeover_span(&wanted[start], start, end - start);
		for (size_t i = span.first; i < span.end; i++)
			placing->spans[i] = span;
		start = end;
	}
}

static void place_taken(const struct placing *placing, struct placement *placement,
			unsigned int node)
{
	const struct span_taken *span = &placing->spans[node];
	const struct program *entry = placing->programs[node];
	const struct observed_hook *hook = placing->hook;
	struct manifest_element element;
	struct manifest *segment;

	if (!placement->count || placement->items[placement->count - 1].gap <= span->first)
		segment_at(placing->arena, placement, span->first, placing->manifest)->head = true;
	segment = segment_at(placing->arena, placement, span->end, placing->manifest);
	if (takeover_repeated(hook, placing->places[node]))
		return;
	element = takeover_element(placing->arena, placing->manifest, segment,
				   *entry->name ? entry : NULL,
				   &hook->programs[placing->places[node]]);
	element.mark = placement->marks[node];
	*list_push(placing->arena, segment) = element;
}

static struct placement read_order(const struct placing *placing, const unsigned int *order)
{
	struct placement placement = { 0 };
	size_t gap = 0;

	placement.marks = takeover_marks(placing->arena, placing->hook, placing->spans,
					 placing->foreign_count);
	for (size_t i = 0; i < placing->nodes; i++) {
		const struct manifest_element *element;

		if (placing->foreign[order[i]]) {
			gap = placing->spans[order[i]].end ? placing->spans[order[i]].end
							   : order[i] + 1;
			if (placing->spans[order[i]].end)
				place_taken(placing, &placement, order[i]);
			continue;
		}
		element = find_element(placing->manifest, placing->programs[order[i]]->name);
		if (element)
			place(placing->arena, &placement, gap, element, placing->manifest);
	}
	set_marks_of(&placement, placing->hook);
	add_up(placing->arena, &placement, placing->hook->hook);
	return placement;
}

/* Is that chain what the policy orders now? */
static bool is_ordered(const struct chain *chain, const struct manifest *manifest)
{
	for (size_t i = 0; manifest && i < manifest->count; i++) {
		bool found = false;

		for (size_t j = 0; chain && j < chain->count; j++)
			found |= !strcmp(chain->elements[j].program->name, manifest->items[i].name);
		if (!found)
			return false;
	}
	return chain && !chain->blocked;
}

bool placement_wanted(const struct desired *desired)
{
	const struct chain *chain = desired ? desired->chain : NULL;
	bool absorbs = false;

	for (size_t i = 0; chain && i < chain->count; i++)
		absorbs |= chain->elements[i].program->absorb.value;
	return desired && (desired->manifest || (absorbs && chain->hook != HOOK_XDP &&
						 !chain->blocked && !desired->blocked));
}

struct placement placement_of(struct arena *arena, const struct desired *desired,
			      const struct observed_hook *hook)
{
	const struct chain *chain = desired->chain;
	size_t nodes = hook->program_count + (chain ? chain->count : 0);
	unsigned int order[GRAPH_MAX_NODES] = { 0 };
	const struct manifest none = { .hook = hook->hook };
	const struct manifest *manifest = desired->manifest ? desired->manifest : &none;
	struct placing placing;
	struct placement placement;

	if (hook->hook == HOOK_XDP || !foreign_count(hook))
		return desired->manifest ? in_one(arena, desired->manifest, 0)
					 : (struct placement){ 0 };
	if (desired->blocked || !is_ordered(chain, manifest))
		return keep_places(arena, manifest, hook);
	placing = (struct placing){
		.arena = arena,
		.chain = chain,
		.hook = hook,
		.manifest = manifest,
		.programs = arena_array(arena, const struct program *, nodes),
		.foreign = arena_array(arena, bool, nodes),
		.places = arena_array(arena, size_t, nodes),
		.movable = arena_array(arena, bool, nodes),
		.spans = arena_array(arena, struct span_taken, nodes),
		.before = graph_new(arena, (unsigned int)nodes),
	};
	add_nodes(&placing, desired, attached_entries(arena, desired, hook));
	for (size_t i = 0; i < chain->applied.count; i++)
		add_statement(&placing, &chain->applied.items[i]);
	add_ends(&placing);
	add_habits(&placing);
	placing.before.count = (unsigned int)placing.nodes;
	order_sort(&placing.before, placing.programs, order);
	find_spans(&placing, order);
	placement = read_order(&placing, order);
	if (placement.count == 1 && desired->manifest &&
	    manifest_equal(placement.whole, desired->manifest))
		return in_one(arena, desired->manifest, placement.items[0].gap);
	return placement;
}
