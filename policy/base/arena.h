/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that lives and dies together: one arena for each pass, none of its pieces freed alone.
 *
 * Running out of memory ends the process (abort): the chains are pinned in the kernel, so nothing
 * that runs is lost, and no caller needs a path for it. No function here returns NULL.
 */
#ifndef ORDAIN_POLICY_BASE_ARENA_H
#define ORDAIN_POLICY_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);

/* Frees everything allocated from it; NULL is fine. */
void arena_free(struct arena *arena);

/* For __attribute__((cleanup(arena_cleanup))). */
static inline void arena_cleanup(struct arena **arena)
{
	arena_free(*arena);
}

/* Zeroed and aligned for any object; size 0 gives a unique pointer. */
void *arena_alloc(struct arena *arena, size_t size);

void *arena_memdup(struct arena *arena, const void *bytes, size_t size);
char *arena_strdup(struct arena *arena, const char *string);
char *arena_strndup(struct arena *arena, const char *string, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args);

#define arena_array(arena, type, count) ((type *)arena_alloc(arena, (count) * sizeof(type)))

/*
 * A list is any struct with members `items` and `count`, zeroed when empty. list_push() appends a
 * zeroed item and yields its address; addresses of earlier items may change with it.
 */
void *list_grow(struct arena *arena, void *items, size_t count, size_t size);

#define list_push(arena, list)                                                                     \
	((list)->items = list_grow(arena, (list)->items, (list)->count, sizeof(*(list)->items)),   \
	 &(list)->items[(list)->count++])

#endif
