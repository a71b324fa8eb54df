/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `ordain check` costs without the disk: from the bytes of the files to the rendered result.
 *
 * First for large policies: 1,000 interfaces, 1,000 and 10,000 programs with five before/after
 * statements each; once with ten programs on each hook of the larger one, once with 250. Then for
 * 10 MB that are no policy: in one file, and in files as large as is allowed. The rounds of all take
 * turns; medians. Peak memory is that of a process of its own for each.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/render/render.h"
#include "tests/support/bench.h"
#include "tests/support/test.h"

enum {
	INTERFACES = 1000,
	STATEMENTS = 5, /* of each program */
	FILE_PROGRAMS = 250,
	ROUNDS = 5,
	MEGABYTE = 1000 * 1000,
	FILE_SIZE = 256 * 1024,
};

enum part { BUILD, RESOLVE, TEXT_OUT, JSON_OUT, PARTS };

static const char *const part_names[] = {
	[BUILD] = "read and merge",
	[RESOLVE] = "resolve",
	[TEXT_OUT] = "render as text",
	[JSON_OUT] = "render as JSON",
};

/* Programs `group` apart, and only they, are on one hook: as many interfaces have the same ones. */
struct shape {
	const char *name;
	int groups;
};

static const struct shape shapes[] = {
	{ "ten programs on a hook", INTERFACES },
	{ "250 programs on a hook", 40 },
};

static const int sizes[] = { 1000, 10000 };

enum { SHAPES = 2, SIZES = 2 };

static double ms[SHAPES][SIZES][PARTS + 1][ROUNDS];

static double since(uint64_t start)
{
	return (double)(bench_now() - start) / 1e6;
}

/* The j-th behind it on its hook; where there is none, one of another hook, which is void. */
static int behind(const struct shape *shape, int programs, int i, int j)
{
	int next = i + j * shape->groups;

	return next < programs ? next : (i + j) % programs;
}

static void add_program(struct text *text, const struct shape *shape, int programs, int i)
{
	int groups = shape->groups;

	text_printf(text,
		    "  program-%05d:\n    hook: tcx-ingress\n    interfaces: [\"g%04d-*\"]\n"
		    "    object: /usr/lib/bpf/program-%05d.bpf.o\n",
		    i, i % groups, i);
	if (i % 3 == 0)
		text_printf(text, "    stage: filter\n    priority: %d\n", i % 100);
	text_add(text, "    before: [");
	for (int j = 1; j < STATEMENTS; j++)
		text_printf(text, "%sprogram-%05d", j > 1 ? ", " : "",
			    behind(shape, programs, i, j));
	text_printf(text, "]\n    after: [program-%05d]\n",
		    i < groups ? (i + STATEMENTS) % programs : i - groups);
}

static struct sources make_sources(struct arena *arena, const struct shape *shape, int programs)
{
	struct sources sources = { 0 };

	for (int i = 0; i < programs; i += FILE_PROGRAMS) {
		struct text text = TEXT(arena);

		text_add(&text, "ordain: 1\nprograms:\n");
		for (int j = i; j < i + FILE_PROGRAMS; j++)
			add_program(&text, shape, programs, j);
		sources_add(arena, &sources, arena_printf(arena, "%05d.yaml", i),
			    text_string(&text));
	}
	return sources;
}

static struct interfaces make_interfaces(struct arena *arena, const struct shape *shape)
{
	struct interfaces interfaces = { arena_array(arena, struct interface, INTERFACES),
					 INTERFACES };
	int each = INTERFACES / shape->groups;

	for (int i = 0; i < INTERFACES; i++)
		interfaces.items[i].name = arena_printf(arena, "g%04d-%02d", i / each, i % each);
	return interfaces;
}

static double render(struct arena *arena, enum output_format format,
		     const struct resolution *resolution, const struct diags *diags)
{
	struct report report = { .directory = "/etc/ordain", .diags = diags };
	struct text out = TEXT(arena);
	uint64_t start = bench_now();

	render_check(&out, format, &report, resolution);
	return since(start);
}

static void check(const struct shape *shape, int programs, double *ret_ms)
{
	struct arena *arena = arena_new();
	struct sources sources = make_sources(arena, shape, programs);
	struct interfaces interfaces = make_interfaces(arena, shape);
	struct diags diags = DIAGS(arena);
	const struct policy *policy;
	const struct resolution *resolution;
	uint64_t start = bench_now();

	policy = policy_build(arena, &sources, &diags);
	ret_ms[BUILD] = since(start);
	start = bench_now();
	resolution = resolve(arena, policy, &interfaces, &diags);
	ret_ms[RESOLVE] = since(start);
	if (diags_have_errors(&diags) || resolution->chains.count != INTERFACES)
		bench_fail(0, "%s: %zu diagnostics, %zu chains", shape->name, diags.count,
			   resolution->chains.count);
	ret_ms[TEXT_OUT] = render(arena, OUTPUT_TABLE, resolution, &diags);
	ret_ms[JSON_OUT] = render(arena, OUTPUT_JSON, resolution, &diags);
	arena_free(arena);
}

/* In MiB, less what a process has that does nothing. */
static double peak_of(const struct shape *shape, int programs)
{
	struct rusage usage;
	double unused[PARTS];
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (shape)
			check(shape, programs, unused);
		_exit(0);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status)
		bench_fail(0, "no measure of memory");
	return (double)usage.ru_maxrss / 1024;
}

static void print_shape(size_t shape, const double *peaks)
{
	printf("%s\n", shapes[shape].name);
	printf("%-20s %14s %15s %7s\n", "", "1,000 programs", "10,000 programs", "ratio");
	for (int part = 0; part <= PARTS; part++) {
		double few = bench_median(ms[shape][0][part], ROUNDS);
		double many = bench_median(ms[shape][1][part], ROUNDS);

		printf("%-20s %11.2f ms %12.2f ms %7.1f\n", part < PARTS ? part_names[part] : "all",
		       few, many, many / few);
	}
	printf("%-20s %10.1f MiB %11.1f MiB %7.1f\n\n", "peak memory", peaks[0], peaks[1],
	       peaks[1] / peaks[0]);
}

static void measure_policies(void)
{
	double peaks[SHAPES][SIZES];
	double nothing = peak_of(NULL, 0);

	for (size_t i = 0; i < SHAPES; i++)
		for (size_t j = 0; j < SIZES; j++)
			peaks[i][j] = peak_of(&shapes[i], sizes[j]) - nothing;
	for (size_t round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < SHAPES; i++)
			for (size_t j = 0; j < SIZES; j++) {
				double parts[PARTS];
				double all = 0;

				check(&shapes[i], sizes[j], parts);
				for (int part = 0; part < PARTS; part++) {
					ms[i][j][part][round] = parts[part];
					all += parts[part];
				}
				ms[i][j][PARTS][round] = all;
			}
	for (size_t i = 0; i < SHAPES; i++)
		print_shape(i, peaks[i]);
}

/* A beginning, something over and over, and no end; a %d in it counts. */
static const struct hostile {
	const char *name;
	const char *begin;
	const char *item;
} hostiles[] = {
	{ "nested lists", "ordain: ", "[" },
	{ "nested maps", "ordain: ", "{a: " },
	{ "different keys", "ordain: 1\n", "key%d: 1\n" },
	{ "the same key", "ordain: 1\n", "key: 1\n" },
	{ "one scalar", "ordain: ", "x" },
	{ "one quoted scalar", "ordain: \"", "\\x41" },
	{ "anchors and aliases", "ordain: 1\nchains:\n", "- &a%d [*a%d]\n" },
	{ "a flow list", "ordain: 1\nchains: [", "a," },
	{ "documents", "ordain: 1\n", "---\nordain: 1\n" },
	{ "comments", "ordain: 2\n", "#\n" },
	{ "empty programs", "ordain: 1\nprograms:\n", "  p%d: {}\n" },
	{ "unknown programs",
	  "ordain: 1\nprograms:\n  a: {hook: xdp, interfaces: [a], object: /a,\n    before: [",
	  "b%d," },
	{ "unknown labels", "ordain: 1\nprograms:\n  a: {hook: xdp, object: /a,\n    interfaces: [",
	  "\"label:b%d\"," },
	{ "no UTF-8", "ordain: 1\n", "\xff" },
};
enum { HOSTILES = sizeof(hostiles) / sizeof(hostiles[0]) };

static void add_hostile(struct arena *arena, const struct hostile *hostile, size_t size,
			struct sources *sources)
{
	bool closes = strchr(hostile->begin, '[') && strchr(hostile->begin, '{');
	struct text text = TEXT(arena);
	const char *name = arena_printf(arena, "%03zu.yaml", sources->count);

	text_add(&text, hostile->begin);
	for (int i = 0; text.length + 32 < size; i++) {
		const char *count = strchr(hostile->item, '%');

		if (!count)
			text_add(&text, hostile->item);
		else if (strchr(count + 1, '%'))
			text_add(&text, arena_printf(arena, "- &a%d [*a%d]\n", i, i));
		else
			text_printf(&text, "%.*s%zu%d%s", (int)(count - hostile->item),
				    hostile->item, sources->count, i, count + 2);
	}
	if (closes)
		text_add(&text, "]}\n");
	sources_add(arena, sources, name, text_string(&text));
}

/* Reads, decodes and says what is wrong; in milliseconds. */
static double refuse(const struct sources *sources, const struct hostile *hostile,
		     size_t *ret_lines)
{
	struct arena *arena = arena_new();
	struct diags diags = DIAGS(arena);
	struct text out = TEXT(arena);
	uint64_t start = bench_now();
	double taken;

	policy_build(arena, sources, &diags);
	diags_sort(&diags);
	diags_render(&diags, &out, false);
	taken = since(start);
	if (!diags_have_errors(&diags))
		bench_fail(0, "%s is not refused", hostile->name);
	*ret_lines = diags.count;
	arena_free(arena);
	return taken;
}

static void measure_hostile(const struct hostile *hostile)
{
	struct arena *arena = arena_new();
	struct sources one = { 0 };
	struct sources many = { 0 };
	double one_ms[ROUNDS];
	double many_ms[ROUNDS];
	size_t diags[2];

	add_hostile(arena, hostile, 10 * MEGABYTE, &one);
	for (size_t size = 0; size < 10 * MEGABYTE; size += FILE_SIZE)
		add_hostile(arena, hostile, FILE_SIZE, &many);
	for (size_t round = 0; round < ROUNDS; round++) {
		one_ms[round] = refuse(&one, hostile, &diags[0]);
		many_ms[round] = refuse(&many, hostile, &diags[1]);
	}
	printf("%-24s %8.2f ms %9.2f ms %8zu\n", hostile->name, bench_median(one_ms, ROUNDS),
	       bench_median(many_ms, ROUNDS), diags[1]);
	fflush(stdout);
	arena_free(arena);
}

int main(void)
{
	measure_policies();
	printf("%-24s %11s %12s %8s\n", "10 MB of", "one file", "40 files", "messages");
	for (size_t i = 0; i < HOSTILES; i++)
		measure_hostile(&hostiles[i]);
	printf("\nAim: time and memory grow as n log n; 10 MB are refused in under 100 ms.\n");
	return 0;
}
