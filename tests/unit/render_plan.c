/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/render/render.h"

#include <jansson.h>

#include "tests/support/test.h"
#include "tests/support/values.h"

#define DIGEST "3f9a1c2000000000000000000000000000000000000000000000000000000000"
#define IN_FORCE "81be077000000000000000000000000000000000000000000000000000000000"

static const struct report report = {
	.directory = "/etc/ordain",
	.file_count = 4,
	.policy = DIGEST,
	.in_force = IN_FORCE,
	.generation = 41,
};

static const struct source flow_source = { .path = "/etc/ordain/10-flow.yaml" };
static const struct source host_source = { .path = "/etc/ordain/90-host.yaml" };

static struct manifest_element two[] = { { .name = "lb" }, { .name = "scrubber" } };

static struct step step = {
	.kind = STEP_UPDATE,
	.interface = "eth0",
	.hook = HOOK_XDP,
	.manifest = &(struct manifest){ .items = two, .count = 2 },
};

static struct planned_element swapped[] = {
	{ .name = "lb",
	  .change = CHANGE_MOVE,
	  .position = 1,
	  .was = 2,
	  .why = "order",
	  .span = { &host_source, 6, 13, 1 } },
	{ .name = "scrubber", .change = CHANGE_KEEP, .position = 2, .was = 1 },
};

static struct planned_element extended[] = {
	{ .name = "audit",
	  .change = CHANGE_KEEP,
	  .position = 1,
	  .was = 1,
	  .why = "first: true",
	  .span = { &edge_source, 17, 5, 1 } },
	{ .name = "flowmon",
	  .change = CHANGE_ATTACH,
	  .position = 2,
	  .why = "readonly",
	  .span = { &flow_source, 7, 12, 1 },
	  .object = "/usr/lib/bpf/flowmon.bpf.o 9d04c17e" },
	{ .name = "cil_from_netdev",
	  .change = CHANGE_FOREIGN,
	  .position = 3,
	  .why = "foreign, id 66, stays where it is",
	  .foreign_id = 66 },
};

static const char *render(struct arena *arena, enum output_format format, const struct report *head,
			  const struct plan *plan)
{
	struct text out = TEXT(arena);

	render_plan(&out, format, head, plan);
	return text_string(&out);
}

static void render_plan_is_the_page_of_the_design(void **state)
{
	static const struct manifest kept;
	static const struct desired blocked = {
		.manifest = &kept,
		.blocked = true,
		.kept_generation = 41,
	};
	struct planned_chain chains[] = {
		{ .interface = "eth0",
		  .hook = HOOK_XDP,
		  .action = ACTION_UPDATE,
		  .mechanism = "linked, native",
		  .elements = swapped,
		  .count = 2,
		  .step = &step },
		{ .interface = "eth0",
		  .hook = HOOK_TCX_INGRESS,
		  .action = ACTION_UPDATE,
		  .mechanism = "linked, tcx",
		  .elements = extended,
		  .count = 3,
		  .step = &step },
		{ .interface = "eth1",
		  .hook = HOOK_TCX_INGRESS,
		  .action = ACTION_BLOCKED,
		  .code = DIAG_ORDER_CYCLE,
		  .desired = &blocked },
		{ .interface = "eth2" },
		{ .interface = "eth3" },
		{ .interface = "eth4" },
		{ .interface = "eth5" },
		{ .interface = "eth6" },
	};
	const struct plan plan = { .chains = chains, .count = 8 };
	struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(
		render(arena, OUTPUT_TABLE, &report, &plan),
		"Policy 3f9a1c2 in /etc/ordain, 4 files; in force: 81be077 (generation 41)\n"
		"\n"
		"eth0 xdp: update in one swap (linked, native)\n"
		"  > 1  lb         was 2   order             /etc/ordain/90-host.yaml:6:13\n"
		"    2  scrubber\n"
		"\n"
		"eth0 tcx-ingress: update in one swap (linked, tcx)\n"
		"    1  audit              first: true       /etc/ordain/20-edge.yaml:17:5\n"
		"  + 2  flowmon            readonly          /etc/ordain/10-flow.yaml:7:12\n"
		"                          /usr/lib/bpf/flowmon.bpf.o 9d04c17e\n"
		"  = 3  cil_from_netdev    foreign, id 66, stays where it is\n"
		"\n"
		"eth1 tcx-ingress: BLOCKED by error[order-cycle] below; keeps the chain of "
		"generation 41\n"
		"\n"
		"Plan: 1 to attach, 1 to move, 0 to detach on 2 hooks; 1 hook blocked; "
		"5 unchanged.\n");
	arena_free(arena);
}

static void render_plan_says_when_there_is_nothing_to_do(void **state)
{
	struct planned_chain chains[] = { { .interface = "eth0" }, { .interface = "eth1" } };
	const struct plan plan = { .chains = chains, .count = 2 };
	struct report same = report;
	struct arena *arena = arena_new();

	(void)state;
	same.policy = IN_FORCE;
	same.file_count = 1;
	assert_string_equal(render(arena, OUTPUT_TABLE, &same, &plan),
			    "Policy 81be077 in /etc/ordain, 1 file; in force as generation 41\n"
			    "\n"
			    "No changes. 2 hooks in sync.\n");
	arena_free(arena);
}

static void render_plan_names_drift_leftovers_and_what_does_not_hold(void **state)
{
	struct planned_element elements[] = {
		{ .name = "late",
		  .change = CHANGE_FOREIGN,
		  .position = 1,
		  .why = "foreign, id 7, stays where it is" },
		{ .name = "audit",
		  .change = CHANGE_REPLACE,
		  .position = 2,
		  .was = 2,
		  .why = "first: true",
		  .span = { &edge_source, 17, 5, 1 },
		  .object = "/usr/lib/bpf/audit.bpf.o 9d04c17e -> 11111111",
		  .violation = "not first: id 7 'late' runs before it" },
		{ .name = "gone",
		  .change = CHANGE_DETACH,
		  .was = 3,
		  .why = "no longer wanted here" },
	};
	struct planned_chain chain = {
		.interface = "eth0",
		.hook = HOOK_TCX_EGRESS,
		.action = ACTION_UPDATE,
		.mechanism = "linked, tcx",
		.note = "our pins were removed",
		.elements = elements,
		.count = 3,
		.step = &step,
		.violated = 1,
	};
	struct step forget = { .kind = STEP_FORGET, .ifindex = 9, .hook = HOOK_XDP };
	const struct plan plan = { &chain, 1, &forget, 1 };
	struct report unread = { .directory = "/etc/ordain", .paused = true };
	struct arena *arena = arena_new();

	(void)state;
	unread.paused_until = 1795226410;
	unread.pause_reason = "night shift";
	assert_string_equal(
		render(arena, OUTPUT_TABLE, &unread, &plan),
		"No policy in /etc/ordain; none in force yet\n"
		"Paused until 2026-11-21 02:00:10 UTC (night shift); an explicit `ordain apply` "
		"still works.\n"
		"\n"
		"eth0 tcx-egress: update in one swap (linked, tcx); our pins were removed\n"
		"  = 1  late               foreign, id 7, stays where it is\n"
		" ~! 2  audit              first: true       /etc/ordain/20-edge.yaml:17:5\n"
		"                          /usr/lib/bpf/audit.bpf.o 9d04c17e -> 11111111\n"
		"                          not first: id 7 'late' runs before it\n"
		"  -    gone    was 3      no longer wanted here\n"
		"\n"
		"ifindex 9 xdp: remove our chain of an interface that is not here\n"
		"\n"
		"Plan: 0 to attach, 1 to replace, 0 to move, 1 to detach on 1 hook; "
		"1 leftover to remove; 1 statement does not hold; 0 unchanged.\n");
	arena_free(arena);
}

static void render_plan_puts_long_names_in_wider_columns(void **state)
{
	struct planned_element elements[12] = {
		[10] = { .name = "a_program_with_quite_a_long_name",
			 .change = CHANGE_MOVE,
			 .was = 12,
			 .why = "before: [another_program]",
			 .span = { &edge_source, 17, 5, 1 } },
	};
	struct planned_chain chain = {
		.interface = "eth0",
		.action = ACTION_ATTACH,
		.mechanism = "linked",
		.elements = elements,
		.count = 12,
		.step = &step,
	};
	const struct plan plan = { .chains = &chain, .count = 1 };
	struct arena *arena = arena_new();

	(void)state;
	for (unsigned int i = 0; i < 12; i++) {
		elements[i].position = i + 1;
		if (!elements[i].name)
			elements[i].name = "p";
	}
	assert_non_null(strstr(render(arena, OUTPUT_TABLE, &report, &plan),
			       "eth0 xdp: attach (linked)\n"
			       "     1  p\n"));
	assert_non_null(strstr(render(arena, OUTPUT_TABLE, &report, &plan),
			       "    10  p\n"
			       "  > 11  a_program_with_quite_a_long_name   was 12   before: "
			       "[another_program]  /etc/ordain/20-edge.yaml:17:5\n"
			       "    12  p\n"));
	arena_free(arena);
}

static void render_plan_colours_only_when_asked(void **state)
{
	struct planned_chain chain = {
		.interface = "eth0",
		.action = ACTION_UPDATE,
		.mechanism = "linked",
		.elements = swapped,
		.count = 2,
		.step = &step,
	};
	const struct plan plan = { .chains = &chain, .count = 1 };
	struct report coloured = report;
	struct arena *arena = arena_new();

	(void)state;
	coloured.colour = true;
	assert_null(strchr(render(arena, OUTPUT_TABLE, &report, &plan), '\033'));
	assert_non_null(strstr(render(arena, OUTPUT_TABLE, &coloured, &plan),
			       "  \033[33m>\033[0m 1  lb         was 2   order"));
	arena_free(arena);
}

static const char json_page[] = "{\n"
				"  \"format_version\": \"1.0\",\n"
				"  \"policy\": \"" DIGEST "\",\n"
				"  \"in_force\": \"" IN_FORCE "\",\n"
				"  \"generation\": 41,\n"
				"  \"paused\": false,\n"
				"  \"detached\": false,\n"
				"  \"trial\": null,\n"
				"  \"taken_back\": null,\n"
				"  \"changes\": 1,\n"
				"  \"chains\": [\n"
				"    {\n"
				"      \"interface\": \"eth0\",\n"
				"      \"hook\": \"tcx-ingress\",\n"
				"      \"action\": \"update\",\n"
				"      \"code\": null,\n"
				"      \"mechanism\": \"linked, tcx\",\n"
				"      \"others\": null,\n"
				"      \"elements\": [\n"
				"        {\n"
				"          \"name\": \"flowmon\",\n"
				"          \"position\": 2,\n"
				"          \"was\": null,\n"
				"          \"change\": \"attach\",\n"
				"          \"origin\": \"object\",\n"
				"          \"flags\": [],\n"
				"          \"marks\": {},\n"
				"          \"why\": \"readonly\",\n"
				"          \"place\": {\n"
				"            \"file\": \"/etc/ordain/10-flow.yaml\",\n"
				"            \"line\": 7,\n"
				"            \"column\": 12\n"
				"          },\n"
				"          \"missing\": null,\n"
				"          \"violation\": null,\n"
				"          \"object\": \"/usr/lib/bpf/flowmon.bpf.o 9d04c17e\",\n"
				"          \"linked\": \"called: has a tail call\"\n"
				"        },\n"
				"        {\n"
				"          \"name\": \"cil_from_netdev\",\n"
				"          \"position\": 3,\n"
				"          \"was\": null,\n"
				"          \"change\": \"keep\",\n"
				"          \"origin\": \"foreign\",\n"
				"          \"flags\": [],\n"
				"          \"marks\": {},\n"
				"          \"why\": \"foreign, id 66, stays where it is\",\n"
				"          \"place\": null,\n"
				"          \"missing\": null,\n"
				"          \"violation\": null,\n"
				"          \"object\": null,\n"
				"          \"linked\": null,\n"
				"          \"prog_id\": 66\n"
				"        }\n"
				"      ],\n"
				"      \"steps\": [\n"
				"        {\n"
				"          \"action\": \"update\",\n"
				"          \"what\": \"eth0 xdp: swap in a chain of 2\"\n"
				"        }\n"
				"      ],\n"
				"      \"reason\": \"our pins were removed\"\n"
				"    }\n"
				"  ],\n"
				"  \"leftovers\": [],\n"
				"  \"diagnostics\": []\n"
				"}\n";

/* Nobody has to know how the usual is done, nor what the policy says itself. */
static void render_plan_tells_what_is_called(void **state)
{
	struct manifest_element now[] = {
		{ .name = "a", .linked = "called: has a tail call" },
		{ .name = "b", .linked = "inlined" },
	};
	struct manifest_element then[] = {
		{ .name = "a", .linked = "inlined" },
		{ .name = "b", .linked = "called: has a tail call" },
	};
	struct chain resolved = { .hook = HOOK_XDP };
	const struct desired desired = { .chain = &resolved };
	const struct manifest manifest = { .items = then, .count = 2 };
	struct step relink = { .kind = STEP_UPDATE, .interface = "eth0", .manifest = &manifest };
	struct planned_element elements[] = {
		{ .name = "a", .position = 1, .running = &now[0] },
		{ .name = "b", .position = 2, .running = &now[1] },
	};
	struct planned_chain chain = {
		.interface = "eth0",
		.action = ACTION_UPDATE,
		.mechanism = "linked",
		.elements = elements,
		.count = 2,
		.step = &relink,
		.desired = &desired,
	};
	const struct plan plan = { .chains = &chain, .count = 1 };
	struct arena *arena = arena_new();

	(void)state;
	assert_non_null(strstr(render(arena, OUTPUT_TABLE, &report, &plan),
			       "(linked)\n"
			       "    1  a\n"
			       "    2  b\n"
			       "                          called: has a tail call\n"));
	resolved.linking.value = LINKING_CALLED;
	assert_null(strstr(render(arena, OUTPUT_TABLE, &report, &plan), "called"));
	chain.step = NULL;
	assert_string_equal(element_linked(&chain, &elements[0]), "called: has a tail call");
	arena_free(arena);
}

static void render_plan_is_the_same_in_json(void **state)
{
	struct planned_element elements[] = { extended[1], extended[2] };
	struct manifest_element linked[] = {
		{ .name = "audit", .linked = "inlined" },
		{ .name = "flowmon", .linked = "called: has a tail call" },
	};
	const struct manifest manifest = { .items = linked, .count = 2 };
	struct step adding = { .kind = STEP_UPDATE, .interface = "eth0", .manifest = &manifest };
	struct planned_chain chain = {
		.interface = "eth0",
		.hook = HOOK_TCX_INGRESS,
		.action = ACTION_UPDATE,
		.mechanism = "linked, tcx",
		.note = "our pins were removed",
		.elements = elements,
		.count = 2,
		.step = &adding,
	};
	const struct plan plan = { .chains = &chain, .count = 1 };
	struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(render(arena, OUTPUT_JSON, &report, &plan), json_page);
	arena_free(arena);
}

static void render_plan_json_survives_names_that_are_not_utf8(void **state)
{
	struct planned_element element = { .name = "bad\xff", .change = CHANGE_FOREIGN };
	struct planned_chain chain = {
		.interface = "eth0",
		.action = ACTION_BLOCKED,
		.code = DIAG_HOOK_TAKEN,
		.elements = &element,
		.count = 1,
	};
	const struct plan plan = { .chains = &chain, .count = 1 };
	struct arena *arena = arena_new();
	json_t *map = json_loads(render(arena, OUTPUT_JSON, &report, &plan), 0, NULL);
	json_t *first;

	(void)state;
	assert_non_null(map);
	first = json_array_get(json_object_get(map, "chains"), 0);
	assert_string_equal(json_string_value(json_object_get(first, "code")), "hook-taken");
	first = json_array_get(json_object_get(first, "elements"), 0);
	assert_string_equal(json_string_value(json_object_get(first, "name")), "bad\\xff");
	json_decref(map);
	arena_free(arena);
}

static void render_plan_shows_no_control_characters(void **state)
{
	struct planned_element element = {
		.name = "\033[2Jfoo",
		.change = CHANGE_FOREIGN,
		.position = 1,
	};
	struct planned_chain chain = {
		.interface = "e\033h0",
		.action = ACTION_DETACH,
		.mechanism = "linked",
		.elements = &element,
		.count = 1,
		.step = &step,
	};
	const struct plan plan = { .chains = &chain, .count = 1 };
	struct arena *arena = arena_new();

	(void)state;
	assert_non_null(strstr(render(arena, OUTPUT_TABLE, &report, &plan),
			       "\ne\\x1bh0 xdp: detach (linked)\n"
			       "  = 1  \\x1b[2Jfoo\n"));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(render_plan_is_the_page_of_the_design),
		cmocka_unit_test(render_plan_says_when_there_is_nothing_to_do),
		cmocka_unit_test(render_plan_names_drift_leftovers_and_what_does_not_hold),
		cmocka_unit_test(render_plan_puts_long_names_in_wider_columns),
		cmocka_unit_test(render_plan_colours_only_when_asked),
		cmocka_unit_test(render_plan_tells_what_is_called),
		cmocka_unit_test(render_plan_is_the_same_in_json),
		cmocka_unit_test(render_plan_shows_no_control_characters),
		cmocka_unit_test(render_plan_json_survives_names_that_are_not_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
