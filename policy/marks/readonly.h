/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does a program leave packets alone? Two judges are asked, the analysis of its instructions and
 * the kernel's verifier, and neither is enough alone: docs/readonly.md.
 */
#ifndef ORDAIN_POLICY_MARKS_READONLY_H
#define ORDAIN_POLICY_MARKS_READONLY_H

#include "policy/analysis/analysis.h"

enum readonly { READONLY_UNPROVEN, READONLY_PROVEN, READONLY_REFUTED };

/* Why it is not proven. */
struct readonly_reason {
	long instruction; /* index in the program; -1: none in particular */
	const char *file; /* from the object's line info; NULL: it has none */
	unsigned int line;
	const char *what; /* "writes the packet at offset 12" */
};

/* What was found out about one function of an object. */
struct judgement {
	const char *function;
	enum hook hook;
	enum readonly readonly;
	enum opinion analysis;
	enum opinion kernel;
	const char *kernel_words; /* the verifier's, where it refuses; NULL */
	struct readonly_reason *reasons; /* those that refute first, then by instruction */
	size_t count;
	unsigned int findings; /* of the analysis: bit (1 << enum finding_kind) */
	const struct analysis *details; /* NULL in a copy */
};

struct judgement *judgement_copy(struct arena *arena, const struct judgement *judgement);

/* PROVEN if both accept, REFUTED if the analysis found an instruction that does it. */
enum readonly readonly_from(enum opinion analysis, enum opinion kernel);

/* "proven", "refuted", "unproven" */
const char *readonly_name(enum readonly readonly);

/* "not asked", "readonly", "refuted", "unknown" */
const char *opinion_name(enum opinion opinion);

#endif
