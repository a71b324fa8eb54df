/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Object files: read once into memory, hashed, and from then on known by their digest. The bytes
 * that were hashed are the bytes that are loaded. Kept by digest in the state directory, so that
 * the last good chain can be rebuilt when the file has changed or is gone.
 */
#ifndef ORDAIN_AGENT_OBJECTS_OBJECTS_H
#define ORDAIN_AGENT_OBJECTS_OBJECTS_H

#include <stdbool.h>

#include "agent/kernel/kernel.h"
#include "agent/system/paths.h"
#include "policy/model/policy.h"

enum { OBJECT_MAX_BYTES = 64 * 1024 * 1024 };

struct objects;

struct objects *objects_open(const struct paths *paths);
void objects_close(struct objects *objects);

/*
 * Reads a program's object now (again only if the file's device, inode, size or times changed
 * since) and checks sha256 if the policy gives one. Missing, unreadable, no regular file, too
 * large, other content than sha256, for others than root to change (agent/system/safety.h): errors in
 * `diags` at the place of the key, and false.
 */
bool objects_read(struct objects *objects, const struct program *program, struct diags *diags,
		  char ret_digest[65]);

/*
 * The bytes of a digest, from memory or from the state directory (verified against the digest).
 * NULL if they are nowhere, or only where others than root can change them.
 */
const void *objects_bytes(struct objects *objects, const char *digest, size_t *ret_length);

/* The same as a source for the kernel. */
struct object_source objects_source(struct objects *objects);

/* Writes the object to the state directory if it is not there yet. */
int objects_keep(struct objects *objects, const char *digest, struct error *ret_error);

/* Removes from the state directory what no manifest there refers to, and forgets it in memory. */
int objects_sweep(struct objects *objects, const char *const *digests, size_t count);

/* Frees the bytes of every object from memory; the digests remembered for unchanged files stay. */
void objects_drop_bytes(struct objects *objects);

#endif
