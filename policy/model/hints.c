/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/hints.h"

#include <string.h>

#include "policy/language/decode.h"

void hints_excuse(struct diags *found, const char *consequence)
{
	for (size_t i = 0; i < found->count; i++) {
		found->items[i].severity = SEVERITY_WARNING;
		diag_detail(found, &found->items[i], "%s", consequence);
	}
}

static const struct source *find(const struct sources *sources, const char *name)
{
	for (size_t i = 0; sources && i < sources->count; i++)
		if (sources->items[i].tier == TIER_HINT && !strcmp(sources->items[i].name, name))
			return &sources->items[i];
	return NULL;
}

static bool same_text(const struct source *a, const struct source *b)
{
	return !a->unread && a->length == b->length &&
	       (!a->length || !memcmp(a->text, b->text, a->length));
}

/* Would the file count, as far as it alone can tell? */
static bool is_whole(struct arena *arena, const struct source *source, struct diags *found)
{
	struct declarations declarations = { 0 };
	const struct node *root = document_parse(arena, source, found);

	if (root)
		decode_document(arena, root, found, &declarations);
	return !diags_have_errors(found);
}

/* Places of what is wrong point into what is on disk, so that is kept beside the files. */
static struct source replacement(struct arena *arena, const struct source *file,
				 const struct source *kept)
{
	struct source source = *file;

	source.unread = false;
	source.text = arena_memdup(arena, kept->text, kept->length);
	source.length = kept->length;
	return source;
}

static bool has_good_past(struct arena *arena, const struct source *file, const struct source *kept)
{
	struct diags ignored = DIAGS(arena);

	return kept && !same_text(file, kept) && is_whole(arena, kept, &ignored);
}

static void keep_good(struct arena *arena, struct source *file, const struct source *kept,
		      struct diags *diags)
{
	struct diags found = DIAGS(diags->arena);
	const struct source *broken = arena_memdup(diags->arena, file, sizeof(*file));

	if (!has_good_past(arena, file, kept))
		return;
	if (!file->unread && is_whole(arena, broken, &found))
		return;
	hints_excuse(&found, "what this file said before counts instead");
	diags_append(diags, &found);
	*file = replacement(arena, file, kept);
}

void hints_keep_good(struct arena *arena, struct sources *files, const struct sources *last,
		     struct diags *diags)
{
	size_t kept = 0;

	for (size_t i = 0; i < files->count; i++) {
		struct source *file = &files->items[i];

		if (file->tier == TIER_HINT)
			keep_good(arena, file, find(last, file->name), diags);
		if (!file->unread)
			files->items[kept++] = *file;
	}
	files->count = kept;
}
