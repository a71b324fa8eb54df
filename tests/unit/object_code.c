/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects of the build, read without a kernel; and what is left of them when somebody broke them. */
#include "agent/objects/object_code.h"

#include <errno.h>
#include <stdlib.h>

#include "agent/system/files.h"
#include "tests/support/test.h"

enum { OBJECT_LIMIT = 1 << 20, MUTATIONS = 2000, CUTS = 300 };

struct object {
	const char *bytes;
	size_t length;
};

static struct object object_of(struct arena *arena, const char *name)
{
	const char *directory = getenv("ORDAIN_BPF");
	struct object object;

	if (!directory)
		test_skip("ORDAIN_BPF does not say where the sample programs are");
	assert_int_equal(file_read(arena, arena_printf(arena, "%s/%s.bpf.o", directory, name),
				   OBJECT_LIMIT, &object.bytes, &object.length),
			 0);
	return object;
}

static struct object_code read_code(struct arena *arena, const char *name, const char *function)
{
	struct object object = object_of(arena, name);
	struct object_code code;
	struct error error;

	if (object_code_read(arena, object.bytes, object.length, function, &code, &error))
		fail_msg("%s %s: %s", name, function, error.text);
	return code;
}

/* "map:flows:1 value:.bss:2 ...": each target once, in the order of the instructions. */
static const char *targets_of(struct arena *arena, const struct object_code *code)
{
	static const char *const kinds[] = { [TARGET_MAP] = "map",
					     [TARGET_MAP_VALUE] = "value",
					     [TARGET_KFUNC] = "call",
					     [TARGET_SYMBOL] = "symbol" };
	struct text text = TEXT(arena);

	for (size_t i = 0; i < code->count; i++) {
		const struct insn_target *target = &code->targets[i];
		const char *words;

		if (target->kind == TARGET_NONE)
			continue;
		words = arena_printf(arena, "%s:%s:%d ", kinds[target->kind], target->name,
				     (int)target->map_type);
		if (!text.length || !strstr(text_string(&text), words))
			text_add(&text, words);
	}
	return text_string(&text);
}

static void targets_have_names_and_types(void **state)
{
	static const struct {
		const char *object;
		const char *function;
		const char *targets;
	} cases[] = {
		{ "corpus/kconfig", "kconfig_xdp", "value:.kconfig:2 " },
		{ "corpus/map_lpm", "map_lpm_xdp", "map:" },
		{ "corpus/kernel_functions", "kernel_functions_tc",
		  "call:bpf_cgroup_from_id:0 call:bpf_rcu_read_lock:0 call:bpf_rcu_read_unlock:0 "
		  "call:bpf_cgroup_release:0 " },
		{ "corpus/kernel_variables", "kernel_variables_xdp",
		  "symbol:ordain_function_of_no_kernel:0 symbol:ordain_variable_of_no_kernel:0 "
		  "call:ordain_function_of_no_kernel:0 symbol:_stext:0 " },
		{ "corpus/for_each", "for_each_xdp", "map:values:2 " },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct object_code code = read_code(*state, cases[i].object, cases[i].function);
		const char *targets = targets_of(*state, &code);

		if (strncmp(targets, cases[i].targets, strlen(cases[i].targets)) != 0)
			fail_msg("%s: %s", cases[i].object, targets);
	}
}

static void lines_are_those_of_the_source(void **state)
{
	struct object_code code = read_code(*state, "features/subprograms", "subprograms");
	unsigned int least = 100, most = 0;

	for (size_t i = 0; i < code.count; i++) {
		assert_non_null(code.lines[i].file);
		if (!strstr(code.lines[i].file, "subprograms.bpf.c"))
			continue;
		least = code.lines[i].line < least ? code.lines[i].line : least;
		most = code.lines[i].line > most ? code.lines[i].line : most;
	}
	assert_int_equal(least, 6);
	assert_int_equal(most, 25);
}

/* Which instructions refer to functions, and where these begin. */
static void subprograms_stand_behind_what_calls_them(void **state)
{
	struct object_code code = read_code(*state, "features/subprograms", "subprograms");
	size_t calls = 0;

	for (size_t i = 0; i < code.count; i++) {
		const struct bpf_insn *insn = &code.insns[i];
		long target = (long)i + 1 + insn->imm;

		if (insn->code != (BPF_JMP | BPF_CALL) || insn->src_reg != BPF_PSEUDO_CALL)
			continue;
		assert_in_range(target, i + 1, code.count - 1);
		assert_int_equal(code.insns[target - 1].code, BPF_JMP | BPF_EXIT);
		calls++;
	}
	assert_int_equal(calls, 3);
}

static void callbacks_are_linked(void **state)
{
	struct object_code code = read_code(*state, "corpus/for_each", "for_each_xdp");
	size_t callbacks = 0;

	for (size_t i = 0; i + 1 < code.count; i++) {
		const struct bpf_insn *insn = &code.insns[i];

		if (insn->code != (BPF_LD | BPF_IMM | BPF_DW) || insn->src_reg != BPF_PSEUDO_FUNC)
			continue;
		assert_int_equal(code.insns[(long)i + insn->imm].code, BPF_JMP | BPF_EXIT);
		callbacks++;
	}
	assert_int_equal(callbacks, 1);
}

static void core_is_marked(void **state)
{
	struct object_code code = read_code(*state, "corpus/core", "core_skb_tc");
	size_t marked = 0;

	for (size_t i = 0; i < code.count; i++)
		marked += code.adjusted[i];
	assert_int_equal(marked, 3);
}

static void what_is_missing_is_said(void **state)
{
	struct object object = object_of(*state, "features/subprograms");
	struct object_code code;
	struct error error;

	assert_int_equal(object_code_read(*state, object.bytes, object.length, "nothing", &code,
					  &error),
			 -ENOENT);
	assert_string_equal(error.text, "it has no function 'nothing'");
	assert_int_equal(object_code_read(*state, object.bytes, object.length, "write_letter",
					  &code, &error),
			 -ENOENT);
	assert_int_equal(object_code_read(*state, object.bytes, 100, "x", &code, &error), -EINVAL);
	assert_string_equal(error.text, "it is cut short after 100 bytes");
}

/* The one that is judged would not be the one that libbpf is asked for. */
static void two_of_one_name_are_refused(void **state)
{
	struct object object = object_of(*state, "broken/several");
	char *bytes = arena_memdup(*state, object.bytes, object.length);
	struct object_code code;
	struct error error;
	char *name;

	while ((name = memmem(bytes, object.length, "second", sizeof("second"))))
		memcpy(name, "first\0", sizeof("second"));
	assert_int_equal(object_code_read(*state, bytes, object.length, "first", &code, &error),
			 -EINVAL);
	assert_string_equal(error.text, "two of its functions are called 'first'");
}

/* libbpf goes on without it, and dies where it needs it. */
static void damaged_btf_is_refused(void **state)
{
	static const unsigned char header[] = { 0x9f, 0xeb, 1, 0, 24, 0, 0, 0 };
	struct object object = object_of(*state, "judged/dynptr_reads");
	char *bytes = arena_memdup(*state, object.bytes, object.length);
	char *btf = memmem(bytes, object.length, header, sizeof(header));
	struct object_code code;
	struct error error;

	assert_non_null(btf);
	*btf = 0;
	assert_int_equal(object_code_read(*state, bytes, object.length, "x", &code, &error),
			 -EINVAL);
	assert_string_equal(error.text, "its BTF is damaged");
}

static void functions_are_listed_with_their_hooks(void **state)
{
	struct object object = object_of(*state, "stamp_a");
	struct object_functions functions;
	struct error error;

	assert_int_equal(
		object_code_functions(*state, object.bytes, object.length, &functions, &error), 0);
	assert_int_equal(functions.count, 2);
	for (size_t i = 0; i < functions.count; i++) {
		bool xdp = !strcmp(functions.items[i].name, "stamp_xdp");

		assert_string_equal(functions.items[i].section, xdp ? "xdp" : "tc");
		assert_int_equal(functions.items[i].hook, xdp ? HOOK_XDP : HOOK_TCX_INGRESS);
	}
}

/* All of what can be asked; the answers are of no interest, as long as there are some. */
static void read_all(const char *bytes, size_t length)
{
	struct arena *arena = arena_new();
	struct object_functions functions;
	struct object_code code;
	struct error error;

	if (!object_code_functions(arena, bytes, length, &functions, &error)) {
		for (size_t i = 0; i < functions.count; i++) {
			int result = object_code_read(arena, bytes, length, functions.items[i].name,
						      &code, &error);

			assert_true(!result || result == -EINVAL || result == -ENOENT);
			if (!result)
				object_code_matches(&code, code.insns, code.count);
		}
	} else {
		assert_int_not_equal(*error.text, '\0');
	}
	arena_free(arena);
}

static const char *const victims[] = {
	"features/subprograms", "corpus/for_each",	   "corpus/core", "corpus/kconfig",
	"corpus/map_lpm",	"corpus/kernel_variables", "flows_1",	  "corpus/data",
};

enum { VICTIM_COUNT = sizeof(victims) / sizeof(victims[0]) };

static uint32_t next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* On the heap, with its end where it ends, so that a sanitizer sees who reads beyond. */
static char *copy(const struct object *object, size_t length)
{
	char *bytes = malloc(length + !length);

	assert_non_null(bytes);
	memcpy(bytes, object->bytes, length);
	return bytes;
}

static void cut_short_anywhere(void **state)
{
	for (size_t i = 0; i < VICTIM_COUNT; i++) {
		struct object object = object_of(*state, victims[i]);

		for (size_t cut = 0; cut < CUTS; cut++) {
			size_t length = object.length * cut / CUTS;
			char *bytes = copy(&object, length);

			read_all(bytes, length);
			free(bytes);
		}
	}
}

/* Numbers in headers, tables and code become others: small ones, huge ones, and their neighbours. */
static void mutate(char *bytes, size_t length, uint32_t *seed)
{
	static const uint32_t values[] = { 0, 1, 8, 0x7fffffff, 0x80000000, 0xffffffff, 0xfff8 };
	size_t at = next(seed) % (length - 4);
	uint32_t value = values[next(seed) % (sizeof(values) / sizeof(values[0]))];

	switch (next(seed) % 4) {
	case 0:
		bytes[at] = (char)next(seed);
		break;
	case 1:
		memcpy(bytes + at / 4 * 4, &value, sizeof(value));
		break;
	case 2:
		bytes[at] = (char)(bytes[at] + 1);
		break;
	default:
		memmove(bytes + at, bytes + next(seed) % (length - 4), 4);
		break;
	}
}

static void changed_anywhere(void **state)
{
	uint32_t seed = 20240607;

	for (size_t i = 0; i < VICTIM_COUNT; i++) {
		struct object object = object_of(*state, victims[i]);

		for (size_t n = 0; n < MUTATIONS; n++) {
			char *bytes = copy(&object, object.length);

			for (size_t times = 1 + next(&seed) % 4; times; times--)
				mutate(bytes, object.length, &seed);
			read_all(bytes, object.length);
			free(bytes);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(targets_have_names_and_types),
		TEST(lines_are_those_of_the_source),
		TEST(subprograms_stand_behind_what_calls_them),
		TEST(callbacks_are_linked),
		TEST(core_is_marked),
		TEST(what_is_missing_is_said),
		TEST(two_of_one_name_are_refused),
		TEST(damaged_btf_is_refused),
		TEST(functions_are_listed_with_their_hooks),
		TEST(cut_short_anywhere),
		TEST(changed_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
