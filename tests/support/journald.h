/* SPDX-License-Identifier: GPL-2.0-only */
/* The other end of the journal's native protocol: what systemd-journald would be told. */
#ifndef ORDAIN_TESTS_SUPPORT_JOURNALD_H
#define ORDAIN_TESTS_SUPPORT_JOURNALD_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/base/arena.h"

/* One entry, field by field, as it came. */
struct heard {
	struct heard_field {
		const char *name;
		const char *value;
		bool binary; /* with its length before it */
	} * items;
	size_t count;
};

/* Listens at ROOT/run/systemd/journal/socket, and makes the directories above. Close it. */
int journald_open(struct arena *arena, const char *root);

/* The next entry; false if there is none. What breaks the protocol fails the test. */
bool journald_hear(int fd, struct arena *arena, struct heard *ret);

/* The next entry that has this field, with any value if `value` is NULL. False: none has. */
bool journald_find(int fd, struct arena *arena, const char *name, const char *value,
		   struct heard *ret);

/* The value; NULL if it has no such field. A field that is there twice fails the test. */
const char *heard_value(const struct heard *heard, const char *name);

#endif
