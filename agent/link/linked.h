/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A linked chain as kernel objects: the program, and the maps that belong to it alone.
 *
 *	manifest	frozen array of one text: what determines the chain (policy/plan/manifest.h)
 *	counters	per-CPU array of u64, VERDICT_SLOTS for each element
 *	carried		array of one struct carried: what earlier chains on the hook had counted
 *	guard		program array that holds the program, so that no freplace program can
 *			attach to its functions, and behind it the programs that it calls (link.h);
 *			empties when its last pin or descriptor goes
 *
 * Manifest, counters and carried are bound to the program and show up in its map ids.
 */
#ifndef ORDAIN_AGENT_LINK_LINKED_H
#define ORDAIN_AGENT_LINK_LINKED_H

#include <stdint.h>

#include "agent/link/link.h"
#include "agent/system/error.h"
#include "policy/plan/manifest.h"
#include "policy/plan/observed.h"

enum linked_part {
	LINKED_PROGRAM,
	LINKED_MANIFEST,
	LINKED_COUNTERS,
	LINKED_CARRIED,
	LINKED_GUARD,
	LINKED_PARTS,
};

/* The names of the parts' pins. */
const char *linked_part_name(enum linked_part part);

struct linked {
	int fds[LINKED_PARTS]; /* all valid, or all -1 */
	uint32_t id; /* of the program */
};

#define LINKED_NONE ((struct linked){ .fds = { -1, -1, -1, -1, -1 } })

/* What an element of a chain is made of. */
struct linked_element {
	const struct bpf_insn *insns; /* relocated; subprograms behind the main function */
	size_t count;
	const struct modules *modules; /* those of the module calls; NULL: there are none */
	const struct figures_of_verifier *figures; /* as in struct link_element */
	const struct object_line *lines;
	int program; /* its own program, for one that is called instead; -1: it is linked */
	bool absorbed; /* that program is somebody else's */
	enum bpf_attach_type
		attach_type; /* absorbed: what it was loaded with, as the chain has to be */
	unsigned int jumps; /* see struct link_element */
	bool frags; /* it takes packets of several buffers: all elements of a chain do, or none */
};

/* What the place of a chain asks of it. */
struct linked_terms {
	int marks; /* those of the hook (placeholder.h), where the manifest has any; else -1 */
	enum bpf_attach_type attach_type; /* what it is loaded with, unless an element decides */
};

/*
 * Links `elements` (as the manifest lists them) and makes the maps. 0 with the parts set, and in the
 * manifest's elements how each was linked, in the arena of `diags`; 0 with
 * none set and errors in `diags` if they make no chain; negative errno if the machine failed.
 */
int linked_make(const struct manifest *manifest, const struct linked_element *elements,
		const struct linked_terms *terms, struct diags *diags, struct linked *ret,
		struct error *ret_error);

/* Closes the descriptors; pinned or attached parts live on. */
void linked_close(struct linked *linked);

/*
 * Of a chain made before: its manifest, with the ids of the programs of others that it calls now.
 * NULL if it cannot be read or is of an unknown format.
 */
const struct manifest *linked_manifest(struct arena *arena, const struct linked *linked);

/*
 * What its elements did, carried counts included, and those of the chains before it on the hook
 * that nobody has carried over yet: a swap is done before that is. 0 or -errno.
 */
int linked_counters(struct arena *arena, const struct linked *linked,
		    const struct manifest *manifest, const struct linked *old, size_t old_count,
		    struct counters *ret);

/* The id of the last chain whose counts it carries; 0 if there is none. */
uint32_t linked_carried_from(const struct linked *linked);

/*
 * Adds what `old` had counted to what `linked` carries, element by element, by name. Once for each
 * `old`, however often it is called: an interrupted swap can be finished by doing it again.
 */
int linked_carry(const struct linked *linked, const struct linked *old, struct error *ret_error);

#endif
