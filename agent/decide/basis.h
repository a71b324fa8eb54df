/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose word counts: the files', or that of a generation which was accepted before, because the files
 * cannot be used, are on trial, or say what was taken back.
 */
#ifndef ORDAIN_AGENT_DECIDE_BASIS_H
#define ORDAIN_AGENT_DECIDE_BASIS_H

#include "agent/decide/decision.h"

/*
 * After the state and the files were read: sets basis, policy, objects' digests and, for all but the
 * files themselves, the generation; says in `diags` why the files wait. 0, or a negative errno.
 */
int basis_choose(const struct decide_options *options, struct decision *decision,
		 struct error *ret_error);

#endif
