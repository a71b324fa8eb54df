/* SPDX-License-Identifier: GPL-2.0-only */
/* Statements and reasons in words; beside what resolve.h declares for everybody. */
#ifndef ORDAIN_POLICY_ORDER_REASON_H
#define ORDAIN_POLICY_ORDER_REASON_H

#include "policy/order/resolve.h"

/* The program that says it; NULL for the `order` of a chains entry. */
const struct program *statement_owner(const struct statement *statement);

/* Its words, but both stages of a stage statement: "stage tap before filter". */
const char *statement_reason(struct arena *arena, const struct statement *statement);

/*
 * The same in the line of `program` (or of none): whoever says it is named, "lb says after: [a]",
 * unless it is that program itself.
 */
const char *statement_said(struct arena *arena, const struct statement *statement,
			   const struct program *program);

#endif
