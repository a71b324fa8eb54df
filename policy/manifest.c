/* SPDX-License-Identifier: GPL-2.0-only */
#include "manifest.h"

#include <string.h>

#include "text.h"

#define LOWERCASE "abcdefghijklmnopqrstuvwxyz"
#define UPPERCASE "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

enum { DIGEST_LENGTH = 64 };

const char *manifest_text(struct arena *arena, const struct manifest *manifest)
{
	struct text text = TEXT(arena);

	text_printf(&text, "ordain-chain 1\nhook %s\n", hook_name(manifest->hook));
	for (size_t i = 0; i < manifest->count; i++) {
		const struct manifest_element *element = &manifest->items[i];

		text_printf(&text, "element %s sha256:%s %s\n", element->name, element->digest,
			    element->function);
	}
	return text_string(&text);
}

static bool take(const char **at, const char *expected)
{
	size_t length = strlen(expected);

	if (strncmp(*at, expected, length))
		return false;
	*at += length;
	return true;
}

/* The longest run of `allowed` characters; NULL if it is empty. */
static const char *take_word(struct arena *arena, const char **at, const char *allowed)
{
	size_t length = strspn(*at, allowed);
	const char *word = arena_strndup(arena, *at, length);

	*at += length;
	return length ? word : NULL;
}

static bool take_hook(struct arena *arena, const char **at, enum hook *ret)
{
	const char *word;

	if (!take(at, "hook "))
		return false;
	word = take_word(arena, at, LOWERCASE "-");
	return word && hook_from_name(word, ret) && take(at, "\n");
}

static bool take_element(struct arena *arena, const char **at, struct manifest_element *ret)
{
	if (!take(at, "element "))
		return false;
	ret->name = take_word(arena, at, LOWERCASE DIGITS "_-");
	if (!ret->name || strchr("_-", ret->name[0]) || !take(at, " sha256:"))
		return false;
	ret->digest = take_word(arena, at, DIGITS "abcdef");
	if (!ret->digest || strlen(ret->digest) != DIGEST_LENGTH || !take(at, " "))
		return false;
	ret->function = take_word(arena, at, LOWERCASE UPPERCASE DIGITS "_");
	return ret->function && !strchr(DIGITS, ret->function[0]) && take(at, "\n");
}

static bool last_is_repeated(const struct manifest *manifest)
{
	const char *name = manifest->items[manifest->count - 1].name;

	for (size_t i = 0; i + 1 < manifest->count; i++)
		if (!strcmp(manifest->items[i].name, name))
			return true;
	return false;
}

const struct manifest *manifest_parse(struct arena *arena, const char *text, size_t length)
{
	struct manifest *manifest = arena_alloc(arena, sizeof(*manifest));
	const char *at = arena_strndup(arena, text, length);

	if (!take(&at, "ordain-chain 1\n") || !take_hook(arena, &at, &manifest->hook))
		return NULL;
	while (*at) {
		struct manifest_element *element = list_push(arena, manifest);

		if (!take_element(arena, &at, element) || last_is_repeated(manifest))
			return NULL;
	}
	return manifest;
}

const struct manifest *manifest_copy(struct arena *arena, const struct manifest *manifest)
{
	struct manifest *copy = arena_memdup(arena, manifest, sizeof(*manifest));

	copy->items = arena_memdup(arena, manifest->items, manifest->count * sizeof(*copy->items));
	for (size_t i = 0; i < copy->count; i++) {
		struct manifest_element *element = &copy->items[i];

		element->name = arena_strdup(arena, element->name);
		element->digest = arena_strdup(arena, element->digest);
		element->function = arena_strdup(arena, element->function);
	}
	return copy;
}

bool manifest_equal(const struct manifest *a, const struct manifest *b)
{
	if (a->hook != b->hook || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i].name, b->items[i].name) ||
		    strcmp(a->items[i].digest, b->items[i].digest) ||
		    strcmp(a->items[i].function, b->items[i].function))
			return false;
	return true;
}
