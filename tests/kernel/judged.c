/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `ordain classify` makes of programs whose effect is known (bpf/judged), and of those that
 * Debian ships. No program that changes a packet may ever be proven readonly; of those that leave
 * packets alone, nine of ten have to be. docs/judged.md has the answers: ORDAIN_UPDATE_GOLDEN=1
 * writes it.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "agent/system/files.h"
#include "policy/base/text.h"
#include "tests/support/alone.h"
#include "tests/support/document.h"
#include "tests/support/judged.h"
#include "tests/support/ordain.h"
#include "tests/support/test.h"

enum { PROVEN_PERCENT = 90, LOOPBACK = 1, CPU_QUEUE = 192 };

/* The kernel that takes every program that is no JUDGED_UNTAKEN, and whose answers docs/ has. */
enum { NEWEST_MAJOR = 6, NEWEST_MINOR = 18 };

struct answer {
	const char *readonly;
	const char *hook;
	const char *verdicts; /* with blanks between */
	const char *what; /* of the first reason; "": there is none */
	const char *analysis; /* its opinion, and the kernel's */
	const char *kernel;
	json_t *reasons;
	json_t *root; /* to be given back */
};

static struct {
	struct ordain *ordain;
	size_t writers, refuted, unproven, proven_writers;
	size_t passed_by_analysis, passed_by_kernel; /* writers, by one judge alone */
	size_t innocents, proven;
	size_t skipped;
	size_t failures;
} run;

static struct arena *arena(void)
{
	return run.ordain->arena;
}

static void run_begin(void **state)
{
	memset(&run, 0, sizeof(run));
	run.ordain = *state;
}

#define FAILURE(judged, format, ...)                                                               \
	do {                                                                                       \
		run.failures++;                                                                    \
		print_error("%s %s: " format "\n", (judged)->object, (judged)->function,           \
			    __VA_ARGS__);                                                          \
	} while (0)

static bool kernel_takes_all(void)
{
	struct utsname name;
	int major = 0, minor = 0;

	assert_int_equal(uname(&name), 0);
	assert_int_equal(sscanf(name.release, "%d.%d", &major, &minor), 2);
	return major > NEWEST_MAJOR || (major == NEWEST_MAJOR && minor >= NEWEST_MINOR);
}

static const char *path_of(const struct judged *judged)
{
	return object_path(run.ordain, arena_printf(arena(), "judged/%s", judged->object));
}

/* To where the programs of redirects.bpf.c send packets. */
static void fill_targets(const struct bpf_object *object)
{
	static const char *const devices[] = { "devices", "devices_hash" };
	__u32 key = 0, loopback = LOOPBACK, queue = CPU_QUEUE;

	for (size_t i = 0; i < sizeof(devices) / sizeof(*devices); i++)
		if (alone_map(object, devices[i]) >= 0)
			assert_int_equal(bpf_map_update_elem(alone_map(object, devices[i]), &key,
							     &loopback, BPF_ANY),
					 0);
	if (alone_map(object, "cpus") >= 0)
		assert_int_equal(bpf_map_update_elem(alone_map(object, "cpus"), &key, &queue, 0),
				 0);
}

/* NULL: the kernel does not take it. *ret_hook is set in any case. */
static struct bpf_object *load(const struct judged *judged, enum hook *ret_hook)
{
	struct bpf_object *object =
		alone_load_function(path_of(judged), judged->function, ret_hook);

	if (object)
		fill_targets(object);
	return object;
}

static void check_effects(const struct judged *judged, const struct effects *found)
{
	if (judged->kind == JUDGED_WRITER && (judged->shows & ~found->effects))
		FAILURE(judged, "does %#x, and should do %#x", found->effects, judged->shows);
	/* What an innocent returns is its own matter. */
	if (judged->kind == JUDGED_INNOCENT && (found->effects & ~(unsigned int)EFFECT_VERDICT))
		FAILURE(judged, "leaves no packet alone: %#x", found->effects);
}

/* False: this kernel does not take it. */
static bool try_program(const struct judged *judged, struct effects *ret, enum hook *ret_hook)
{
	struct bpf_object *object = load(judged, ret_hook);
	int result;

	if (!object && judged->kind != JUDGED_UNTAKEN) {
		if (kernel_takes_all())
			FAILURE(judged, "does not load: %s", strerror(errno));
		else
			print_message("SKIP: this kernel does not take %s %s\n", judged->object,
				      judged->function);
		run.skipped++;
	}
	if (object && judged->kind == JUDGED_UNTAKEN)
		FAILURE(judged, "%s", "loads: then it belongs to the writers");
	if (!object && judged->kind == JUDGED_UNTAKEN && errno != EACCES && errno != EINVAL)
		FAILURE(judged, "no verifier refused it: %s", strerror(errno));
	if (!object)
		return false;
	result = effect_run(alone_program(object, judged->function), *ret_hook, ret);
	bpf_object__close(object);
	if (result)
		FAILURE(judged, "cannot be run: %s", strerror(-result));
	return !result;
}

static bool has_source(const struct judged *judged)
{
	return !access(arena_printf(arena(), "%s/bpf/judged/%s.bpf.c", getenv("ORDAIN_SOURCE"),
				    judged->object),
		       F_OK);
}

/* No program of the directory is forgotten, and none is in the table twice. */
static void every_program_is_in_the_table(void **state)
{
	struct names names;

	run_begin(state);
	assert_int_equal(directory_names(arena(),
					 arena_printf(arena(), "%s/judged", getenv("ORDAIN_BPF")),
					 &names),
			 0);
	for (size_t i = 0; i < names.count; i++) {
		const char *end = strstr(names.items[i], ".bpf.o");
		struct judged row = { 0 };
		char *functions;

		if (!end || end[strlen(".bpf.o")])
			continue;
		row.object = arena_strndup(arena(), names.items[i], (size_t)(end - names.items[i]));
		/* A build directory keeps what had a source once. */
		if (document_exists(arena(), "judged.md") && !has_source(&row))
			continue;
		functions = arena_printf(arena(), "%s %s",
					 alone_functions(arena(), path_of(&row), HOOK_XDP),
					 alone_functions(arena(), path_of(&row), HOOK_TCX_INGRESS));
		while ((row.function = strsep(&functions, " "))) {
			size_t found = 0;

			for (size_t j = 0; j < judged_count; j++)
				found += !strcmp(judged_programs[j].object, row.object) &&
					 !strcmp(judged_programs[j].function, row.function);
			if (*row.function && found != 1)
				FAILURE(&row, "is in the table %zu times", found);
		}
	}
	assert_int_equal(run.failures, 0);
}

static const char *string_of(const json_t *object, const char *key)
{
	const char *string = json_string_value(json_object_get(object, key));

	return string ? arena_strdup(arena(), string) : "";
}

static const char *words_of(const json_t *array)
{
	struct text words = TEXT(arena());
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
		text_printf(&words, "%s%s", i ? " " : "", json_string_value(item));
	return text_string(&words);
}

/* False: there is no answer about that function. */
static bool ask(const char *path, const char *function, struct answer *ret)
{
	struct outcome outcome = ordain_run(run.ordain, "classify %s %s -o json", path, function);
	json_t *root = json_loads(outcome.out, 0, NULL);
	json_t *functions = json_object_get(root, "functions");
	json_t *found = json_array_get(functions, 0);

	if (outcome.code || json_array_size(functions) != 1 ||
	    strcmp(string_of(found, "name"), function) != 0) {
		print_error("%s %s: exit code %d\n%s", path, function, outcome.code, outcome.err);
		json_decref(root);
		return false;
	}
	ret->root = root;
	ret->readonly = string_of(found, "readonly");
	ret->hook = string_of(found, "hook");
	ret->verdicts = words_of(json_object_get(found, "verdicts"));
	ret->reasons = json_object_get(found, "reasons");
	ret->what = string_of(json_array_get(ret->reasons, 0), "what");
	ret->analysis = string_of(json_object_get(found, "opinions"), "analysis");
	ret->kernel = string_of(json_object_get(found, "opinions"), "kernel");
	return true;
}

static bool has_reason(const struct answer *answer, const char *words)
{
	const json_t *reason;
	size_t i;

	json_array_foreach(answer->reasons, i,
			   reason) if (strstr(string_of(reason, "what"), words)) return true;
	return false;
}

static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += length)
		if ((at == words || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

static void check_writer(const struct judged *judged, const struct answer *answer)
{
	bool refuted = !strcmp(answer->readonly, "refuted");

	run.writers++;
	run.refuted += refuted;
	run.unproven += !strcmp(answer->readonly, "unproven");
	run.passed_by_analysis += !strcmp(answer->analysis, "readonly");
	run.passed_by_kernel += !strcmp(answer->kernel, "readonly");
	if (!strcmp(answer->readonly, "proven")) {
		run.proven_writers++;
		FAILURE(judged, "%s", "a writer was PROVEN readonly");
	}
	if (judged->reason && !(refuted && has_reason(answer, judged->reason)))
		FAILURE(judged, "%s (%s), and not refuted with '%s'", answer->readonly,
			answer->what, judged->reason);
}

static void check_innocent(const struct judged *judged, const struct answer *answer)
{
	run.innocents++;
	if (!strcmp(answer->readonly, "proven"))
		run.proven++;
	else if (strcmp(answer->readonly, "unproven") != 0)
		FAILURE(judged, "an innocent was %s: %s", answer->readonly, answer->what);
	else
		print_message("not proven: %s %s: %s\n", judged->object, judged->function,
			      answer->what);
}

/* What was returned in the runs has to be among what can be returned. */
static void check_verdicts(const struct judged *judged, const struct answer *answer, enum hook hook,
			   unsigned int returned)
{
	for (unsigned int slot = 0; slot < VERDICT_SLOTS; slot++)
		if (returned & (1u << slot) &&
		    !has_word(answer->verdicts, verdict_name(hook, slot)))
			FAILURE(judged, "returned %s, and can only return %s",
				verdict_name(hook, slot), answer->verdicts);
	if (judged->verdicts && strcmp(judged->verdicts, answer->verdicts) != 0)
		FAILURE(judged, "can return '%s', and should be able to return '%s'",
			answer->verdicts, judged->verdicts);
}

/* The first reason, without the offset: that is the compiler's choice. */
static const char *reason_shown(const struct answer *answer)
{
	const char *offset = strstr(answer->what, " at offset ");

	return offset ? arena_strndup(arena(), answer->what, (size_t)(offset - answer->what))
		      : answer->what;
}

static void add_row(struct text *table, const char *kind, const struct judged *judged,
		    const struct answer *answer)
{
	text_printf(table, "| %s | `%s` | `%s` | %s | %s | %s | %s | %s |\n", kind, judged->object,
		    judged->function, answer->hook, answer->readonly, answer->analysis,
		    answer->kernel, reason_shown(answer));
}

/* What the verifier refuses need have no answer, but is never proven. */
static void judge_untaken(const struct judged *judged)
{
	struct outcome outcome =
		ordain_run(run.ordain, "classify %s %s -o json", path_of(judged), judged->function);

	if (outcome.code > 1 || strstr(outcome.out, "\"proven\""))
		FAILURE(judged, "exit code %d: %s", outcome.code, outcome.out);
}

static void judge(const struct judged *judged, const struct effects *effects, enum hook hook,
		  struct text *table)
{
	struct answer answer;

	if (!ask(path_of(judged), judged->function, &answer)) {
		FAILURE(judged, "%s", "no answer");
		return;
	}
	if (judged->kind == JUDGED_WRITER)
		check_writer(judged, &answer);
	else
		check_innocent(judged, &answer);
	check_verdicts(judged, &answer, hook, effects->verdicts);
	add_row(table, judged->kind == JUDGED_WRITER ? "writer" : "innocent", judged, &answer);
	json_decref(answer.root);
}

/* Is it what the table says, and is it judged as that? */
static void run_and_judge(const struct judged *judged, struct text *table)
{
	struct effects effects = { 0 };
	enum hook hook;

	if (try_program(judged, &effects, &hook)) {
		check_effects(judged, &effects);
		judge(judged, &effects, hook, table);
	} else if (judged->kind == JUDGED_UNTAKEN) {
		judge_untaken(judged);
	}
}

static const char *sum(void)
{
	return arena_printf(
		arena(),
		"%zu writers: %zu refuted, %zu unproven, %zu proven. The analysis alone "
		"would have passed %zu of them, the kernel alone %zu.\n\n"
		"%zu innocents: %zu proven (%zu %%).\n",
		run.writers, run.refuted, run.unproven, run.proven_writers, run.passed_by_analysis,
		run.passed_by_kernel, run.innocents, run.proven,
		run.innocents ? run.proven * 100 / run.innocents : 0);
}

static void no_writer_is_proven_and_most_innocents_are(void **state)
{
	struct text table;

	run_begin(state);
	table = TEXT(arena());
	text_add(&table,
		 "| it is | object | function | hook | readonly | analysis | kernel | why |\n"
		 "|---|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < judged_count; i++)
		run_and_judge(&judged_programs[i], &table);
	print_message("%s%zu skipped\n", sum(), run.skipped);
	assert_int_equal(run.proven_writers, 0);
	assert_int_equal(run.failures, 0);
	assert_true(run.writers > 0 && run.innocents > 0);
	assert_true(run.proven * 100 >= run.innocents * PROVEN_PERCENT);
	if (!run.skipped && document_exists(arena(), "judged.md"))
		document_check(arena(), "judged.md", "corpus",
			       arena_printf(arena(), "%s\n%s\n", sum(), text_string(&table)));
}

/* The version of Debian's package whose objects docs/ has. */
static const char debian_version[] = "1.3.1-1";

/* What is known of Debian's objects, by the beginning of their names. */
static const struct {
	const char *prefix;
	const char *readonly;
} debian[] = {
	{ "xdpfilt_", "proven" }, /* counts, and returns its verdict */
	{ "xdpdump_xdp", "proven" }, /* copies packets to user space */
	{ "xsk_def_xdp_prog", "refuted" }, /* hands packets to sockets */
};

static void judge_of_debian(const char *name, const char *path, const char *function,
			    struct text *table)
{
	struct judged judged = { .object = name, .function = function };
	struct answer answer;

	if (!ask(path, function, &answer)) {
		FAILURE(&judged, "%s", "no answer");
		return;
	}
	for (size_t i = 0; i < sizeof(debian) / sizeof(*debian); i++)
		if (!strncmp(name, debian[i].prefix, strlen(debian[i].prefix)) &&
		    strcmp(answer.readonly, debian[i].readonly) != 0)
			FAILURE(&judged, "%s (%s), and should be %s", answer.readonly, answer.what,
				debian[i].readonly);
	text_printf(table, "| `%s` | `%s` | %s | %s | %s | %s |\n", name, function, answer.hook,
		    answer.readonly, answer.verdicts, reason_shown(&answer));
	json_decref(answer.root);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_version_of_docs(void)
{
	struct outcome outcome =
		ordain_shell(run.ordain, "dpkg-query --show --showformat='${Version}' xdp-tools");

	return !outcome.code && !strcmp(outcome.out, debian_version);
}

static void objects_of_xdp_tools_are_judged(void **state)
{
	static const char directory[] = "/usr/lib/x86_64-linux-gnu/bpf";
	struct text table;
	struct names names;

	run_begin(state);
	if (directory_names(arena(), directory, &names)) {
		print_message("SKIP: xdp-tools are not installed\n");
		skip();
	}
	table = TEXT(arena());
	text_add(&table, "| object | function | hook | readonly | verdicts | why not |\n"
			 "|---|---|---|---|---|---|\n");
	qsort(names.items, names.count, sizeof(*names.items), compare_names);
	for (size_t i = 0; i < names.count; i++) {
		const char *path = arena_printf(arena(), "%s/%s", directory, names.items[i]);
		char *functions = arena_strdup(arena(), alone_functions(arena(), path, HOOK_XDP));
		const char *function;

		while ((function = strsep(&functions, " ")))
			if (*function)
				judge_of_debian(names.items[i], path, function, &table);
	}
	assert_int_equal(run.failures, 0);
	if (!is_version_of_docs())
		print_message("SKIP: docs/ has the objects of xdp-tools %s\n", debian_version);
	else if (kernel_takes_all() && document_exists(arena(), "judged.md"))
		document_check(
			arena(), "judged.md", "debian",
			arena_printf(arena(),
				     "## What Debian ships in xdp-tools %s\n\n"
				     "The functions of `xdp_dispatcher` are there to be "
				     "replaced (freplace). What replaces them is\nno part of "
				     "the object, nor of the answer.\n\n%s",
				     debian_version, text_string(&table)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(every_program_is_in_the_table),
		ORDAIN_TEST(no_writer_is_proven_and_most_innocents_are),
		ORDAIN_TEST(objects_of_xdp_tools_are_judged),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
