/* SPDX-License-Identifier: GPL-2.0-only */
/* What entries of `chains` say of one program, and of the hook itself. */
#ifndef ORDAIN_POLICY_MODEL_OVERRIDE_H
#define ORDAIN_POLICY_MODEL_OVERRIDE_H

#include "policy/order/select.h"

/* What a chains entry says of the program of that name; NULL if nothing. */
const struct program *rule_override(const struct chain_rule *rule, const char *name);

/*
 * The program as it counts where these rules speak: with what their `override` says of it. The
 * stronger rule wins; the same key said differently with the same strength is an error in `diags`.
 * The program itself where nothing overrides it.
 */
const struct program *program_on(struct arena *arena, const struct rules *rules,
				 const struct program *program, struct diags *diags);

/* Sets others, mode, mechanism and linking of the chain; who wins is as above. */
void settings_on(const struct rules *rules, struct chain *chain, struct diags *diags);

#endif
