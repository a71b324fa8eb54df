/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's opinion on whether a program leaves packets alone: the same instructions, loaded as
 * a program of a type that may only read packets (LWT_IN), and unloaded again. Needs CAP_BPF and
 * CAP_NET_ADMIN; kernel >= 5.10. docs/readonly.md has what that type refuses though it is innocent.
 */
#ifndef ORDAIN_AGENT_JUDGES_OPINION_H
#define ORDAIN_AGENT_JUDGES_OPINION_H

#include "agent/load/loaded.h"
#include "agent/system/error.h"
#include "policy/analysis/analysis.h"

/*
 * Of a program that is loaded for `hook`. `analysis` is of the very same instructions: it says
 * which of them read which field of the context, which has another layout there, and which write.
 *
 * *ret is READONLY with *ret_words NULL, or REFUTED (it has an instruction that this type may not
 * have, and that surely writes) or UNKNOWN (refused for another reason) with one line about it in
 * the arena, most often the verifier's. Negative errno if the machine failed or may not ask.
 */
int opinion_ask(struct arena *arena, const struct loaded *loaded, enum hook hook,
		const struct analysis *analysis, enum opinion *ret, const char **ret_words,
		struct error *ret_error);

#endif
