/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random policies over all three directories, and their files. A policy is kept as numbers, so that
 * an oracle can judge it without a word of the code that reads and resolves it.
 */
#ifndef ORDAIN_TESTS_SUPPORT_SPEC_H
#define ORDAIN_TESTS_SUPPORT_SPEC_H

#include <stdint.h>

#include "policy/model/policy.h"

enum {
	SPEC_PROGRAMS = 6,
	SPEC_TIERS = 3, /* as enum tier */
	SPEC_RULES = 4,
	SPEC_LABELS = 2,
	SPEC_INTERFACES = 5,
};

/* What a declaration or an override can say, with the meaning of its value. */
enum spec_key {
	SAYS_HOOK, /* bits of hooks, one of them */
	SAYS_FUNCTIONS, /* bits of hooks */
	SAYS_OBJECT,
	SAYS_ATTACHED,
	SAYS_INTERFACES, /* an index into spec_lists */
	SAYS_STAGE,
	SAYS_PRIORITY,
	SAYS_BEFORE, /* bits of programs; SPEC_UNKNOWN is a name that no file declares */
	SAYS_AFTER,
	SAYS_FIRST, /* 0 or 1, as all that follow up to SAYS_EXCLUSIVE */
	SAYS_LAST,
	SAYS_ENABLED,
	SAYS_READONLY,
	SAYS_UNMODIFIED,
	SAYS_EXCLUSIVE,
	SAYS_X, /* a number for the variable of that name */
	SAYS_Y,
	SAYS_COUNT
};

#define SPEC_UNKNOWN (1 << SPEC_PROGRAMS)

struct spec_says {
	unsigned int keys; /* bit (1 << enum spec_key) */
	int values[SAYS_COUNT];
};

struct spec {
	int count;
	struct spec_says programs[SPEC_PROGRAMS][SPEC_TIERS]; /* keys 0: not declared there */
	int labels[SPEC_LABELS][SPEC_TIERS]; /* an index into spec_definitions; -1: none there */
	int rule_count;
	struct spec_rule {
		unsigned int hooks;
		int interfaces; /* an index into spec_lists */
		int order[SPEC_PROGRAMS];
		int count;
		struct spec_says overrides[SPEC_PROGRAMS];
	} rules[SPEC_RULES]; /* in the order of their places */
	enum tier rule_tiers[SPEC_RULES / 2]; /* two of them share a file */
};

/* Patterns with a blank between them; label:one and label:two are defined by every policy. */
extern const char *const spec_lists[];
/* What a label can be: the map of YAML. */
extern const char *const spec_definitions[];
extern const char *const spec_names[SPEC_PROGRAMS];
extern const char *const spec_label_names[SPEC_LABELS];

/* The interfaces of every host, by name; bond0 has the port eth1. */
extern const struct interfaces spec_host;

/* What comes next is the same after the same seed. */
void spec_seed(uint64_t seed);
/* ORDAIN_SEED, or the time; says which, so that a run can be repeated. */
void spec_seed_from_environment(void);
struct spec spec_random(void);

/* A random order of the numbers below `count`. */
void spec_shuffle(int *ret_items, int count);

/* As files, the keys of each map in a random order. */
void spec_sources(struct arena *arena, const struct spec *spec, struct sources *sources);

/* The file of a program's declaration, and that of a rule, in the directory of the tier. */
const char *spec_program_file(int program, enum tier tier);
const char *spec_rule_file(int rule);

#endif
