/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blocks double: a thousand small arenas stay small, and a large one takes few allocations. */
enum { FIRST_BLOCK = 1024, LAST_BLOCK = 128 * 1024, ALIGNMENT = _Alignof(max_align_t) };

struct block {
	struct block *next;
	size_t used;
	size_t size;
	_Alignas(max_align_t) char bytes[];
};

struct arena {
	struct block *blocks;
};

static void *allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		abort();
	return memory;
}

struct arena *arena_new(void)
{
	return allocate(sizeof(struct arena));
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	while (arena->blocks) {
		struct block *next = arena->blocks->next;

		free(arena->blocks);
		arena->blocks = next;
	}
	free(arena);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct block *block = arena->blocks;
	size_t needed = (size + !size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	void *memory;

	if (needed < size)
		abort();
	if (!block || block->size - block->used < needed) {
		size_t capacity = block ? block->size * 2 : FIRST_BLOCK;

		if (capacity > LAST_BLOCK)
			capacity = LAST_BLOCK;
		if (capacity < needed)
			capacity = needed;

		block = allocate(sizeof(*block) + capacity);
		block->size = capacity;
		block->next = arena->blocks;
		arena->blocks = block;
	}
	memory = block->bytes + block->used;
	block->used += needed;
	return memory;
}

void *arena_memdup(struct arena *arena, const void *bytes, size_t size)
{
	void *copy = arena_alloc(arena, size);

	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

char *arena_strndup(struct arena *arena, const char *string, size_t length)
{
	size_t used = strnlen(string, length);
	char *copy = arena_alloc(arena, used + 1);

	memcpy(copy, string, used);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *string)
{
	return arena_strndup(arena, string, strlen(string));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	char *string;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		abort();
	string = arena_alloc(arena, (size_t)length + 1);
	vsnprintf(string, (size_t)length + 1, format, args);
	return string;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *string;

	va_start(args, format);
	string = arena_vprintf(arena, format, args);
	va_end(args);
	return string;
}

void *list_grow(struct arena *arena, void *items, size_t count, size_t size)
{
	void *grown;

	/* Full exactly when the count is 0 or a power of two: no capacity to keep. */
	if (count & (count - 1))
		return items;
	grown = arena_alloc(arena, (count ? count * 2 : 1) * size);
	if (count)
		memcpy(grown, items, count * size);
	return grown;
}
