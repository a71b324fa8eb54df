/* SPDX-License-Identifier: GPL-2.0-only */
/* What is noted while the program is walked, and the answer that is made from it. */
#ifndef ORDAIN_POLICY_ANALYSIS_RECORD_H
#define ORDAIN_POLICY_ANALYSIS_RECORD_H

#include "policy/analysis/analysis.h"

struct record;

/* What it keeps lives in `arena`, as does the answer. */
struct record *record_new(struct arena *arena, const struct analysis_input *input);

/* Each kind once for an instruction: what is said first stays. */
void record_finding(struct record *record, size_t insn, enum finding_kind kind, const char *format,
		    ...) __attribute__((format(printf, 4, 5)));

/* One reason, on one path, why an instruction reads the context or does not. */
void record_context_read(struct record *record, size_t insn, int offset);

void record_packet_read(struct record *record);
void record_context_write(struct record *record, const char *field);

/* An instruction has one name only, the first. */
void record_helper(struct record *record, size_t insn, const char *name);
void record_map(struct record *record, size_t insn, const char *name);

void record_verdict(struct record *record, int32_t verdict);
void record_any_verdict(struct record *record);

/* Not all paths were seen. */
void record_incomplete(struct record *record);

const struct analysis *record_answer(struct record *record);

#endif
