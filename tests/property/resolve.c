/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random policies of the whole language, from the bytes of their files to chains, against an oracle
 * that knows nothing but what the policy was meant to say (tests/support/oracle.h).
 *
 * ORDAIN_SEED=N repeats a run.
 */
#include "tests/support/oracle.h"
#include "tests/support/test.h"

enum { ROUNDS = 20000 };

/* What the random policies led to: a test that never meets a conflict proves nothing. */
static struct {
	size_t ordered;
	size_t overridden;
	size_t by_rules;
	size_t blocked;
	size_t blocked_by_three;
	size_t shared_edge;
	size_t contradicted;
	size_t exclusive;
	size_t bonds;
	size_t yielded;
	size_t waiting;
} met;

static bool is_of(const struct oracle *oracle, int at, const struct program *program)
{
	return !strcmp(spec_names[oracle->members[at].program], program->name);
}

/* The claim that a statement is: by what it says, with which right, and where. */
static bool same_claim(const struct spec *spec, const struct oracle *oracle, const struct claim *it,
		       const struct statement *statement)
{
	return it->kind == statement->kind && it->strength == statement->strength &&
	       is_of(oracle, it->first, statement->first) &&
	       is_of(oracle, it->second, statement->second) &&
	       oracle_place_is_in(spec, it->places[0], statement->span.source) &&
	       !it->places[1] == !statement->other_span.source &&
	       (!it->places[1] ||
		oracle_place_is_in(spec, it->places[1], statement->other_span.source));
}

/* Exactly the oracle's claims of that fate. */
static void check_statements(const struct spec *spec, const struct oracle *oracle,
			     const struct statements *statements, bool overridden)
{
	bool matched[ORACLE_CLAIMS] = { false };
	size_t total = 0;

	for (int i = 0; i < oracle->claim_count; i++)
		total += oracle->claims[i].overridden == overridden;
	assert_int_equal(statements->count, total);
	for (size_t i = 0; i < statements->count; i++) {
		int j = 0;

		while (j < oracle->claim_count &&
		       (matched[j] || oracle->claims[j].overridden != overridden ||
			!same_claim(spec, oracle, &oracle->claims[j], &statements->items[i])))
			j++;
		assert_true(j < oracle->claim_count);
		matched[j] = true;
	}
}

static bool strongest_between(const struct oracle *oracle, int first, int second,
			      enum strength *ret)
{
	bool found = false;

	for (int i = 0; i < oracle->claim_count; i++) {
		const struct claim *it = &oracle->claims[i];

		if (it->first != first || it->second != second || it->overridden)
			continue;
		if (!found || it->strength < *ret)
			*ret = it->strength;
		found = true;
	}
	return found;
}

static enum reason_kind expected_tie_break(const struct member *a, const struct member *b)
{
	if (a->values[SAYS_STAGE] != b->values[SAYS_STAGE])
		return REASON_STAGE;
	if (a->values[SAYS_PRIORITY] != b->values[SAYS_PRIORITY])
		return REASON_PRIORITY;
	return a->attached != b->attached ? REASON_OURS : REASON_NAME;
}

static void check_reasons(const struct oracle *oracle, const int *order, const struct chain *chain)
{
	for (int i = 1; i < oracle->count; i++) {
		const struct element *element = &chain->elements[i];
		enum strength strength = STRENGTH_HINT;

		if (!strongest_between(oracle, order[i - 1], order[i], &strength)) {
			assert_int_equal(element->reason,
					 expected_tie_break(&oracle->members[order[i - 1]],
							    &oracle->members[order[i]]));
			continue;
		}
		assert_int_equal(element->reason, REASON_STATEMENT);
		assert_int_equal(element->statement.strength, strength);
		assert_true(is_of(oracle, order[i - 1], element->statement.first));
		assert_true(is_of(oracle, order[i], element->statement.second));
	}
}

/* Each value that nothing in the order shows: what overrides and directories made of it. */
static void check_values(const struct member *member, const struct program *program)
{
	static const enum spec_key variables[] = { SAYS_X, SAYS_Y };
	size_t count = 0;

	assert_int_equal(program->priority.value, member->values[SAYS_PRIORITY]);
	assert_int_equal(program->readonly.value, member->values[SAYS_READONLY]);
	assert_int_equal(program_is_attached(program), member->attached);
	for (size_t i = 0; i < 2; i++) {
		if (!(member->written >> variables[i] & 1))
			continue;
		assert_true(count < program->variables.count);
		assert_string_equal(program->variables.items[count].name, i ? "y" : "x");
		assert_int_equal(program->variables.items[count].integer,
				 member->values[variables[i]]);
		met.by_rules += member->strengths[variables[i]] < STRENGTH_POLICY;
		count++;
	}
	assert_int_equal(program->variables.count, count);
}

static void check_order(const struct spec *spec, const struct oracle *oracle,
			const struct chain *chain)
{
	const int *order = permutation_smallest(oracle->count, &oracle->left);

	assert_false(chain->blocked);
	for (int i = 0; i < oracle->count; i++) {
		assert_true(is_of(oracle, order[i], chain->elements[i].program));
		check_values(&oracle->members[order[i]], chain->elements[i].program);
	}
	check_statements(spec, oracle, &chain->applied, false);
	check_statements(spec, oracle, &chain->overridden, true);
	check_reasons(oracle, order, chain);
	met.ordered++;
	met.overridden += chain->overridden.count;
}

/* The claims that a conflict is made of, in its order. */
static void find_claims(const struct spec *spec, const struct oracle *oracle,
			const struct statements *conflict, const struct claim **ret_claims)
{
	for (size_t i = 0; i < conflict->count; i++) {
		ret_claims[i] = NULL;
		for (int j = 0; !ret_claims[i] && j < oracle->claim_count; j++)
			if (!oracle->claims[j].overridden &&
			    same_claim(spec, oracle, &oracle->claims[j], &conflict->items[i]))
				ret_claims[i] = &oracle->claims[j];
		assert_non_null(ret_claims[i]);
		assert_true((int)ret_claims[i]->strength <= oracle->strongest_conflict);
	}
}

static bool is_place_of(const struct claim *const *claims, size_t count, oracle_place place)
{
	for (size_t i = 0; i < count; i++)
		if (claims[i]->places[0] == place || claims[i]->places[1] == place)
			return true;
	return false;
}

/*
 * Do the places contradict each other where nobody says anything else, nor what `without` says? All
 * that each of them says counts, not only what the conflict shows of it; but for what is overridden
 * by somebody else.
 */
static bool contradict(const struct oracle *oracle, const struct claim *const *claims, size_t count,
		       oracle_place without)
{
	struct oracle rest = *oracle;

	for (int i = 0; i < rest.claim_count; i++) {
		struct claim *it = &rest.claims[i];

		it->left_out = it->overridden;
		for (int j = 0; j < 2; j++)
			if (it->places[j] && (!is_place_of(claims, count, it->places[j]) ||
					      it->places[j] == without))
				it->left_out = true;
	}
	oracle_decide(&rest);
	return rest.strongest_conflict >= 0;
}

/* Whoever removes any of the places that the diagnostic shows has resolved it. */
static void check_minimal(const struct oracle *oracle, const struct claim *const *claims,
			  size_t count)
{
	assert_true(contradict(oracle, claims, count, 0));
	for (size_t i = 0; i < count; i++) {
		assert_false(contradict(oracle, claims, count, claims[i]->places[0]));
		if (claims[i]->places[1])
			assert_false(contradict(oracle, claims, count, claims[i]->places[1]));
	}
}

/* Is there a contradiction among fewer than `limit` of the claims in force, from `from` on? */
static bool smaller_conflict(const struct oracle *oracle, struct mask left, int from, size_t limit)
{
	if (mask_empty(&left))
		return true;
	if (limit <= 1)
		return false;
	for (int i = from; i < oracle->claim_count; i++) {
		const struct claim *it = &oracle->claims[i];
		bool counts = !it->overridden && (int)it->strength <= oracle->strongest_conflict;
		const struct mask *with = permutations_with(oracle->count, it->first, it->second);

		if (counts && smaller_conflict(oracle, mask_and(left, with), i + 1, limit - 1))
			return true;
	}
	return false;
}

/* Does anybody else say what one of them says? */
static bool is_said_twice(const struct oracle *oracle, const struct claim *claim)
{
	for (int i = 0; i < oracle->claim_count; i++)
		if (&oracle->claims[i] != claim && oracle->claims[i].first == claim->first &&
		    oracle->claims[i].second == claim->second)
			return true;
	return false;
}

static void check_conflict(const struct spec *spec, const struct oracle *oracle,
			   const struct chain *chain)
{
	const struct claim *claims[SPEC_PROGRAMS];
	size_t count = chain->conflict.count;

	assert_true(chain->blocked && chain->code == DIAG_ORDER_CYCLE);
	assert_in_range(count, 2, SPEC_PROGRAMS);
	find_claims(spec, oracle, &chain->conflict, claims);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(claims[i]->second, claims[(i + 1) % count]->first);
		met.shared_edge += is_said_twice(oracle, claims[i]);
	}
	check_minimal(oracle, claims, count);
	if (count <= 4)
		assert_false(smaller_conflict(oracle, *permutations_all(oracle->count), 0, count));
	met.blocked++;
	met.blocked_by_three += count >= 3;
}

/* What blocks a hook before any order is asked for; DIAG_CODE_COUNT: nothing. */
static enum diag_code expected_block(const struct oracle *oracle)
{
	if (oracle->contradicted)
		return DIAG_OVERRIDE_CONFLICT;
	return oracle->exclusive ? DIAG_EXCLUSIVE_VIOLATED : DIAG_CODE_COUNT;
}

static void check_blocked(const struct chain *chain, enum diag_code code)
{
	assert_true(chain->blocked);
	assert_int_equal(chain->code, code);
	if (code == DIAG_EXCLUSIVE_VIOLATED)
		assert_true(chain->culprit->exclusive.value);
	met.contradicted += code == DIAG_OVERRIDE_CONFLICT;
	met.exclusive += code == DIAG_EXCLUSIVE_VIOLATED;
	met.bonds += code == DIAG_BOND_AND_PORT;
}

static bool has_chain_of_ours(const struct oracle *oracle)
{
	return oracle->ours && expected_block(oracle) == DIAG_CODE_COUNT &&
	       oracle->strongest_conflict < 0;
}

/* bond0 and its port eth1, the first and the fourth interface. */
static bool is_bond_and_port(const struct oracle *oracles, int interface, enum hook hook)
{
	return hook == HOOK_XDP && (interface == 0 || interface == 3) &&
	       has_chain_of_ours(&oracles[0]) && has_chain_of_ours(&oracles[3]);
}

static void check_hook(const struct spec *spec, const struct resolution *resolution, enum hook hook)
{
	static struct oracle oracles[SPEC_INTERFACES];

	for (int i = 0; i < SPEC_INTERFACES; i++)
		oracle_ask(spec, i, hook, &oracles[i]);
	for (int i = 0; i < SPEC_INTERFACES; i++) {
		const struct oracle *oracle = &oracles[i];
		const struct chain *chain =
			chains_find(&resolution->chains, spec_host.items[i].name, hook);

		assert_int_equal(chain ? chain->count : 0, oracle->count);
		if (!oracle->count)
			continue;
		met.yielded += oracle->yielded;
		if (expected_block(oracle) != DIAG_CODE_COUNT)
			check_blocked(chain, expected_block(oracle));
		else if (oracle->strongest_conflict >= 0)
			check_conflict(spec, oracle, chain);
		else if (is_bond_and_port(oracles, i, hook))
			check_blocked(chain, DIAG_BOND_AND_PORT);
		else
			check_order(spec, oracle, chain);
	}
}

static void check_against_oracle(const struct spec *spec)
{
	struct arena *arena = arena_new();
	struct sources sources = { 0 };
	struct diags diags = DIAGS(arena);
	const struct resolution *resolution;

	spec_sources(arena, spec, &sources);
	resolution = resolve(arena, policy_build(arena, &sources, &diags), &spec_host, &diags);
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
		check_hook(spec, resolution, hook);
	assert_int_equal(resolution->waiting.count, oracle_waiting(spec));
	met.waiting += resolution->waiting.count;
	arena_free(arena);
}

static void resolve_agrees_with_the_oracle(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct spec spec = spec_random();

		check_against_oracle(&spec);
	}
	printf("%zu chains with %zu statements overridden, %zu variables by entries, %zu waiting, "
	       "%zu yielded; %zu blocked by order, %zu by three or more, %zu with an edge said "
	       "twice; %zu contradicted, %zu not alone, %zu bonds and ports\n",
	       met.ordered, met.overridden, met.by_rules, met.waiting, met.yielded, met.blocked,
	       met.blocked_by_three, met.shared_edge, met.contradicted, met.exclusive, met.bonds);
	assert_true(met.ordered > ROUNDS && met.overridden > ROUNDS / 10);
	assert_true(met.by_rules > ROUNDS / 10 && met.waiting > ROUNDS / 10);
	assert_true(met.blocked > ROUNDS / 10 && met.blocked_by_three > ROUNDS / 1000);
	assert_true(met.shared_edge > ROUNDS / 100 && met.contradicted > ROUNDS / 100);
	assert_true(met.exclusive > ROUNDS / 100 && met.yielded > ROUNDS / 100);
	assert_true(met.bonds > ROUNDS / 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolve_agrees_with_the_oracle),
	};

	spec_seed_from_environment();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
