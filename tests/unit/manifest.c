/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/manifest.h"

#include "tests/support/test.h"
#include "tests/support/values.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEAD "ordain-chain 1\nhook xdp\n"
#define ELEMENT "element a sha256:" HEX64 " run\n"

static const struct manifest *parse(struct arena *arena, const char *text)
{
	return manifest_parse(arena, text, strlen(text));
}

static void manifest_text_is_the_format_of_its_header(void **state)
{
	struct arena *arena = arena_new();
	struct manifest_element elements[] = {
		{ "flow-mon_2", HEX64, "flow_in", .proceed = 1u << VERDICT_NEXT },
		{ "b", HEX64, "f", .proceed = 0x201, .variables = "x=-1 y=[1,2]" },
		{ "c", HEX64, "f", .proceed = 1u << VERDICT_NEXT, .observe = true },
		{ "d", HEX64, "f", .proceed = 0, .observe = true, .pin_by_name = true,
		  .variables = "observe=1 proceed=2 with=3" },
	};
	struct manifest manifest = { .hook = HOOK_TCX_INGRESS, .items = elements, .count = 4 };

	(void)state;
	assert_string_equal(manifest_text(arena, &manifest),
			    "ordain-chain 1\n"
			    "hook tcx-ingress\n"
			    "element flow-mon_2 sha256:" HEX64 " flow_in\n"
			    "element b sha256:" HEX64 " f proceed=201 with x=-1 y=[1,2]\n"
			    "element c sha256:" HEX64 " f observe\n"
			    "element d sha256:" HEX64 " f proceed=0 observe pin_by_name "
			    "with observe=1 proceed=2 with=3\n");
	assert_true(manifest_equal(&manifest, parse(arena, manifest_text(arena, &manifest))));
	arena_free(arena);
}

/* Which program it is now determines nothing; that it is somebody else's does. */
static void manifest_tells_what_is_absorbed(void **state)
{
	struct arena *arena = arena_new();
	struct manifest_element elements[] = {
		manifest_element_absorbed(HOOK_XDP, "ext", 7),
		manifest_element_absorbed(HOOK_XDP, "Vendor_main-2", 9),
	};
	struct manifest manifest = { .hook = HOOK_XDP, .items = elements, .count = 2 };
	const struct manifest *parsed;

	(void)state;
	elements[1].proceed = 9;
	assert_string_equal(manifest_text(arena, &manifest),
			    HEAD "absorbed ext\nabsorbed Vendor_main-2 proceed=9\n");
	elements[0].observe = true;
	assert_string_equal(manifest_text(arena, &manifest),
			    HEAD "absorbed ext observe\nabsorbed Vendor_main-2 proceed=9\n");
	parsed = parse(arena, manifest_text(arena, &manifest));
	assert_true(manifest_equal(&manifest, parsed));
	assert_false(manifest_same_absorbed(&manifest, parsed));
	assert_true(manifest_absorbs(parsed));
	assert_null(parse(arena, HEAD "absorbed -ext\n"));
	assert_null(parse(arena, HEAD "absorbed ext drop\n"));
	arena_free(arena);
}

/* What a taken-over link has to do with its marks. */
static void manifest_tells_heads_and_marks(void **state)
{
	struct arena *arena = arena_new();
	const char *text = "ordain-chain 1\nhook tcx-ingress\nhead\nabsorbed ext mark=63\n";
	const struct manifest *parsed = parse(arena, text);
	struct manifest other;

	(void)state;
	assert_true(parsed->head);
	assert_int_equal(parsed->items[0].mark, 63);
	assert_string_equal(manifest_text(arena, parsed), text);
	other = *manifest_copy(arena, parsed);
	other.items[0].mark = 1;
	assert_false(manifest_equal(&other, parsed));
	other = *manifest_copy(arena, parsed);
	other.head = false;
	assert_false(manifest_equal(&other, parsed));
	assert_int_equal(parse(arena, "ordain-chain 1\nhook tcx-egress\nhead\n")->count, 0);
	assert_null(parse(arena, HEAD "absorbed ext mark=0\n"));
	assert_null(parse(arena, HEAD "absorbed ext mark=64\n"));
	assert_null(parse(arena, HEAD "absorbed ext mark=\n"));
	arena_free(arena);
}

static void manifest_parse_reads_what_text_wrote(void **state)
{
	struct arena *arena = arena_new();
	const struct manifest *manifest =
		manifest_of(arena, HOOK_TCX_EGRESS, "a b-2:1 c_3:f:_Run2");
	const char *text = manifest_text(arena, manifest);
	const struct manifest *parsed = parse(arena, text);

	(void)state;
	assert_non_null(parsed);
	assert_true(manifest_equal(manifest, parsed));
	assert_string_equal(manifest_text(arena, parsed), text);
	arena_free(arena);
}

/* What it stands for is no more than its name: which object it was, nobody need know. */
static void manifest_knows_what_is_missing(void **state)
{
	struct arena *arena = arena_new();
	const struct manifest *manifest = manifest_of(arena, HOOK_XDP, "a guard-2:missing b");
	const char *text = manifest_text(arena, manifest);
	const struct manifest *parsed = parse(arena, text);

	(void)state;
	assert_non_null(strstr(text, " run\nmissing guard-2 drop\nelement b "));
	assert_non_null(parsed);
	assert_true(manifest_equal(manifest, parsed));
	assert_string_equal(manifest_text(arena, manifest_copy(arena, parsed)), text);
	assert_true(parsed->items[1].missing);
	assert_string_equal(parsed->items[1].name, "guard-2");
	assert_string_equal(parsed->items[1].digest, "");
	assert_false(manifest_continues(&parsed->items[1], 1 /* XDP_DROP */));
	assert_false(manifest_counts_itself(&parsed->items[1]));
	assert_false(parsed->items[0].missing || parsed->items[2].missing);
	assert_false(manifest_equal(manifest, manifest_of(arena, HOOK_XDP, "a guard-2 b")));
	assert_false(manifest_same_code(&parsed->items[1], &parsed->items[0]));
	arena_free(arena);
}

/* The chain would be another one with "linking", and the same however it turned out. */
static void manifest_tells_how_it_is_linked(void **state)
{
	struct arena *arena = arena_new();
	const struct manifest *plain = manifest_of(arena, HOOK_XDP, "a b");
	struct manifest *called = arena_memdup(arena, plain, sizeof(*plain));
	const struct manifest *parsed;
	const char *text;

	(void)state;
	called->call_all = true;
	assert_false(manifest_equal(plain, called));
	text = manifest_text(arena, called);
	assert_non_null(strstr(text, " run\nlinking called\n"));
	parsed = parse(arena, text);
	assert_non_null(parsed);
	assert_true(manifest_equal(called, parsed));
	assert_null(parsed->items[0].linked);
	plain->items[0].linked = "called: has a tail call";
	plain->items[1].linked = "inlined";
	assert_null(strstr(manifest_text(arena, plain), "linked"));
	parsed = parse(arena, manifest_text_linked(arena, manifest_copy(arena, plain)));
	assert_non_null(parsed);
	assert_true(manifest_equal(manifest_of(arena, HOOK_XDP, "a b"), parsed));
	assert_string_equal(parsed->items[0].linked, "called: has a tail call");
	assert_string_equal(parsed->items[1].linked, "inlined");
	arena_free(arena);
}

static void manifest_parse_stops_at_a_nul(void **state)
{
	static const char text[] = HEAD ELEMENT "\0junk";
	struct arena *arena = arena_new();
	const struct manifest *parsed = manifest_parse(arena, text, sizeof(text));

	(void)state;
	assert_non_null(parsed);
	assert_int_equal(parsed->count, 1);
	assert_null(manifest_parse(arena, text, strlen(text) - 1));
	arena_free(arena);
}

static void manifest_parse_refuses_everything_else(void **state)
{
	static const char *const refused[] = {
		"",
		"ordain-chain 1\n",
		"ordain-chain 2\nhook xdp\n" ELEMENT,
		"ordain-chain 10\nhook xdp\n" ELEMENT,
		"ordain-chain 1\nhook tc\n" ELEMENT,
		"ordain-chain 1\nhook \n" ELEMENT,
		HEAD "junk\n",
		HEAD "\n" ELEMENT,
		HEAD ELEMENT "\n",
		HEAD ELEMENT ELEMENT,
		HEAD "element A sha256:" HEX64 " run\n",
		HEAD "element -a sha256:" HEX64 " run\n",
		HEAD "element _a sha256:" HEX64 " run\n",
		HEAD "element a/b sha256:" HEX64 " run\n",
		HEAD "element  sha256:" HEX64 " run\n",
		HEAD "element a sha256:" HEX64 "0 run\n",
		HEAD "element a sha256:0123 run\n",
		HEAD "element a sha256: run\n",
		HEAD "element a sha512:" HEX64 " run\n",
		HEAD "element a sha256:" HEX64 " 2run\n",
		HEAD "element a sha256:" HEX64 " run-in\n",
		HEAD "element a sha256:" HEX64 " \n",
		HEAD "element a sha256:" HEX64 "\n",
		HEAD "element a sha256:" HEX64 " run",
		HEAD "element a sha256:" HEX64 " run more\n",
		HEAD "element a sha256:" HEX64 " run proceed=\n",
		HEAD "element a sha256:" HEX64 " run proceed=400\n",
		HEAD "element a sha256:" HEX64 " run observed\n",
		HEAD "element a sha256:" HEX64 " run \n",
		HEAD "element a sha256:" HEX64 " run x=1\n",
		HEAD "element a sha256:" HEX64 " run with\n",
		HEAD "element a sha256:" HEX64 " run with \n",
		HEAD "element a sha256:" HEX64 " run with x\n",
		HEAD "element a sha256:" HEX64 " run with x=1,\n",
		HEAD "element a sha256:" HEX64 " run with x=[1\n",
		HEAD "element a sha256:" HEX64 " run with x=\"a\n",
		HEAD "element a sha256:" HEX64 " run with x=\"%zz\"\n",
		HEAD "element a sha256:" HEX64 " run with x=1  y=2\n",
		HEAD ELEMENT "linking inlined\n",
		HEAD ELEMENT "linking called",
		HEAD "linking called\n" ELEMENT,
		HEAD ELEMENT "linked a \n",
		HEAD ELEMENT "linked a inlined",
		HEAD ELEMENT "linked b inlined\n",
		HEAD ELEMENT "linked a inlined\nlinking called\n",
		HEAD "missing a\n",
		HEAD "missing a drop",
		HEAD "missing a skip\n",
		HEAD "missing  drop\n",
		HEAD "missing A drop\n",
		HEAD "missing -a drop\n",
		HEAD "missing a drop observe\n",
		HEAD ELEMENT "missing a drop\n",
		HEAD "element a sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef"
		     "0123456789abcdef run\n",
	};
	struct arena *arena = arena_new();

	(void)state;
	assert_non_null(parse(arena, HEAD ELEMENT));
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if (parse(arena, refused[i]))
			fail_msg("accepted: %s", refused[i]);
	arena_free(arena);
}

static void manifest_equal_sees_every_difference(void **state)
{
	static const char *const others[] = {
		"a", "a b c", "b a", "a b:1", "a b:0:other", "a c",
	};
	struct arena *arena = arena_new();
	const struct manifest *manifest = manifest_of(arena, HOOK_XDP, "a b");

	(void)state;
	assert_true(manifest_equal(manifest, manifest_of(arena, HOOK_XDP, "a b:0:run")));
	assert_false(manifest_equal(manifest, manifest_of(arena, HOOK_TCX_EGRESS, "a b")));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_false(manifest_equal(manifest, manifest_of(arena, HOOK_XDP, others[i])));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(manifest_text_is_the_format_of_its_header),
		cmocka_unit_test(manifest_tells_what_is_absorbed),
		cmocka_unit_test(manifest_tells_heads_and_marks),
		cmocka_unit_test(manifest_parse_reads_what_text_wrote),
		cmocka_unit_test(manifest_knows_what_is_missing),
		cmocka_unit_test(manifest_tells_how_it_is_linked),
		cmocka_unit_test(manifest_parse_stops_at_a_nul),
		cmocka_unit_test(manifest_parse_refuses_everything_else),
		cmocka_unit_test(manifest_equal_sees_every_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
