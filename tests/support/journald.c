/* SPDX-License-Identifier: GPL-2.0-only */
#include "journald.h"

#include <endian.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/system/files.h"
#include "test.h"

enum { DATAGRAM_MAX = 1 << 20 };

int journald_open(struct arena *arena, const char *root)
{
	const char *directory = arena_printf(arena, "%s/run/systemd/journal", root);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int length = snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", directory);

	assert_true(fd >= 0 && length < (int)sizeof(address.sun_path));
	assert_int_equal(directory_ensure(directory, 0755), 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* NAME=value\n, or NAME\n, 64 bits of length, the value and \n. Returns what is behind it. */
static const char *parse_field(struct arena *arena, const char *at, const char *end,
			       struct heard_field *ret)
{
	const char *line = memchr(at, '\n', (size_t)(end - at));
	const char *equals;
	uint64_t size;

	assert_non_null(line);
	equals = memchr(at, '=', (size_t)(line - at));
	ret->binary = !equals;
	if (equals) {
		ret->name = arena_strndup(arena, at, (size_t)(equals - at));
		ret->value = arena_strndup(arena, equals + 1, (size_t)(line - equals - 1));
		return line + 1;
	}
	ret->name = arena_strndup(arena, at, (size_t)(line - at));
	at = line + 1;
	assert_true(end - at > (ptrdiff_t)sizeof(size));
	memcpy(&size, at, sizeof(size));
	size = le64toh(size);
	at += sizeof(size);
	assert_true(size < (uint64_t)(end - at));
	ret->value = arena_strndup(arena, at, size);
	assert_int_equal(at[size], '\n');
	return at + size + 1;
}

bool journald_hear(int fd, struct arena *arena, struct heard *ret)
{
	char *bytes = arena_alloc(arena, DATAGRAM_MAX);
	ssize_t length = recv(fd, bytes, DATAGRAM_MAX, 0);
	const char *at = bytes;
	const char *end = bytes + length;

	if (length <= 0)
		return false;
	*ret = (struct heard){ 0 };
	while (at < end) {
		struct heard_field field;

		at = parse_field(arena, at, end, &field);
		if (strspn(field.name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != strlen(field.name))
			fail_msg("'%s' is no name of a field", field.name);
		*list_push(arena, ret) = field;
	}
	return true;
}

bool journald_find(int fd, struct arena *arena, const char *name, const char *value,
		   struct heard *ret)
{
	while (journald_hear(fd, arena, ret)) {
		const char *found = heard_value(ret, name);

		if (found && (!value || !strcmp(found, value)))
			return true;
	}
	return false;
}

const char *heard_value(const struct heard *heard, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < heard->count; i++) {
		if (strcmp(heard->items[i].name, name) != 0)
			continue;
		assert_null(value);
		value = heard->items[i].value;
	}
	return value;
}
