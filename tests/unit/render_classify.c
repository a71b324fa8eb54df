/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/render.h"

#include "tests/support/test.h"

static const char *helpers[] = { "bpf_ktime_get_ns", "bpf_map_lookup_elem" };
static const char *maps[] = { ".rodata", "flows" };
static const char *fields[] = { "cb[2]", "mark" };

/* An observer of which both judges say that it is one. */
static const struct analysis watches = {
	.reads_packet = true,
	.verdicts = 1u << VERDICT_NEXT | 1u << 0,
	.helpers = helpers,
	.helper_count = 2,
	.maps = maps,
	.map_count = 2,
};
static const struct judgement proven = {
	.function = "flow_in",
	.hook = HOOK_TCX_INGRESS,
	.readonly = READONLY_PROVEN,
	.analysis = OPINION_READONLY,
	.kernel = OPINION_READONLY,
	.details = &watches,
};

static const struct analysis writes = {
	.reads_packet = true,
	.verdicts = (1u << VERDICT_SLOTS) - 1,
	.any_verdict = true,
	.context_writes = fields,
	.context_write_count = 2,
};
static struct readonly_reason refutations[] = {
	{ 12, "/src/scrub.bpf.c", 41, "writes the packet at offset 12" },
	{ 30, NULL, 0, "calls bpf_skb_change_tail" },
};
static const struct judgement refuted = {
	.function = "scrub",
	.hook = HOOK_TCX_EGRESS,
	.readonly = READONLY_REFUTED,
	.analysis = OPINION_REFUTED,
	.kernel = OPINION_REFUTED,
	.kernel_words = "cannot write into packet",
	.reasons = refutations,
	.count = 2,
	.findings = 1u << FINDING_WRITES_PACKET | 1u << FINDING_WRITES_CONTEXT |
		    1u << FINDING_RESIZES | 1u << FINDING_REDIRECTS | 1u << FINDING_CLONES |
		    1u << FINDING_TAIL_CALL,
	.details = &writes,
};

static const struct analysis untouched = { .verdicts = 1u << 2 };
static struct readonly_reason doubts[] = {
	{ -1, NULL, 0, "the kernel was not asked: that needs root" },
};
static const struct judgement unproven = {
	.function = "pass",
	.hook = HOOK_XDP,
	.readonly = READONLY_UNPROVEN,
	.analysis = OPINION_READONLY,
	.kernel = OPINION_NOT_ASKED,
	.reasons = doubts,
	.count = 1,
	.details = &untouched,
};

static const char *render(struct arena *arena, enum output_format format, bool colour,
			  const struct judgement *judgements, size_t count)
{
	struct diags diags = DIAGS(arena);
	const struct report report = { .colour = colour, .diags = &diags };
	struct text out = TEXT(arena);

	render_classify(&out, format, &report, judgements, count);
	return text_string(&out);
}

static void each_function_is_a_paragraph(void **state)
{
	const struct judgement judgements[] = { proven, refuted, unproven };

	assert_string_equal(
		render(*state, OUTPUT_TABLE, false, judgements, 3),
		"flow_in (tcx-ingress): readonly: proven\n"
		"  packet    reads\n"
		"  context   writes nothing\n"
		"  verdicts  pass, next\n"
		"  helpers   bpf_ktime_get_ns, bpf_map_lookup_elem\n"
		"  maps      .rodata, flows\n"
		"  analysis  readonly\n"
		"  kernel    readonly\n"
		"\n"
		"scrub (tcx-egress): readonly: refuted\n"
		"  /src/scrub.bpf.c:41: instruction 12: writes the packet at offset 12\n"
		"  instruction 30: calls bpf_skb_change_tail\n"
		"  packet    reads, writes, resizes, redirects, clones\n"
		"  context   writes cb[2], mark\n"
		"  verdicts  any\n"
		"  helpers   none\n"
		"  maps      none\n"
		"  analysis  refuted\n"
		"  kernel    refuted: cannot write into packet\n"
		"\n"
		"pass (xdp): readonly: unproven\n"
		"  the kernel was not asked: that needs root\n"
		"  packet    not even read\n"
		"  context   writes nothing\n"
		"  verdicts  pass\n"
		"  helpers   none\n"
		"  maps      none\n"
		"  analysis  readonly\n"
		"  kernel    not asked\n");
}

static void what_cannot_be_told_is_no_promise(void **state)
{
	struct judgement judgement = unproven;

	judgement.analysis = OPINION_UNKNOWN;
	assert_non_null(strstr(render(*state, OUTPUT_TABLE, false, &judgement, 1),
			       "  packet    and perhaps more\n"));
	judgement.details = &watches;
	assert_non_null(strstr(render(*state, OUTPUT_TABLE, false, &judgement, 1),
			       "  packet    reads, and perhaps more\n"));
}

static void long_lists_go_on_below(void **state)
{
	static const char *many[] = {
		"bpf_a_helper_with_a_long_name",
		"bpf_b_helper_with_a_long_name",
		"bpf_c_helper_with_a_long_name",
		"bpf_d_helper_with_a_long_name",
	};
	struct analysis analysis = untouched;
	struct judgement judgement = unproven;

	judgement.details = &analysis;
	analysis.helpers = many;
	analysis.helper_count = 4;
	assert_non_null(
		strstr(render(*state, OUTPUT_TABLE, false, &judgement, 1),
		       "  helpers   bpf_a_helper_with_a_long_name, bpf_b_helper_with_a_long_name,\n"
		       "            bpf_c_helper_with_a_long_name, bpf_d_helper_with_a_long_name\n"
		       "  maps "));
}

static void of_many_reasons_ten_are_shown(void **state)
{
	struct readonly_reason reasons[23] = { 0 };
	struct judgement judgement = refuted;
	const char *text;

	for (size_t i = 0; i < 23; i++)
		reasons[i] = (struct readonly_reason){ (long)i, NULL, 0, "writes" };
	judgement.reasons = reasons;
	judgement.count = 23;
	text = render(*state, OUTPUT_TABLE, false, &judgement, 1);
	assert_non_null(strstr(text, "  instruction 9: writes\n"
				     "  and 13 more; with -o json all are shown\n"));
	assert_null(strstr(text, "instruction 10:"));
	assert_non_null(
		strstr(render(*state, OUTPUT_JSON, false, &judgement, 1), "\"instruction\": 22"));
}

static void colours_and_escapes(void **state)
{
	struct judgement judgement = proven;

	judgement.function = "a\033[2Jb";
	assert_non_null(strstr(render(*state, OUTPUT_TABLE, true, &judgement, 1),
			       "a\\x1b[2Jb (tcx-ingress): readonly: \033[32mproven\033[0m\n"));
}

static void json_says_the_same(void **state)
{
	assert_string_equal(render(*state, OUTPUT_JSON, false, &refuted, 1),
			    "{\n"
			    "  \"format_version\": \"1.0\",\n"
			    "  \"functions\": [\n"
			    "    {\n"
			    "      \"name\": \"scrub\",\n"
			    "      \"hook\": \"tcx-egress\",\n"
			    "      \"readonly\": \"refuted\",\n"
			    "      \"reasons\": [\n"
			    "        {\n"
			    "          \"instruction\": 12,\n"
			    "          \"file\": \"/src/scrub.bpf.c\",\n"
			    "          \"line\": 41,\n"
			    "          \"what\": \"writes the packet at offset 12\"\n"
			    "        },\n"
			    "        {\n"
			    "          \"instruction\": 30,\n"
			    "          \"file\": null,\n"
			    "          \"line\": null,\n"
			    "          \"what\": \"calls bpf_skb_change_tail\"\n"
			    "        }\n"
			    "      ],\n"
			    "      \"opinions\": {\n"
			    "        \"analysis\": \"refuted\",\n"
			    "        \"kernel\": \"refuted\",\n"
			    "        \"kernel_words\": \"cannot write into packet\"\n"
			    "      },\n"
			    "      \"reads_packet\": true,\n"
			    "      \"writes_packet\": true,\n"
			    "      \"resizes_packet\": true,\n"
			    "      \"redirects_packet\": true,\n"
			    "      \"clones_packet\": true,\n"
			    "      \"context_writes\": [\n"
			    "        \"cb[2]\",\n"
			    "        \"mark\"\n"
			    "      ],\n"
			    "      \"verdicts\": [\n"
			    "        \"pass\",\n"
			    "        \"reclassify\",\n"
			    "        \"drop\",\n"
			    "        \"pipe\",\n"
			    "        \"stolen\",\n"
			    "        \"queued\",\n"
			    "        \"repeat\",\n"
			    "        \"redirect\",\n"
			    "        \"other\",\n"
			    "        \"next\"\n"
			    "      ],\n"
			    "      \"any_verdict\": true,\n"
			    "      \"helpers\": [],\n"
			    "      \"maps\": []\n"
			    "    }\n"
			    "  ],\n"
			    "  \"diagnostics\": []\n"
			    "}\n");
	assert_non_null(
		strstr(render(*state, OUTPUT_JSON, false, &unproven, 1), "\"instruction\": null,"));
	assert_non_null(strstr(render(*state, OUTPUT_JSON, false, &unproven, 1),
			       "\"kernel\": \"not asked\",\n        \"kernel_words\": null"));
	assert_non_null(strstr(render(*state, OUTPUT_JSON, false, NULL, 0), "\"functions\": [],"));
}

static void both_have_to_accept(void **state)
{
	(void)state;
	for (enum opinion a = OPINION_NOT_ASKED; a <= OPINION_UNKNOWN; a++)
		for (enum opinion b = OPINION_NOT_ASKED; b <= OPINION_UNKNOWN; b++) {
			enum readonly expected = READONLY_UNPROVEN;

			if (a == OPINION_REFUTED)
				expected = READONLY_REFUTED;
			else if (a == OPINION_READONLY && b == OPINION_READONLY)
				expected = READONLY_PROVEN;
			assert_int_equal(readonly_from(a, b), expected);
		}
}

static int set_up(void **state)
{
	*state = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_function_is_a_paragraph), TEST(what_cannot_be_told_is_no_promise),
		TEST(long_lists_go_on_below),	    TEST(of_many_reasons_ten_are_shown),
		TEST(colours_and_escapes),	    TEST(json_says_the_same),
		TEST(both_have_to_accept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
