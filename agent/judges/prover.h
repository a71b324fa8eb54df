/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks both judges whether a function of an object leaves packets alone (docs/readonly.md). For
 * `classify`, and for whoever has to keep a promise of the policy.
 */
#ifndef ORDAIN_AGENT_JUDGES_PROVER_H
#define ORDAIN_AGENT_JUDGES_PROVER_H

#include "agent/load/loaded.h"
#include "agent/system/error.h"
#include "policy/marks/readonly.h"

/*
 * The element's function, with its variables, on that hook. For the kernel's opinion, if it shall be
 * asked, it is loaded and unloaded again: maps of its own, no pins. Where that is not permitted the
 * kernel is not asked; what does not load is unproven, with the verifier's words.
 *
 * 0 with *ret in the arena. -ENOENT: no such function; -EINVAL: not an object that can be followed;
 * another negative errno: the machine failed. `ret_error` has one line.
 */
int prove(struct arena *arena, const struct manifest_element *element, enum hook hook,
	  bool ask_kernel, const void *bytes, size_t length, struct judgement *ret,
	  struct error *ret_error);

/* The same of one that is loaded already, for that hook, from these bytes. */
int prove_loaded(struct arena *arena, const struct loaded *loaded, const char *function,
		 enum hook hook, const void *bytes, size_t length, struct judgement *ret,
		 struct error *ret_error);

#endif
