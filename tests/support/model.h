/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies built by hand: what the files would have said, without files. Every program stands in a
 * file of its own, /etc/ordain/NAME.yaml, each key on a line of its own, so that places depend on
 * what is said and not on the order in which a test says it.
 */
#ifndef ORDAIN_TESTS_SUPPORT_MODEL_H
#define ORDAIN_TESTS_SUPPORT_MODEL_H

#include "policy/order/resolve.h"

struct model {
	struct arena *arena;
	struct diags diags;
	struct interfaces interfaces;
	struct {
		struct program **items;
		size_t count;
	} programs;
	struct {
		struct chain_rule **items;
		size_t count;
	} rules;
	const struct policy *policy; /* set by model_resolve() */
};

/* Lines of the keys in a program's file, and of `order` in that of a rule. */
enum model_line {
	LINE_NAME = 3,
	LINE_INTERFACES = 5,
	LINE_ORDER = 6,
	LINE_STAGE,
	LINE_PRIORITY,
	LINE_BEFORE,
	LINE_AFTER,
	LINE_FIRST,
	LINE_LAST,
	LINE_ENABLED,
	LINE_READONLY,
	LINE_UNMODIFIED,
	LINE_EXCLUSIVE,
	LINE_ATTACHED,
	LINE_SHADOW,
};

struct model *model_new(void);
void model_free(struct model *model);

/* Lists are words with a blank between them: "eth0 !eth1". */
void model_interfaces(struct model *model, const char *names);
struct program *model_program(struct model *model, const char *name, enum hook hook,
			      const char *interfaces);
void model_before(struct model *model, struct program *program, const char *names);
void model_after(struct model *model, struct program *program, const char *names);
void model_stage(struct program *program, enum stage stage);
void model_priority(struct program *program, int priority);
void model_first(struct program *program);
void model_last(struct program *program);
void model_disable(struct program *program);
void model_readonly(struct program *program);
void model_unmodified(struct program *program);
void model_exclusive(struct program *program);
void model_attached(struct program *program, const char *glob);
/* All that it says are hints. */
void model_hint(struct program *program);
/* What it says from now on stands in another file, of that directory. */
void model_say_in(struct model *model, struct program *program, enum tier tier);

/* A chains entry in /etc/ordain/NAME.yaml. */
struct chain_rule *model_rule(struct model *model, const char *name, enum hook hook,
			      const char *interfaces, const char *order);

/* Sorts as policy_build() does, and resolves. The result lives as long as the model. */
const struct resolution *model_resolve(struct model *model);

/* The names of the elements with blanks between them; "" for NULL. */
const char *chain_names(struct arena *arena, const struct chain *chain);

#endif
