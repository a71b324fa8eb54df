/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The golden cases: each directory beside this file is one. Policy files go in, what people and
 * scripts read comes out, and is compared byte for byte.
 *
 *	etc/ run/ hints/    the files of /etc/ordain, /run/ordain, /usr/lib/ordain
 *	host                what the host holds (tests/support/host.h)
 *	tree                instead of etc/ run/ hints/: a tree that has etc/ordain and so on, from
 *	                    the root of the sources
 *	diagnostics.txt     what is wrong; no such file: nothing is
 *	check.txt check.json plan.txt plan.json status.txt status.json diagnostics.json
 *	status.prom         what monitoring is told
 *	diagnostics.lines   each in one line
 *	explain.txt         after each line `$ ordain explain IFACE [HOOK]` or PROGRAM its output
 *
 * A file that is not there is not compared, but for diagnostics.txt. ORDAIN_UPDATE_GOLDEN=1 writes
 * those that are there anew (touch one to have it). Each case runs twice, the second time with its
 * policy files in the opposite order. No privileges, no clock, no kernel but the one in memory.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/system/files.h"
#include "policy/diag/diag_json.h"
#include "policy/render/json.h"
#include "tests/support/host.h"
#include "tests/support/kernel_memory.h"
#include "tests/support/test.h"

enum { FILE_LIMIT = 1 << 20 };

/* One run of one case, from its files to everything that can be said about them. */
struct run {
	struct arena *arena;
	const char *directory;
	struct host *host;
	struct sources sources;
	struct diags diags;
	const struct policy *policy;
	bool usable; /* no errors in the files */
	struct interfaces interfaces;
	struct resolution *resolution;
	struct report report;
	struct kernel *kernel;
	struct desires desires;
	const struct observed *observed;
	const struct plan *plan;
};

static const char *source_root(void)
{
	const char *root = getenv("ORDAIN_SOURCE");

	return root ? root : ".";
}

static const char *read_whole(struct arena *arena, const char *directory, const char *name)
{
	const char *text;
	size_t length;

	if (file_read(arena, arena_printf(arena, "%s/%s", directory, name), FILE_LIMIT, &text,
		      &length) < 0)
		return NULL;
	return text;
}

static void read_tier(struct run *run, const char *tree, const char *from, const char *to,
		      enum tier tier)
{
	const char *directory = arena_printf(run->arena, "%s/%s", tree, from);
	struct names names = { 0 };

	if (directory_names(run->arena, directory, &names) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		const char *text = read_whole(run->arena, directory, names.items[i]);

		if (!text || !strstr(names.items[i], ".yaml"))
			continue;
		*list_push(run->arena, &run->sources) = (struct source){
			.path = arena_printf(run->arena, "%s/%s", to, names.items[i]),
			.name = names.items[i],
			.tier = tier,
			.text = text,
			.length = strlen(text),
		};
	}
}

/* Deeper than any file should be, and not worth keeping as one. */
static void add_brackets(struct run *run)
{
	size_t depth = run->host->brackets;
	struct text text = TEXT(run->arena);

	if (!run->host->brackets_name)
		return;
	text_add(&text, "ordain: 1\nprograms: ");
	for (size_t i = 0; i < depth; i++)
		text_add(&text, "[");
	sources_add(run->arena, &run->sources, run->host->brackets_name, text_string(&text));
}

static int compare_sources(const void *a, const void *b)
{
	const struct source *x = a;
	const struct source *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (int)x->tier - (int)y->tier;
}

/* /etc/ordain is DIRECTORY/etc in a case, and TREE/etc/ordain in a tree as hosts have it. */
static void read_tiers(struct run *run, const char *tree)
{
	static const struct {
		const char *in_case;
		const char *in_tree;
		enum tier tier;
	} tiers[] = { { "etc", "etc/ordain", TIER_ETC },
		      { "run", "run/ordain", TIER_RUN },
		      { "hints", "usr/lib/ordain", TIER_HINT } };

	for (size_t i = 0; i < sizeof(tiers) / sizeof(tiers[0]); i++)
		read_tier(run, tree ? tree : run->directory,
			  tree ? tiers[i].in_tree : tiers[i].in_case,
			  arena_printf(run->arena, "/%s", tiers[i].in_tree), tiers[i].tier);
}

static void read_sources(struct run *run, bool reversed)
{
	const char *tree = read_whole(run->arena, run->directory, "tree");
	struct sources *sources = &run->sources;

	if (tree)
		tree = arena_printf(run->arena, "%s/%.*s", source_root(), (int)strcspn(tree, "\n"),
				    tree);
	read_tiers(run, tree);
	add_brackets(run);
	if (sources->count)
		qsort(sources->items, sources->count, sizeof(*sources->items), compare_sources);
	for (size_t i = 0; reversed && i < sources->count / 2; i++) {
		struct source kept = sources->items[i];

		sources->items[i] = sources->items[sources->count - 1 - i];
		sources->items[sources->count - 1 - i] = kept;
	}
}

static const void *no_bytes(void *context, const char *digest, size_t *ret_length)
{
	(void)context;
	*ret_length = 0;
	return digest;
}

/* Cases have none: nobody looks into what their objects hold. */
static const struct object_digests no_objects;

static bool has_hints_alone(const struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++)
		if (sources->items[i].tier != TIER_HINT)
			return false;
	return sources->count;
}

static void make_report(struct run *run)
{
	char *digest = arena_alloc(run->arena, 65);

	policy_digest(&run->sources, &no_objects, digest);
	run->report = run->host->report;
	if (has_hints_alone(&run->sources))
		run->report.directory = "/usr/lib/ordain";
	run->report.file_count = run->sources.count;
	run->report.policy = digest;
	if (run->report.generation)
		run->report.in_force = run->host->other_policy ? "81be077" : digest;
	if (run->host->held || run->host->no_policy)
		run->report.policy = NULL;
	run->report.diags = &run->diags;
}

static void make_plan(struct run *run)
{
	struct error error;

	run->desires = host_desires(run->host, run->arena, run->resolution, &run->diags);
	run->kernel = kernel_memory_open(run->host->machine,
					 (struct object_source){ no_bytes, NULL }, NULL, NULL);
	assert_int_equal(kernel_observe(run->kernel, run->arena, &run->interfaces, NULL,
					DETAIL_HOLDERS, &run->observed, &error),
			 0);
	run->plan = plan_build(run->arena, &run->desires, run->observed, &run->diags);
}

static struct run *run_new(const char *directory, bool reversed)
{
	struct arena *arena = arena_new();
	struct run *run = arena_alloc(arena, sizeof(*run));

	run->arena = arena;
	run->directory = directory;
	run->diags = DIAGS(arena);
	run->host = host_new(read_whole(arena, directory, "host"));
	read_sources(run, reversed);
	run->policy = policy_build(arena, &run->sources, &run->diags);
	diags_sort(&run->diags);
	run->usable = !diags_have_errors(&run->diags);
	make_report(run);
	if (!run->usable)
		return run;
	machine_list(run->host->machine, arena, &run->interfaces);
	run->resolution = resolve(arena, run->policy, &run->interfaces, &run->diags);
	host_judge(run->host, arena, run->resolution, &run->diags);
	make_plan(run);
	return run;
}

static void run_free(struct run *run)
{
	kernel_close(run->kernel);
	host_free(run->host);
	arena_free(run->arena);
}

static void render_diagnostics(struct run *run, struct text *out, enum output_format format)
{
	char *dump;
	json_t *json;

	if (format == OUTPUT_TABLE) {
		diags_render(&run->diags, out, false);
		return;
	}
	if (format == OUTPUT_LINES) {
		diags_render_lines(&run->diags, out, "/etc/ordain");
		return;
	}
	json = diags_json(&run->diags);
	dump = json_dumps(json, JSON_INDENT(2));
	text_printf(out, "%s\n", dump);
	free(dump);
	json_decref(json);
}

static void run_check(struct run *run, struct text *out, enum output_format format)
{
	if (run->usable || format == OUTPUT_JSON)
		render_check(out, format, &run->report,
			     run->host->no_policy ? NULL : run->resolution);
}

static void run_plan(struct run *run, struct text *out, enum output_format format)
{
	if (run->plan)
		render_plan(out, format, &run->report, run->plan);
}

static void run_status(struct run *run, struct text *out, enum output_format format)
{
	struct status status = { .plan = run->plan,
				 .resolution = run->resolution,
				 .observed = run->observed };

	if (!run->plan)
		return;
	status.counters = arena_array(run->arena, const struct counters *, run->plan->count);
	for (size_t i = 0; i < run->plan->count; i++)
		kernel_counters(run->kernel, run->arena, run->plan->chains[i].ifindex,
				run->plan->chains[i].hook, &status.counters[i]);
	render_status(out, format, &run->report, &status);
}

static void explain(struct run *run, struct text *out, const char *name, const char *hook)
{
	const struct program *program = policy_program(run->policy, name);
	struct {
		struct chain *items;
		size_t count;
	} chains = { 0 };

	if (program) {
		render_explain_program(out, OUTPUT_TABLE, &run->report, run->resolution,
				       &run->interfaces, NULL, program);
		return;
	}
	for (size_t i = 0; i < run->resolution->chains.count; i++) {
		const struct chain *chain = &run->resolution->chains.items[i];

		if (!strcmp(chain->interface->name, name) &&
		    (!*hook || !strcmp(hook_name(chain->hook), hook)))
			*list_push(run->arena, &chains) = *chain;
	}
	render_explain_chains(out, OUTPUT_TABLE, &run->report, run->policy, &run->desires,
			      chains.items, chains.count);
}

/* What is asked stands in the expected file itself. */
static void run_explain(struct run *run, struct text *out, enum output_format format)
{
	const char *line = read_whole(run->arena, run->directory, "explain.txt");
	char name[64];
	char hook[64];

	(void)format;
	for (; run->resolution && line; line = strchr(line, '\n')) {
		int words;

		line += *line == '\n';
		words = sscanf(line, "$ ordain explain %63s%*[ ]%63[a-z-]", name, hook);
		if (words < 1)
			continue;
		text_printf(out, "%s%.*s\n", out->length ? "\n" : "", (int)strcspn(line, "\n"),
			    line);
		explain(run, out, name, words > 1 ? hook : "");
	}
}

static const struct output {
	const char *file;
	enum output_format format;
	void (*render)(struct run *run, struct text *out, enum output_format format);
} outputs[] = {
	{ "diagnostics.txt", OUTPUT_TABLE, render_diagnostics },
	{ "diagnostics.json", OUTPUT_JSON, render_diagnostics },
	{ "diagnostics.lines", OUTPUT_LINES, render_diagnostics },
	{ "check.txt", OUTPUT_TABLE, run_check },
	{ "check.json", OUTPUT_JSON, run_check },
	{ "plan.txt", OUTPUT_TABLE, run_plan },
	{ "plan.json", OUTPUT_JSON, run_plan },
	{ "status.txt", OUTPUT_TABLE, run_status },
	{ "status.json", OUTPUT_JSON, run_status },
	{ "status.prom", OUTPUT_OPENMETRICS, run_status },
	{ "explain.txt", OUTPUT_TABLE, run_explain },
};

static void show_difference(const char *path, const char *actual)
{
	char command[512];
	FILE *diff;

	snprintf(command, sizeof(command), "diff -u --label expected --label actual '%s' - >&2",
		 access(path, F_OK) ? "/dev/null" : path);
	/* NOLINTNEXTLINE(cert-env33-c): only a failing test gets here. */
	diff = popen(command, "w");
	if (!diff)
		return;
	fputs(actual, diff);
	pclose(diff);
}

static void write_golden(const char *path, const char *text)
{
	FILE *file;

	if (!*text) {
		unlink(path);
		return;
	}
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static bool compare(struct run *run, const struct output *output, bool update)
{
	const char *path = arena_printf(run->arena, "%s/%s", run->directory, output->file);
	const char *expected = read_whole(run->arena, run->directory, output->file);
	struct text actual = TEXT(run->arena);

	if (!expected && strcmp(output->file, "diagnostics.txt") != 0)
		return true;
	output->render(run, &actual, output->format);
	if (!strcmp(expected ? expected : "", text_string(&actual)))
		return true;
	if (update) {
		write_golden(path, text_string(&actual));
		return true;
	}
	fprintf(stderr, "%s is not as it was:\n", path);
	show_difference(path, text_string(&actual));
	return false;
}

/* Whoever is told that something holds is told why. */
static void check_conditions(struct run *run)
{
	struct text text = TEXT(run->arena);
	json_t *root, *chain, *condition;
	size_t i, j;

	run_status(run, &text, OUTPUT_JSON);
	if (!text.length)
		return;
	root = json_loadb(text.bytes, text.length, 0, NULL);
	assert_non_null(root);
	json_array_foreach(json_object_get(root, "chains"), i, chain) json_array_foreach(
		json_object_get(chain, "conditions"), j,
		condition) if (json_is_true(json_object_get(condition, "status")) &&
			       (!json_string_length(json_object_get(condition, "reason")) ||
				!json_string_length(json_object_get(condition, "message"))))
		fail_msg("%s: a condition holds, and nobody says why: %s", run->directory,
			 json_string_value(json_object_get(condition, "type")));
	json_decref(root);
}

static void run_case(void **state)
{
	const char *directory = *state;
	const char *update = getenv("ORDAIN_UPDATE_GOLDEN");
	bool good = true;

	for (int reversed = 0; reversed < 2; reversed++) {
		struct run *run = run_new(directory, reversed);

		for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++)
			good &= compare(run, &outputs[i], !reversed && update && *update);
		check_conditions(run);
		if (!good && reversed)
			fprintf(stderr, "(with the policy files in reverse order)\n");
		run_free(run);
		if (!good)
			fail();
	}
}

int main(int argc, char **argv)
{
	__attribute__((cleanup(arena_cleanup))) struct arena *arena = arena_new();
	const char *directory = arena_printf(arena, "%s/tests/golden", source_root());
	struct {
		struct CMUnitTest *items;
		size_t count;
	} tests = { 0 };
	struct names names;

	if (directory_names(arena, directory, &names) < 0)
		test_skip("no cases in %s", directory);
	for (size_t i = 0; i < names.count; i++) {
		char *path = arena_printf(arena, "%s/%s", directory, names.items[i]);
		struct stat st;

		if (stat(path, &st) || !S_ISDIR(st.st_mode) ||
		    (argc > 1 && strcmp(argv[1], names.items[i]) != 0))
			continue;
		*list_push(arena, &tests) = (struct CMUnitTest){ .name = names.items[i],
								 .test_func = run_case,
								 .initial_state = path };
	}
	return _cmocka_run_group_tests("golden", tests.items, tests.count, NULL, NULL);
}
