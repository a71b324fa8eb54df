/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON values, where running out of memory ends the process. */
#ifndef ORDAIN_POLICY_BASE_JSON_VALUE_H
#define ORDAIN_POLICY_BASE_JSON_VALUE_H

#include <jansson.h>
#include <stdint.h>

#include "policy/base/arena.h"

/* Both take over the reference to `value`; NULL, which is no memory, aborts. */
void json_set(json_t *object, const char *key, json_t *value);
void json_append(json_t *array, json_t *value);

/* A string; NULL gives null, and bytes that are not UTF-8 are shown as \xff. */
json_t *json_text(struct arena *arena, const char *string);

/* null for 0, where that means that there is none. */
json_t *json_number(uint32_t number);

#endif
