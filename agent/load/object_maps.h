/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps of an object: where they come from, and where they are pinned. */
#ifndef ORDAIN_AGENT_LOAD_OBJECT_MAPS_H
#define ORDAIN_AGENT_LOAD_OBJECT_MAPS_H

#include <bpf/libbpf.h>

#include "agent/system/error.h"
#include "policy/base/text.h"

/* Where maps come from (struct map_sources, loaded.h). */
struct maps_from {
	const struct bpf_object *sibling;
	const char *pinned;
	const char *replaced;
	const char *shared;
};

/* What becomes of the maps of the object before; each a list of names, empty if there is none. */
struct maps_kept {
	struct text kept;
	struct text fresh; /* with why */
	struct text shared;
	struct text foreign; /* what is at a shared name and does not fit, with why */
};

/*
 * Before the object is loaded: gives its maps those that are there. Drops every pin path that the
 * object itself asks for: it must not open or write other applications' maps by name. ret_asks,
 * beside the object's maps, tells which asked, if somebody allows it.
 */
int object_maps_use(struct bpf_object *object, const struct maps_from *from, bool *ret_asks,
		    struct maps_kept *ret_kept);

size_t object_maps_count(const struct bpf_object *object);

/* Does it have any that are pinned? */
bool object_maps_any(const struct bpf_object *object);

/* Pins every map that is not pinned in that (existing) directory yet. */
int object_maps_pin(const struct bpf_object *object, const char *directory,
		    struct error *ret_error);

/* The same for those that asked, under their own names. */
int object_maps_share(const struct bpf_object *object, const bool *asks, const char *directory,
		      struct error *ret_error);

#endif
