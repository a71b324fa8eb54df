/* SPDX-License-Identifier: GPL-2.0-only */
/* Where ours stand among the programs of others, from the policy and from their order alone. */
#include "policy/plan/placement.h"

#include <ctype.h>

#include "policy/base/text.h"
#include "tests/support/test.h"
#include "tests/support/values.h"

static const struct interface eth0 = { .name = "eth0", .index = 2 };

/*
 * One case in letters: small ones are ours, capitals those of others. `chain` is the resolved order,
 * `stated` pairs of it that are statements, the strongest first, and `hook` who of others is there.
 */
struct placing {
	const char *chain;
	const char *stated;
	const char *hook;
	const char *expected; /* "a X b": where ours are to be among those */
};

static struct chain *make_chain(struct arena *arena, const struct placing *placing)
{
	struct text names = TEXT(arena);
	struct chain *chain;

	for (const char *at = placing->chain; *at; at++)
		text_printf(&names, "%s%c", at == placing->chain ? "" : " ", *at);
	chain = chain_of(arena, &eth0, HOOK_TCX_INGRESS, text_string(&names));
	for (size_t i = 0; i < chain->count; i++)
		if (isupper(placing->chain[i])) {
			chain_program(chain, i)->object.text = NULL;
			chain_program(chain, i)->attached_name.text = chain_program(chain, i)->name;
		}
	for (const char *at = placing->stated; *at; at += 2)
		*list_push(arena, &chain->applied) = (struct statement){
			.kind = STATEMENT_BEFORE,
			.first = chain->elements[strchr(placing->chain, at[0]) - placing->chain]
					 .program,
			.second = chain->elements[strchr(placing->chain, at[1]) - placing->chain]
					  .program,
		};
	return chain;
}

static struct desired make_desired(struct arena *arena, const struct placing *placing)
{
	struct text words = TEXT(arena);

	for (const char *at = placing->chain; *at; at++)
		if (!isupper(*at))
			text_printf(&words, "%s%c", words.length ? " " : "", *at);
	return (struct desired){
		.hook = HOOK_TCX_INGRESS,
		.chain = make_chain(arena, placing),
		.manifest = manifest_of(arena, HOOK_TCX_INGRESS, text_string(&words)),
	};
}

static struct observed_hook make_hook(struct arena *arena, const char *names)
{
	struct observed_hook hook = { .hook = HOOK_TCX_INGRESS, .supported = true };

	for (uint32_t i = 0; names[i]; i++)
		observed_put(arena, &hook, i + 1, arena_printf(arena, "%c", names[i]));
	return hook;
}

/* "ab X c" */
static const char *words_of(struct arena *arena, const struct placement *placement,
			    const char *names)
{
	struct text out = TEXT(arena);
	size_t at = 0;

	for (size_t gap = 0; gap <= strlen(names); gap++) {
		if (at < placement->count && placement->items[at].gap == gap) {
			const struct manifest *manifest = placement->items[at++].manifest;

			for (size_t i = 0; i < manifest->count; i++)
				text_add(&out, manifest->items[i].name);
		}
		if (names[gap])
			text_printf(&out, "%c", names[gap]);
	}
	return text_string(&out);
}

static const struct placing cases[] = {
	/* Nobody says anything, or nobody is there: one, at the head. */
	{ "ab", "", "", "ab" },
	{ "ab", "ab", "XY", "abXY" },
	{ "abX", "", "X", "abX" },
	{ "abX", "ab", "Y", "abY" },
	/* Around one. */
	{ "aXb", "aXXb", "X", "aXb" },
	{ "Xab", "XaXb", "X", "Xab" },
	{ "Xab", "Xaab", "X", "Xab" },
	{ "abX", "aXbX", "X", "abX" },
	{ "Xba", "Xbab", "X", "aXb" },
	/* Around two, who stand as they like. */
	{ "aXbYc", "aXXbbYYc", "XY", "aXbYc" },
	{ "aXbYc", "aXXbYc", "YX", "aYcXb" },
	{ "aXbYc", "XbYc", "ZXYZ", "aZXbYcZ" },
	/* Against their order the strongest counts, and the rest is left out. */
	{ "aXbY", "XYXbbY", "YX", "aYXb" },
	{ "aXbY", "XYbYXb", "YX", "abYX" },
};

static void placement_follows_the_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct arena *arena = arena_new();
		struct desired desired = make_desired(arena, &cases[i]);
		struct observed_hook hook = make_hook(arena, cases[i].hook);
		struct placement placement = placement_of(arena, &desired, &hook);

		assert_string_equal(words_of(arena, &placement, cases[i].hook), cases[i].expected);
		arena_free(arena);
	}
}

static struct placement place_ends(struct arena *arena, bool first, bool last, const char *names)
{
	static const struct placing placing = { "ab", "ab", "", "" };
	struct desired desired = make_desired(arena, &placing);
	struct observed_hook hook = make_hook(arena, names);

	chain_program((struct chain *)desired.chain, 0)->first.value = first;
	chain_program((struct chain *)desired.chain, 1)->last.value = last;
	return placement_of(arena, &desired, &hook);
}

/* The ends of a hook count for those that nobody named, too. */
static void placement_knows_both_ends(void **state)
{
	struct arena *arena = arena_new();
	struct placement placement = place_ends(arena, true, true, "XY");

	(void)state;
	assert_string_equal(words_of(arena, &placement, "XY"), "aXYb");
	placement = place_ends(arena, true, false, "XY");
	assert_string_equal(words_of(arena, &placement, "XY"), "abXY");
	arena_free(arena);
}

/* A last good chain is none that the policy orders now: it stays where it is. */
static void placement_keeps_what_is_not_ordered(void **state)
{
	static const struct placing placing = { "ab", "", "", "" };
	struct arena *arena = arena_new();
	struct desired desired = make_desired(arena, &placing);
	struct observed_hook hook = make_hook(arena, "X");
	struct placement placement;

	(void)state;
	desired.blocked = true;
	observed_put_ours(arena, &hook, "a");
	placement = placement_of(arena, &desired, &hook);
	assert_string_equal(words_of(arena, &placement, "X"), "Xab");
	desired.manifest = manifest_of(arena, HOOK_TCX_INGRESS, "c a");
	placement = placement_of(arena, &desired, &hook);
	assert_string_equal(words_of(arena, &placement, "X"), "Xca");
	desired.manifest = manifest_of(arena, HOOK_TCX_INGRESS, "c");
	placement = placement_of(arena, &desired, &hook);
	assert_string_equal(words_of(arena, &placement, "X"), "cX");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(placement_follows_the_order),
		cmocka_unit_test(placement_knows_both_ends),
		cmocka_unit_test(placement_keeps_what_is_not_ordered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
