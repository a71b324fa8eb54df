/* SPDX-License-Identifier: GPL-2.0-only */
/* The sections of a file's top level. */
#ifndef ORDAIN_POLICY_LANGUAGE_DECODE_SECTION_H
#define ORDAIN_POLICY_LANGUAGE_DECODE_SECTION_H

#include "policy/language/decode.h"
#include "policy/language/decode_body.h"

/* Is it a map with keys of a program? */
bool is_like_program(const struct node *node);

/* Each appends what the section declares, and an error if it is not what a section has to be. */
void decode_programs(struct decoder *decoder, const struct node *node,
		     struct declarations *declarations);
void decode_chains(struct decoder *decoder, const struct node *node,
		   struct declarations *declarations);
void decode_labels(struct decoder *decoder, const struct node *node,
		   struct declarations *declarations);

#endif
