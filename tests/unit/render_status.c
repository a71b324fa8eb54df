/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/render.h"

#include "tests/support/test.h"
#include "tests/support/values.h"

#define DIGEST "3f9a1c2000000000000000000000000000000000000000000000000000000000"

static const struct report report = {
	.directory = "/etc/ordain",
	.file_count = 4,
	.policy = DIGEST,
	.in_force = DIGEST,
	.generation = 42,
	.accepted_at = 1795226410,
	.agent_pid = 812,
};

/* What a case puts together: desires and observations, of which the plan is really made. */
struct scene {
	struct arena *arena;
	struct desires desires;
	struct observed observed;
	const struct counters *counters[8];
	const struct counters **before;
	double seconds;
	size_t lines;
	size_t columns;
	struct resolution resolution;
	struct locked_outs locked_out;
	struct report report;
};

static int scene_open(void **state)
{
	struct arena *arena = arena_new();
	struct scene *scene = arena_alloc(arena, sizeof(*scene));

	scene->arena = arena;
	scene->report = report;
	scene->observed.kernel_release = "6.12.0-test";
	*state = scene;
	return 0;
}

static int scene_close(void **state)
{
	arena_free(((struct scene *)*state)->arena);
	return 0;
}

static struct status status_of(struct scene *scene)
{
	struct diags diags = DIAGS(scene->arena);

	return (struct status){
		.plan = plan_build(scene->arena, &scene->desires, &scene->observed, &diags),
		.counters = scene->counters,
		.before = scene->before,
		.seconds = scene->seconds,
		.lines = scene->lines,
		.columns = scene->columns,
		.resolution = &scene->resolution,
		.observed = &scene->observed,
		.locked_out = scene->locked_out,
	};
}

static const char *render(struct scene *scene, enum output_format format)
{
	struct status status = status_of(scene);
	struct text out = TEXT(scene->arena);

	render_status(&out, format, &scene->report, &status);
	return text_string(&out);
}

/* A hook that runs `before` and should run `after`. */
static struct observed_hook *hold(struct scene *scene, const char *interface, enum hook hook,
				  const char *before, const char *after)
{
	struct observed_hook *observed =
		observed_add(scene->arena, &scene->observed, interface, 2, hook);

	if (before)
		observed_put_ours(scene->arena, observed, before);
	if (after)
		desires_add(scene->arena, &scene->desires, interface, 2, hook, after);
	return observed;
}

static void wait_for(struct scene *scene, const char *pattern, size_t count)
{
	static const struct program program = { .name = "lb" };
	struct waiting *waiting = list_push(scene->arena, &scene->resolution.waiting);

	waiting->pattern = pattern;
	waiting->span = edge_span(4, 18);
	waiting->items = arena_array(scene->arena, const struct program *, count);
	waiting->count = count;
	for (size_t i = 0; i < count; i++)
		waiting->items[i] = &program;
}

static struct element_counters xdp_counters[] = {
	{ .name = "lb", .seen = 1204331, .verdicts = { [2] = 1204331 } },
	{ .name = "scrubber", .seen = 1204331, .verdicts = { [1] = 803112, [2] = 401219 } },
};

static void render_status_is_the_page_of_the_design(void **state)
{
	static const struct counters counters = { xdp_counters, 2 };
	struct scene *scene = *state;
	struct desired *blocked;

	hold(scene, "eth0", HOOK_XDP, "lb scrubber", "lb scrubber");
	scene->counters[0] = &counters;
	hold(scene, "eth1", HOOK_TCX_INGRESS, "a", NULL);
	blocked = desires_add(scene->arena, &scene->desires, "eth1", 2, HOOK_TCX_INGRESS, "a");
	blocked->blocked = true;
	blocked->code = DIAG_ORDER_CYCLE;
	blocked->reason = "a and b contradict each other";
	blocked->kept_generation = 41;
	wait_for(scene, "ens1f9", 2);
	assert_string_equal(
		render(scene, OUTPUT_TABLE),
		"DEGRADED  1 of 2 hooks in sync; policy 3f9a1c2, generation 42 since "
		"2026-11-21 02:00:10 UTC; agent pid 812\n"
		"\n"
		"BLOCKED   eth1 tcx-ingress  order-cycle; runs generation 41; see `ordain explain "
		"eth1`\n"
		"waiting   ens1f9            no such interface yet; 2 programs wait\n"
		"\n"
		"DROPPING          PROGRAM        DROPPED  OF WHAT IT SAW\n"
		"eth0 xdp          scrubber       803 112          66.7 %\n"
		"\n"
		"HOOK              #  PROGRAM           SEEN       DROPPED     ENDED  PASSED ON\n"
		"eth0 xdp          1  lb           1 204 331             0         0  1 204 331\n"
		"                  2  scrubber     1 204 331       803 112         0    401 219\n"
		"eth1 tcx-ingress  1  a                    -             -         -          -\n");
	assert_false(status_in_sync(&(struct status){ .plan = status_of(scene).plan }));
}

static void render_status_in_sync_is_short(void **state)
{
	struct scene *scene = *state;
	struct status status;

	hold(scene, "eth0", HOOK_XDP, "lb", "lb");
	assert_string_equal(
		render(scene, OUTPUT_TABLE),
		"IN SYNC  1 of 1 hook in sync; policy 3f9a1c2, generation 42 since "
		"2026-11-21 02:00:10 UTC; agent pid 812\n"
		"\n"
		"HOOK              #  PROGRAM           SEEN       DROPPED     ENDED  PASSED ON\n"
		"eth0 xdp          1  lb                   -             -         -          -\n");
	status = status_of(scene);
	assert_true(status_in_sync(&status));
}

static void render_status_puts_the_worst_first(void **state)
{
	struct interface eth2 = { .name = "eth2", .index = 2 };
	struct scene *scene = *state;
	struct observed_hook *hook;
	struct desired *desired;
	struct chain *chain;
	struct orphan orphan = { 9, HOOK_TCX_EGRESS, true };

	hold(scene, "eth0", HOOK_TCX_INGRESS, "a", "a b");
	hold(scene, "eth1", HOOK_TCX_INGRESS, "a", "a")->own = OWN_UNPINNED;
	hook = hold(scene, "eth2", HOOK_TCX_INGRESS, NULL, NULL);
	observed_put_ours(scene->arena, hook, "a");
	observed_put(scene->arena, hook, 7, "late");
	observed_put(scene->arena, hook, 8, "early");
	desired = desires_add(scene->arena, &scene->desires, "eth2", 2, HOOK_TCX_INGRESS, "a");
	chain = chain_of(scene->arena, &eth2, HOOK_TCX_INGRESS, "a early late");
	chain_program(chain, 1)->attached_name.text = "early";
	chain_program(chain, 2)->attached_name.text = "late";
	*list_push(scene->arena, &chain->applied) =
		(struct statement){ .kind = STATEMENT_ORDER,
				    .first = chain->elements[1].program,
				    .second = chain->elements[2].program,
				    .span = edge_span(17, 5) };
	desired->chain = chain;
	observed_put(scene->arena, hold(scene, "eth3", HOOK_XDP, NULL, "a"), 66, "xdp_foo");
	scene->observed.orphans = &orphan;
	scene->observed.orphan_count = 1;
	scene->report.policy = NULL;
	scene->report.agent_pid = 0;
	scene->report.accepted_at = 0;
	wait_for(scene, "ens*", 1);
	assert_string_equal(
		render(scene, OUTPUT_TABLE),
		"DEGRADED  0 of 4 hooks in sync; policy 3f9a1c2, generation 42; no agent runs\n"
		"\n"
		"HELD         /etc/ordain           no usable policy there; generation 42 stays in "
		"force\n"
		"BLOCKED      eth3 xdp              hook-taken; held by id 66 'xdp_foo' (netlink, "
		"native)\n"
		"DRIFT        eth1 tcx-ingress      our pins were removed\n"
		"VERIFY-ONLY  eth2 tcx-ingress      early is not before late: id 7 'late' runs "
		"before it\n"
		"pending      eth0 tcx-ingress      swap in a chain of 2\n"
		"leftover     ifindex 9 tcx-egress  of an interface that is not here\n"
		"waiting      ens*                  no interface matches yet; 1 program waits\n"
		"\n"
		"HOOK              #  PROGRAM                           SEEN       DROPPED     "
		"ENDED  PASSED ON\n"
		"eth0 tcx-ingress  1  a                                    -             -         "
		"-          -\n"
		"eth1 tcx-ingress  1  a                                    -             -         "
		"-          -\n"
		"eth2 tcx-ingress  1  a                                    -             -         "
		"-          -\n"
		"                  2  late (foreign, id 7)                 -             -         "
		"-          -\n"
		"                  3  early (foreign, id 8)                -             -         "
		"-          -\n"
		"eth3 xdp          1  xdp_foo (foreign, id 66)             -             -         "
		"-          -\n");
}

static void render_status_says_why_a_program_cannot_run(void **state)
{
	struct scene *scene = *state;
	struct desired *blocked;

	hold(scene, "eth0", HOOK_XDP, NULL, NULL);
	blocked = desires_add(scene->arena, &scene->desires, "eth0", 2, HOOK_XDP, NULL);
	blocked->blocked = true;
	blocked->code = DIAG_OBJECT_MISSING;
	blocked->reason = "no such file: /usr/lib/bpf/lb.bpf.o";
	assert_non_null(strstr(render(scene, OUTPUT_TABLE),
			       "BLOCKED   eth0 xdp  object-missing; nothing of ours runs there; "
			       "no such file: /usr/lib/bpf/lb.bpf.o\n"));
}

static void render_status_shows_who_is_there_without_a_policy(void **state)
{
	struct scene *scene = *state;

	scene->report = (struct report){ .directory = "/etc/ordain" };
	observed_put(scene->arena, hold(scene, "eth0", HOOK_XDP, NULL, NULL), 66, "xdp_foo");
	hold(scene, "eth0", HOOK_TCX_INGRESS, NULL, NULL);
	assert_string_equal(render(scene, OUTPUT_TABLE),
			    "NO POLICY  none was accepted from /etc/ordain yet; no agent runs\n"
			    "\n"
			    "HOOK              #  PROGRAM                           SEEN       "
			    "DROPPED     ENDED  PASSED ON\n"
			    "eth0 xdp          1  xdp_foo (foreign, id 66)             -           "
			    "  -         -          -\n");
	scene->observed.count = 0;
	assert_string_equal(render(scene, OUTPUT_TABLE),
			    "NO POLICY  none was accepted from /etc/ordain yet; no agent runs\n");
}

static void render_status_tells_pauses(void **state)
{
	struct scene *scene = *state;

	scene->report.paused = true;
	scene->report.pause_reason = "";
	assert_string_equal(render(scene, OUTPUT_TABLE),
			    "PAUSED  0 of 0 hooks in sync; policy 3f9a1c2, generation 42 since "
			    "2026-11-21 02:00:10 UTC; agent pid 812\n"
			    "\n"
			    "paused    agent  until `ordain resume`\n");
	scene->report.detached = true;
	scene->report.colour = true;
	assert_string_equal(
		render(scene, OUTPUT_TABLE),
		"\033[1;31mDETACHED\033[0m  0 of 0 hooks in sync; policy 3f9a1c2, "
		"generation 42 since 2026-11-21 02:00:10 UTC; agent pid 812\n"
		"\n"
		"\033[1;31mdetached\033[0m  everything  by hand, until `ordain resume`\n");
}

static void render_status_counts_each_verdict_in_one_column(void **state)
{
	static struct element_counters element = {
		.name = "a_long_program_name",
		.seen = UINT64_C(10000000000),
		.verdicts = { [0] = 1,
			      [2] = 20,
			      [7] = 300,
			      [VERDICT_OTHER] = 4000,
			      [VERDICT_NEXT] = 1000000000 },
	};
	static const struct counters counters = { &element, 1 };
	struct scene *scene = *state;

	hold(scene, "a-long-interface", HOOK_TCX_EGRESS, "a_long_program_name",
	     "a_long_program_name");
	scene->counters[0] = &counters;
	assert_non_null(strstr(render(scene, OUTPUT_TABLE),
			       "HOOK                         #  PROGRAM                        SEEN"
			       "       DROPPED     ENDED      PASSED ON\n"
			       "a-long-interface tcx-egress  1  a_long_program_name  10 000 000 000"
			       "            20     4 301  1 000 000 000\n"));
}

static void render_status_tells_rates_when_watched(void **state)
{
	static struct element_counters now = { .name = "a", .seen = 4000, .verdicts = { 0, 1500 } };
	static struct element_counters then = { .name = "a", .seen = 1000, .verdicts = { 0, 500 } };
	static const struct counters counters = { &now, 1 };
	static const struct counters earlier = { &then, 1 };
	const struct counters *before[] = { &earlier };
	struct scene *scene = *state;

	hold(scene, "eth0", HOOK_XDP, "a", "a");
	scene->counters[0] = &counters;
	scene->before = before;
	scene->seconds = 2;
	assert_non_null(strstr(render(scene, OUTPUT_TABLE),
			       "DROPPING          PROGRAM      DROPPED/s  OF WHAT IT SAW\n"
			       "eth0 xdp          a                  500          33.3 %\n"
			       "\n"
			       "HOOK              #  PROGRAM         SEEN/s     DROPPED/s   "
			       "ENDED/s   PASSED/s\n"
			       "eth0 xdp          1  a                1 500           500        "
			       " 0          0\n"));
	assert_non_null(strstr(render(scene, OUTPUT_JSON), "\"rates\": {\n"
							   "            \"seen\": 1500,\n"
							   "            \"dropped\": 500,\n"
							   "            \"ended\": 0,\n"
							   "            \"passed_on\": 0,\n"
							   "            \"drop_share\": 0.3333\n"
							   "          }"));
	then.seen = 5000;
	assert_non_null(strstr(render(scene, OUTPUT_TABLE), "  a                    -  "));
	assert_null(strstr(render(scene, OUTPUT_TABLE), "DROPPING"));
}

/* Hooks eth0 and so on, each with a program that drops so many of a thousand packets. */
static void drop(struct scene *scene, const uint64_t *dropped, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *name = arena_printf(scene->arena, "eth%zu", i);
		struct element_counters *element = arena_alloc(scene->arena, sizeof(*element));
		struct counters *counters = arena_alloc(scene->arena, sizeof(*counters));

		*element = (struct element_counters){
			.name = "a",
			.seen = 1000,
			.verdicts = { [1] = dropped[i], [2] = 1000 - dropped[i] },
		};
		*counters = (struct counters){ element, 1 };
		hold(scene, name, HOOK_XDP, "a", "a");
		scene->counters[i] = counters;
	}
}

static void render_status_tells_the_worst_droppers_first(void **state)
{
	static const uint64_t dropped[] = { 7, 0, 1000, 1, 7, 30, 2 };
	struct scene *scene = *state;

	drop(scene, dropped, 7);
	assert_non_null(strstr(render(scene, OUTPUT_TABLE),
			       "DROPPING          PROGRAM        DROPPED  OF WHAT IT SAW\n"
			       "eth2 xdp          a                1 000         100.0 %\n"
			       "eth5 xdp          a                   30           3.0 %\n"
			       "eth0 xdp          a                    7           0.7 %\n"
			       "eth4 xdp          a                    7           0.7 %\n"
			       "eth6 xdp          a                    2           0.2 %\n"
			       "and 1 more\n"
			       "\n"));
}

static void render_status_folds_what_does_not_fit(void **state)
{
	static const uint64_t dropped[] = { 0, 0, 5, 0, 0, 9, 0 };
	struct scene *scene = *state;
	const char *whole;

	drop(scene, dropped, 7);
	scene->observed.hooks[6].own = OWN_UNPINNED;
	whole = render(scene, OUTPUT_TABLE);
	scene->columns = 120;
	scene->lines = 18;
	assert_string_equal(render(scene, OUTPUT_TABLE), whole);
	scene->lines = 14;
	assert_non_null(strstr(render(scene, OUTPUT_TABLE), "PASSED ON\n"
							    "eth2 xdp          1  a"));
	assert_non_null(strstr(render(scene, OUTPUT_TABLE),
			       "and 4 hooks more, in sync: `ordain status | less` has them all\n"));
	/* Each line takes two of a narrow terminal. */
	scene->columns = 60;
	scene->lines = 18;
	assert_non_null(strstr(render(scene, OUTPUT_TABLE), "PASSED ON\n"
							    "eth5 xdp          1  a"));
	/* What does not fit at all is what is wrong. */
	scene->lines = 1;
	assert_non_null(strstr(render(scene, OUTPUT_TABLE), "PASSED ON\n"
							    "eth6 xdp          1  a"));
	assert_non_null(strstr(render(scene, OUTPUT_TABLE), "and 6 hooks more, in sync"));
}

static void render_status_folds_what_there_is_to_say(void **state)
{
	static const uint64_t none[8];
	struct scene *scene = *state;

	drop(scene, none, 8);
	for (size_t i = 0; i < 8; i++)
		scene->observed.hooks[i].own = OWN_UNPINNED;
	scene->columns = 120;
	scene->lines = 10;
	assert_non_null(strstr(render(scene, OUTPUT_TABLE),
			       "DRIFT     eth3 xdp  our pins were removed\n"
			       "and 4 lines more: `ordain status | less` has them all\n"
			       "\n"));
	assert_non_null(strstr(render(scene, OUTPUT_TABLE), "and 7 hooks more, 7 not in sync"));
}

static void render_status_tells_whom_packets_went_past(void **state)
{
	static struct element_counters element = {
		.name = "a",
		.seen = 2000,
		.verdicts = { [2] = 500, [VERDICT_MISSED] = 1500 },
	};
	static const struct counters counters = { &element, 1 };
	struct scene *scene = *state;

	hold(scene, "eth0", HOOK_XDP, "a", "a");
	scene->counters[0] = &counters;
	assert_non_null(strstr(render(scene, OUTPUT_TABLE),
			       "MISSED    eth0 xdp  a did not see 1 500 packets: the chain made "
			       "more tail calls than the kernel makes for one\n"));
	assert_non_null(strstr(render(scene, OUTPUT_JSON), "\"missed\": 1500"));
}

/* It is no disorder: the hook runs what it should. */
static void render_status_tells_who_is_locked_out(void **state)
{
	static struct locked_out late[] = {
		{ "eth0", HOOK_XDP, "xdp-loader (pid 12, root)", 1795226410 },
		{ "eth1", HOOK_XDP, "other (pid 13, root)", 1795226410 },
	};
	static const char words[] =
		"xdp-loader (pid 12, root) could not attach at 2026-11-21 02:00:10 UTC, since our "
		"link holds the hook; to let it in: `ordain detach eth0 xdp`, or take eth0 out of "
		"`interfaces`";
	struct scene *scene = *state;
	const char *text;

	scene->report.noticing = "tracepoint";
	scene->locked_out = (struct locked_outs){ late, 2 };
	hold(scene, "eth0", HOOK_XDP, "a", "a");
	text = render(scene, OUTPUT_TABLE);
	assert_ptr_equal(strstr(text, "IN SYNC"), text);
	assert_non_null(strstr(text, "; agent pid 812, noticing by tracepoint\n"));
	assert_non_null(
		strstr(text, arena_printf(scene->arena, "LOCKED OUT  eth0 xdp  %s\n", words)));
	assert_null(strstr(text, "other"));
	text = render(scene, OUTPUT_JSON);
	assert_non_null(strstr(text, "\"noticing\": \"tracepoint\""));
	assert_non_null(strstr(text, "\"reason\": \"hook-held\""));
	assert_non_null(strstr(text, words));
}

/* Whoever could not attach once can now. */
static void render_status_locks_nobody_out_of_an_empty_hook(void **state)
{
	static struct locked_out late = { "eth0", HOOK_XDP, "late (pid 12, root)", 1 };
	struct scene *scene = *state;

	scene->locked_out = (struct locked_outs){ &late, 1 };
	hold(scene, "eth0", HOOK_XDP, NULL, "a");
	assert_null(strstr(render(scene, OUTPUT_TABLE), "late"));
}

static const char json_page[] = "{\n"
				"  \"format_version\": \"1.0\",\n"
				"  \"policy\": \"" DIGEST "\",\n"
				"  \"in_force\": \"" DIGEST "\",\n"
				"  \"generation\": 42,\n"
				"  \"paused\": false,\n"
				"  \"detached\": false,\n"
				"  \"trial\": null,\n"
				"  \"taken_back\": null,\n"
				"  \"in_sync\": true,\n"
				"  \"since\": \"2026-11-21T02:00:10Z\",\n"
				"  \"paused_until\": null,\n"
				"  \"pause_reason\": null,\n"
				"  \"agent_pid\": 812,\n"
				"  \"noticing\": null,\n"
				"  \"chains\": [\n"
				"    {\n"
				"      \"interface\": \"eth0\",\n"
				"      \"hook\": \"xdp\",\n"
				"      \"in_sync\": true,\n"
				"      \"mechanism\": \"linked, native\",\n"
				"      \"since\": \"1970-01-01T23:59:59Z\",\n"
				"      \"conditions\": [\n"
				"        {\n"
				"          \"type\": \"InSync\",\n"
				"          \"status\": true,\n"
				"          \"reason\": \"in-sync\",\n"
				"          \"message\": \"it runs what the policy says\"\n"
				"        },\n"
				"        {\n"
				"          \"type\": \"Blocked\",\n"
				"          \"status\": false,\n"
				"          \"reason\": \"\",\n"
				"          \"message\": \"\"\n"
				"        },\n"
				"        {\n"
				"          \"type\": \"Incomplete\",\n"
				"          \"status\": false,\n"
				"          \"reason\": \"\",\n"
				"          \"message\": \"\"\n"
				"        },\n"
				"        {\n"
				"          \"type\": \"Drift\",\n"
				"          \"status\": false,\n"
				"          \"reason\": \"\",\n"
				"          \"message\": \"\"\n"
				"        },\n"
				"        {\n"
				"          \"type\": \"VerifyOnly\",\n"
				"          \"status\": false,\n"
				"          \"reason\": \"\",\n"
				"          \"message\": \"\"\n"
				"        },\n"
				"        {\n"
				"          \"type\": \"ExclusiveViolated\",\n"
				"          \"status\": false,\n"
				"          \"reason\": \"\",\n"
				"          \"message\": \"\"\n"
				"        },\n"
				"        {\n"
				"          \"type\": \"ForeignRefused\",\n"
				"          \"status\": false,\n"
				"          \"reason\": \"\",\n"
				"          \"message\": \"\"\n"
				"        },\n"
				"        {\n"
				"          \"type\": \"LoaderLockedOut\",\n"
				"          \"status\": false,\n"
				"          \"reason\": \"\",\n"
				"          \"message\": \"\"\n"
				"        },\n"
				"        {\n"
				"          \"type\": \"Waiting\",\n"
				"          \"status\": false,\n"
				"          \"reason\": \"\",\n"
				"          \"message\": \"\"\n"
				"        }\n"
				"      ],\n"
				"      \"elements\": [\n"
				"        {\n"
				"          \"name\": \"lb\",\n"
				"          \"owner\": \"ordain\",\n"
				"          \"absorbed\": false,\n"
				"          \"missing\": false,\n"
				"          \"prog_id\": 100,\n"
				"          \"linked\": \"inlined\",\n"
				"          \"seen\": 1204331,\n"
				"          \"dropped\": 0,\n"
				"          \"drop_share\": 0.0,\n"
				"          \"rates\": null,\n"
				"          \"verdicts\": {\n"
				"            \"pass\": 1204331\n"
				"          },\n"
				"          \"marks\": {}\n"
				"        },\n"
				"        {\n"
				"          \"name\": \"scrubber\",\n"
				"          \"owner\": \"ordain\",\n"
				"          \"absorbed\": false,\n"
				"          \"missing\": false,\n"
				"          \"prog_id\": 100,\n"
				"          \"linked\": \"called: has a tail call\",\n"
				"          \"seen\": 1204331,\n"
				"          \"dropped\": 803112,\n"
				"          \"drop_share\": 0.6669,\n"
				"          \"rates\": null,\n"
				"          \"verdicts\": {\n"
				"            \"drop\": 803112,\n"
				"            \"pass\": 401219\n"
				"          },\n"
				"          \"marks\": {}\n"
				"        }\n"
				"      ]\n"
				"    },\n"
				"    {\n"
				"      \"interface\": \"eth1\",\n"
				"      \"hook\": \"xdp\",\n"
				"      \"in_sync\": true,\n"
				"      \"mechanism\": null,\n"
				"      \"since\": null,\n"
				"      \"conditions\": [],\n"
				"      \"elements\": [\n"
				"        {\n"
				"          \"name\": \"xdp_foo\",\n"
				"          \"owner\": \"foreign\",\n"
				"          \"absorbed\": false,\n"
				"          \"missing\": false,\n"
				"          \"prog_id\": 66,\n"
				"          \"linked\": null,\n"
				"          \"seen\": null,\n"
				"          \"dropped\": null,\n"
				"          \"drop_share\": null,\n"
				"          \"rates\": null,\n"
				"          \"verdicts\": null,\n"
				"          \"marks\": {}\n"
				"        }\n"
				"      ]\n"
				"    }\n"
				"  ],\n"
				"  \"leftovers\": [],\n"
				"  \"waiting\": [\n"
				"    {\n"
				"      \"pattern\": \"ens1f9\",\n"
				"      \"place\": {\n"
				"        \"file\": \"/etc/ordain/20-edge.yaml\",\n"
				"        \"line\": 4,\n"
				"        \"column\": 18\n"
				"      },\n"
				"      \"programs\": [\n"
				"        \"lb\"\n"
				"      ]\n"
				"    }\n"
				"  ],\n"
				"  \"diagnostics\": []\n"
				"}\n";

static void render_status_is_the_same_in_json(void **state)
{
	static const struct counters counters = { xdp_counters, 2 };
	struct scene *scene = *state;
	struct observed_hook *hook = hold(scene, "eth0", HOOK_XDP, "lb scrubber", "lb scrubber");

	hook->since = 86399;
	hook->manifest->items[0].linked = "inlined";
	hook->manifest->items[1].linked = "called: has a tail call";
	scene->counters[0] = &counters;
	observed_put(scene->arena, hold(scene, "eth1", HOOK_XDP, NULL, NULL), 66, "xdp_foo");
	wait_for(scene, "ens1f9", 1);
	assert_string_equal(render(scene, OUTPUT_JSON), json_page);
}

static void render_status_dates_are_right(void **state)
{
	static const struct {
		int64_t seconds;
		const char *date;
	} cases[] = {
		{ 1, "since 1970-01-01 00:00:01 UTC" },
		{ -1, "since 1969-12-31 23:59:59 UTC" },
		{ 951782400, "since 2000-02-29 00:00:00 UTC" },
		{ 951868800, "since 2000-03-01 00:00:00 UTC" },
		{ 1735689599, "since 2024-12-31 23:59:59 UTC" },
		{ 4107542400, "since 2100-03-01 00:00:00 UTC" },
		{ -11676096000, "since 1600-01-01 00:00:00 UTC" },
		{ INT64_MAX, "since 292277026596-12-04 15:30:07 UTC" },
		{ INT64_MIN, "since -292277022657-01-27 08:29:52 UTC" },
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		scene->report.accepted_at = cases[i].seconds;
		if (!strstr(render(scene, OUTPUT_TABLE), cases[i].date))
			fail_msg("%s", render(scene, OUTPUT_TABLE));
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_open, scene_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(render_status_is_the_page_of_the_design),
		CASE(render_status_in_sync_is_short),
		CASE(render_status_puts_the_worst_first),
		CASE(render_status_says_why_a_program_cannot_run),
		CASE(render_status_shows_who_is_there_without_a_policy),
		CASE(render_status_tells_pauses),
		CASE(render_status_counts_each_verdict_in_one_column),
		CASE(render_status_tells_rates_when_watched),
		CASE(render_status_tells_the_worst_droppers_first),
		CASE(render_status_folds_what_does_not_fit),
		CASE(render_status_folds_what_there_is_to_say),
		CASE(render_status_tells_whom_packets_went_past),
		CASE(render_status_tells_who_is_locked_out),
		CASE(render_status_locks_nobody_out_of_an_empty_hook),
		CASE(render_status_is_the_same_in_json),
		CASE(render_status_dates_are_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
