/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/order/bond.h"

#include <stdlib.h>
#include <string.h>

#include "policy/order/conflict.h"
#include "policy/order/order.h"

/* More ports than these are a number. */
enum { PORTS_NAMED = 4 };

static bool is_port(const struct chain *chain, const struct chain *bond)
{
	const char *master = chain->interface->master;

	return chain->hook == HOOK_XDP && !chain->blocked && master &&
	       !strcmp(master, bond->interface->name) && chain_first_ours(chain);
}

static int compare_programs(const void *a, const void *b)
{
	return strcmp((*(const struct program *const *)a)->name,
		      (*(const struct program *const *)b)->name);
}

/* Its elements may be those of other chains too. */
static void block(struct arena *arena, struct chain *chain)
{
	struct members members = {
		arena_array(arena, const struct program *, chain->count),
		chain->count,
	};

	for (size_t i = 0; i < chain->count; i++)
		members.items[i] = chain->elements[i].program;
	qsort(members.items, members.count, sizeof(*members.items), compare_programs);
	chain->elements = arena_array(arena, struct element, chain->count);
	chain_block(chain, &members, DIAG_BOND_AND_PORT);
}

static void block_bond(struct arena *arena, struct chains *chains, struct chain *bond,
		       struct diags *diags)
{
	const struct program *on_bond = chain_first_ours(bond);
	struct diag *diag = NULL;
	size_t ports = 0;

	for (size_t i = 0; i < chains->count; i++) {
		struct chain *port = &chains->items[i];

		if (!is_port(port, bond))
			continue;
		if (!diag) {
			diag = diag_error(diags, DIAG_BOND_AND_PORT, on_bond->span,
					  "XDP programs for %s and for its port %s: the kernel "
					  "takes only one of the two",
					  bond->interface->name, port->interface->name);
			diag->program = on_bond->name;
			diag_label(diags, diag, "'%s' for %s", on_bond->name,
				   bond->interface->name);
		}
		if (ports++ < PORTS_NAMED)
			diag_place(diags, diag, chain_first_ours(port)->span, "'%s' for %s",
				   chain_first_ours(port)->name, port->interface->name);
		block(arena, port);
	}
	if (!diag)
		return;
	if (ports > PORTS_NAMED)
		diag_detail(diags, diag, "and for %zu more ports", ports - PORTS_NAMED);
	block(arena, bond);
	diag_help(diags, diag, "%s", conflict_help(bond));
}

void bonds_block(struct arena *arena, struct chains *chains, struct diags *diags)
{
	for (size_t i = 0; i < chains->count; i++) {
		struct chain *chain = &chains->items[i];

		if (chain->hook == HOOK_XDP && chain->interface->is_bond && !chain->blocked &&
		    chain_first_ours(chain))
			block_bond(arena, chains, chain, diags);
	}
}
