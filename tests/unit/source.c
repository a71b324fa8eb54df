/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/diag/source.h"

#include <string.h>

#include "tests/support/test.h"

static struct source files[] = {
	{ .name = "a.yaml", .tier = TIER_ETC, .text = "one", .length = 3 },
	{ .name = "b.yaml", .tier = TIER_ETC, .text = "two", .length = 3 },
};
static struct object_digest contents[] = { { "flows", "77b1" }, { "lb", DIGEST_NONE } };

static bool same_digest(size_t file_count, size_t content_count, const struct sources *sources,
			const struct object_digests *objects)
{
	const struct sources some = { files, file_count };
	const struct object_digests held = { contents, content_count };
	char one[65], other[65];

	policy_digest(&some, &held, one);
	policy_digest(sources, objects, other);
	assert_int_equal(strspn(one, "0123456789abcdef"), 64);
	return !strcmp(one, other);
}

static void digest_is_the_same_for_any_order_and_place_of_files(void **state)
{
	struct source turned[] = { files[1], files[0] };
	const struct sources sources = { turned, 2 };
	const struct object_digests none = { 0 };

	(void)state;
	turned[0].path = "/somewhere/else";
	assert_true(same_digest(2, 0, &sources, &none));
	turned[0].tier = TIER_RUN;
	assert_false(same_digest(2, 0, &sources, &none));
}

static void digest_covers_what_the_objects_hold(void **state)
{
	const struct sources sources = { files, 2 };
	struct object_digest other[] = { contents[0], contents[1] };
	const struct object_digests objects = { other, 2 };

	(void)state;
	assert_true(same_digest(2, 2, &sources, &objects));
	assert_false(same_digest(2, 1, &sources, &objects));
	assert_false(same_digest(2, 0, &sources, &objects));
	other[0].digest = "9d04";
	assert_false(same_digest(2, 2, &sources, &objects));
	other[0] = contents[0];
	other[1].program = "lc";
	assert_false(same_digest(2, 2, &sources, &objects));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest_is_the_same_for_any_order_and_place_of_files),
		cmocka_unit_test(digest_covers_what_the_objects_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
