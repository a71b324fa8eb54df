/* SPDX-License-Identifier: GPL-2.0-only */
/* usage: ordain-schema FILE. Writes the JSON Schema: a step of the build, and not installed. */
#include <stdio.h>

#include "policy/language/schema_json.h"

int main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct text text = TEXT(arena);
	FILE *file = argc == 2 ? fopen(argv[1], "w") : NULL;
	bool written;

	schema_json(&text);
	written = file && fputs(text_string(&text), file) >= 0;
	if (file && fclose(file))
		written = false;
	if (!written)
		perror("ordain-schema");
	arena_free(arena);
	return written ? 0 : 1;
}
