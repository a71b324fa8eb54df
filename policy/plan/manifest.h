/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What determines a linked chain, and nothing else. The kernel's copy is a frozen map bound to the
 * chain's program: two chains with equal manifests are the same chain, so there is nothing to do.
 *
 * As text (what the map and the state directory hold), format 1:
 *
 *	ordain-chain 1
 *	hook tcx-ingress
 *	head
 *	element NAME sha256:HEX64 FUNCTION[ proceed=SLOTS][ observe][ pin_by_name][ with VARIABLES]
 *	missing NAME drop
 *	absorbed NAME[ proceed=SLOTS][ observe][ mark=N]
 *	...
 *	linking called
 *	linked NAME inlined
 *	linked NAME called: has a tail call
 *	...
 *
 * one line for each element. "missing" is an element that cannot run: every packet that comes there
 * is dropped (missing.h). "absorbed" is a program that somebody else loaded, under the name of the
 * policy's entry or its own: which one it is now, the chain's program array tells and not this. On
 * tcx it runs for packets that have mark N alone, which the placeholder in its owner's link sets;
 * "head" is the segment before such placeholders, which takes all marks away, and may have no
 * element. An agent that does not know a line takes the whole for unreadable, and swaps the chain.
 *
 * "linking" is there if nothing is to be inlined. "linked" is in the kernel's copy alone, and part of
 * no comparison: how each element was linked follows from the rest, the objects and the kernel.
 *
 * What is as it is by default is left out. SLOTS is a hexadecimal mask of verdict slots (hook.h);
 * VARIABLES are as variables_text() writes them.
 */
#ifndef ORDAIN_POLICY_PLAN_MANIFEST_H
#define ORDAIN_POLICY_PLAN_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/arena.h"
#include "policy/model/hook.h"

/* More links than a tcx hook takes. */
enum { MANIFEST_MAX_MARK = 63 };

struct manifest_element {
	const char *name;
	const char *digest; /* of the object: 64 lowercase hex digits; "" if it has none */
	const char *function; /* never NULL: resolved from the object; "" if it has none */
	bool missing; /* it cannot run, and in its place every packet is dropped */
	bool absorbed; /* somebody else's, called where it stands */
	uint32_t program; /* absorbed: its id now, which does not determine the chain; 0 unknown */
	unsigned int mark; /* absorbed: it runs for packets that have it, from 1; 0: for all */
	unsigned int proceed; /* bit (1 << verdict slot): the chain goes on */
	bool observe; /* its verdict never counts: the chain goes on whatever it is */
	bool pin_by_name; /* maps that ask for it are shared under their own names */
	const char *variables; /* as variables_text() says; NULL or "": none */
	/* "inlined", or "called: " and why. Not part of any comparison; NULL: unknown */
	const char *linked;
};

struct manifest {
	enum hook hook;
	struct manifest_element *items;
	size_t count;
	bool call_all; /* no element is to be inlined */
	bool head; /* placeholders follow: their marks are taken away from each packet */
	unsigned int marks_of; /* the ifindex whose marks it uses; no part of the text; 0 unknown */
};

const char *manifest_text(struct arena *arena, const struct manifest *manifest);

/* The same with how each element was linked. */
const char *manifest_text_linked(struct arena *arena, const struct manifest *manifest);

/* NULL if it is not a manifest of a format known here. Reads up to the first NUL or `length`. */
const struct manifest *manifest_parse(struct arena *arena, const char *text, size_t length);

const struct manifest *manifest_copy(struct arena *arena, const struct manifest *manifest);
struct manifest_element manifest_element_copy(struct arena *arena,
					      const struct manifest_element *element);

/* The element in the place of a program that cannot run. `name` must outlive it. */
struct manifest_element manifest_element_missing(enum hook hook, const char *name);

/* A program of others as an element. `name` must outlive it. */
struct manifest_element manifest_element_absorbed(enum hook hook, const char *name,
						  uint32_t program);

/* Has it any element that is somebody else's? */
bool manifest_absorbs(const struct manifest *manifest);

/* Are the programs of others in two equal manifests the same ones, too? */
bool manifest_same_absorbed(const struct manifest *a, const struct manifest *b);

bool manifest_equal(const struct manifest *a, const struct manifest *b);

/* Do both run the same code with the same data, whatever becomes of the verdict? */
bool manifest_same_code(const struct manifest_element *a, const struct manifest_element *b);

/* Does a packet that it had, with that verdict, go on along the chain? */
bool manifest_continues(const struct manifest_element *element, unsigned int slot);

/* The verdict that stands for going on: the hook's default if it is one; -1: none goes on. */
int manifest_go_on(const struct manifest_element *element, enum hook hook);

/*
 * Is it counted where it runs, with an increment of its own? An exit of the chain says what an
 * element did only if it has one continuing verdict at most.
 */
bool manifest_counts_itself(const struct manifest_element *element);

#endif
