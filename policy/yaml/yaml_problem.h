/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What libyaml could not parse, in words for those who wrote it. libyaml speaks of its own
 * insides ("found character that cannot start any token" is a tab), and often of the place where
 * it gave up and not of the one that is wrong.
 */
#ifndef ORDAIN_POLICY_YAML_YAML_PROBLEM_H
#define ORDAIN_POLICY_YAML_YAML_PROBLEM_H

#include <yaml.h>

#include "policy/diag/diag.h"

/* A list or a map that was begun and not ended yet. */
struct yaml_open {
	const struct yaml_open *outer; /* NULL: none */
	yaml_mark_t mark; /* where it begins */
};

/* How far the document was understood. */
struct yaml_state {
	const struct yaml_open *open; /* the innermost; NULL: none */
	yaml_mark_t quoted_start; /* of the last scalar in quotes, and behind it */
	yaml_mark_t quoted_end; /* index 0: there was none */
};

/* After yaml_parser_parse() failed on the text of `source`; running out of memory aborts. */
void yaml_problem_add(struct diags *diags, const struct source *source, const yaml_parser_t *yaml,
		      const struct yaml_state *state);

#endif
