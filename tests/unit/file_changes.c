/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/decide/file_changes.h"

#include "tests/support/test.h"

static struct source file(enum tier tier, const char *name, const char *text)
{
	static char paths[8][64];
	static unsigned int next;
	char *path = paths[next++ % 8];
	static const char *const directories[] = { "/usr/lib/ordain", "/run/ordain",
						   "/etc/ordain" };

	snprintf(path, sizeof(paths[0]), "%s/%s", directories[tier], name);
	return (struct source){
		.path = path, .name = name, .tier = tier, .text = text, .length = strlen(text)
	};
}

static void file_changes_name_what_came_went_and_is_otherwise(void **state)
{
	struct arena *arena = arena_new();
	struct source old[] = {
		file(TIER_ETC, "10-a.yaml", "a"),
		file(TIER_ETC, "20-b.yaml", "b"),
		file(TIER_RUN, "30-c.yaml", "c"),
		file(TIER_ETC, "30-c.yaml", "c"),
	};
	struct source new[] = {
		file(TIER_ETC, "05-new.yaml", ""), file(TIER_ETC, "10-a.yaml", "a"),
		file(TIER_ETC, "20-b.yaml", "B"),  file(TIER_HINT, "30-c.yaml", "c"),
		file(TIER_ETC, "30-c.yaml", "c"),
	};
	const struct sources before = { old, 4 }, now = { new, 5 };

	(void)state;
	assert_string_equal(file_changes(arena, &before, &now),
			    "+ 05-new.yaml, ~ 20-b.yaml, + /usr/lib/ordain/30-c.yaml, "
			    "- /run/ordain/30-c.yaml");
	assert_string_equal(file_changes(arena, &now, &now), "");
	assert_string_equal(file_changes(arena, NULL, &before),
			    "+ 10-a.yaml, + 20-b.yaml, + /run/ordain/30-c.yaml, + 30-c.yaml");
	new[1].unread = true;
	assert_non_null(strstr(file_changes(arena, &before, &now), "~ 10-a.yaml"));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_changes_name_what_came_went_and_is_otherwise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
