/* SPDX-License-Identifier: GPL-2.0-only */
#include "test.h"

#include <stdlib.h>

void test_skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("SKIP: ", stdout);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
	fflush(stdout);
	exit(77);
}

int fixture_set_up(void **state)
{
	struct arena *arena = arena_new();
	struct fixture *fixture = arena_alloc(arena, sizeof(*fixture));

	fixture->arena = arena;
	fixture->diags = DIAGS(arena);
	*state = fixture;
	return 0;
}

int fixture_tear_down(void **state)
{
	arena_free(((struct fixture *)*state)->arena);
	return 0;
}

void sources_add(struct arena *arena, struct sources *sources, const char *name, const char *text)
{
	struct source *source = list_push(arena, sources);

	source->name = arena_strdup(arena, name);
	source->path = arena_printf(arena, "/etc/ordain/%s", name);
	source->tier = TIER_ETC;
	source->text = arena_strdup(arena, text);
	source->length = strlen(text);
}
