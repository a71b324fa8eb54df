/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/language/decode.h"
#include "policy/model/layer.h"

#include "tests/support/test.h"

/* Whole programs, to which a case adds from line 7 on. */
#define A "ordain: 1\nprograms:\n  a:\n    hook: xdp\n    interfaces: [eth0]\n    object: /a.o\n"
/* A program without the interfaces, and a chain's entry: a case adds from line 6 and 5 on. */
#define OPEN "ordain: 1\nprograms:\n  a:\n    hook: xdp\n    object: /a.o\n"
#define CHAIN "ordain: 1\nchains:\n  - interfaces: [eth0]\n    hook: xdp\n"

#define LABELS "ordain: 1\nlabels: "
#define F "ordain: 1\nprograms:\n  a:\n    functions: "

#define DIGITS_16 "0123456789012345"
#define DIGITS_64 DIGITS_16 DIGITS_16 DIGITS_16 DIGITS_16

struct decoded {
	struct arena *arena;
	struct diags diags;
	struct declarations declarations;
	bool complete;
};

static struct decoded decode(const char *text, enum tier tier)
{
	struct decoded decoded = { .arena = arena_new() };
	struct sources sources = { 0 };
	const struct node *root;

	decoded.diags = DIAGS(decoded.arena);
	sources_add(decoded.arena, &sources, "a.yaml", text);
	sources.items[0].tier = tier;
	root = document_parse(decoded.arena, &sources.items[0], &decoded.diags);
	if (root)
		decoded.complete =
			decode_document(decoded.arena, root, &decoded.diags, &decoded.declarations);
	diags_sort(&decoded.diags);
	return decoded;
}

/* "code line:col" of each diagnostic, in the order of the file. */
static const char *errors(const struct decoded *decoded)
{
	struct text text = TEXT(decoded->arena);

	for (size_t i = 0; i < decoded->diags.count; i++) {
		const struct diag *diag = &decoded->diags.items[i];

		text_printf(&text, "%s%s %u:%u", i ? ", " : "", diag_code_name(diag->code),
			    diag->places[0].span.line, diag->places[0].span.column);
	}
	return text_string(&text);
}

static const char *rendered(const struct decoded *decoded)
{
	struct text text = TEXT(decoded->arena);

	diags_render(&decoded->diags, &text, false);
	return text_string(&text);
}

static const struct {
	const char *text;
	const char *expected;
} bad[] = {
	/* the top level */
	{ "[]\n", "wrong-type 1:1" },
	{ "hello\n", "wrong-type 1:1" },
	{ "programs: {}\n", "missing-key 1:1" },
	{ "ordain: 2\nnew: 1\n", "format-version 1:9" },
	{ "ordain: \"1\"\n", "format-version 1:9" },
	{ "ordain: 01\n", "format-version 1:9" },
	{ "ordain: [1]\n", "format-version 1:9" },
	{ "ordain:\n", "format-version 1:1" },
	{ "ordain: 1\nprogram: {}\n", "unknown-key 2:1" },
	{ "ordain: 1\nhook: xdp\n", "unknown-key 2:1" },
	{ "ordain: 1\nprograms:\n", "wrong-type 2:1" },
	{ "ordain: 1\nprograms: []\n", "wrong-type 2:11" },
	{ "ordain: 1\nprograms: x\n", "wrong-type 2:11" },
	{ "ordain: 1\nordain: 2\n", "duplicate-key 2:1" },
	{ A "  a: {}\n", "duplicate-key 7:3" },
	{ A "    stage: tap\n    stage: x\n", "duplicate-key 8:5" },
	{ A "programs:\n  b: {hook: xdp, interfaces: [a], objekt: /a}\n",
	  "duplicate-key 7:1, unknown-key 8:35" },
	{ "ordain: 1\nchains:\n", "wrong-type 2:1" },
	{ "ordain: 1\nchains: {}\n", "wrong-type 2:9" },
	{ "ordain: 1\nchains: [a]\n", "wrong-type 2:10" },
	/* names and bodies of programs */
	{ "ordain: 1\nprograms:\n  Lb: {hook: xdp, interfaces: [a], object: /a}\n",
	  "bad-value 3:3" },
	{ "ordain: 1\nprograms:\n  -b: {hook: xdp, interfaces: [a], object: /a}\n",
	  "bad-value 3:3" },
	{ "ordain: 1\nprograms:\n  '': {hook: xdp, interfaces: [a], object: /a}\n",
	  "bad-value 3:3" },
	{ "ordain: 1\nprograms:\n  a" DIGITS_64 ": {hook: xdp, interfaces: [a], object: /a}\n",
	  "bad-value 3:3" },
	{ "ordain: 1\nprograms:\n  a:\n", "wrong-type 3:3" },
	{ "ordain: 1\nprograms:\n  a: [hook]\n", "wrong-type 3:6" },
	{ "ordain: 1\nprograms:\n  a:\n    hook:xdp\n", "wrong-type 4:5" },
	{ "ordain: 1\nprograms:\n  a:\n    hok: xdp\n    interfaces: [a]\n    object: /a\n",
	  "unknown-key 4:5" },
	{ A "    prority: 10\n    weight: 1\n", "unknown-key 7:5, unknown-key 8:5" },
	{ A "    order: [b]\n", "unknown-key 7:5" },
	/* hook and stage */
	{ A "    stage: firewall\n", "bad-value 7:12" },
	{ A "    stage: [tap]\n", "wrong-type 7:12" },
	{ A "    stage:\n", "wrong-type 7:5" },
	{ "ordain: 1\nprograms:\n  a:\n    hook: tc-ingress\n    interfaces: [a]\n    object: /a\n",
	  "bad-value 4:11" },
	{ "ordain: 1\nprograms:\n  a:\n    hook: [xdp]\n    interfaces: [a]\n    object: /a\n",
	  "wrong-type 4:11" },
	/* numbers */
	{ A "    priority: 1001\n", "bad-value 7:15" },
	{ A "    priority: -1001\n", "bad-value 7:15" },
	{ A "    priority: 99999999999999999999\n", "bad-value 7:15" },
	{ A "    priority: 0123\n", "wrong-type 7:15" },
	{ A "    priority: 12:30\n", "wrong-type 7:15" },
	{ A "    priority: 1_000\n", "wrong-type 7:15" },
	{ A "    priority: \"10\"\n", "wrong-type 7:15" },
	{ A "    priority: +10\n", "wrong-type 7:15" },
	{ A "    priority: 1.5\n", "wrong-type 7:15" },
	{ A "    priority: 0x10\n", "wrong-type 7:15" },
	{ A "    priority: ten\n", "wrong-type 7:15" },
	{ A "    priority: -\n", "yaml-syntax 7:15" },
	{ A "    priority: \"\"\n", "wrong-type 7:15" },
	{ A "    priority: [10]\n", "wrong-type 7:15" },
	{ A "    priority: {}\n", "wrong-type 7:15" },
	{ A "    priority: ~\n", "wrong-type 7:5" },
	/* flags */
	{ A "    first: yes\n", "wrong-type 7:12" },
	{ A "    first: True\n", "wrong-type 7:12" },
	{ A "    first: \"true\"\n", "wrong-type 7:12" },
	{ A "    enabled: off\n", "wrong-type 7:14" },
	{ A "    enabled: 0\n", "wrong-type 7:14" },
	{ A "    enabled: maybe\n", "wrong-type 7:14" },
	{ A "    enabled: null\n", "wrong-type 7:5" },
	/* lists of programs */
	{ A "    before: b\n", "wrong-type 7:13" },
	{ A "    before: {b: c}\n", "wrong-type 7:13" },
	{ A "    before: [[b]]\n", "wrong-type 7:14" },
	{ A "    before:\n      - b\n      -\n", "wrong-type 9:8" },
	{ A "    before: [a]\n    after: [b, a]\n", "bad-value 7:14, bad-value 8:16" },
	/* patterns */
	{ OPEN "    interfaces: eth0\n", "wrong-type 6:17" },
	{ OPEN "    interfaces: [\"\"]\n", "bad-value 6:18" },
	{ OPEN "    interfaces: [\"!\"]\n", "bad-value 6:18" },
	{ OPEN "    interfaces: [\"!lo\", \"!eth*\"]\n", "bad-value 6:17" },
	{ OPEN "    interfaces: [a" DIGITS_64 "]\n", "bad-value 6:18" },
	{ OPEN "    interfaces: [eth 0]\n", "bad-value 6:18" },
	{ OPEN "    interfaces: [lable:uplink]\n", "bad-value 6:18" },
	{ OPEN "    interfaces: [eth0, \"label:uplink\", \"!label:x\"]\n", "" },
	{ OPEN "    interfaces: [\"label:\", \"!label:a b\"]\n", "bad-value 6:18, bad-value 6:28" },
	{ "ordain: 1\nchains:\n  - interfaces: [\"!lo\"]\n    hook: xdp\n", "bad-value 3:17" },
	/* paths, functions, digests */
	{ "ordain: 1\nprograms:\n  a:\n    hook: xdp\n    interfaces: [a]\n    object: a.o\n",
	  "bad-value 6:13" },
	{ "ordain: 1\nprograms:\n  a:\n    hook: xdp\n    interfaces: [a]\n    object: \"/a\\n\"\n",
	  "bad-value 6:13" },
	{ "ordain: 1\nprograms:\n  a:\n    hook: xdp\n    interfaces: [a]\n    object: [/a]\n",
	  "wrong-type 6:13" },
	{ A "    function: 1x\n", "bad-value 7:15" },
	{ A "    function: a b\n", "bad-value 7:15" },
	{ A "    function: \"\"\n", "bad-value 7:15" },
	{ A "    sha256: abc\n", "bad-value 7:13" },
	{ A "    sha256: " DIGITS_64 "0\n", "wrong-type 7:13" },
	{ A "    sha256: g" DIGITS_16 "\n", "bad-value 7:13" },
	/* labels */
	{ LABELS "a\n", "wrong-type 2:9" },
	{ LABELS "{a: {}}\n", "missing-key 2:10" },
	{ LABELS "{A: {name: eth0}}\n", "bad-value 2:10" },
	{ LABELS "{physical: {name: eth0}}\n", "bad-value 2:10" },
	{ LABELS "{a: eth0}\n", "wrong-type 2:13" },
	{ LABELS "{a: {nmae: eth0, driver: {}}}\n", "unknown-key 2:14, wrong-type 2:34" },
	{ LABELS "{a: {name: \"!eth0\"}}\n", "bad-value 2:20" },
	{ LABELS "{a: {name: [\"label:b\", \"\"]}}\n", "bad-value 2:21, bad-value 2:32" },
	{ LABELS "{a: {mac: 2:0}}\n", "bad-value 2:19" },
	{ LABELS "{a: {mac: [12:30:45:10:20:30]}}\n", "wrong-type 2:20" },
	/* several hooks */
	{ F "xdp_a\n", "wrong-type 4:16" },
	{ F "{}\n", "wrong-type 4:16" },
	{ F "{tc: a}\n", "bad-value 4:17" },
	{ F "{xdp: 1x, tcx-egress: [a]}\n", "bad-value 4:22, wrong-type 4:38" },
	/* words from a list */
	{ A "    if_missing: fail\n", "bad-value 7:17" },
	{ A "    if_missing: [drop]\n", "wrong-type 7:17" },
	{ A "    proceed_on: pass\n", "wrong-type 7:17" },
	{ A "    proceed_on: [[]]\n", "wrong-type 7:18" },
	{ CHAIN "    others: ignore\n    mode: skb\n    mechanism: tc\n",
	  "bad-value 5:13, bad-value 6:11, bad-value 7:16" },
	{ CHAIN "    mechanism: tcx\n", "bad-value 5:16" },
	{ "ordain: 1\nchains:\n  - interfaces: [a]\n    hook: [xdp, tcx-egress]\n    mode: native\n"
	  "    mechanism: linked\n",
	  "bad-value 5:11, bad-value 6:16" },
	/* programs of others */
	{ A "    attached: cil\n", "wrong-type 7:15" },
	{ A "    attached: {}\n", "missing-key 7:15" },
	{ A "    attached: {nam: cil}\n", "unknown-key 7:16" },
	{ A "    attached: {name: \"\", pin: a}\n", "bad-value 7:22, bad-value 7:31" },
	/* variables */
	{ A "    variables: [a]\n", "wrong-type 7:16" },
	{ A "    variables: {1a: 1, a-b: 1}\n", "bad-value 7:17, bad-value 7:24" },
	{ A "    variables: {a: 0123, b: 12:30, c: 1e3, d: 1_000, e: +5}\n",
	  "wrong-type 7:20, wrong-type 7:29, wrong-type 7:39, wrong-type 7:47, wrong-type 7:57" },
	{ A "    variables: {a: 1.5, b: yes, c: True, d: {}, e: ~}\n",
	  "wrong-type 7:20, wrong-type 7:28, wrong-type 7:36, wrong-type 7:45, wrong-type 7:49" },
	{ A "    variables: {a: 18446744073709551616, b: [1, a, \"2\", 03]}\n",
	  "wrong-type 7:20, wrong-type 7:49, wrong-type 7:52, wrong-type 7:57" },
	/* overrides */
	{ CHAIN "    override: [a]\n", "wrong-type 5:15" },
	{ CHAIN
	  "    override: {a: {object: /b, hook: xdp, sha256: x, interfaces: [], function: f}}\n",
	  "bad-value 5:20, bad-value 5:32, bad-value 5:43, bad-value 5:54, bad-value 5:70" },
	{ CHAIN "    override: {a: {priorty: 1, stage: x}, b: 1}\n",
	  "unknown-key 5:20, bad-value 5:39, wrong-type 5:46" },
	/* entries of chains */
	{ "ordain: 1\nchains:\n  - order: [a]\n", "missing-key 3:5" },
	{ "ordain: 1\nchains:\n  - order: [a]\n    others: keep\n",
	  "missing-key 3:5, missing-key 3:5" },
	{ "ordain: 1\nchains:\n  - interfaces: [a]\n    hook: [xdp, tc]\n", "bad-value 4:17" },
	{ "ordain: 1\nchains:\n  - interfaces: [a]\n    hook: []\n", "bad-value 4:11" },
	{ "ordain: 1\nchains:\n  - interfaces: [a]\n    hook: {}\n", "wrong-type 4:11" },
	{ CHAIN "    order: a\n", "wrong-type 5:12" },
	{ CHAIN "    order: [a, b, a]\n", "bad-value 5:19" },
	{ CHAIN "    ordr: [a, b]\n", "unknown-key 5:5" },
};

static void decode_finds_what_is_wrong_and_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct decoded decoded = decode(bad[i].text, TIER_ETC);

		if (strcmp(errors(&decoded), bad[i].expected) != 0)
			print_error("%s%s", bad[i].text, errors(&decoded));
		assert_string_equal(errors(&decoded), bad[i].expected);
		arena_free(decoded.arena);
	}
}

static const struct {
	const char *text;
	const char *expected;
} advice[] = {
	{ A "    prority: 10\n", ":7:5: error[unknown-key]: unknown key 'prority' in program 'a'\n"
				 " 7 |     prority: 10\n"
				 "   |     ^^^^^^^ did you mean 'priority'?\n" },
	{ A "    order: [b]\n", ":7:5: error[unknown-key]: unknown key 'order' in program 'a'\n"
				" 7 |     order: [b]\n"
				"   |     ^^^^^\n"
				"help: 'order' can stand in an entry of 'chains'\n" },
	{ A "    before: cil_in\n",
	  ":7:13: error[wrong-type]: 'before' must be a list of programs, not text\n"
	  " 7 |     before: cil_in\n"
	  "   |             ^^^^^^\n"
	  "help: write 'before: [cil_in]'\n" },
	{ OPEN "    interfaces: eth*\n",
	  ":6:17: error[wrong-type]: 'interfaces' must be a list of patterns, not text\n"
	  " 6 |     interfaces: eth*\n"
	  "   |                 ^^^^\n"
	  "help: write 'interfaces: [\"eth*\"]'\n" },
	{ OPEN "    interfaces: [\"!lo\"]\n",
	  ":6:17: error[bad-value]: 'interfaces' only excludes, which leaves nothing\n"
	  " 6 |     interfaces: [\"!lo\"]\n"
	  "   |                 ^^^^^^^\n"
	  "help: write 'interfaces: [\"*\", \"!lo\"]'\n" },
	{ A "    enabled: no\n", ":7:14: error[wrong-type]: 'enabled' must be true or false\n"
				 " 7 |     enabled: no\n"
				 "   |              ^^ write false\n" },
	{ A "    priority: -010\n",
	  ":7:15: error[wrong-type]: 'priority' must be a whole decimal number\n"
	  " 7 |     priority: -010\n"
	  "   |               ^^^^ write -10\n" },
	{ A "    priority: \"1_0\"\n",
	  ":7:15: error[wrong-type]: 'priority' must be a whole decimal number\n"
	  " 7 |     priority: \"1_0\"\n"
	  "   |               ^^^^^ write 10, without quotes\n" },
	{ A "    stage: filtre\n", ":7:12: error[bad-value]: no stage is called 'filtre'\n"
				   " 7 |     stage: filtre\n"
				   "   |            ^^^^^^ did you mean 'filter'?\n" },
	{ CHAIN "    hooks: xdp\n",
	  ":5:5: error[unknown-key]: unknown key 'hooks' in an entry of 'chains'\n"
	  " 5 |     hooks: xdp\n"
	  "   |     ^^^^^ did you mean 'hook'?\n" },
	{ CHAIN "    order: [b, c, b]\n", ":5:19: error[bad-value]: 'b' is twice in one order\n"
					  " 5 |     order: [b, c, b]\n"
					  "   |                   ^ also in line 5, column 13\n" },
};

static void decode_says_how_to_put_it_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(advice) / sizeof(advice[0]); i++) {
		struct decoded decoded = decode(advice[i].text, TIER_ETC);

		assert_string_equal(rendered(&decoded) + strlen("/etc/ordain/a.yaml"),
				    advice[i].expected);
		arena_free(decoded.arena);
	}
}

static void decode_reads_every_key_of_a_program(void **state)
{
	struct decoded decoded = decode(A "    function: xdp_a\n"
					  "    sha256: ABCDEF" DIGITS_16 DIGITS_16 DIGITS_16
					  "0123456789\n"
					  "    stage: tap\n"
					  "    priority: -10\n"
					  "    before: [b, c]\n"
					  "    after: []\n"
					  "    first: true\n"
					  "    last: false\n"
					  "    enabled: false\n",
					TIER_RUN);
	const struct program *program = decoded.declarations.programs.items;

	(void)state;
	assert_string_equal(errors(&decoded), "");
	assert_true(decoded.complete);
	assert_int_equal(decoded.declarations.programs.count, 1);
	assert_string_equal(program->name, "a");
	assert_int_equal(program->span.line, 3);
	assert_int_equal(program->tier, TIER_RUN);
	assert_int_equal(program->hooks, 1u << HOOK_XDP);
	assert_int_equal(program->interfaces.count, 1);
	assert_string_equal(program->interfaces.items[0].text, "eth0");
	assert_int_equal(program->interfaces.items[0].span.column, 18);
	assert_string_equal(program->object.text, "/a.o");
	assert_string_equal(program->function.text, "xdp_a");
	assert_string_equal(program->sha256.text,
			    "abcdef" DIGITS_16 DIGITS_16 DIGITS_16 "0123456789");
	assert_int_equal(program->stage.value, STAGE_TAP);
	assert_int_equal(program->stage.span.column, 12);
	assert_int_equal(program->priority.value, -10);
	assert_true(program->priority.written);
	assert_int_equal(program->before.count, 2);
	assert_string_equal(program->before.items[1].text, "c");
	assert_int_equal(program->before.items[1].span.column, 17);
	assert_int_equal(program->after.count, 0);
	assert_true(program->first.value);
	assert_int_equal(program->first.span.line, 13);
	assert_int_equal(program->first.span.column, 5);
	assert_false(program->last.value);
	assert_true(program->last.written);
	assert_false(program->enabled.value);
	arena_free(decoded.arena);
}

static void decode_fills_in_the_defaults(void **state)
{
	struct decoded decoded = decode(A, TIER_ETC);
	const struct program *program = decoded.declarations.programs.items;

	(void)state;
	assert_null(program->functions[HOOK_XDP].text);
	assert_null(program->sha256.text);
	assert_int_equal(program->stage.value, STAGE_FILTER);
	assert_false(program->stage.written);
	assert_int_equal(program->priority.value, 0);
	assert_false(program->priority.written);
	assert_false(program->first.value);
	assert_true(program->enabled.value);
	assert_false(program->enabled.written);
	arena_free(decoded.arena);
}

static void decode_takes_a_digest_of_digits_in_quotes_only(void **state)
{
	struct decoded decoded = decode(A "    sha256: \"" DIGITS_64 "\"\n", TIER_ETC);

	(void)state;
	assert_string_equal(errors(&decoded), "");
	assert_string_equal(decoded.declarations.programs.items[0].sha256.text, DIGITS_64);
	arena_free(decoded.arena);
	decoded = decode(A "    sha256: " DIGITS_64 "\n", TIER_ETC);
	assert_non_null(strstr(rendered(&decoded), "help: write 'sha256: \"" DIGITS_64 "\"'\n"));
	arena_free(decoded.arena);
}

static void decode_reads_entries_of_chains(void **state)
{
	struct decoded decoded =
		decode("ordain: 1\n"
		       "chains:\n"
		       "  - interfaces: [eth0, \"!eth1\"]\n"
		       "    hook: tcx-egress\n"
		       "    order: [b, a]\n"
		       "  - {interfaces: [\"*\"], hook: [xdp, tcx-ingress, xdp]}\n",
		       TIER_ETC);
	const struct chain_rule *rules = decoded.declarations.rules.items;

	(void)state;
	assert_string_equal(errors(&decoded), "");
	assert_int_equal(decoded.declarations.rules.count, 2);
	assert_int_equal(rules[0].span.line, 3);
	assert_int_equal(rules[0].span.column, 5);
	assert_int_equal(rules[0].interfaces.count, 2);
	assert_int_equal(rules[0].hooks, 1u << HOOK_TCX_EGRESS);
	assert_int_equal(rules[0].order.count, 2);
	assert_string_equal(rules[0].order.items[0].text, "b");
	assert_int_equal(rules[0].order.items[0].span.column, 13);
	assert_int_equal(rules[1].hooks, 1u << HOOK_XDP | 1u << HOOK_TCX_INGRESS);
	assert_int_equal(rules[1].order.count, 0);
	arena_free(decoded.arena);
}

static void decode_reads_variables(void **state)
{
	struct decoded decoded = decode(A "    variables:\n"
					  "      name: eth0\n"
					  "      hex: 0xff\n"
					  "      on: true\n"
					  "      low: -9223372036854775808\n"
					  "      list: [1, -2, 0]\n"
					  "      text: \"10\"\n",
					TIER_ETC);
	const struct variable *items = decoded.declarations.programs.items[0].variables.items;

	(void)state;
	assert_string_equal(errors(&decoded), "");
	assert_int_equal(decoded.declarations.programs.items[0].variables.count, 6);
	assert_string_equal(items[0].name, "hex");
	assert_int_equal(items[0].integer, 255);
	assert_int_equal(items[0].kind, VARIABLE_INTEGER);
	assert_int_equal(items[1].list_count, 3);
	assert_int_equal(items[1].list[1], -2);
	assert_true(items[2].integer == INT64_MIN);
	assert_string_equal(items[3].string, "eth0");
	assert_int_equal(items[4].kind, VARIABLE_BOOLEAN);
	assert_int_equal(items[4].integer, 1);
	assert_string_equal(items[5].string, "10");
	assert_int_equal(items[5].span.line, 13);
	arena_free(decoded.arena);
}

static void decode_reads_labels(void **state)
{
	struct decoded decoded = decode(LABELS "{a: {name: eth*, driver: [x, \"y*\"], "
					       "mac: [02:00:5E:00:53:01]}}\n",
					TIER_ETC);
	const struct label *label = decoded.declarations.labels.items;

	(void)state;
	assert_string_equal(errors(&decoded), "");
	assert_int_equal(decoded.declarations.labels.count, 1);
	assert_string_equal(label->name, "a");
	assert_int_equal(label->span.column, 10);
	assert_string_equal(label->names.items[0].text, "eth*");
	assert_int_equal(label->drivers.count, 2);
	assert_string_equal(label->macs.items[0].text, "02:00:5e:00:53:01");
	arena_free(decoded.arena);
}

static void decode_reads_sources_and_overrides(void **state)
{
	struct decoded decoded =
		decode(F "{xdp: a_x, tcx-egress: a_e}\n"
			 "  b: {hook: xdp, attached: {name: \"cil_*\", pin: \"/sys/fs/bpf/*\"}}\n"
			 "chains:\n"
			 "  - interfaces: [eth0]\n    hook: xdp\n    others: absorb\n"
			 "    mode: native\n    mechanism: libxdp\n    linking: called\n"
			 "    override: {b: {stage: tap}, a: {priority: 5, before: []}}\n",
		       TIER_ETC);
	const struct program *programs = decoded.declarations.programs.items;
	const struct chain_rule *rule = decoded.declarations.rules.items;

	(void)state;
	assert_string_equal(errors(&decoded), "");
	assert_int_equal(programs[0].hooks, 1u << HOOK_XDP | 1u << HOOK_TCX_EGRESS);
	assert_string_equal(programs[0].functions[HOOK_TCX_EGRESS].text, "a_e");
	assert_null(programs[0].functions[HOOK_TCX_INGRESS].text);
	assert_string_equal(programs[1].attached_name.text, "cil_*");
	assert_string_equal(programs[1].attached_pin.text, "/sys/fs/bpf/*");
	assert_int_equal(rule->others.value, OTHERS_ABSORB);
	assert_int_equal(rule->mode.value, MODE_NATIVE);
	assert_int_equal(rule->mechanism.value, MECHANISM_LIBXDP);
	assert_int_equal(rule->linking.value, LINKING_CALLED);
	assert_int_equal(rule->overrides.count, 2);
	assert_string_equal(rule->overrides.items[0].name, "a");
	assert_int_equal(rule->overrides.items[0].priority.value, 5);
	assert_true(program_says(&rule->overrides.items[0], "before"));
	assert_false(program_says(&rule->overrides.items[0], "after"));
	assert_int_equal(program_place(&rule->overrides.items[0], "before").column, 50);
	arena_free(decoded.arena);
}

static void decode_lets_hints_only_order(void **state)
{
	struct decoded decoded =
		decode("ordain: 1\nprograms:\n  a:\n    hook: xdp\n    object: /a.o\n"
		       "    before: [b]\n",
		       TIER_HINT);

	(void)state;
	assert_string_equal(errors(&decoded), "");
	assert_int_equal(decoded.declarations.programs.items[0].interfaces.count, 0);
	arena_free(decoded.arena);
	decoded = decode(A "    first: true\n    last: false\nchains: []\n", TIER_HINT);
	assert_string_equal(errors(&decoded),
			    "bad-value 5:5, bad-value 7:5, bad-value 8:5, bad-value 9:1");
	arena_free(decoded.arena);
}

/* Otherwise one slip would make every mention of its programs another error. */
static void decode_tells_whether_all_names_are_known(void **state)
{
	static const struct {
		const char *text;
		bool complete;
	} cases[] = {
		{ A, true },
		{ A "    prority: 10\n", true },
		{ "ordain: 1\nprogram: {}\n", false },
		{ "ordain: 1\nprograms: []\n", false },
		{ "ordain: 2\nprograms: {}\n", false },
		{ "[]\n", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decoded decoded = decode(cases[i].text, TIER_ETC);

		assert_int_equal(decoded.complete, cases[i].complete);
		arena_free(decoded.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decode_finds_what_is_wrong_and_where),
		cmocka_unit_test(decode_says_how_to_put_it_right),
		cmocka_unit_test(decode_reads_every_key_of_a_program),
		cmocka_unit_test(decode_fills_in_the_defaults),
		cmocka_unit_test(decode_takes_a_digest_of_digits_in_quotes_only),
		cmocka_unit_test(decode_reads_entries_of_chains),
		cmocka_unit_test(decode_reads_variables),
		cmocka_unit_test(decode_reads_labels),
		cmocka_unit_test(decode_reads_sources_and_overrides),
		cmocka_unit_test(decode_lets_hints_only_order),
		cmocka_unit_test(decode_tells_whether_all_names_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
