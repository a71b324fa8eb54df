/* SPDX-License-Identifier: GPL-2.0-only */
/* Documents that repeat what is in the code say the same as the code. */
#include <stdlib.h>

#include "agent/system/files.h"
#include "agent/system/journal.h"
#include "policy/base/text.h"
#include "policy/diag/diag.h"
#include "policy/language/schema.h"
#include "tests/support/test.h"

enum { DOCUMENT_LIMIT = 1024 * 1024 };

static const char *read_document(struct arena *arena, const char *name)
{
	const char *bytes;
	size_t length;

	assert_int_equal(file_read(arena,
				   arena_printf(arena, "%s/docs/%s", getenv("ORDAIN_SOURCE"), name),
				   DOCUMENT_LIMIT, &bytes, &length),
			 0);
	return bytes;
}

static void add_row(struct text *table, const struct key *key)
{
	text_printf(table, "| `%s` | %s%s%s | `%s` | %s |\n", key->name,
		    key->required ? "required" : "", key->required && key->not_in_hints ? ", " : "",
		    key->not_in_hints ? "not in hints" : "", key->example, key->help);
}

static const char *key_table(struct arena *arena, const struct schema *schema)
{
	struct text table = TEXT(arena);

	text_add(&table, "| key | | example | meaning |\n|---|---|---|---|\n");
	for (size_t i = 0; i < schema->count; i++)
		add_row(&table, &schema->keys[i]);
	text_add(&table, "<!-- end -->\n");
	return text_string(&table);
}

static void docs_list_the_keys_of_the_schema(void **state)
{
	static const struct {
		const char *mark;
		const struct schema *schema;
	} tables[] = {
		{ "<!-- keys: top -->\n", &schema_top },
		{ "<!-- keys: program -->\n", &schema_program },
		{ "<!-- keys: chain -->\n", &schema_chain },
		{ "<!-- keys: label -->\n", &schema_label },
		{ "<!-- keys: attached -->\n", &schema_attached },
	};
	struct arena *arena = arena_new();
	const char *document = read_document(arena, "policy.md");

	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const char *table = key_table(arena, tables[i].schema);
		const char *found = strstr(document, tables[i].mark);

		assert_non_null(found);
		if (!strncmp(found + strlen(tables[i].mark), table, strlen(table)))
			continue;
		/* cmocka's own messages end after 1,024 characters. */
		fprintf(stderr, "docs/policy.md: behind %sthere should be\n%s", tables[i].mark,
			table);
		fail();
	}
	arena_free(arena);
}

static void docs_explain_every_diagnostic(void **state)
{
	struct arena *arena = arena_new();
	const char *document = read_document(arena, "operations.md");

	(void)state;
	for (int code = 0; code < DIAG_CODE_COUNT; code++) {
		const char *row =
			arena_printf(arena, "\n| `%s` |", diag_code_name((enum diag_code)code));
		const char *found = strstr(document, row);

		if (!found)
			fail_msg("docs/operations.md has no row '%s'", row + 1);
		/* What it means and what to do, as the manual has them too. */
		if (strstr(found, "| |") && strstr(found, "| |") < strchr(found + 1, '\n'))
			fail_msg("docs/operations.md: '%s' has an empty cell", row + 1);
	}
	arena_free(arena);
}

static void docs_explain_every_field_of_the_journal(void **state)
{
	struct arena *arena = arena_new();
	const char *document = read_document(arena, "operations.md");

	(void)state;
	for (enum journal_field field = 0; field < JOURNAL_FIELD_COUNT; field++)
		if (!strstr(document, arena_printf(arena, "\n| `%s` |", journal_field_name(field))))
			fail_msg("docs/operations.md has no row '| `%s` |'",
				 journal_field_name(field));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(docs_list_the_keys_of_the_schema),
		cmocka_unit_test(docs_explain_every_diagnostic),
		cmocka_unit_test(docs_explain_every_field_of_the_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
