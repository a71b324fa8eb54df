/* SPDX-License-Identifier: GPL-2.0-only */
/* Diagnostics as a JSON value. */
#ifndef ORDAIN_POLICY_DIAG_DIAG_JSON_H
#define ORDAIN_POLICY_DIAG_DIAG_JSON_H

#include <jansson.h>

#include "policy/diag/diag.h"

/*
 * An array of {"severity","code","summary","places":[{"file","line","column","label"}],"help"}, in
 * the order of `diags`, with "program" and "detail" where they are set. What is unknown is null.
 * Bytes that are not UTF-8 are shown as \xff. The caller owns the reference.
 */
json_t *diags_json(const struct diags *diags);

#endif
