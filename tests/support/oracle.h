/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a random policy has to come to, found slowly and without the code that is on trial: of
 * policy/ only the words of its types are used. It knows no graphs: it looks at every permutation
 * of the programs of a hook, in the order of (stage, priority, ours first, name), and keeps those
 * that satisfy what is in force. The first one left is the chain; none left is a conflict.
 */
#ifndef ORDAIN_TESTS_SUPPORT_ORACLE_H
#define ORDAIN_TESTS_SUPPORT_ORACLE_H

#include "policy/order/resolve.h"
#include "tests/support/permutations.h"
#include "tests/support/spec.h"

enum { ORACLE_CLAIMS = 512 };

/* Where something is said: one word of one key of one declaration or entry. 0 is nowhere. */
typedef int oracle_place;

/* "first before second", as somebody says it. */
struct claim {
	enum statement_kind kind;
	int first; /* indexes into the oracle's members */
	int second;
	enum strength strength;
	oracle_place places[2]; /* who says it; of those with one place the second is 0 */
	bool left_out; /* nobody says it after all */
	bool overridden;
};

/* A program as it counts on one hook. */
struct member {
	int program;
	int values[SAYS_COUNT]; /* defaults where nobody says anything */
	unsigned int written; /* bits of spec keys */
	bool attached;
	bool certain; /* the policy says where it is */
	enum strength strengths[SAYS_COUNT];
	oracle_place places[SAYS_COUNT]; /* of the first word of the key */
};

struct oracle {
	struct member members[SPEC_PROGRAMS]; /* by (stage, priority, ours first, name) */
	int count; /* 0: no chain, as the policy does not mean this hook */
	int ours; /* of them */
	bool contradicted; /* two overrides say one key differently */
	bool exclusive; /* somebody wants the hook for itself and does not have it */
	struct claim claims[ORACLE_CLAIMS];
	int claim_count;
	struct mask left;
	int strongest_conflict; /* the strength at which nothing was left; -1 none */
	bool yielded; /* some `first` or `last` gave way to a readonly program */
};

void oracle_ask(const struct spec *spec, int interface, enum hook hook, struct oracle *ret);

/* Decides anew, without the claims that are left out. */
void oracle_decide(struct oracle *oracle);

/* Is the place in that file of that directory? */
bool oracle_place_is_in(const struct spec *spec, oracle_place place, const struct source *source);

/* Patterns of enabled programs that mean no interface, each once. */
int oracle_waiting(const struct spec *spec);

#endif
