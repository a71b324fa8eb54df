/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps of an object: where they come from, and where they are pinned. */
#ifndef ORDAIN_AGENT_OBJECT_MAPS_H
#define ORDAIN_AGENT_OBJECT_MAPS_H

#include <bpf/libbpf.h>

#include "error.h"
#include "policy/text.h"

/* What became of the maps of the object before; each a list of names, empty if there is none. */
struct maps_kept {
	struct text kept;
	struct text fresh; /* with why */
};

/*
 * Before the object is loaded: gives its maps those of `sibling`, or those pinned in `pinned`, or
 * else those in `replaced` that fit (struct map_sources, loaded.h). Drops every pin path that the
 * object itself asks for: it must not open or write other applications' maps by name.
 */
int object_maps_use(struct bpf_object *object, const struct bpf_object *sibling, const char *pinned,
		    const char *replaced, struct maps_kept *ret_kept);

/* Does it have any that are pinned? */
bool object_maps_any(const struct bpf_object *object);

/* Pins every map that is not pinned in that (existing) directory yet. */
int object_maps_pin(const struct bpf_object *object, const char *directory,
		    struct error *ret_error);

#endif
