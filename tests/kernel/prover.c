/* SPDX-License-Identifier: GPL-2.0-only */
/* Both judges about the same function: what the answer is made of, and what is left behind. */
#include "agent/judges/prover.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/system/files.h"
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

/* The symbol table of an object, in a copy that may be changed. */
struct symbols {
	char *bytes;
	Elf64_Shdr *sections;
	size_t section_count;
	Elf64_Sym *items;
	size_t count;
	const char *strings;
};

static struct symbols symbols_of(struct question *question)
{
	char *bytes = arena_memdup(question->arena, question->bytes, question->length);
	const Elf64_Ehdr *header = (Elf64_Ehdr *)bytes;
	struct symbols symbols = { .bytes = bytes,
				   .sections = (Elf64_Shdr *)(bytes + header->e_shoff),
				   .section_count = header->e_shnum };

	for (size_t i = 0; i < symbols.section_count; i++) {
		const Elf64_Shdr *section = &symbols.sections[i];

		if (section->sh_type != SHT_SYMTAB)
			continue;
		symbols.items = (Elf64_Sym *)(bytes + section->sh_offset);
		symbols.count = section->sh_size / sizeof(Elf64_Sym);
		symbols.strings = bytes + symbols.sections[section->sh_link].sh_offset;
	}
	assert_non_null(symbols.items);
	question->bytes = bytes;
	return symbols;
}

static size_t symbol_named(const struct symbols *symbols, const char *name)
{
	for (size_t i = 1; i < symbols->count; i++)
		if (!strcmp(symbols->strings + symbols->items[i].st_name, name))
			return i;
	fail_msg("there is no symbol '%s'", name);
	return 0;
}

/* One that only the debugger needs; the first of its kind. */
static size_t symbol_to_spare(const struct symbols *symbols)
{
	for (size_t i = 1; i < symbols->count; i++) {
		const Elf64_Sym *symbol = &symbols->items[i];

		if (ELF64_ST_TYPE(symbol->st_info) == STT_SECTION &&
		    !(symbols->sections[symbol->st_shndx].sh_flags & SHF_ALLOC))
			return i;
	}
	fail_msg("there is no symbol to spare");
	return 0;
}

static size_t redirect_relocations(struct symbols *symbols, size_t from, size_t to)
{
	size_t count = 0;

	for (size_t i = 0; i < symbols->section_count; i++) {
		const Elf64_Shdr *section = &symbols->sections[i];
		Elf64_Rel *rel = (Elf64_Rel *)(symbols->bytes + section->sh_offset);

		if (section->sh_type != SHT_REL ||
		    !(symbols->sections[section->sh_info].sh_flags & SHF_EXECINSTR))
			continue;
		for (size_t j = 0; j < section->sh_size / sizeof(*rel); j++) {
			if (ELF64_R_SYM(rel[j].r_info) != from)
				continue;
			rel[j].r_info = ELF64_R_INFO(to, ELF64_R_TYPE(rel[j].r_info));
			count++;
		}
	}
	return count;
}

/*
 * A second symbol is where one map is, and called as another one: libbpf goes by the place. What is
 * said of the other one must not become a proof about the first.
 */
static void an_object_that_lies_about_its_maps_is_unproven(void **state)
{
	struct question question = ask(*state, "flows_2", "flows_xdp", HOOK_XDP);
	struct symbols symbols = symbols_of(&question);
	size_t settings = symbol_named(&symbols, "settings");
	size_t spare = symbol_to_spare(&symbols);
	struct judgement judgement = answer(&question);

	assert_int_not_equal(judgement.analysis, OPINION_UNKNOWN);
	symbols.items[spare] = symbols.items[settings];
	symbols.items[spare].st_name = symbols.items[symbol_named(&symbols, "flows")].st_name;
	symbols.items[spare].st_info = ELF64_ST_INFO(STB_LOCAL, STT_OBJECT);
	assert_true(redirect_relocations(&symbols, settings, spare) > 0);
	judgement = answer(&question);
	assert_int_equal(judgement.readonly, READONLY_UNPROVEN);
	assert_int_equal(judgement.analysis, OPINION_UNKNOWN);
	assert_non_null(strstr(judgement.reasons[judgement.count - 1].what, "other instructions"));
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
		TEST(an_object_that_lies_about_its_maps_is_unproven),
		TEST(nothing_is_left_behind),
		TEST(what_cannot_be_followed_is_an_error),
	};

	if (geteuid())
		test_skip("loading programs needs root");
	if (!getenv("ORDAIN_BPF"))
		test_skip("ORDAIN_BPF does not say where the sample programs are");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
