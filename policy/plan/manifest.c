/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "policy/base/text.h"
#include "policy/model/variables.h"

#define LOWERCASE "abcdefghijklmnopqrstuvwxyz"
#define UPPERCASE "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

enum { DIGEST_LENGTH = 64 };

static void add_element(struct text *text, enum hook hook, const struct manifest_element *element)
{
	text_printf(text, "element %s sha256:%s %s", element->name, element->digest,
		    element->function);
	if (element->proceed != verdicts_continuing(hook))
		text_printf(text, " proceed=%x", element->proceed);
	if (element->observe)
		text_add(text, " observe");
	if (element->pin_by_name)
		text_add(text, " pin_by_name");
	if (element->variables && *element->variables)
		text_printf(text, " with %s", element->variables);
	text_add(text, "\n");
}

static void add_absorbed(struct text *text, enum hook hook, const struct manifest_element *element)
{
	text_printf(text, "absorbed %s", element->name);
	if (element->proceed != verdicts_continuing(hook))
		text_printf(text, " proceed=%x", element->proceed);
	if (element->observe)
		text_add(text, " observe");
	if (element->mark)
		text_printf(text, " mark=%u", element->mark);
	text_add(text, "\n");
}

static void add_manifest(struct text *text, const struct manifest *manifest)
{
	text_printf(text, "ordain-chain 1\nhook %s\n", hook_name(manifest->hook));
	if (manifest->head)
		text_add(text, "head\n");
	for (size_t i = 0; i < manifest->count; i++) {
		const struct manifest_element *element = &manifest->items[i];

		if (element->missing)
			text_printf(text, "missing %s drop\n", element->name);
		else if (element->absorbed)
			add_absorbed(text, manifest->hook, element);
		else
			add_element(text, manifest->hook, element);
	}
	if (manifest->call_all)
		text_add(text, "linking called\n");
}

const char *manifest_text(struct arena *arena, const struct manifest *manifest)
{
	struct text text = TEXT(arena);

	add_manifest(&text, manifest);
	return text_string(&text);
}

const char *manifest_text_linked(struct arena *arena, const struct manifest *manifest)
{
	struct text text = TEXT(arena);

	add_manifest(&text, manifest);
	for (size_t i = 0; i < manifest->count; i++)
		if (manifest->items[i].linked)
			text_printf(&text, "linked %s %s\n", manifest->items[i].name,
				    manifest->items[i].linked);
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

static bool take_slots(struct arena *arena, const char **at, unsigned int *ret)
{
	const char *word = take_word(arena, at, DIGITS "abcdef");

	if (!word || strlen(word) > 3)
		return false;
	*ret = (unsigned int)strtoul(word, NULL, 16);
	return !(*ret >> VERDICT_MISSED);
}

/* Of a mark: from 1 to 63. */
static bool take_number(struct arena *arena, const char **at, unsigned int *ret)
{
	const char *word = take_word(arena, at, DIGITS);

	if (!word || word[0] == '0' || strlen(word) > 2)
		return false;
	*ret = (unsigned int)strtoul(word, NULL, 10);
	return *ret <= MANIFEST_MAX_MARK;
}

static bool take_variables(struct arena *arena, const char **at, const char **ret)
{
	size_t length = strcspn(*at, "\n");
	struct variables variables;

	*ret = arena_strndup(arena, *at, length);
	*at += length;
	return length && variables_parse(arena, *ret, &variables);
}

/* A whole word, and not the beginning of a longer one. */
static bool take_mark(const char **at, const char *mark)
{
	size_t length = strlen(mark);

	if (strncmp(*at, mark, length) != 0 || !(*at)[length] || !strchr(" \n", (*at)[length]))
		return false;
	*at += length;
	return true;
}

static bool take_marks(struct arena *arena, const char **at, struct manifest_element *ret)
{
	if (take(at, " proceed=") && !take_slots(arena, at, &ret->proceed))
		return false;
	ret->observe = take_mark(at, " observe");
	ret->pin_by_name = take_mark(at, " pin_by_name");
	if (take(at, " with ") && !take_variables(arena, at, &ret->variables))
		return false;
	return take(at, "\n");
}

static bool take_name(struct arena *arena, const char **at, const char **ret)
{
	*ret = take_word(arena, at, LOWERCASE DIGITS "_-");
	return *ret && !strchr("_-", (*ret)[0]);
}

/* The name may be the program's own: what C takes for an identifier. */
static bool take_absorbed(struct arena *arena, const char **at, enum hook hook,
			  struct manifest_element *ret)
{
	*ret = manifest_element_absorbed(hook, NULL, 0);
	ret->name = take_word(arena, at, LOWERCASE UPPERCASE DIGITS "_-");
	if (!ret->name || ret->name[0] == '-')
		return false;
	if (take(at, " proceed=") && !take_slots(arena, at, &ret->proceed))
		return false;
	ret->observe = take(at, " observe");
	if (take(at, " mark=") && !take_number(arena, at, &ret->mark))
		return false;
	return take(at, "\n");
}

static bool take_element(struct arena *arena, const char **at, enum hook hook,
			 struct manifest_element *ret)
{
	if (take(at, "missing ")) {
		*ret = manifest_element_missing(hook, NULL);
		return take_name(arena, at, &ret->name) && take(at, " drop\n");
	}
	if (take(at, "absorbed "))
		return take_absorbed(arena, at, hook, ret);
	ret->proceed = verdicts_continuing(hook);
	if (!take(at, "element ") || !take_name(arena, at, &ret->name) || !take(at, " sha256:"))
		return false;
	ret->digest = take_word(arena, at, DIGITS "abcdef");
	if (!ret->digest || strlen(ret->digest) != DIGEST_LENGTH || !take(at, " "))
		return false;
	ret->function = take_word(arena, at, LOWERCASE UPPERCASE DIGITS "_");
	return ret->function && !strchr(DIGITS, ret->function[0]) && take_marks(arena, at, ret);
}

static bool last_is_repeated(const struct manifest *manifest)
{
	const char *name = manifest->items[manifest->count - 1].name;

	for (size_t i = 0; i + 1 < manifest->count; i++)
		if (!strcmp(manifest->items[i].name, name))
			return true;
	return false;
}

/* "NAME inlined": of elements that were listed before. */
static bool take_linked(struct arena *arena, const char **at, const struct manifest *manifest)
{
	const char *name;
	size_t length;

	if (!take_name(arena, at, &name) || !take(at, " "))
		return false;
	length = strcspn(*at, "\n");
	for (size_t i = 0; length && i < manifest->count; i++) {
		if (strcmp(manifest->items[i].name, name) != 0)
			continue;
		manifest->items[i].linked = arena_strndup(arena, *at, length);
		*at += length;
		return take(at, "\n");
	}
	return false;
}

const struct manifest *manifest_parse(struct arena *arena, const char *text, size_t length)
{
	struct manifest *manifest = arena_alloc(arena, sizeof(*manifest));
	const char *at = arena_strndup(arena, text, length);

	if (!take(&at, "ordain-chain 1\n") || !take_hook(arena, &at, &manifest->hook))
		return NULL;
	manifest->head = take(&at, "head\n");
	while (*at && strncmp(at, "link", strlen("link")) != 0) {
		struct manifest_element *element = list_push(arena, manifest);

		if (!take_element(arena, &at, manifest->hook, element) ||
		    last_is_repeated(manifest))
			return NULL;
	}
	manifest->call_all = take(&at, "linking called\n");
	while (take(&at, "linked "))
		if (!take_linked(arena, &at, manifest))
			return NULL;
	return *at ? NULL : manifest;
}

/* What it does is no matter of `proceed_on`: its one verdict never goes on by default. */
struct manifest_element manifest_element_missing(enum hook hook, const char *name)
{
	return (struct manifest_element){
		.name = name,
		.digest = "",
		.function = "",
		.missing = true,
		.proceed = verdicts_continuing(hook),
	};
}

struct manifest_element manifest_element_absorbed(enum hook hook, const char *name,
						  uint32_t program)
{
	return (struct manifest_element){
		.name = name,
		.digest = "",
		.function = "",
		.absorbed = true,
		.program = program,
		.proceed = verdicts_continuing(hook),
	};
}

bool manifest_absorbs(const struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->count; i++)
		if (manifest->items[i].absorbed)
			return true;
	return false;
}

bool manifest_same_absorbed(const struct manifest *a, const struct manifest *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->items[i].program != b->items[i].program)
			return false;
	return true;
}

struct manifest_element manifest_element_copy(struct arena *arena,
					      const struct manifest_element *element)
{
	struct manifest_element copy = *element;

	copy.name = arena_strdup(arena, copy.name);
	copy.digest = arena_strdup(arena, copy.digest);
	copy.function = arena_strdup(arena, copy.function);
	if (copy.variables)
		copy.variables = arena_strdup(arena, copy.variables);
	if (copy.linked)
		copy.linked = arena_strdup(arena, copy.linked);
	return copy;
}

const struct manifest *manifest_copy(struct arena *arena, const struct manifest *manifest)
{
	struct manifest *copy = arena_memdup(arena, manifest, sizeof(*manifest));

	copy->items = arena_memdup(arena, manifest->items, manifest->count * sizeof(*copy->items));
	for (size_t i = 0; i < copy->count; i++)
		copy->items[i] = manifest_element_copy(arena, &copy->items[i]);
	return copy;
}

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

bool manifest_same_code(const struct manifest_element *a, const struct manifest_element *b)
{
	return a->missing == b->missing && a->absorbed == b->absorbed &&
	       !strcmp(a->digest, b->digest) && !strcmp(a->function, b->function) &&
	       a->pin_by_name == b->pin_by_name && same_text(a->variables, b->variables);
}

bool manifest_equal(const struct manifest *a, const struct manifest *b)
{
	if (a->hook != b->hook || a->head != b->head || a->count != b->count ||
	    a->call_all != b->call_all)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i].name, b->items[i].name) ||
		    !manifest_same_code(&a->items[i], &b->items[i]) ||
		    a->items[i].proceed != b->items[i].proceed ||
		    a->items[i].observe != b->items[i].observe ||
		    a->items[i].mark != b->items[i].mark)
			return false;
	return true;
}

bool manifest_continues(const struct manifest_element *element, unsigned int slot)
{
	return element->observe || slot == VERDICT_MISSED || element->proceed >> slot & 1;
}

int manifest_go_on(const struct manifest_element *element, enum hook hook)
{
	unsigned int slots = element->proceed & verdicts_continuing(hook);

	if (!slots)
		slots = element->proceed;
	for (int slot = 0; slot < VERDICT_SLOTS; slot++)
		if (slots >> slot & 1)
			return slot;
	return -1;
}

bool manifest_counts_itself(const struct manifest_element *element)
{
	return element->observe || (element->proceed & (element->proceed - 1)) != 0;
}
