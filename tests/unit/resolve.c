/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/order/conflict.h"
#include "tests/support/model.h"
#include "tests/support/test.h"

static const enum hook TCX = HOOK_TCX_INGRESS;

static int setup(void **state)
{
	struct model *model = model_new();

	model_interfaces(model, "eth0 eth1 lo");
	*state = model;
	return 0;
}

static int teardown(void **state)
{
	model_free(*state);
	return 0;
}

static struct program *on_eth0(struct model *model, const char *name)
{
	return model_program(model, name, TCX, "eth0");
}

static const struct chain *resolve_eth0(struct model *model)
{
	const struct resolution *resolution = model_resolve(model);

	return chains_find(&resolution->chains, "eth0", TCX);
}

static void assert_order(struct model *model, const char *names)
{
	const struct chain *chain = resolve_eth0(model);

	assert_false(chain->blocked);
	assert_string_equal(chain_names(model->arena, chain), names);
	assert_false(diags_have_errors(&model->diags));
}

/* Nothing but this to say of it. */
static const struct diag *assert_one_diag(struct model *model, enum severity severity,
					  enum diag_code code)
{
	model_resolve(model);
	assert_int_equal(model->diags.count, 1);
	assert_int_equal(model->diags.items[0].severity, severity);
	assert_int_equal(model->diags.items[0].code, code);
	return &model->diags.items[0];
}

/* Blocked by a cycle of so many statements, with one error that says so. */
static const struct chain *assert_conflict(struct model *model, size_t count)
{
	const struct chain *chain = resolve_eth0(model);

	assert_true(chain->blocked);
	assert_int_equal(chain->conflict.count, count);
	assert_int_equal(chain->applied.count + chain->overridden.count, 0);
	assert_int_equal(model->diags.count, 1);
	assert_int_equal(model->diags.items[0].code, DIAG_ORDER_CYCLE);
	assert_int_equal(model->diags.items[0].severity, SEVERITY_ERROR);
	return chain;
}

static void resolve_orders_by_name_alone(void **state)
{
	on_eth0(*state, "b");
	on_eth0(*state, "c");
	on_eth0(*state, "a");
	assert_order(*state, "a b c");
}

static void resolve_orders_by_stage_then_priority(void **state)
{
	struct model *model = *state;

	model_stage(on_eth0(model, "a"), STAGE_ACCOUNT);
	model_priority(on_eth0(model, "b"), 10);
	model_priority(on_eth0(model, "c"), -10);
	on_eth0(model, "d");
	model_stage(on_eth0(model, "e"), STAGE_TAP);
	assert_order(model, "e c d b a");
}

static void resolve_obeys_before_and_after(void **state)
{
	struct model *model = *state;

	model_after(model, on_eth0(model, "a"), "b");
	on_eth0(model, "b");
	model_before(model, on_eth0(model, "c"), "b");
	assert_order(model, "c b a");
}

static void resolve_obeys_first_and_last(void **state)
{
	struct model *model = *state;

	model_last(on_eth0(model, "a"));
	on_eth0(model, "b");
	model_first(on_eth0(model, "c"));
	assert_order(model, "c b a");
}

static void resolve_lets_first_beat_a_default_stage(void **state)
{
	struct model *model = *state;

	model_stage(on_eth0(model, "a"), STAGE_TAP);
	model_first(on_eth0(model, "b"));
	assert_order(model, "b a");
}

static void resolve_lets_before_beat_a_default_stage(void **state)
{
	struct model *model = *state;

	model_stage(on_eth0(model, "a"), STAGE_TAP);
	model_before(model, on_eth0(model, "b"), "a");
	assert_order(model, "b a");
}

static void resolve_rejects_before_against_written_stages(void **state)
{
	struct model *model = *state;
	const struct chain *chain;
	struct program *b;

	model_stage(on_eth0(model, "a"), STAGE_TAP);
	b = on_eth0(model, "b");
	model_stage(b, STAGE_FILTER);
	model_before(model, b, "a");
	chain = assert_conflict(model, 2);
	assert_int_equal(chain->conflict.items[0].kind, STATEMENT_STAGE);
	assert_int_equal(chain->conflict.items[1].kind, STATEMENT_BEFORE);
	assert_int_equal(model->diags.items[0].place_count, 3);
	assert_string_equal(model->diags.items[0].places[0].label, "a must run before b");
	assert_string_equal(model->diags.items[0].places[1].label, "since b has the later stage");
	assert_string_equal(model->diags.items[0].places[1].span.source->path,
			    "/etc/ordain/b.yaml");
}

static void resolve_lets_policy_beat_hints(void **state)
{
	struct model *model = *state;
	const struct chain *chain;
	struct program *a = on_eth0(model, "a");

	model_hint(a);
	model_before(model, a, "b");
	model_before(model, on_eth0(model, "b"), "a");
	assert_order(model, "b a");
	chain = resolve_eth0(model);
	assert_int_equal(chain->overridden.count, 1);
	assert_ptr_equal(chain->overridden.items[0].first, chain->elements[1].program);
	assert_int_equal(chain->overridden.items[0].strength, STRENGTH_HINT);
	assert_int_equal(chain->applied.count, 1);
}

static void resolve_gives_a_stage_edge_the_weaker_strength(void **state)
{
	struct model *model = *state;
	struct program *a = on_eth0(model, "a");
	struct program *b = on_eth0(model, "b");

	model_stage(a, STAGE_TAP);
	model_stage(b, STAGE_SCRUB);
	model_before(model, b, "a");
	model_hint(a);
	assert_order(model, "b a");
}

static void resolve_lets_order_beat_before(void **state)
{
	struct model *model = *state;
	const struct chain *chain;

	model_before(model, on_eth0(model, "a"), "b");
	on_eth0(model, "b");
	model_rule(model, "90", TCX, "eth*", "b a");
	assert_order(model, "b a");
	chain = resolve_eth0(model);
	assert_int_equal(chain->overridden.count, 1);
	assert_int_equal(chain->elements[1].reason, REASON_STATEMENT);
	assert_int_equal(chain->elements[1].statement.kind, STATEMENT_ORDER);
}

static void resolve_applies_order_to_its_hook_and_interfaces_only(void **state)
{
	struct model *model = *state;

	on_eth0(model, "a");
	on_eth0(model, "b");
	model_rule(model, "90", HOOK_XDP, "eth0", "b a");
	model_rule(model, "91", TCX, "eth1", "b a");
	model_rule(model, "92", TCX, "eth* !eth0", "b a");
	assert_order(model, "a b");
}

static void resolve_takes_all_pairs_of_order(void **state)
{
	struct model *model = *state;

	on_eth0(model, "a");
	on_eth0(model, "c");
	model_program(model, "b", TCX, "eth1");
	model_rule(model, "90", TCX, "eth0", "c b a");
	assert_order(model, "c a");
}

static void resolve_rejects_two_orders(void **state)
{
	struct model *model = *state;

	on_eth0(model, "a");
	on_eth0(model, "b");
	model_rule(model, "90", TCX, "*0", "a b");
	model_rule(model, "91", TCX, "eth*", "b a");
	assert_conflict(model, 2);
	assert_string_equal(model->diags.items[0].help,
			    "remove any one of them (smallest conflicting set shown)");
}

static void resolve_lets_a_rule_that_names_the_interface_win(void **state)
{
	struct model *model = *state;
	const struct chain *chain;

	on_eth0(model, "a");
	on_eth0(model, "b");
	on_eth0(model, "c");
	model_rule(model, "10", TCX, "eth*", "c b a");
	model_rule(model, "90", TCX, "eth0", "a b");
	chain = chains_find(&model_resolve(model)->chains, "eth0", TCX);
	assert_false(chain->blocked);
	assert_string_equal(chain_names(model->arena, chain), "c a b");
	assert_int_equal(chain->overridden.count, 1);
	assert_int_equal(chain->overridden.items[0].strength, STRENGTH_CHAINS);
	assert_int_equal(chain->applied.items[0].strength, STRENGTH_NAMED);
}

static void resolve_rejects_two_first(void **state)
{
	struct model *model = *state;
	const struct diag *diag;

	model_first(on_eth0(model, "a"));
	model_first(on_eth0(model, "b"));
	on_eth0(model, "c");
	assert_conflict(model, 2);
	diag = &model->diags.items[0];
	assert_string_equal(diag->summary,
			    "no order on eth0 tcx-ingress satisfies these 2 statements");
	assert_int_equal(diag->place_count, 2);
	assert_string_equal(diag->places[0].label, "a must run before b");
	assert_string_equal(diag->places[1].label, "b must run before a");
	assert_int_equal(diag->places[1].span.line, LINE_FIRST);
	assert_string_equal(diag->help, "remove any one of them (smallest conflicting set shown), "
					"or decide with 'order' in a chains entry");
}

static void resolve_rejects_two_last(void **state)
{
	struct model *model = *state;

	model_last(on_eth0(model, "a"));
	model_last(on_eth0(model, "b"));
	assert_conflict(model, 2);
}

static void resolve_lets_order_decide_between_two_first(void **state)
{
	struct model *model = *state;

	model_first(on_eth0(model, "a"));
	model_first(on_eth0(model, "b"));
	on_eth0(model, "c");
	model_rule(model, "90", TCX, "eth0", "b a");
	assert_order(model, "b a c");
}

static void resolve_rejects_itself_as_neighbour(void **state)
{
	struct model *model = *state;

	model_before(model, on_eth0(model, "a"), "a");
	assert_conflict(model, 1);
	assert_string_equal(model->diags.items[0].summary,
			    "no order on eth0 tcx-ingress satisfies this statement");
}

static void resolve_reports_the_smallest_cycle(void **state)
{
	struct model *model = *state;
	const struct chain *chain;

	model_before(model, on_eth0(model, "a"), "b");
	model_before(model, on_eth0(model, "b"), "c");
	model_before(model, on_eth0(model, "c"), "d a");
	model_before(model, on_eth0(model, "d"), "a");
	chain = assert_conflict(model, 3);
	for (size_t i = 0; i < 3; i++)
		assert_ptr_equal(chain->conflict.items[i].second,
				 chain->conflict.items[(i + 1) % 3].first);
	assert_string_equal(chain->conflict.items[0].first->name, "a");
	assert_string_equal(chain_names(model->arena, chain), "a b c d");
}

static void resolve_names_equals_with_stronger_in_a_conflict(void **state)
{
	struct model *model = *state;

	on_eth0(model, "a");
	model_before(model, on_eth0(model, "b"), "c");
	model_before(model, on_eth0(model, "c"), "a");
	model_rule(model, "90", TCX, "eth0", "a b");
	assert_conflict(model, 3);
}

static void resolve_keeps_every_statement_of_an_edge(void **state)
{
	struct model *model = *state;
	const struct chain *chain;

	model_after(model, on_eth0(model, "a"), "b");
	model_before(model, on_eth0(model, "b"), "a");
	chain = resolve_eth0(model);
	assert_int_equal(chain->applied.count, 2);
	/* The same strength: a.yaml is the smaller place. */
	assert_int_equal(chain->elements[1].statement.kind, STATEMENT_AFTER);
	model_rule(model, "90", TCX, "eth0", "b a");
	chain = resolve_eth0(model);
	assert_int_equal(chain->applied.count, 3);
	assert_int_equal(chain->elements[1].statement.kind, STATEMENT_ORDER);
}

static void resolve_ignores_edges_to_other_hooks(void **state)
{
	struct model *model = *state;

	model_before(model, on_eth0(model, "b"), "c x");
	on_eth0(model, "a");
	model_program(model, "c", HOOK_XDP, "eth0");
	model_first(model_program(model, "x", TCX, "eth1"));
	assert_order(model, "a b");
}

static void resolve_knows_the_reasons(void **state)
{
	static const enum reason_kind reasons[] = { REASON_STATEMENT, REASON_STATEMENT,
						    REASON_STAGE, REASON_PRIORITY, REASON_NAME };
	struct model *model = *state;
	const struct chain *chain;

	model_stage(on_eth0(model, "tap"), STAGE_TAP);
	model_first(on_eth0(model, "zero"));
	model_priority(on_eth0(model, "low"), -1);
	on_eth0(model, "x");
	on_eth0(model, "y");
	assert_order(model, "zero tap low x y");
	chain = resolve_eth0(model);
	for (size_t i = 0; i < chain->count; i++)
		assert_int_equal(chain->elements[i].reason, reasons[i]);
	assert_string_equal(element_reason(model->arena, NULL, &chain->elements[0]), "first: true");
	assert_string_equal(element_reason(model->arena, &chain->elements[1], &chain->elements[2]),
			    "stage tap before filter (default)");
	assert_int_equal(element_span(&chain->elements[1], &chain->elements[2]).line, LINE_STAGE);
	assert_string_equal(element_reason(model->arena, &chain->elements[2], &chain->elements[3]),
			    "priority -1 before 0");
	assert_string_equal(element_reason(model->arena, &chain->elements[3], &chain->elements[4]),
			    "rests on the name alone");
	assert_null(element_span(&chain->elements[3], &chain->elements[4]).source);
}

static void resolve_says_statements_in_the_words_of_the_file(void **state)
{
	struct model *model = *state;
	struct program *b = on_eth0(model, "b");
	const struct chain *chain;
	struct text text = TEXT(model->arena);

	model_after(model, b, "a");
	model_last(b);
	model_stage(b, STAGE_ROUTE);
	model_stage(on_eth0(model, "a"), STAGE_TAP);
	model_rule(model, "90", TCX, "eth0", "a b");
	chain = resolve_eth0(model);
	for (size_t i = 0; i < chain->applied.count; i++)
		text_printf(&text, "%s; ", statement_words(model->arena, &chain->applied.items[i]));
	assert_string_equal(text_string(&text), "order; stage: tap; after: [a]; last: true; ");
}

static void resolve_puts_disabled_programs_nowhere(void **state)
{
	struct model *model = *state;
	struct program *a = on_eth0(model, "a");

	model_first(a);
	model_disable(a);
	model_disable(model_program(model, "c", HOOK_XDP, "eth0 ens9"));
	model_first(on_eth0(model, "b"));
	assert_order(model, "b");
	assert_int_equal(model_resolve(model)->waiting.count, 0);
	assert_null(chains_find(&model_resolve(model)->chains, "eth0", HOOK_XDP));
}

static void resolve_selects_by_patterns(void **state)
{
	struct model *model = *state;
	const struct resolution *resolution;

	model_program(model, "all", TCX, "*");
	model_program(model, "most", TCX, "eth* !eth1 lo");
	model_program(model, "twice", TCX, "eth1 eth?");
	resolution = model_resolve(model);
	assert_int_equal(resolution->chains.count, 3);
	assert_string_equal(chain_names(model->arena, &resolution->chains.items[0]),
			    "all most twice");
	assert_string_equal(chain_names(model->arena, &resolution->chains.items[1]), "all twice");
	assert_string_equal(chain_names(model->arena, &resolution->chains.items[2]), "most");
	assert_null(chains_find(&resolution->chains, "eth2", TCX));
}

static void resolve_gives_each_key_the_strength_of_its_own_file(void **state)
{
	struct model *model = *state;
	const struct chain *chain;
	struct program *a = on_eth0(model, "a");
	struct program *b = on_eth0(model, "b");

	/* The package says `before`, the administrator said only where it runs. */
	model_say_in(model, a, TIER_HINT);
	model_before(model, a, "b");
	model_say_in(model, b, TIER_RUN);
	model_before(model, b, "a");
	assert_order(model, "b a");
	chain = resolve_eth0(model);
	assert_int_equal(chain->applied.items[0].strength, STRENGTH_POLICY);
	assert_int_equal(chain->overridden.count, 1);
	assert_int_equal(chain->overridden.items[0].strength, STRENGTH_HINT);
}

static void resolve_takes_run_for_as_strong_as_etc(void **state)
{
	struct model *model = *state;
	struct program *a = on_eth0(model, "a");

	model_before(model, on_eth0(model, "b"), "a");
	model_say_in(model, a, TIER_RUN);
	model_before(model, a, "b");
	assert_conflict(model, 2);
}

static void resolve_lets_an_altname_beat_a_glob(void **state)
{
	static const char *altnames[] = { "uplink", NULL };
	struct model *model = *state;
	const struct chain *chain;

	model->interfaces.items[0].altnames = altnames;
	on_eth0(model, "a");
	on_eth0(model, "b");
	on_eth0(model, "c");
	model_rule(model, "10", TCX, "eth*", "c b a");
	model_rule(model, "20", TCX, "uplink", "b c");
	model_rule(model, "30", TCX, "eth0", "a b");
	chain = resolve_eth0(model);
	assert_string_equal(chain_names(model->arena, chain), "a b c");
	assert_int_equal(chain->applied.items[0].strength, STRENGTH_NAMED);
	assert_int_equal(chain->applied.items[1].strength, STRENGTH_ALTNAME);
	assert_int_equal(chain->overridden.count, 3);
}

static void resolve_lets_first_yield_to_a_readonly_before(void **state)
{
	struct model *model = *state;
	struct program *tap = on_eth0(model, "tap");

	model_first(on_eth0(model, "audit"));
	on_eth0(model, "x");
	model_before(model, tap, "audit");
	assert_conflict(model, 2);
	model->diags.count = 0;
	model_readonly(tap);
	assert_order(model, "tap audit x");
}

static void resolve_lets_last_yield_to_a_readonly_after(void **state)
{
	struct model *model = *state;
	struct program *count = on_eth0(model, "count");

	model_last(on_eth0(model, "deny"));
	model_readonly(count);
	model_after(model, count, "deny");
	on_eth0(model, "x");
	assert_order(model, "x deny count");
}

static void resolve_lets_first_yield_to_nothing_that_is_weaker(void **state)
{
	struct model *model = *state;
	struct program *tap = on_eth0(model, "tap");

	model_first(on_eth0(model, "audit"));
	model_readonly(tap);
	model_say_in(model, tap, TIER_HINT);
	model_before(model, tap, "audit");
	assert_order(model, "audit tap");
	assert_int_equal(resolve_eth0(model)->overridden.count, 1);
}

static void resolve_keeps_input_unmodified(void **state)
{
	struct model *model = *state;
	struct program *tap = on_eth0(model, "tap");
	const struct chain *chain;

	model_readonly(tap);
	model_stage(tap, STAGE_TAP);
	model_stage(on_eth0(model, "nat"), STAGE_REWRITE);
	model_unmodified(on_eth0(model, "z"));
	assert_order(model, "tap z nat");
	chain = resolve_eth0(model);
	assert_int_equal(chain->elements[2].statement.kind, STATEMENT_UNMODIFIED);
	assert_string_equal(element_reason(model->arena, &chain->elements[1], &chain->elements[2]),
			    "unmodified_input: true");
}

static void resolve_rejects_writers_before_unmodified_input(void **state)
{
	struct model *model = *state;

	model_unmodified(on_eth0(model, "a"));
	model_before(model, on_eth0(model, "nat"), "a");
	assert_conflict(model, 2);
}

/* Somebody may order it behind a writer, but then it does not run there. */
static void resolve_never_overrides_unmodified_input(void **state)
{
	struct model *model = *state;

	model_unmodified(on_eth0(model, "a"));
	on_eth0(model, "nat");
	model_rule(model, "90", TCX, "eth0", "nat a");
	assert_conflict(model, 2);
	assert_non_null(strstr(conflict_help(resolve_eth0(model)), "'order' does not beat"));
}

/* What a package asks for is a hint, as everything that it says. */
static void resolve_overrides_a_hint_of_unmodified_input(void **state)
{
	struct model *model = *state;
	struct program *a = on_eth0(model, "a");

	model_say_in(model, a, TIER_HINT);
	model_unmodified(a);
	on_eth0(model, "nat");
	model_rule(model, "90", TCX, "eth0", "nat a");
	assert_order(model, "nat a");
	assert_int_equal(resolve_eth0(model)->overridden.count, 1);
}

static void resolve_leaves_an_exclusive_program_alone(void **state)
{
	struct model *model = *state;
	struct program *a = on_eth0(model, "a");

	model_exclusive(a);
	model_program(model, "b", TCX, "eth1");
	model_program(model, "c", HOOK_XDP, "eth0");
	assert_order(model, "a");
}

static void resolve_rejects_company_of_an_exclusive_program(void **state)
{
	struct model *model = *state;
	const struct chain *chain;
	const struct diag *diag;

	model_exclusive(model_program(model, "b", TCX, "eth*"));
	model_program(model, "a", TCX, "eth*");
	chain = resolve_eth0(model);
	assert_true(chain->blocked);
	assert_int_equal(chain->code, DIAG_EXCLUSIVE_VIOLATED);
	assert_string_equal(chain->culprit->name, "b");
	assert_int_equal(model->diags.count, 1);
	diag = &model->diags.items[0];
	assert_string_equal(diag->summary,
			    "'b' wants eth0, eth1 tcx-ingress for itself, and is not alone there");
	assert_int_equal(diag->place_count, 2);
	assert_int_equal(diag->places[0].span.line, LINE_EXCLUSIVE);
	assert_string_equal(diag->places[1].label, "a is there too");
}

static void resolve_puts_what_others_attach_behind_ours(void **state)
{
	struct model *model = *state;
	const struct chain *chain;

	model_attached(on_eth0(model, "a"), "cil_*");
	on_eth0(model, "b");
	assert_order(model, "b a");
	chain = resolve_eth0(model);
	assert_int_equal(chain->elements[1].reason, REASON_OURS);
}

static void resolve_orders_around_what_others_attach(void **state)
{
	struct model *model = *state;
	struct program *cilium = model_program(model, "cilium", TCX, "");

	model_attached(cilium, "cil_*");
	model_stage(cilium, STAGE_ROUTE);
	model_after(model, on_eth0(model, "a"), "cilium");
	on_eth0(model, "b");
	assert_order(model, "b cilium a");
	/* Nothing of ours is on eth1, so there is no chain. */
	assert_null(chains_find(&model_resolve(model)->chains, "eth1", TCX));
}

static void resolve_tells_who_is_looked_for_nowhere(void **state)
{
	struct model *model = *state;
	struct program *cilium = model_program(model, "cilium", TCX, "");
	const struct diag *diag;

	model_attached(cilium, "cil_*");
	diag = assert_one_diag(model, SEVERITY_NOTE, DIAG_ATTACHED_ABSENT);
	assert_string_equal(diag->summary,
			    "'cilium' is looked for nowhere: it names no interfaces, and nothing "
			    "else is meant to be where it could be");
	on_eth0(model, "a");
	assert_order(model, "a cilium");
}

static void resolve_warns_of_a_monitor_behind_what_ends_the_chain(void **state)
{
	struct model *model = *state;
	struct program *monitor = model_program(model, "monitor", TCX, "eth*");
	const struct diag *diag;

	model_program(model, "filter", TCX, "eth*")->proceed[TCX] = 1u << VERDICT_NEXT;
	model_readonly(monitor);
	diag = assert_one_diag(model, SEVERITY_WARNING, DIAG_MONITOR_BLIND);
	assert_string_equal(diag->summary, "'monitor' is readonly and never sees what 'filter' "
					   "ends on eth0 tcx-ingress and 1 more hook");
	assert_int_equal(diag->place_count, 2);
	assert_int_equal(diag->places[0].span.line, LINE_READONLY);
}

static void resolve_warns_of_no_monitor_that_sees_all_it_wants(void **state)
{
	struct model *model = *state;
	struct program *tap = on_eth0(model, "tap");
	struct program *late = on_eth0(model, "late");
	struct program *goes_on = on_eth0(model, "goes-on");
	struct program *xdp = model_program(model, "xdp", HOOK_XDP, "eth0");
	struct program *on_xdp = model_program(model, "on-xdp", HOOK_XDP, "eth0");

	model_readonly(tap);
	model_stage(tap, STAGE_TAP);
	model_readonly(late);
	model_after(model, late, "filter");
	goes_on->proceed[TCX] = 1;
	on_eth0(model, "filter");
	model_readonly(xdp);
	model_after(model, xdp, "on-xdp");
	on_xdp->proceed[HOOK_XDP] = 1u << 2;
	assert_order(model, "tap filter goes-on late");
	assert_int_equal(model->diags.count, 0);
}

static void resolve_warns_of_hints_that_nothing_uses(void **state)
{
	struct model *model = *state;
	struct program *named = model_program(model, "named", TCX, "");
	struct program *attached = model_program(model, "attached", TCX, "");
	const struct diag *diag;

	model_hint(model_program(model, "unused", TCX, ""));
	model_hint(named);
	model_attached(attached, "*");
	model_hint(attached);
	assert_int_equal(model_resolve(model)->chains.count, 0);
	assert_int_equal(model->diags.count, 0);
	model_before(model, on_eth0(model, "a"), "named");
	diag = assert_one_diag(model, SEVERITY_WARNING, DIAG_HINT_UNUSED);
	assert_string_equal(diag->summary, "nothing in /etc or /run uses the hints about 'unused'");
}

static void resolve_rejects_xdp_on_a_bond_and_its_port(void **state)
{
	struct model *model = *state;
	const struct resolution *resolution;
	const struct diag *diag;

	model_interfaces(model, "bond0 eth2");
	model->interfaces.items[3].is_bond = true;
	model->interfaces.items[1].master = "bond0";
	model->interfaces.items[2].master = "bond0";
	model_program(model, "b", HOOK_XDP, "bond0");
	model_program(model, "a", HOOK_XDP, "eth0 eth1");
	diag = assert_one_diag(model, SEVERITY_ERROR, DIAG_BOND_AND_PORT);
	assert_string_equal(diag->summary, "XDP programs for bond0 and for its port eth1: the "
					   "kernel takes only one of the two");
	assert_int_equal(diag->place_count, 2);
	assert_string_equal(diag->places[1].label, "'a' for eth1");
	resolution = model_resolve(model);
	assert_true(chains_find(&resolution->chains, "bond0", HOOK_XDP)->blocked);
	assert_true(chains_find(&resolution->chains, "eth1", HOOK_XDP)->blocked);
	assert_false(chains_find(&resolution->chains, "eth0", HOOK_XDP)->blocked);
}

static void resolve_waits_for_interfaces(void **state)
{
	struct model *model = *state;
	const struct resolution *resolution;

	model_program(model, "b", TCX, "eth0 ens1f9 ens1f9 !wlan0");
	model_program(model, "a", HOOK_XDP, "ens1f9");
	model_program(model, "c", HOOK_XDP, "br*");
	resolution = model_resolve(model);
	assert_int_equal(resolution->waiting.count, 2);
	assert_string_equal(resolution->waiting.items[0].pattern, "br*");
	assert_int_equal(resolution->waiting.items[1].count, 2);
	assert_string_equal(resolution->waiting.items[1].span.source->name, "a.yaml");
	assert_int_equal(model->diags.count, 2);
	assert_int_equal(model->diags.items[0].severity, SEVERITY_NOTE);
	assert_int_equal(model->diags.items[0].code, DIAG_INTERFACE_ABSENT);
	assert_string_equal(model->diags.items[0].summary,
			    "no interface matches 'br*' yet; 1 program waits");
	assert_string_equal(model->diags.items[1].summary,
			    "no interface matches 'ens1f9' yet; 2 programs wait");
}

static void resolve_shares_the_diagnostic_of_a_conflict(void **state)
{
	struct model *model = *state;

	model_first(model_program(model, "a", TCX, "eth*"));
	model_first(model_program(model, "b", TCX, "eth*"));
	model_program(model, "c", TCX, "eth1");
	model_resolve(model);
	assert_int_equal(model->diags.count, 1);
	assert_string_equal(model->diags.items[0].summary,
			    "no order on eth0, eth1 tcx-ingress satisfies these 2 statements");
}

static void resolve_names_only_a_few_of_many_interfaces(void **state)
{
	struct model *model = *state;

	model_interfaces(model, "eth2 eth3 eth4 eth5 eth6 eth7 eth8 eth9");
	model_first(model_program(model, "a", TCX, "eth*"));
	model_first(model_program(model, "b", TCX, "eth*"));
	model_resolve(model);
	assert_int_equal(model->diags.count, 1);
	assert_string_equal(
		model->diags.items[0].summary,
		"no order on eth0, eth1 and 8 more tcx-ingress satisfies these 2 statements");
}

static void resolve_blocks_conflicting_hooks_alone(void **state)
{
	struct model *model = *state;
	const struct resolution *resolution;

	model_first(model_program(model, "a", TCX, "eth*"));
	model_first(model_program(model, "b", TCX, "eth0"));
	resolution = model_resolve(model);
	assert_true(chains_find(&resolution->chains, "eth0", TCX)->blocked);
	assert_false(chains_find(&resolution->chains, "eth1", TCX)->blocked);
}

static void add_many(struct model *model, int count)
{
	for (int i = 0; i < count; i++) {
		char name[16];

		snprintf(name, sizeof(name), "p%03d", i);
		model_program(model, name, TCX, "eth*");
	}
}

static void resolve_takes_as_many_programs_as_a_chain_has_room_for(void **state)
{
	struct model *model = *state;
	const struct chain *chain;

	add_many(model, CHAIN_MAX_ELEMENTS);
	for (size_t i = 0; i + 1 < model->programs.count; i++)
		model_after(model, model->programs.items[i], model->programs.items[i + 1]->name);
	chain = resolve_eth0(model);
	assert_false(chain->blocked);
	assert_int_equal(chain->count, CHAIN_MAX_ELEMENTS);
	for (size_t i = 0; i < chain->count; i++)
		assert_string_equal(chain->elements[i].program->name,
				    model->programs.items[chain->count - 1 - i]->name);
}

static void resolve_reports_a_cycle_through_all_programs(void **state)
{
	struct model *model = *state;

	add_many(model, CHAIN_MAX_ELEMENTS);
	for (size_t i = 0; i < model->programs.count; i++)
		model_after(model, model->programs.items[i],
			    model->programs.items[(i + 1) % model->programs.count]->name);
	assert_int_equal(resolve_eth0(model)->conflict.count, CHAIN_MAX_ELEMENTS);
}

static void resolve_rejects_too_many_programs(void **state)
{
	struct model *model = *state;
	const struct chain *chain;

	add_many(model, CHAIN_MAX_ELEMENTS + 1);
	chain = resolve_eth0(model);
	assert_true(chain->blocked);
	assert_int_equal(chain->conflict.count, 0);
	assert_int_equal(model->diags.count, 1);
	assert_int_equal(model->diags.items[0].code, DIAG_TOO_MANY_PROGRAMS);
	assert_string_equal(
		model->diags.items[0].summary,
		"256 programs on eth0, eth1 tcx-ingress, but a chain takes at most 255");
}

static void resolve_of_nothing_is_nothing(void **state)
{
	struct model *model = *state;

	assert_int_equal(model_resolve(model)->chains.count, 0);
	model->interfaces.count = 0;
	on_eth0(model, "a");
	assert_int_equal(model_resolve(model)->chains.count, 0);
	assert_int_equal(model_resolve(model)->waiting.count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(resolve_orders_by_name_alone),
		TEST(resolve_orders_by_stage_then_priority),
		TEST(resolve_obeys_before_and_after),
		TEST(resolve_obeys_first_and_last),
		TEST(resolve_lets_first_beat_a_default_stage),
		TEST(resolve_lets_before_beat_a_default_stage),
		TEST(resolve_rejects_before_against_written_stages),
		TEST(resolve_lets_policy_beat_hints),
		TEST(resolve_gives_a_stage_edge_the_weaker_strength),
		TEST(resolve_lets_order_beat_before),
		TEST(resolve_applies_order_to_its_hook_and_interfaces_only),
		TEST(resolve_takes_all_pairs_of_order),
		TEST(resolve_rejects_two_orders),
		TEST(resolve_lets_a_rule_that_names_the_interface_win),
		TEST(resolve_rejects_two_first),
		TEST(resolve_rejects_two_last),
		TEST(resolve_lets_order_decide_between_two_first),
		TEST(resolve_rejects_itself_as_neighbour),
		TEST(resolve_reports_the_smallest_cycle),
		TEST(resolve_names_equals_with_stronger_in_a_conflict),
		TEST(resolve_keeps_every_statement_of_an_edge),
		TEST(resolve_ignores_edges_to_other_hooks),
		TEST(resolve_knows_the_reasons),
		TEST(resolve_says_statements_in_the_words_of_the_file),
		TEST(resolve_puts_disabled_programs_nowhere),
		TEST(resolve_selects_by_patterns),
		TEST(resolve_gives_each_key_the_strength_of_its_own_file),
		TEST(resolve_takes_run_for_as_strong_as_etc),
		TEST(resolve_lets_an_altname_beat_a_glob),
		TEST(resolve_lets_first_yield_to_a_readonly_before),
		TEST(resolve_lets_last_yield_to_a_readonly_after),
		TEST(resolve_lets_first_yield_to_nothing_that_is_weaker),
		TEST(resolve_keeps_input_unmodified),
		TEST(resolve_rejects_writers_before_unmodified_input),
		TEST(resolve_never_overrides_unmodified_input),
		TEST(resolve_overrides_a_hint_of_unmodified_input),
		TEST(resolve_leaves_an_exclusive_program_alone),
		TEST(resolve_rejects_company_of_an_exclusive_program),
		TEST(resolve_puts_what_others_attach_behind_ours),
		TEST(resolve_orders_around_what_others_attach),
		TEST(resolve_tells_who_is_looked_for_nowhere),
		TEST(resolve_warns_of_a_monitor_behind_what_ends_the_chain),
		TEST(resolve_warns_of_no_monitor_that_sees_all_it_wants),
		TEST(resolve_warns_of_hints_that_nothing_uses),
		TEST(resolve_rejects_xdp_on_a_bond_and_its_port),
		TEST(resolve_waits_for_interfaces),
		TEST(resolve_shares_the_diagnostic_of_a_conflict),
		TEST(resolve_names_only_a_few_of_many_interfaces),
		TEST(resolve_blocks_conflicting_hooks_alone),
		TEST(resolve_takes_as_many_programs_as_a_chain_has_room_for),
		TEST(resolve_reports_a_cycle_through_all_programs),
		TEST(resolve_rejects_too_many_programs),
		TEST(resolve_of_nothing_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
