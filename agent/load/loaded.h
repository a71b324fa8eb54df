/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One program's object, loaded into the kernel alone: that tells whose fault it is when something
 * does not load, and gives the relocated instructions and the maps that the chain is made of.
 */
#ifndef ORDAIN_AGENT_LOAD_LOADED_H
#define ORDAIN_AGENT_LOAD_LOADED_H

#include <linux/bpf.h>
#include <stdbool.h>

#include "agent/link/modules.h"
#include "agent/load/verifier.h"
#include "agent/objects/object_lines.h"
#include "agent/system/error.h"
#include "policy/diag/diag.h"
#include "policy/plan/manifest.h"

struct loaded;

/* Where a program's maps come from if not from its object, the first that has one. */
struct map_sources {
	const struct loaded *sibling; /* the same object, loaded for another hook; NULL: it is not */
	const char *pinned; /* the directory of its pins, there or not; NULL: it has none */
	/*
	 * That of the object whose place it takes; NULL: of none. Of that one only maps of
	 * `.maps` with the same definition are kept: neither global data nor jump tables nor maps
	 * of maps, which are of the code that they were made for.
	 */
	const char *replaced;
	/*
	 * Where maps that ask for it (LIBBPF_PIN_BY_NAME) are shared with whoever opens them by
	 * name, which goes before all of the above; NULL: nobody allowed it, and they are not.
	 */
	const char *shared;
};

/*
 * Loads the one function, with the type and attach type of its hook and no pin paths of the
 * object's own; with its jump tables, all that could be in them. What becomes of the maps of
 * `replaced` is a note in `diags`. 0 with *ret set; 0 with *ret NULL and errors in `diags` if the
 * program cannot run; negative errno if the machine failed.
 */
int loaded_open(const struct manifest_element *element, enum hook hook, const void *bytes,
		size_t length, const struct map_sources *maps, struct diags *diags,
		struct loaded **ret, struct error *ret_error);

/* Closes its descriptors; chains that use its maps keep them alive. NULL is fine. */
void loaded_close(struct loaded *loaded);

/* Valid until closed. */
const struct bpf_insn *loaded_insns(const struct loaded *loaded, size_t *ret_count);

/* Those of the module calls among the instructions; valid until closed. */
const struct modules *loaded_modules(const struct loaded *loaded);

/* What the verifier said of it; NULL: nothing. Valid until closed. */
const struct figures_of_verifier *loaded_figures(const struct loaded *loaded);

/* Where each of the instructions comes from; NULL: unknown. Valid until closed. */
const struct object_line *loaded_lines(const struct loaded *loaded);

/*
 * Its own program, if it has to be called: its licence is none for a whole chain, which is GPL. -1:
 * its instructions are to be linked.
 */
int loaded_program(const struct loaded *loaded);

/*
 * So many tail calls at most for a packet: the one that calls it, or those that its own jump tables
 * have room for.
 */
unsigned int loaded_jumps(const struct loaded *loaded);

/* Does it take packets of several buffers (section "xdp.frags")? Kernel >= 5.18. */
bool loaded_frags(const struct loaded *loaded);

/* Does its object have maps at all? */
bool loaded_has_maps(const struct loaded *loaded);

/* Pins every map that is not pinned in that (existing) directory yet; dots in names become '_'. */
int loaded_pin_maps(const struct loaded *loaded, const char *maps_directory,
		    struct error *ret_error);

#endif
