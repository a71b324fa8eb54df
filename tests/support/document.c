/* SPDX-License-Identifier: GPL-2.0-only */
#include "document.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/system/files.h"
#include "test.h"

enum { DOCUMENT_LIMIT = 1 << 20 };

static const char *path_of(struct arena *arena, const char *name)
{
	return arena_printf(arena, "%s/docs/%s", getenv("ORDAIN_SOURCE"), name);
}

bool document_exists(struct arena *arena, const char *name)
{
	return !access(path_of(arena, name), F_OK);
}

void document_check(struct arena *arena, const char *name, const char *mark, const char *text)
{
	const char *line = arena_printf(arena, "<!-- %s -->\n", mark);
	const char *update = getenv("ORDAIN_UPDATE_GOLDEN");
	const char *path = path_of(arena, name);
	const char *bytes, *begin, *end;
	size_t length;

	assert_int_equal(file_read(arena, path, DOCUMENT_LIMIT, &bytes, &length), 0);
	begin = strstr(bytes, line);
	if (!begin)
		fail_msg("docs/%s has no line %s", name, line);
	begin += strlen(line);
	end = strstr(begin, "<!-- ");
	end = end ? end : begin + strlen(begin);
	if (strlen(text) == (size_t)(end - begin) && !memcmp(begin, text, strlen(text)))
		return;
	if (update && *update) {
		const char *whole =
			arena_printf(arena, "%.*s%s%s", (int)(begin - bytes), bytes, text, end);

		assert_int_equal(file_replace(path, whole, strlen(whole)), 0);
		return;
	}
	fail_msg("docs/%s is not what was found: ORDAIN_UPDATE_GOLDEN=1 writes it anew", name);
}
