/* SPDX-License-Identifier: GPL-2.0-only */
/* What a relocation means: the map, the global data, the function or symbol of the kernel. */
#ifndef ORDAIN_AGENT_OBJECTS_OBJECT_TARGETS_H
#define ORDAIN_AGENT_OBJECTS_OBJECT_TARGETS_H

#include "agent/objects/object_file.h"
#include "policy/analysis/analysis.h"

struct object_targets;

/* Of a file that is open; lives in the arena. */
struct object_targets *object_targets_new(struct arena *arena, const struct object_file *file);

/*
 * What the instruction whose relocation names that symbol refers to, if it does not stay in the
 * program's own code: it calls it, or loads its address. 0 with its name in the arena, or -EINVAL
 * with one line that says why libbpf would not load it.
 */
int object_target(struct object_targets *targets, size_t symbol, bool called,
		  struct insn_target *ret, struct error *ret_error);

#endif
