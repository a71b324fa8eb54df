/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "agent/kernel/filters.h"
#include "agent/kernel/foreign.h"
#include "agent/kernel/kernel_state.h"

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

/*
 * What the hook holds, and our link of it if that is known to live: two calls, of which a quick
 * look needs one. For xdp there is no cheap query, but the link itself tells when its program or
 * interface change; for tcx it is the other way round.
 */
static int query(const struct look *look, struct pinned_hook hook, bool known,
		 struct held_link **ret_held, struct link_state *ret_link, struct hook_state *ret)
{
	struct held_link *held = NULL;
	int result;

	*ret_held = NULL;
	if (known && look->quick && hook.hook != HOOK_XDP)
		held = held_find(look->linux, hook);
	if (known && !held)
		*ret_held = held_get(look->linux, hook, ret_link);
	if (look->quick && hook.hook == HOOK_XDP && *ret_held && (*ret_held)->verified &&
	    ret_link->ifindex == hook.ifindex) {
		ret->supported = true;
		ret->programs[0] = ret_link->program;
		ret->links[0] = ret_link->id;
		ret->count = 1;
		return 0;
	}
	result = hook_query(hook.hook, hook.ifindex, ret);
	if (!result && held)
		*ret_held = read_link(ret, hook, held, ret_link)
				    ? held
				    : held_get(look->linux, hook, ret_link);
	return result;
}

static enum own_state judge(struct look *look, struct pinned_hook hook, struct held_link *held,
			    const struct link_state *link)
{
	const struct pins *pins = &look->linux->pins;

	if (look->quick && held->verified && held->program == link->program)
		return OWN_ATTACHED;
	/* Watched first: what goes away after the look is then seen by the next poll. */
	pins_watch(pins, look->linux->watch, hook, link->program);
	held->verified = pins_complete(pins, hook, link->program);
	if (held->verified)
		return OWN_ATTACHED;
	if (pins_since(pins, hook, link->program) || held->program == link->program)
		return OWN_UNPINNED;
	return OWN_OVERWRITTEN;
}

/* Which chain's manifest to show: the one in force, or the last one that was. */
static void read_manifest(struct look *look, struct held_link *held, const struct link_state *link,
			  struct observed_hook *hook)
{
	struct pinned_ids ids;
	uint32_t program = link->program;

	if (hook->own == OWN_OVERWRITTEN) {
		pins_chains(look->arena, &look->linux->pins, held->hook, &ids);
		if (!ids.count)
			return;
		program = ids.items[ids.count - 1];
	}
	hook->manifest = held_manifest(look->linux, held, program);
	hook->since = held->since;
	/* Steps change the cache, and whoever made a pass shows what was there before it. */
	if (hook->manifest && look->detail != DETAIL_NONE)
		hook->manifest = manifest_copy(look->arena, hook->manifest);
}

/*
 * Whose it is, and where it is pinned, is found out in one walk for all of them. XDP's query does
 * not tell links, so that of somebody else's is looked for with the holders.
 */
static void describe(struct look *look, struct observed_program *program)
{
	if (look->detail == DETAIL_NONE)
		return;
	foreign_describe(look->arena, program);
	if (look->detail == DETAIL_ALL || !program->ours)
		*list_push(look->arena, &look->asked) = program;
}

static void list_programs(struct look *look, const struct hook_state *state,
			  const struct held_link *held, struct observed_hook *hook)
{
	hook->programs = arena_array(look->arena, struct observed_program, state->count);
	hook->program_count = state->count;
	for (size_t i = 0; i < state->count; i++) {
		struct observed_program *program = &hook->programs[i];

		*program = (struct observed_program){
			.id = state->programs[i],
			.link_id = state->links[i],
			.name = "",
			.tag = "",
			.attached = "",
			.pins = "",
			.holders = "",
		};
		program->ours = held && (hook->hook == HOOK_XDP || program->link_id == held->id);
		if (program->ours && !program->link_id)
			program->link_id = held->id;
		if (!program->ours || hook->own == OWN_OVERWRITTEN || look->detail == DETAIL_ALL)
			describe(look, program);
	}
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

static bool is_here(const struct interface *interface, const struct hook_state *state,
		    const struct link_state *link)
{
	return link->ifindex == interface->index && shows(state, link);
}

/* 0, or -errno; an interface that went away meanwhile is simply not in the result. */
static int look_at(struct look *look, const struct interface *interface, enum hook which,
		   bool known)
{
	struct pinned_hook key = { interface->index, which };
	struct link_state link = { 0 };
	struct hook_state state = { 0 };
	struct held_link *held;
	struct observed_hook *hook;
	int result = query(look, key, known, &held, &link, &state);

	/* The link and the hook are read one after the other: somebody may have come between. */
	if (!result && held && !is_here(interface, &state, &link))
		result = query(look, key, known, &held, &link, &state);
	if (result == -ENODEV)
		return 0;
	if (result)
		return result;
	if (held && !is_here(interface, &state, &link)) {
		/* Ours, but on an interface of another namespace that has this number there. */
		add_orphan(look, key, true);
		held->verified = false;
		held = NULL;
		known = false;
	}
	hook = list_push(look->arena, &look->hooks);
	*hook = (struct observed_hook){ .interface = interface->name,
					.ifindex = interface->index,
					.hook = which,
					.supported = state.supported,
					.revision = state.revision,
					.mode = state.mode,
					.no_native = state.no_native && !interface->is_bond };
	if (held) {
		hook->own = judge(look, key, held, &link);
		read_manifest(look, held, &link, hook);
	} else if (known) {
		hook->own = OWN_DETACHED;
	}
	list_programs(look, &state, held, hook);
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
		struct link_state link;

		if (!look->met[i])
			add_orphan(look, hook, held_get(look->linux, hook, &link) != NULL);
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
	observed->kernel_release = uname(&name) ? "?" : arena_strdup(arena, name.release);
	*ret = observed;
	return 0;
}
