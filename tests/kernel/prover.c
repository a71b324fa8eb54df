/* SPDX-License-Identifier: GPL-2.0-only */
/* Both judges about the same function: what the answer is made of, and what is left behind. */
#include "agent/prover.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/files.h"
#include "tests/support/test.h"

enum { OBJECT_LIMIT = 1 << 20 };

struct question {
	struct arena *arena;
	const char *bytes;
	size_t length;
	struct manifest_element element;
	enum hook hook;
};

static struct question ask(struct arena *arena, const char *object, const char *function,
			   enum hook hook)
{
	struct question question = {
		.arena = arena,
		.element = { .name = "asked", .function = function },
		.hook = hook,
	};
	const char *path = arena_printf(arena, "%s/%s.bpf.o", getenv("ORDAIN_BPF"), object);

	assert_int_equal(file_read(arena, path, OBJECT_LIMIT, &question.bytes, &question.length),
			 0);
	return question;
}

static struct judgement answer(const struct question *question)
{
	struct judgement judgement;
	struct error error;

	if (prove(question->arena, &question->element, question->hook, true, question->bytes,
		  question->length, &judgement, &error))
		fail_msg("%s: %s", question->element.function, error.text);
	assert_string_equal(judgement.function, question->element.function);
	assert_int_equal(judgement.hook, question->hook);
	assert_int_equal(judgement.readonly, readonly_from(judgement.analysis, judgement.kernel));
	assert_int_equal(!judgement.count, judgement.readonly == READONLY_PROVEN);
	return judgement;
}

static size_t descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static void observers_are_proven_by_both(void **state)
{
	static const struct {
		const char *object;
		const char *function;
		enum hook hook;
	} cases[] = {
		{ "trivial", "trivial_xdp", HOOK_XDP },
		{ "trivial", "trivial_tc", HOOK_TCX_INGRESS },
		{ "trivial", "trivial_tc", HOOK_TCX_EGRESS },
		{ "monitor", "monitor_xdp", HOOK_XDP },
		{ "monitor", "monitor_tc", HOOK_TCX_INGRESS },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct question question =
			ask(*state, cases[i].object, cases[i].function, cases[i].hook);
		struct judgement judgement = answer(&question);

		assert_int_equal(judgement.analysis, OPINION_READONLY);
		assert_int_equal(judgement.kernel, OPINION_READONLY);
		assert_int_equal(judgement.readonly, READONLY_PROVEN);
	}
}

static void writers_are_refuted_with_their_lines(void **state)
{
	static const char *const functions[] = { "stamp_xdp", "stamp_tc" };

	for (size_t i = 0; i < 2; i++) {
		struct question question =
			ask(*state, "stamp_a", functions[i], i ? HOOK_TCX_INGRESS : HOOK_XDP);
		struct judgement judgement = answer(&question);

		assert_int_equal(judgement.readonly, READONLY_REFUTED);
		assert_int_equal(judgement.kernel, OPINION_REFUTED);
		assert_non_null(judgement.kernel_words);
		assert_true(judgement.findings & 1u << FINDING_WRITES_PACKET);
		assert_true(judgement.reasons[0].instruction >= 0);
		assert_non_null(strstr(judgement.reasons[0].file, "bpf/"));
		assert_true(judgement.reasons[0].line > 0);
	}
}

/* The names are in the analysis: targets found in the object, of instructions that libbpf loaded. */
static void maps_have_the_names_of_the_object(void **state)
{
	struct question question = ask(*state, "monitor", "monitor_xdp", HOOK_XDP);
	struct judgement judgement = answer(&question);

	assert_int_equal(judgement.details->map_count, 3);
	assert_string_equal(judgement.details->maps[0], ".bss");
	assert_string_equal(judgement.details->maps[1], ".rodata");
	assert_string_equal(judgement.details->maps[2], "by_action");
}

static void what_does_not_load_is_unproven(void **state)
{
	struct question question = ask(*state, "broken/out_of_bounds", "out_of_bounds", HOOK_XDP);
	struct judgement judgement = answer(&question);

	if (judgement.readonly == READONLY_UNPROVEN)
		assert_non_null(strstr(judgement.reasons[judgement.count - 1].what,
				       "the kernel's verifier rejects function 'out_of_bounds': "));
	assert_int_not_equal(judgement.readonly, READONLY_PROVEN);
	assert_int_equal(judgement.kernel, OPINION_UNKNOWN);
	assert_non_null(strstr(judgement.kernel_words, "R1 "));
}

static void variables_are_those_of_the_element(void **state)
{
	struct question question = ask(*state, "monitor", "monitor_xdp", HOOK_XDP);
	struct judgement judgement;

	question.element.variables = "weight=3";
	assert_int_equal(answer(&question).readonly, READONLY_PROVEN);
	question.element.variables = "nothing=3";
	judgement = answer(&question);
	assert_int_equal(judgement.readonly, READONLY_UNPROVEN);
	assert_non_null(strstr(judgement.reasons[0].what, "nothing"));
}

static void what_is_loaded_already_is_judged_the_same(void **state)
{
	const struct map_sources maps = { 0 };
	struct question question = ask(*state, "monitor", "monitor_tc", HOOK_TCX_EGRESS);
	struct judgement judgement;
	struct diags diags = DIAGS(question.arena);
	struct loaded *loaded;
	struct error error;

	assert_int_equal(loaded_open(&question.element, question.hook, question.bytes,
				     question.length, &maps, &diags, &loaded, &error),
			 0);
	assert_int_equal(prove_loaded(question.arena, loaded, "monitor_tc", question.hook,
				      question.bytes, question.length, &judgement, &error),
			 0);
	assert_int_equal(judgement.readonly, READONLY_PROVEN);
	loaded_close(loaded);
}

/* The bytes are not those that were loaded: what they say of the instructions is worth nothing. */
static void other_instructions_are_not_judged(void **state)
{
	const struct map_sources maps = { 0 };
	struct question question = ask(*state, "monitor", "monitor_xdp", HOOK_XDP);
	struct question other = ask(*state, "trivial", "trivial_xdp", HOOK_XDP);
	struct judgement judgement;
	struct diags diags = DIAGS(question.arena);
	struct loaded *loaded;
	struct error error;

	assert_int_equal(loaded_open(&question.element, question.hook, question.bytes,
				     question.length, &maps, &diags, &loaded, &error),
			 0);
	assert_int_equal(prove_loaded(question.arena, loaded, "trivial_xdp", question.hook,
				      other.bytes, other.length, &judgement, &error),
			 0);
	assert_int_equal(judgement.readonly, READONLY_UNPROVEN);
	assert_int_equal(judgement.analysis, OPINION_UNKNOWN);
	assert_non_null(strstr(judgement.reasons[0].what, "other instructions"));
	loaded_close(loaded);
}

static void nothing_is_left_behind(void **state)
{
	struct question question = ask(*state, "features/pinned", "pinned", HOOK_XDP);
	size_t before = descriptors();
	int pinned = access("/sys/fs/bpf/ordain_shared", F_OK);

	assert_int_equal(answer(&question).readonly, READONLY_REFUTED);
	assert_int_equal(access("/sys/fs/bpf/ordain_shared", F_OK), pinned);
	assert_int_equal(descriptors(), before);
}

static void what_cannot_be_followed_is_an_error(void **state)
{
	struct question question = ask(*state, "trivial", "nothing", HOOK_XDP);
	struct judgement judgement;
	struct error error;

	assert_int_equal(prove(question.arena, &question.element, question.hook, true,
			       question.bytes, question.length, &judgement, &error),
			 -ENOENT);
	assert_int_equal(prove(question.arena, &question.element, question.hook, true,
			       question.bytes, question.length / 2, &judgement, &error),
			 -EINVAL);
	assert_int_not_equal(*error.text, '\0');
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
		TEST(observers_are_proven_by_both),
		TEST(writers_are_refuted_with_their_lines),
		TEST(maps_have_the_names_of_the_object),
		TEST(what_does_not_load_is_unproven),
		TEST(variables_are_those_of_the_element),
		TEST(what_is_loaded_already_is_judged_the_same),
		TEST(other_instructions_are_not_judged),
		TEST(nothing_is_left_behind),
		TEST(what_cannot_be_followed_is_an_error),
	};

	if (geteuid())
		test_skip("loading programs needs root");
	if (!getenv("ORDAIN_BPF"))
		test_skip("ORDAIN_BPF does not say where the sample programs are");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
