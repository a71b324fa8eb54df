/* SPDX-License-Identifier: GPL-2.0-only */
/* Which programs of others become elements of ours, and where. */
#include "policy/plan/takeover.h"

#include <ctype.h>

#include "policy/base/text.h"
#include "tests/support/test.h"
#include "tests/support/values.h"

static const struct interface eth0 = { .name = "eth0", .index = 2 };

/* Small letters are ours, capitals those of others; N has no link, and M may not be absorbed. */
struct scene {
	const char *order; /* the resolved one; every pair of it is a statement */
	const char *hook; /* who of others is there */
	const char *expected; /* "^": a head; "(X)": its link has a placeholder */
};

static const struct chain *make_chain(struct arena *arena, const char *order)
{
	struct text names = TEXT(arena);
	struct chain *chain;

	for (const char *at = order; *at; at++)
		text_printf(&names, "%s%c", at == order ? "" : " ", *at);
	chain = chain_of(arena, &eth0, HOOK_TCX_INGRESS, text_string(&names));
	for (size_t i = 0; i < chain->count; i++) {
		if (!isupper(order[i]))
			continue;
		chain_program(chain, i)->object.text = NULL;
		chain_program(chain, i)->attached_name.text = chain_program(chain, i)->name;
		chain_program(chain, i)->absorb.value = order[i] != 'M';
	}
	for (size_t i = 0; i < chain->count; i++)
		for (size_t j = i + 1; j < chain->count; j++)
			*list_push(arena, &chain->applied) = (struct statement){
				.kind = STATEMENT_ORDER,
				.first = chain->elements[i].program,
				.second = chain->elements[j].program,
			};
	return chain;
}

static struct desired make_desired(struct arena *arena, const char *order)
{
	struct desired desired = { .hook = HOOK_TCX_INGRESS, .chain = make_chain(arena, order) };
	struct text words = TEXT(arena);

	for (const char *at = order; *at; at++)
		if (islower(*at))
			text_printf(&words, "%s%c", words.length ? " " : "", *at);
	if (words.length)
		desired.manifest = manifest_of(arena, HOOK_TCX_INGRESS, text_string(&words));
	return desired;
}

static struct observed_hook make_hook(struct arena *arena, const char *names)
{
	struct observed_hook hook = { .hook = HOOK_TCX_INGRESS, .ifindex = 2, .supported = true };

	for (uint32_t i = 0; names[i]; i++)
		observed_put(arena, &hook, i + 1, arena_printf(arena, "%c", names[i]))->link_id =
			names[i] == 'N' ? 0 : i + 101;
	return hook;
}

static void add_segment(struct text *out, const struct placement *placement, size_t gap, bool heads)
{
	for (size_t i = 0; i < placement->count; i++) {
		const struct manifest *manifest = placement->items[i].manifest;

		if (placement->items[i].gap != gap)
			continue;
		assert_int_equal(manifest->marks_of,
				 manifest->head || manifest_absorbs(manifest) ? 2 : 0);
		for (size_t j = 0; j < manifest->count; j++)
			text_add(out, manifest->items[j].name);
		if (heads && manifest->head)
			text_add(out, "^");
	}
}

static const char *words_of(struct arena *arena, const struct placement *placement,
			    const char *names)
{
	struct text out = TEXT(arena);

	for (size_t gap = 0; gap <= strlen(names); gap++) {
		add_segment(&out, placement, gap, true);
		if (names[gap])
			text_printf(&out, placement->marks && placement->marks[gap] ? "(%c)" : "%c",
				    names[gap]);
	}
	return text_string(&out);
}

/* What packets meet, one after the other. */
static const char *flow_of(struct arena *arena, const struct placement *placement,
			   const char *names)
{
	struct text out = TEXT(arena);

	for (size_t gap = 0; gap <= strlen(names); gap++) {
		add_segment(&out, placement, gap, false);
		if (names[gap] && !(placement->marks && placement->marks[gap]))
			text_printf(&out, "%c", names[gap]);
	}
	return text_string(&out);
}

static const struct scene scenes[] = {
	/* As it should be: nothing is taken over. */
	{ "XY", "XY", "XY" },
	{ "aXbYc", "XY", "aXbYc" },
	{ "aX", "X", "aX" },
	{ "aX", "", "a" },
	/* The wrong way round. */
	{ "YX", "XY", "^(X)(Y)YX" },
	{ "aYbXc", "XY", "a^(X)(Y)YbXc" },
	{ "YaX", "XY", "^(X)(Y)YaX" },
	/* Who stands right is left alone. */
	{ "ZaYX", "ZXY", "Za^(X)(Y)YX" },
	{ "YXZ", "XYZ", "^(X)(Y)YXZ" },
	{ "ZYX", "XYZ", "^(X)(Y)(Z)ZYX" },
	/* What nobody names stays, and so do those on both sides of it. */
	{ "YX", "XWY", "XWY" },
	{ "YX", "WXY", "W^(X)(Y)YX" },
	/* No link, or no permission. */
	{ "NX", "XN", "XN" },
	{ "MX", "XM", "XM" },
	{ "YXaWZ", "XYMZW", "^(X)(Y)YXaM^(Z)(W)WZ" },
};

static void contradictions_are_taken_over(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(scenes) / sizeof(*scenes); i++) {
		struct arena *arena = arena_new();
		struct desired desired = make_desired(arena, scenes[i].order);
		struct observed_hook hook = make_hook(arena, scenes[i].hook);
		struct placement placement = placement_of(arena, &desired, &hook);

		assert_true(placement_wanted(&desired));
		assert_string_equal(words_of(arena, &placement, scenes[i].hook),
				    scenes[i].expected);
		arena_free(arena);
	}
}

static void exchange(char *a, char *b)
{
	char letter = *a;

	*a = *b;
	*b = letter;
}

/* The next order of the letters, as dictionaries have it; false: that was the last. */
static bool next_order(char *letters, size_t count)
{
	size_t at = count - 1, other = count - 1;

	while (at && letters[at - 1] >= letters[at])
		at--;
	if (!at)
		return false;
	while (letters[other] <= letters[at - 1])
		other--;
	exchange(&letters[at - 1], &letters[other]);
	for (size_t low = at, high = count - 1; low < high; low++, high--)
		exchange(&letters[low], &letters[high]);
	return true;
}

/* Where all may be absorbed, packets meet what the policy says, however the hook came to be. */
static void every_order_can_be_had(void **state)
{
	static const char *const hooks[] = { "WXYZ", "ZYXW", "XZWY", "YWZX" };
	char order[] = "WXYZa";

	(void)state;
	do {
		struct arena *arena = arena_new();

		for (size_t i = 0; i < sizeof(hooks) / sizeof(*hooks); i++) {
			struct desired desired = make_desired(arena, order);
			struct observed_hook hook = make_hook(arena, hooks[i]);
			struct placement placement = placement_of(arena, &desired, &hook);

			assert_string_equal(flow_of(arena, &placement, hooks[i]), order);
		}
		arena_free(arena);
	} while (next_order(order, strlen(order)));
}

/* A mark is in the code of a placeholder: what stands keeps its own. */
static void marks_stay(void **state)
{
	struct arena *arena = arena_new();
	struct desired desired = make_desired(arena, "ZYX");
	struct observed_hook hook = make_hook(arena, "XYZ");
	struct placement placement;

	(void)state;
	hook.programs[0].placeholder = 50;
	hook.programs[0].mark = 2;
	placement = placement_of(arena, &desired, &hook);
	assert_int_equal(placement.marks[0], 2);
	assert_int_equal(placement.marks[1], 1);
	assert_int_equal(placement.marks[2], 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(placement.whole->items[i].mark, placement.marks[2 - i]);
	arena_free(arena);
}

/* Two links with one program: it would run twice. */
static void what_is_there_twice_is_one_element(void **state)
{
	struct arena *arena = arena_new();
	struct desired desired = make_desired(arena, "YX");
	struct observed_hook hook = make_hook(arena, "XYX");
	struct placement placement;

	(void)state;
	hook.programs[2].id = hook.programs[0].id;
	hook.programs[0].placeholder = 50;
	hook.programs[0].mark = 1;
	placement = placement_of(arena, &desired, &hook);
	assert_string_equal(flow_of(arena, &placement, "XYX"), "YX");
	arena_free(arena);
}

/* Errors in the policy move nothing. */
static void what_is_absorbed_stays_so(void **state)
{
	struct arena *arena = arena_new();
	struct desired desired = make_desired(arena, "YaX");
	struct observed_hook hook = make_hook(arena, "XY");
	struct observed_segment segment = { .number = 1, .chain = 100, .own = OWN_ATTACHED };
	struct manifest *running =
		(struct manifest *)manifest_of(arena, HOOK_TCX_INGRESS, "Y@2 a X@1");
	struct observed_program *ours;
	struct placement placement;

	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		hook.programs[i].placeholder = 50 + i;
		hook.programs[i].mark = i + 1;
	}
	segment.manifest = running;
	ours = observed_put(arena, &hook, 100, "ordain");
	ours->ours = true;
	ours->segment = &segment;
	desired.blocked = true;
	placement = placement_of(arena, &desired, &hook);
	assert_string_equal(flow_of(arena, &placement, "XY"), "YaX");
	assert_int_equal(placement.marks[0], 1);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contradictions_are_taken_over),
		cmocka_unit_test(every_order_can_be_had),
		cmocka_unit_test(marks_stay),
		cmocka_unit_test(what_is_there_twice_is_one_element),
		cmocka_unit_test(what_is_absorbed_stays_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
