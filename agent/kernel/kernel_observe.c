/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <bpf/bpf.h>

#include "agent/kernel/filters.h"
#include "agent/kernel/foreign.h"
#include "agent/kernel/takeover.h"
#include "agent/kernel/unlocked.h"

struct look {
	struct kernel_linux *linux;
	struct arena *arena;
	enum detail detail;
	/*
	 * Nothing has touched our pins since the last full look, so what it verified still holds
	 * as long as the links themselves say the same.
	 */
	bool quick;
	struct pinned_hooks known; /* with pins or a held link; by (ifindex, hook) */
	bool *met; /* beside known: its interface is here */
	struct {
		struct observed_hook *items;
		size_t count;
	} hooks;
	struct {
		struct orphan *items;
		size_t count;
	} orphans;
	struct {
		struct observed_program **items;
		size_t count;
	} asked; /* of these, more than their names */
};

/* Where the hooks of an interface start among the known. */
static size_t find_known(const struct look *look, unsigned int ifindex)
{
	size_t low = 0;
	size_t high = look->known.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (look->known.items[middle].ifindex < ifindex)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Bits (1 << hook): what is known of an interface, which is met with this. */
static unsigned int meet_known(struct look *look, unsigned int ifindex)
{
	unsigned int hooks = 0;

	for (size_t i = find_known(look, ifindex);
	     i < look->known.count && look->known.items[i].ifindex == ifindex; i++) {
		look->met[i] = true;
		hooks |= 1u << look->known.items[i].hook;
	}
	return hooks;
}

/* A hook is held once for each of its links. */
static void drop_doubles(struct pinned_hooks *hooks)
{
	size_t kept = 0;

	for (size_t i = 0; i < hooks->count; i++)
		if (!kept || pinned_hook_compare(&hooks->items[kept - 1], &hooks->items[i]))
			hooks->items[kept++] = hooks->items[i];
	hooks->count = kept;
}

/* The pins, and links held whose pins somebody removed. */
static void list_known(struct look *look)
{
	struct pinned_hooks pinned = { 0 };
	struct held_link *held = NULL;

	if (!look->quick)
		pins_list(look->arena, &look->linux->pins, &pinned);
	look->known = pinned;
	while ((held = held_next(look->linux, held))) {
		if (pinned.count && bsearch(&held->hook, pinned.items, pinned.count,
					    sizeof(held->hook), pinned_hook_compare))
			continue;
		*list_push(look->arena, &look->known) = held->hook;
	}
	if (look->known.count > pinned.count)
		qsort(look->known.items, look->known.count, sizeof(*look->known.items),
		      pinned_hook_compare);
	drop_doubles(&look->known);
	look->met = arena_array(look->arena, bool, look->known.count);
}

static bool shows(const struct hook_state *state, const struct link_state *link)
{
	for (size_t i = 0; i < state->count; i++)
		if (state->programs[i] == link->program &&
		    (link->hook == HOOK_XDP || state->links[i] == link->id))
			return true;
	return false;
}

/* The list of a tcx hook tells of a link on it all that the link itself would. */
static bool read_link(const struct hook_state *state, struct pinned_hook hook,
		      const struct held_link *held, struct link_state *ret)
{
	for (size_t i = 0; i < state->count; i++) {
		if (state->links[i] != held->id)
			continue;
		*ret = (struct link_state){ .id = held->id,
					    .program = state->programs[i],
					    .ifindex = hook.ifindex,
					    .hook = hook.hook };
		return true;
	}
	return false;
}

/* Our links of one hook. */
struct own_link {
	struct held_link *held;
	struct link_state state;
};

struct own_links {
	struct own_link *items;
	size_t count;
	bool dead; /* there are pins, and not all of their links live */
	bool known; /* there are pins, or a link that is held */
};

/*
 * For xdp there is no cheap query, but the link itself tells when its program or interface change:
 * a quick look asks nothing else.
 */
static int query_xdp(const struct look *look, struct pinned_hook hook, bool known,
		     struct own_links *ret_links, struct hook_state *ret)
{
	struct own_link link = { 0 };

	if (known)
		link.held = held_get(look->linux, hook, 0, &link.state);
	ret_links->dead = known && !link.held;
	if (link.held)
		*list_push(look->arena, ret_links) = link;
	if (!look->quick || !link.held || !link.held->verified ||
	    link.state.ifindex != hook.ifindex)
		return hook_query(hook.hook, hook.ifindex, ret);
	ret->supported = true;
	ret->programs[0] = link.state.program;
	ret->links[0] = link.state.id;
	ret->count = 1;
	return 0;
}

/* For tcx it is the other way round: a quick look asks the hook alone. */
static int query_tcx(const struct look *look, struct pinned_hook hook, bool known,
		     struct own_links *ret_links, struct hook_state *ret)
{
	int result = hook_query(hook.hook, hook.ifindex, ret);
	struct pinned_ids numbers = { 0 };

	ret_links->known = known;
	if (result || !known)
		return result;
	numbers = held_numbers(look->linux, look->arena, hook, look->quick);
	for (size_t i = 0; i < numbers.count; i++) {
		struct own_link link = { .held = held_find(look->linux, hook, numbers.items[i]) };

		if (!look->quick || !link.held || !read_link(ret, hook, link.held, &link.state))
			link.held = held_get(look->linux, hook, numbers.items[i], &link.state);
		if (link.held)
			*list_push(look->arena, ret_links) = link;
	}
	ret_links->dead = !numbers.count || ret_links->count < numbers.count;
	return 0;
}

/* What the hook holds, and those of our links that live. */
static int query(const struct look *look, struct pinned_hook hook, bool known,
		 struct own_links *ret_links, struct hook_state *ret)
{
	*ret_links = (struct own_links){ 0 };
	*ret = (struct hook_state){ 0 };
	return hook.hook == HOOK_XDP ? query_xdp(look, hook, known, ret_links, ret)
				     : query_tcx(look, hook, known, ret_links, ret);
}

/* The chain that packets meet at a link: its program, or what a dual program calls for now. */
static uint32_t chain_in_force(const struct look *look, const struct own_link *link)
{
	const struct held_link *held = link->held;
	struct dual dual;
	uint32_t chain;

	if (held->hook.hook == HOOK_XDP ||
	    (look->quick && held->verified && held->program == link->state.program) ||
	    pins_open_dual(&look->linux->pins, held->hook, link->state.program, &dual))
		return link->state.program;
	chain = dual_in_force(&dual);
	dual_close(&dual);
	return chain;
}

static enum own_state judge(const struct look *look, struct held_link *held, uint32_t chain)
{
	const struct pins *pins = &look->linux->pins;

	if (look->quick && held->verified && held->program == chain)
		return OWN_ATTACHED;
	/* Watched first: what goes away after the look is then seen by the next poll. */
	pins_watch(pins, look->linux->watch, held->hook, chain);
	held->verified = pins_complete(pins, held->hook, held->number, chain);
	if (held->verified)
		return OWN_ATTACHED;
	if (pins_since(pins, held->hook, chain) || held->program == chain)
		return OWN_UNPINNED;
	return OWN_OVERWRITTEN;
}

/* Which chain's manifest to show: the one in force, or of the only link the last one that was. */
static uint32_t chain_to_show(const struct look *look, const struct held_link *held,
			      const struct observed_segment *segment, bool only)
{
	struct pinned_ids ids = { 0 };

	if (segment->own != OWN_OVERWRITTEN)
		return segment->chain;
	if (only)
		pins_chains(look->arena, &look->linux->pins, held->hook, &ids);
	return ids.count ? ids.items[ids.count - 1] : 0;
}

static struct observed_segment look_at_link(const struct look *look, const struct own_link *link,
					    bool only)
{
	struct observed_segment segment = { .number = link->held->number };
	uint32_t shown;

	segment.chain = chain_in_force(look, link);
	segment.own = segment.chain ? judge(look, link->held, segment.chain) : OWN_ATTACHED;
	shown = chain_to_show(look, link->held, &segment, only);
	if (!shown)
		return segment;
	segment.manifest = held_manifest(look->linux, link->held, shown);
	segment.since = link->held->since;
	/* Steps change the cache, and whoever made a pass shows what was there before it. */
	if (segment.manifest && look->detail != DETAIL_NONE)
		segment.manifest = manifest_copy(look->arena, segment.manifest);
	return segment;
}

/*
 * Whose it is, and where it is pinned, is found out in one walk for all of them. XDP's query does
 * not tell links, so that of somebody else's is looked for with the holders.
 */
static void describe(struct look *look, const struct observed_hook *hook,
		     struct observed_program *program)
{
	if (look->detail == DETAIL_NONE)
		return;
	foreign_describe(look->arena, program);
	if (look->detail == DETAIL_ALL || hook->unlocked || !program->ours)
		*list_push(look->arena, &look->asked) = program;
}

static const struct own_link *find_own(const struct own_links *links, enum hook hook,
				       uint32_t link_id)
{
	for (size_t i = 0; i < links->count; i++)
		if (hook == HOOK_XDP || links->items[i].state.id == link_id)
			return &links->items[i];
	return NULL;
}

/* Of ours those that it calls are in its guard, behind itself. */
static const char *chain_reenters(const struct look *look, const struct own_link *link,
				  uint32_t chain)
{
	const char *words = reentry_of(&look->linux->reentry, chain, true);
	struct linked linked;
	__u32 id;

	if (words || pins_open_chain(&look->linux->pins, link->held->hook, chain, &linked))
		return words;
	for (__u32 slot = 1; !words && !bpf_map_lookup_elem(linked.fds[LINKED_GUARD], &slot, &id);
	     slot++)
		words = reentry_of(&look->linux->reentry, id, false);
	linked_close(&linked);
	return words;
}

/* Who may bring packets to the hook again matters where several programs are. */
static void find_reentry(struct look *look, const struct own_links *links,
			 struct observed_hook *hook)
{
	if (hook->hook == HOOK_XDP)
		return;
	for (size_t i = 0; i < hook->program_count; i++) {
		struct observed_program *program = &hook->programs[i];

		if (!program->ours)
			program->reenters = reentry_of(&look->linux->reentry, program->id, false);
		else if (program->segment && program->segment->chain)
			program->reenters =
				chain_reenters(look, find_own(links, hook->hook, program->link_id),
					       program->segment->chain);
	}
}

/* Of a hook's only link, which needs no number and no dual program, the hook itself tells all. */
static void set_segment(struct look *look, struct observed_hook *hook, size_t at,
			const struct observed_segment *segment, bool only)
{
	if (!only || segment->chain != hook->programs[at].id) {
		hook->programs[at].segment = arena_memdup(look->arena, segment, sizeof(*segment));
		return;
	}
	hook->own = segment->own;
	hook->manifest = segment->manifest;
	hook->since = segment->since;
}

/*
 * What is in a link of others while it is an element of ours, or while a switch goes on that makes
 * it one, or none any more.
 */
static void see_through(const struct look *look, struct pinned_hook hook,
			struct observed_program *program)
{
	uint32_t id = program->id;
	const struct placeholder *placeholder;
	struct dual dual;

	if (!look->quick && !pins_open_dual(&look->linux->pins, hook, id, &dual)) {
		id = dual_in_force(&dual);
		dual_close(&dual);
	}
	placeholder = takeover_find(look->linux, hook, id, look->quick);
	if (placeholder) {
		program->placeholder = program->id;
		program->mark = placeholder->mark;
		id = placeholder->original;
	}
	program->id = id;
}

static void list_programs(struct look *look, const struct hook_state *state,
			  const struct own_links *links, struct observed_hook *hook)
{
	bool only = links->count == 1 && !links->items[0].held->number && !links->dead;

	hook->programs = arena_array(look->arena, struct observed_program, state->count);
	hook->program_count = state->count;
	for (size_t i = 0; i < state->count; i++) {
		struct observed_program *program = &hook->programs[i];
		const struct own_link *link = find_own(links, hook->hook, state->links[i]);
		struct observed_segment segment = { 0 };

		*program = (struct observed_program){
			.id = state->programs[i],
			.link_id = link ? link->state.id : state->links[i],
			.ours = link || hook->unlocked,
			.name = "",
			.tag = "",
			.attached = "",
			.pins = "",
			.holders = "",
		};
		if (!link && links->known && program->link_id)
			see_through(look, (struct pinned_hook){ hook->ifindex, hook->hook },
				    program);
		if (link) {
			segment = look_at_link(look, link, only);
			set_segment(look, hook, i, &segment, only);
		}
		if (!link || segment.own == OWN_OVERWRITTEN || look->detail == DETAIL_ALL)
			describe(look, hook, program);
	}
	for (size_t i = 0; i < hook->absorbed_count; i++)
		describe(look, hook, &hook->absorbed[i]);
	if (hook->own == OWN_NONE)
		observed_sum_up(look->arena, hook, links->dead);
	find_reentry(look, links, hook);
}

static void find_holders(struct look *look)
{
	if (look->detail >= DETAIL_HOLDERS)
		foreign_find_holders(look->arena, look->linux->pins.bpffs, look->asked.items,
				     look->asked.count);
	else
		foreign_find_links(look->asked.items, look->asked.count);
}

/* Once the links of all are known. */
static void tell_attached(struct look *look)
{
	for (size_t i = 0; look->detail != DETAIL_NONE && i < look->hooks.count; i++) {
		const struct observed_hook *hook = &look->hooks.items[i];

		for (size_t j = 0; j < hook->program_count; j++) {
			struct observed_program *program = &hook->programs[j];

			if (program->link_id)
				program->attached =
					arena_printf(look->arena, "link %u", program->link_id);
			else
				program->attached = hook->hook == HOOK_XDP ? "netlink" : "fd";
		}
	}
}

static void add_orphan(struct look *look, struct pinned_hook hook, bool attached)
{
	*list_push(look->arena, &look->orphans) =
		(struct orphan){ .ifindex = hook.ifindex, .hook = hook.hook, .attached = attached };
}

static bool are_here(const struct interface *interface, const struct hook_state *state,
		     const struct own_links *links)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->items[i].state.ifindex != interface->index ||
		    !shows(state, &links->items[i].state))
			return false;
	return true;
}

/* Ours, but on an interface of another namespace that has this number there. */
static void leave_to_others(struct look *look, struct pinned_hook hook, struct own_links *links)
{
	add_orphan(look, hook, true);
	for (size_t i = 0; i < links->count; i++)
		links->items[i].held->verified = false;
	*links = (struct own_links){ 0 };
}

/* 0, or -errno; an interface that went away meanwhile is simply not in the result. */
static int look_at(struct look *look, const struct interface *interface, enum hook which,
		   bool known)
{
	struct pinned_hook key = { interface->index, which };
	struct own_links links;
	struct hook_state state;
	struct observed_hook *hook;
	bool moved;
	int result = query(look, key, known, &links, &state);

	/* The link and the hook are read one after the other: somebody may have come between. */
	if (!result && !are_here(interface, &state, &links))
		result = query(look, key, known, &links, &state);
	if (result == -ENODEV)
		return 0;
	if (result)
		return result;
	moved = !are_here(interface, &state, &links);
	if (moved)
		leave_to_others(look, key, &links);
	hook = list_push(look->arena, &look->hooks);
	*hook = (struct observed_hook){ .interface = interface->name,
					.ifindex = interface->index,
					.hook = which,
					.supported = state.supported,
					.revision = state.revision,
					.mode = state.mode,
					.no_native = state.no_native && !interface->is_bond };
	if (which == HOOK_XDP && !links.count && !moved)
		unlocked_look(look->linux, look->arena, key, &state, hook);
	list_programs(look, &state, &links, hook);
	if (look->detail == DETAIL_ALL) {
		struct filters filters = filters_list(look->arena, interface->index, which);

		hook->filters = filters.items;
		hook->filter_count = filters.count;
	}
	return 0;
}

/* Pins for numbers that no interface here has: deleted, or moved to another namespace. */
static void list_orphans(struct look *look)
{
	for (size_t i = 0; i < look->known.count; i++) {
		struct pinned_hook hook = look->known.items[i];
		struct pinned_ids numbers;
		struct link_state link;
		bool attached = false;

		if (look->met[i])
			continue;
		numbers = held_numbers(look->linux, look->arena, hook, look->quick);
		for (size_t j = 0; j < numbers.count; j++)
			attached |= held_get(look->linux, hook, numbers.items[j], &link) != NULL;
		add_orphan(look, hook, attached);
	}
}

static int compare_orphans(const void *a, const void *b)
{
	const struct orphan *x = a;
	const struct orphan *y = b;

	if (x->ifindex != y->ifindex)
		return x->ifindex < y->ifindex ? -1 : 1;
	return (int)x->hook - (int)y->hook;
}

static int look_at_all(struct look *look, const struct interfaces *interfaces,
		       const unsigned int *wanted, struct error *ret_error)
{
	for (size_t i = 0; i < interfaces->count; i++) {
		const struct interface *interface = &interfaces->items[i];
		unsigned int known = meet_known(look, interface->index);

		for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
			unsigned int bit = 1u << hook;
			int result;

			if (wanted && !((wanted[i] | known) & bit))
				continue;
			result = look_at(look, interface, hook, known & bit);
			if (result)
				return error_errno(ret_error, result, "look at %s %s",
						   interface->name, hook_name(hook));
		}
	}
	return 0;
}

int linux_observe(struct kernel *kernel, struct arena *arena, const struct interfaces *interfaces,
		  const unsigned int *wanted, enum detail detail, const struct observed **ret,
		  struct error *ret_error)
{
	struct kernel_linux *linux = (struct kernel_linux *)kernel;
	struct look look = { .linux = linux, .arena = arena, .detail = detail };
	struct observed *observed;
	struct utsname name;
	int result;

	look.quick = detail == DETAIL_NONE && linux->looked && !pin_watch_touched(linux->watch);
	list_known(&look);
	result = look_at_all(&look, interfaces, wanted, ret_error);
	if (result)
		return result;
	find_holders(&look);
	tell_attached(&look);
	list_orphans(&look);
	/* From here on a poll is quick, until somebody touches the pins. */
	linux->looked = true;
	if (look.orphans.count)
		qsort(look.orphans.items, look.orphans.count, sizeof(*look.orphans.items),
		      compare_orphans);
	observed = arena_alloc(arena, sizeof(*observed));
	observed->hooks = look.hooks.items;
	observed->count = look.hooks.count;
	observed->orphans = look.orphans.items;
	observed->orphan_count = look.orphans.count;
	observed->nameless = detail == DETAIL_NONE;
	observed->kernel_release = uname(&name) ? "?" : arena_strdup(arena, name.release);
	*ret = observed;
	return 0;
}
