/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The instructions of a program as one that may only read packets (LWT_IN): what they read of their
 * own context becomes what that type has instead, and what they call becomes what it may call. A
 * write is never translated, nor is what is not understood: the verifier refuses those.
 *
 * Whatever stands in for something has to look to the verifier as that did: a number that nobody
 * knows, a pointer to a packet, memory that was written. Then it follows the same paths, and a
 * write on any of them is one that it sees here, too.
 */
#ifndef ORDAIN_AGENT_JUDGES_OPINION_CODE_H
#define ORDAIN_AGENT_JUDGES_OPINION_CODE_H

#include <stdbool.h>

#include "agent/link/functions.h"
#include "policy/analysis/analysis.h"

struct opinion_code {
	struct {
		struct bpf_insn *items;
		size_t count;
	} insns;
	struct {
		struct function *items; /* by start */
		size_t count;
	} functions;
};

/* What is to be translated: instructions of a program that is loaded for `hook`. */
struct opinion_source {
	enum hook hook;
	const struct bpf_insn *insns;
	size_t count;
	const int *context_reads; /* see struct analysis */
};

/* So many bytes of metadata can be read; the kernel has at most 252. */
enum { OPINION_METADATA_BYTES = 256 };

/* Does it read where the metadata in front of the packet begins? */
bool opinion_reads_metadata(const struct opinion_source *source);

/*
 * `metadata` is an array map with one value of OPINION_METADATA_BYTES that programs may not write,
 * not frozen; -1 if opinion_reads_metadata() is false. False if it cannot be translated, because
 * jumps would become too long.
 */
bool opinion_translate(struct arena *arena, const struct opinion_source *source, int metadata,
		       struct opinion_code *ret);

#endif
