/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/language/schema.h"
#include "policy/language/schema_json.h"

#include "tests/support/test.h"

static const struct schema *const schemas[] = { &schema_top, &schema_program, &schema_chain,
						&schema_label, &schema_attached };

static void schema_describes_every_key_that_can_be_used(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
		for (size_t j = 0; j < schemas[i]->count; j++) {
			const struct key *key = &schemas[i]->keys[j];

			assert_ptr_equal(schema_key(schemas[i], key->name), key);
			assert_non_null(key->example);
			assert_non_null(key->help);
			assert_int_equal(key->help[strlen(key->help) - 1], '.');
		}
	}
}

static void schema_json_knows_every_type_in_use(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++)
		for (size_t j = 0; j < schemas[i]->count; j++)
			if (!schema_json_knows(schemas[i]->keys[j].type))
				fail_msg("policy/language/schema_json.c says nothing of the type "
					 "of '%s'",
					 schemas[i]->keys[j].name);
}

static void schema_finds_exact_and_near_keys(void **state)
{
	(void)state;
	assert_null(schema_key(&schema_program, "Hook"));
	assert_null(schema_key(&schema_top, "hook"));
	assert_string_equal(schema_nearest(&schema_program, "objekt")->name, "object");
	assert_string_equal(schema_nearest(&schema_top, "program")->name, "programs");
	assert_null(schema_nearest(&schema_top, "weight"));
}

/* A word leads to one key, and is none itself. */
static void schema_knows_what_others_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
		for (size_t j = 0; j < schemas[i]->count; j++) {
			const struct key *key = &schemas[i]->keys[j];
			char words[256] = "";
			char *rest = words;
			char *word;

			if (!key->others_say)
				continue;
			assert_true(strlen(key->others_say) < sizeof(words));
			assert_int_equal(key->others_say[0], ' ');
			assert_int_equal(key->others_say[strlen(key->others_say) - 1], ' ');
			memcpy(words, key->others_say, strlen(key->others_say));
			while ((word = strsep(&rest, " "))) {
				if (!*word)
					continue;
				assert_null(schema_key(schemas[i], word));
				assert_ptr_equal(schema_nearest(schemas[i], word), key);
			}
		}
	}
	assert_null(schema_nearest(&schema_program, "attach attach_type"));
	assert_null(schema_nearest(&schema_program, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schema_describes_every_key_that_can_be_used),
		cmocka_unit_test(schema_json_knows_every_type_in_use),
		cmocka_unit_test(schema_finds_exact_and_near_keys),
		cmocka_unit_test(schema_knows_what_others_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
