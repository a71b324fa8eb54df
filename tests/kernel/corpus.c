/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every kind of object that we could think of (bpf/corpus, bpf/features): alone on a hook, loaded
 * by libbpf, and as the first, the middle and the last element of a chain. What packets see of it
 * has to be the same. docs/objects.md is the table of the results; ORDAIN_UPDATE_GOLDEN=1 writes it.
 *
 * What this kernel does not take alone is no matter of a chain, and is told as skipped.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "agent/system/files.h"
#include "bpf/trace.h"
#include "tests/support/alone.h"
#include "tests/support/course.h"
#include "tests/support/document.h"
#include "tests/support/test.h"

enum { SOURCE_LIMIT = 1 << 20, CPU_QUEUE = 192 };

enum family { FAMILY_XDP, FAMILY_TCX, FAMILIES };

static const char *const folders[] = { "corpus", "features", "broken" };

/* One line of the table. */
struct kind {
	const char *folder;
	const char *name;
	const char *path; /* NULL: in the build */
	const char *results[FAMILIES]; /* NULL: it has nothing for that hook */
};

/* A function that lets packets go on on every hook of its family, and what it writes into them. */
struct passing {
	const char *path;
	const char *function;
	const char *traces[HOOK_COUNT];
	bool left_out;
};

static struct {
	struct ordain *ordain;
	struct course *course;
	struct {
		struct kind *items;
		size_t count;
	} kinds;
	struct {
		struct passing *items;
		size_t count;
	} passing[FAMILIES];
	size_t tried;
	size_t skipped;
	bool failed;
} run;

static struct arena *arena(void)
{
	return run.ordain->arena;
}

static enum hook hook_of(enum family family)
{
	return family == FAMILY_XDP ? HOOK_XDP : HOOK_TCX_INGRESS;
}

static const char *path_of(const struct kind *kind)
{
	if (kind->path)
		return kind->path;
	return object_path(run.ordain, arena_printf(arena(), "%s/%s", kind->folder, kind->name));
}

/* Where packets are redirected to: user space fills it in, here and in the chain alike. */
static void fill_target(int map)
{
	struct bpf_map_info info;
	__u32 size = sizeof(info);
	__u32 key = 0;
	__u32 value = course_target();

	memset(&info, 0, sizeof(info));
	if (map < 0 || bpf_map_get_info_by_fd(map, &info, &size))
		return;
	if (info.type == BPF_MAP_TYPE_CPUMAP)
		value = CPU_QUEUE;
	if (info.type != BPF_MAP_TYPE_XSKMAP)
		bpf_map_update_elem(map, &key, &value, BPF_ANY);
}

static void fill_target_of(const char *program)
{
	int map = bpf_obj_get(
		arena_printf(arena(), "%s/ordain/maps/%s/target", run.ordain->bpffs, program));

	fill_target(map);
	if (map >= 0)
		close(map);
}

static struct sights see_alone(const struct bpf_object *object, const char *function,
			       enum hook hook)
{
	struct sights sights;
	int link;

	fill_target(alone_map(object, "target"));
	link = foreign_link(lane_interface(LANE_ALONE), hook, alone_program(object, function),
			    true);
	sights = course_run(run.course, LANE_ALONE, hook);
	close(link);
	return sights;
}

/* "functions: {...}" or "hook and function": on all hooks of the family. */
static const char *place(enum family family, const char *xdp, const char *tc)
{
	if (family == FAMILY_XDP)
		return arena_printf(arena(), "hook: xdp, function: %s", xdp);
	return arena_printf(arena(), "functions: {tcx-ingress: %s, tcx-egress: %s}", tc, tc);
}

static void write_chains(const struct kind *kind, enum family family, const char *function)
{
	const char *hooks = family == FAMILY_XDP ? "xdp" : "[tcx-ingress, tcx-egress]";
	const char *stamp = place(family, "stamp_xdp", "stamp_tc");

	policy_write(run.ordain, "corpus.yaml",
		     "programs:\n"
		     "  one: {%s, interfaces: [%s], object: %s}\n"
		     "  other: {%s, interfaces: [%s], object: %s}\n"
		     "  %s: {%s, interfaces: [%s], object: %s}\n"
		     "chains:\n"
		     "  - {interfaces: [first], hook: %s, order: [%s, one, other]}\n"
		     "  - {interfaces: [middle], hook: %s, order: [one, %s, other]}\n"
		     "  - {interfaces: [last], hook: %s, order: [one, other, %s]}\n",
		     stamp, lanes_of_chains, object_path(run.ordain, "stamp_a"), stamp,
		     lanes_of_chains, object_path(run.ordain, "stamp_b"), function,
		     place(family, function, function), lanes_of_chains, path_of(kind), hooks,
		     function, hooks, function, hooks, function);
}

/* What the trace becomes where others stamp before it, and behind it if it goes on. */
static const char *among(const char *trace, enum lane lane, bool goes_on)
{
	static const char *const before[] = {
		[LANE_FIRST] = "", [LANE_MIDDLE] = "a", [LANE_LAST] = "ab"
	};
	static const char *const behind[] = {
		[LANE_FIRST] = "ab", [LANE_MIDDLE] = "b", [LANE_LAST] = ""
	};

	if (!trace)
		return NULL;
	return arena_printf(arena(), "%s%s%s", before[lane], trace, goes_on ? behind[lane] : "");
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static const char *shown(const struct sights *sights)
{
	return arena_printf(arena(), "'%s' behind the hook, '%s' back, '%s' at the target",
			    sights->end ? sights->end : "", sights->back ? sights->back : "",
			    sights->target ? sights->target : "");
}

/* On tcx, a program may end its chain and let the packet pass: it does so wherever it is. */
static bool goes_on(const struct sights *alone, const struct sights *first)
{
	return same(first->end, among(alone->end, LANE_FIRST, true));
}

/* Returns whether what comes behind it sees the packets. */
static bool compare(const struct kind *kind, const char *function, enum hook hook,
		    const struct sights *alone)
{
	bool on = false;

	for (enum lane lane = LANE_FIRST; lane <= LANE_LAST; lane++) {
		struct sights seen = course_run(run.course, lane, hook);

		on = lane == LANE_FIRST ? goes_on(alone, &seen) : on;
		if (same(seen.end, among(alone->end, lane, on)) &&
		    same(seen.back, among(alone->back, lane, false)) &&
		    same(seen.target, among(alone->target, lane, false)))
			continue;
		run.failed = true;
		print_error("%s/%s %s on %s, %s: %s; alone: %s\n", kind->folder, kind->name,
			    function, hook_name(hook), lane_interface(lane), shown(&seen),
			    shown(alone));
	}
	return on;
}

/* The first error's words, without the name that the program has here. */
static const char *refusal(const struct outcome *outcome, const char *name)
{
	const char *prefix = arena_printf(arena(), "program '%s'", name);
	const char *at = strstr(outcome->err, "error[");
	char *words;

	if (!at || !strstr(at, "]: "))
		return outcome->err;
	at = strstr(at, "]: ") + strlen("]: ");
	words = arena_strndup(arena(), at, strcspn(at, "\n"));
	if (!strncmp(words, prefix, strlen(prefix)))
		words += strlen(prefix) + strspn(words + strlen(prefix), ": ");
	return words;
}

static void see_chains(const struct kind *kind, enum family family, const char *function,
		       const struct sights alone[HOOK_COUNT])
{
	struct passing passing = { path_of(kind), function, { 0 }, false };
	bool on = true;

	fill_target_of(function);
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
		if ((hook == HOOK_XDP) == (family == FAMILY_XDP)) {
			on &= compare(kind, function, hook, &alone[hook]) && alone[hook].end;
			passing.traces[hook] = alone[hook].end;
		}
	if (on)
		*list_push(arena(), &run.passing[family]) = passing;
}

/* What the chain is told that it cannot be, beside what the kernel says of the object alone. */
static bool is_refusal(const struct outcome *outcome)
{
	return strstr(outcome->err, "error[not-linkable]") ||
	       strstr(outcome->err, "error[program-type]") ||
	       strstr(outcome->err, "error[kernel-limit]");
}

/*
 * "works", or why it is refused; NULL: the kernel does not take it alone. Objects in broken/ that it
 * does not take either are refused with its own words, which are no concern of the table.
 */
static const char *try_function(const struct kind *kind, enum family family, const char *function)
{
	struct bpf_object *object = alone_load(path_of(kind), hook_of(family));
	struct sights alone[HOOK_COUNT] = { 0 };
	struct outcome outcome;

	if (!object)
		return NULL;
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
		if ((hook == HOOK_XDP) == (family == FAMILY_XDP))
			alone[hook] = see_alone(object, function, hook);
	bpf_object__close(object);
	write_chains(kind, family, function);
	outcome = ordain_run(run.ordain, "apply");
	run.tried++;
	if (!outcome.code) {
		see_chains(kind, family, function, alone);
		return "works";
	}
	if (!is_refusal(&outcome)) {
		run.failed = true;
		print_error("%s/%s %s: %s\n", kind->folder, kind->name, function, outcome.err);
	}
	return arena_printf(arena(), "refused: %s", refusal(&outcome, function));
}

/* All functions of one object have the same result, as far as the table is concerned. */
static const char *try_family(const struct kind *kind, enum family family)
{
	char *functions =
		arena_strdup(arena(), alone_functions(arena(), path_of(kind), hook_of(family)));
	const char *result = NULL;
	const char *function;

	while ((function = strsep(&functions, " "))) {
		const char *found = *function ? try_function(kind, family, function) : NULL;

		if (*function && !found && strcmp(kind->folder, "broken") != 0) {
			print_message("SKIP: this kernel does not take %s/%s\n", kind->folder,
				      kind->name);
			run.skipped++;
		}
		result = found ? found : result;
	}
	return result;
}

/* All that are not left out, on the middle lane. */
static const char *crowd_policy(enum family family)
{
	const char *hooks = family == FAMILY_XDP ? "xdp" : "[tcx-ingress, tcx-egress]";
	struct text programs = TEXT(arena());
	struct text order = TEXT(arena());

	for (size_t i = 0; i < run.passing[family].count; i++) {
		const struct passing *one = &run.passing[family].items[i];

		if (one->left_out)
			continue;
		text_printf(&programs, "  k%zu: {%s, interfaces: [%s], object: %s}\n", i,
			    place(family, one->function, one->function),
			    lane_interface(LANE_MIDDLE), one->path);
		text_printf(&order, "%sk%zu", order.length ? ", " : "", i);
	}
	return arena_printf(arena(),
			    "programs:\n%schains:\n"
			    "  - {interfaces: [%s], hook: %s, order: [%s]}\n",
			    text_string(&programs), lane_interface(LANE_MIDDLE), hooks,
			    text_string(&order));
}

/* The program that the first error names; it is over a limit, or of another kind than the rest. */
static void leave_out(enum family family, const struct outcome *outcome)
{
	const char *at = strstr(outcome->err, "program 'k");
	size_t index = at ? strtoul(at + strlen("program 'k"), NULL, 10) : SIZE_MAX;

	if (index >= run.passing[family].count || !is_refusal(outcome))
		fail_msg("%s", outcome->err);
	assert_false(run.passing[family].items[index].left_out);
	run.passing[family].items[index].left_out = true;
}

/* One after the other, as far as a packet has room for letters. */
static const char *crowd_trace(enum family family, enum hook hook)
{
	struct text trace = TEXT(arena());

	for (size_t i = 0; i < run.passing[family].count; i++)
		if (!run.passing[family].items[i].left_out)
			text_add(&trace, run.passing[family].items[i].traces[hook]);
	return arena_strndup(arena(), text_string(&trace),
			     trace.length < TRACE_LETTERS ? trace.length : TRACE_LETTERS);
}

/* As many as fit into one chain, each doing what it does alone. */
static void try_crowd(enum family family)
{
	struct outcome outcome;
	size_t count = 0;

	do {
		policy_write(run.ordain, "corpus.yaml", "%s", crowd_policy(family));
		outcome = ordain_run(run.ordain, "apply");
		if (outcome.code)
			leave_out(family, &outcome);
	} while (outcome.code);
	for (size_t i = 0; i < run.passing[family].count; i++) {
		count += !run.passing[family].items[i].left_out;
		fill_target_of(arena_printf(arena(), "k%zu", i));
	}
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
		struct sights seen;

		if ((hook == HOOK_XDP) != (family == FAMILY_XDP))
			continue;
		seen = course_run(run.course, LANE_MIDDLE, hook);
		print_message("%s: %zu of %zu together: '%s'\n", hook_name(hook), count,
			      run.passing[family].count, seen.end ? seen.end : "");
		assert_string_equal(seen.end ? seen.end : "", crowd_trace(family, hook));
	}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Another kernel is tried with what was built, and no more. */
static bool has_sources(void)
{
	return document_exists(arena(), "objects.md");
}

static const char *source_of(const struct kind *kind)
{
	static const char *const makers[][2] = {
		{ "map_queue", "queue" },
		{ "map_stack", "queue" },
		{ "map_", "map" },
		{ "redirect_", "redirect_map" },
	};
	const char *source = getenv("ORDAIN_SOURCE");
	const char *path =
		arena_printf(arena(), "%s/bpf/%s/%s.bpf.c", source, kind->folder, kind->name);

	for (size_t i = 0; access(path, F_OK) && i < sizeof(makers) / sizeof(*makers); i++)
		if (!strncmp(kind->name, makers[i][0], strlen(makers[i][0])))
			path = arena_printf(arena(), "%s/bpf/%s.bpf.c", source, makers[i][1]);
	return path;
}

static void try_folder(const char *folder)
{
	struct names names;
	const char *directory = arena_printf(arena(), "%s/%s", getenv("ORDAIN_BPF"), folder);

	assert_int_equal(directory_names(arena(), directory, &names), 0);
	qsort(names.items, names.count, sizeof(*names.items), compare_names);
	for (size_t i = 0; i < names.count; i++) {
		const char *end = strstr(names.items[i], ".bpf.o");
		struct kind *kind;

		if (!end || end[strlen(".bpf.o")])
			continue;
		kind = list_push(arena(), &run.kinds);
		kind->folder = folder;
		kind->name = arena_strndup(arena(), names.items[i], (size_t)(end - names.items[i]));
		/* A build directory keeps what had a source once; where no sources are, nobody knows. */
		if (has_sources() && access(source_of(kind), F_OK)) {
			run.kinds.count--;
			continue;
		}
		for (enum family family = 0; family < FAMILIES; family++)
			if (family == FAMILY_XDP || hook_exists("alone", HOOK_TCX_INGRESS))
				kind->results[family] = try_family(kind, family);
	}
}

/* The first sentence of the comment behind the licence, on one line. */
static const char *purpose(const struct kind *kind)
{
	struct text words = TEXT(arena());
	const char *bytes;
	const char *at;
	size_t length;

	assert_int_equal(file_read(arena(), source_of(kind), SOURCE_LIMIT, &bytes, &length), 0);
	at = strchr(bytes, '\n');
	assert_non_null(at);
	at += 1 + strspn(at + 1, "/* \n");
	/* One source is compiled for several types of map, and the object is named after its own. */
	for (; *at && strncmp(at, "*/", 2) != 0; at++) {
		if (!strncmp(at, "TYPE", 4)) {
			text_add(&words, strchr(kind->name, '_') + 1);
			at += 3;
			continue;
		}
		if (*at == '\n')
			at += strspn(at, "\n *") - 1;
		else if (*at == '|')
			text_add(&words, "\\|");
		if (*at != '|')
			text_printf(&words, "%c", *at == '\n' || (at[0] == '*') ? ' ' : *at);
		if (*at == '.' && strchr(" \n", at[1]))
			break;
	}
	return text_string(&words);
}

static void add_rows(struct text *table)
{
	for (size_t i = 0; i < run.kinds.count; i++) {
		const struct kind *kind = &run.kinds.items[i];
		const char *xdp = kind->results[FAMILY_XDP];
		const char *tcx = kind->results[FAMILY_TCX];

		if (xdp || tcx)
			text_printf(table, "| `%s` | %s | %s | %s |\n", kind->name, purpose(kind),
				    xdp ? xdp : "", tcx ? tcx : "");
	}
}

static const char *table(void)
{
	struct text table = TEXT(arena());

	text_add(&table, "| object | what it does | xdp | tcx |\n|---|---|---|---|\n");
	add_rows(&table);
	return text_string(&table);
}

static void objects_in_a_chain_do_what_they_do_alone(void **state)
{
	memset(&run, 0, sizeof(run));
	run.ordain = *state;
	run.course = course_open(run.ordain);
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		try_folder(folders[i]);
	for (enum family family = 0; family < FAMILIES; family++)
		if (run.passing[family].count)
			try_crowd(family);
	course_close(run.course);
	print_message("%zu functions tried, %zu skipped\n", run.tried, run.skipped);
	assert_false(run.failed);
	assert_true(run.tried > 0);
	/* The table is that of a kernel that takes them all, linked as they are by default. */
	if (!run.skipped && has_sources() && !getenv("ORDAIN_LINKING"))
		document_check(arena(), "objects.md", "results", table());
}

/* What Debian's xdp-tools install; those that they use themselves as dispatchers aside. */
static void objects_of_xdp_tools_do_what_they_do_alone(void **state)
{
	static const char directory[] = "/usr/lib/x86_64-linux-gnu/bpf";
	static const char *const prefixes[] = { "xdpfilt_", "xsk_def_xdp_prog" };
	struct names names;

	memset(&run, 0, sizeof(run));
	run.ordain = *state;
	if (directory_names(arena(), directory, &names)) {
		print_message("SKIP: xdp-tools are not installed\n");
		skip();
	}
	run.course = course_open(run.ordain);
	for (size_t i = 0; i < names.count; i++)
		for (size_t j = 0; j < sizeof(prefixes) / sizeof(*prefixes); j++) {
			struct kind kind = {
				.folder = "xdp-tools",
				.name = names.items[i],
				.path = arena_printf(arena(), "%s/%s", directory, names.items[i]),
			};

			if (!strncmp(kind.name, prefixes[j], strlen(prefixes[j])))
				try_family(&kind, FAMILY_XDP);
		}
	course_close(run.course);
	print_message("%zu functions tried, %zu skipped\n", run.tried, run.skipped);
	assert_false(run.failed);
	assert_true(run.tried > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(objects_in_a_chain_do_what_they_do_alone),
		ORDAIN_TEST(objects_of_xdp_tools_do_what_they_do_alone),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
