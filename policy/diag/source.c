/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/diag/source.h"

#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_numbers(unsigned int a, unsigned int b)
{
	return (a > b) - (a < b);
}

int span_compare(const struct span *a, const struct span *b)
{
	int order = 0;

	if (!a->source || !b->source)
		return (a->source != NULL) - (b->source != NULL);
	if (a->source != b->source)
		order = strcmp(a->source->path, b->source->path);
	if (!order)
		order = compare_numbers(a->line, b->line);
	return order ? order : compare_numbers(a->column, b->column);
}

static int compare(const void *a, const void *b)
{
	const struct source *x = *(const struct source *const *)a;
	const struct source *y = *(const struct source *const *)b;
	int order = strcmp(x->name, y->name);

	return order ? order : (int)x->tier - (int)y->tier;
}

/* The length goes first, so that no two sets of files read as the same bytes. */
static void add(SHA2_CTX *context, const char *bytes, size_t length)
{
	char header[32];
	int used = snprintf(header, sizeof(header), "%zu:", length);

	SHA256Update(context, (const uint8_t *)header, (size_t)used);
	SHA256Update(context, (const uint8_t *)bytes, length);
}

static void add_string(SHA2_CTX *context, const char *string)
{
	add(context, string, strlen(string));
}

/* No file's tier is called so: what was added before has ended. */
static void add_objects(SHA2_CTX *context, const struct object_digests *objects)
{
	if (objects->count)
		add_string(context, "objects");
	for (size_t i = 0; i < objects->count; i++) {
		add_string(context, objects->items[i].program);
		add_string(context, objects->items[i].digest);
	}
}

void policy_digest(const struct sources *sources, const struct object_digests *objects,
		   char ret_digest[65])
{
	const struct source **sorted = malloc((sources->count + 1) * sizeof(const struct source *));
	SHA2_CTX context;

	if (!sorted)
		abort();
	for (size_t i = 0; i < sources->count; i++)
		sorted[i] = &sources->items[i];
	qsort(sorted, sources->count, sizeof(*sorted), compare);
	SHA256Init(&context);
	for (size_t i = 0; i < sources->count; i++) {
		char tier = (char)('0' + sorted[i]->tier);

		add(&context, &tier, 1);
		add_string(&context, sorted[i]->name);
		add(&context, sorted[i]->text, sorted[i]->length);
	}
	add_objects(&context, objects);
	SHA256End(&context, ret_digest);
	free(sorted);
}
