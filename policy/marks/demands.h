/* SPDX-License-Identifier: GPL-2.0-only */
/* What marks demand, once it is known what programs do to packets. */
#ifndef ORDAIN_POLICY_MARKS_DEMANDS_H
#define ORDAIN_POLICY_MARKS_DEMANDS_H

#include "policy/marks/readonly.h"
#include "policy/order/resolve.h"

/* Does a mark of this program rest on what it does to packets? */
bool demands_proof(const struct program *program);

/*
 * Is the program what its mark `readonly` says? If not, one error at the key, and false. A kernel
 * that was not asked has nothing against it.
 */
bool demand_readonly(const struct program *program, const struct judgement *judgement,
		     struct diags *diags);

/*
 * Nobody listens to the verdict of a shadow, but what a redirect helper sets counts for any program
 * that redirects: if one before it does and the chain goes on after that, the shadow decides where
 * the packet goes. An error, and false.
 */
bool demand_shadows(const struct chain *chain, struct diags *diags);

/* Does something in the chain ask for unmodified input? NULL: there is no chain. */
bool demands_input(const struct chain *chain);

/*
 * Warns of what packets meet on XDP before a program with `unmodified_input` on the same interface's
 * tcx-ingress, unless it is known to leave them alone. `xdp` NULL: there is no such chain.
 */
void demand_inputs(const struct chain *tcx, const struct chain *xdp, struct diags *diags);

#endif
