/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random policies against an oracle that knows no graphs: it looks at every permutation of the
 * programs of a hook, in the order of (stage, priority, ours first, name), and keeps those that
 * satisfy what is in force. The first one left is the chain; none left is a conflict.
 *
 * ORDAIN_SEED=N repeats a run.
 */
#include <stdlib.h>
#include <time.h>

#include "policy/edges.h"
#include "policy/render.h"
#include "tests/support/spec.h"
#include "tests/support/test.h"

enum { ROUNDS = 4000, PERMUTATIONS = 720, MASK_WORDS = (PERMUTATIONS + 63) / 64 };

/* What the random policies led to: a test that never meets a conflict proves nothing. */
static struct {
	size_t ordered;
	size_t overridden;
	size_t blocked;
	size_t blocked_by_three;
	size_t exclusive;
	size_t yielded;
} met;

/* A set of permutations. */
struct mask {
	uint64_t words[MASK_WORDS];
};

struct claim {
	int first; /* indexes into the oracle's members */
	int second;
	enum strength strength;
	const struct span *places[2]; /* who says it; the second may be NULL */
	bool left_out; /* nobody says it after all */
	bool overridden;
};

struct oracle {
	const struct program *members[SPEC_PROGRAMS]; /* by (stage, priority, name) */
	int count;
	int permutations[PERMUTATIONS][SPEC_PROGRAMS]; /* of the members, in lexicographic order */
	int permutation_count;
	struct mask satisfying[SPEC_PROGRAMS][SPEC_PROGRAMS]; /* [a][b]: a stands before b */
	struct claim claims[256];
	int claim_count;
	bool exclusive; /* somebody wants the hook for itself and does not have it */
	struct mask left;
	int strongest_conflict; /* the strength at which nothing was left; -1 none */
};

static bool mask_empty(const struct mask *mask)
{
	for (int i = 0; i < MASK_WORDS; i++)
		if (mask->words[i])
			return false;
	return true;
}

static struct mask mask_and(struct mask a, const struct mask *b)
{
	for (int i = 0; i < MASK_WORDS; i++)
		a.words[i] &= b->words[i];
	return a;
}

static struct mask everything(const struct oracle *oracle)
{
	struct mask mask = { 0 };

	for (int i = 0; i < oracle->permutation_count; i++)
		mask.words[i / 64] |= UINT64_C(1) << (i % 64);
	return mask;
}

static int compare_rank(const void *a, const void *b)
{
	const struct program *x = *(const struct program *const *)a;
	const struct program *y = *(const struct program *const *)b;

	if (x->stage.value != y->stage.value)
		return x->stage.value - y->stage.value;
	if (x->priority.value != y->priority.value)
		return x->priority.value - y->priority.value;
	if (program_is_attached(x) != program_is_attached(y))
		return program_is_attached(x) - program_is_attached(y);
	return strcmp(x->name, y->name);
}

static void permute(struct oracle *oracle, int depth, unsigned int used, int *prefix)
{
	if (depth == oracle->count) {
		int at = oracle->permutation_count++;

		memcpy(oracle->permutations[at], prefix, sizeof(int) * (size_t)depth);
		for (int i = 0; i < depth; i++)
			for (int j = i + 1; j < depth; j++)
				oracle->satisfying[prefix[i]][prefix[j]].words[at / 64] |=
					UINT64_C(1) << (at % 64);
		return;
	}
	for (int i = 0; i < oracle->count; i++) {
		if (used >> i & 1)
			continue;
		prefix[depth] = i;
		permute(oracle, depth + 1, used | 1u << i, prefix);
	}
}

static int member(const struct oracle *oracle, const char *name)
{
	for (int i = 0; i < oracle->count; i++)
		if (!strcmp(oracle->members[i]->name, name))
			return i;
	return -1;
}

static void claim(struct oracle *oracle, int first, int second, enum strength strength,
		  const struct span *place, const struct span *other_place)
{
	if (first >= 0 && second >= 0 && first != second)
		oracle->claims[oracle->claim_count++] =
			(struct claim){ first, second, strength, { place, other_place }, 0, 0 };
}

static enum strength said_in(const struct span *span)
{
	return span->source->tier == TIER_HINT ? STRENGTH_HINT : STRENGTH_POLICY;
}

static bool outranks(const struct program *other, const struct words *words, const char *name,
		     const struct flag *end)
{
	for (size_t i = 0; other->readonly.value && i < words->count; i++)
		if (!strcmp(words->items[i].text, name) &&
		    said_in(&words->items[i].span) <= said_in(&end->span)) {
			met.yielded++;
			return true;
		}
	return false;
}

static void claim_of_flags(struct oracle *oracle, int i, int j)
{
	const struct program *program = oracle->members[i];
	const struct program *other = oracle->members[j];

	if (program->first.value &&
	    !outranks(other, &other->before, program->name, &program->first))
		claim(oracle, i, j, said_in(&program->first.span), &program->first.span, NULL);
	if (program->last.value && !outranks(other, &other->after, program->name, &program->last))
		claim(oracle, j, i, said_in(&program->last.span), &program->last.span, NULL);
	if (program->unmodified_input.value && !other->readonly.value)
		claim(oracle, i, j, said_in(&program->unmodified_input.span),
		      &program->unmodified_input.span, NULL);
}

static void claim_of_program(struct oracle *oracle, int i)
{
	const struct program *program = oracle->members[i];

	for (size_t j = 0; j < program->before.count; j++)
		claim(oracle, i, member(oracle, program->before.items[j].text),
		      said_in(&program->before.items[j].span), &program->before.items[j].span,
		      NULL);
	for (size_t j = 0; j < program->after.count; j++)
		claim(oracle, member(oracle, program->after.items[j].text), i,
		      said_in(&program->after.items[j].span), &program->after.items[j].span, NULL);
	for (int j = 0; j < oracle->count; j++) {
		const struct program *other = oracle->members[j];
		bool weak = false;

		claim_of_flags(oracle, i, j);
		if (!program->stage.written || !other->stage.written ||
		    program->stage.value >= other->stage.value)
			continue;
		weak = said_in(&program->stage.span) == STRENGTH_HINT ||
		       said_in(&other->stage.span) == STRENGTH_HINT;
		claim(oracle, i, j, weak ? STRENGTH_HINT : STRENGTH_POLICY, &program->stage.span,
		      &other->stage.span);
	}
}

static bool names(const struct chain_rule *rule, const char *interface)
{
	for (size_t i = 0; i < rule->interfaces.count; i++)
		if (!strcmp(rule->interfaces.items[i].text, interface))
			return true;
	return false;
}

static void claim_of_rule(struct oracle *oracle, const struct chain_rule *rule,
			  const char *interface)
{
	enum strength strength = names(rule, interface) ? STRENGTH_NAMED : STRENGTH_CHAINS;

	for (size_t i = 0; i < rule->order.count; i++)
		for (size_t j = i + 1; j < rule->order.count; j++)
			claim(oracle, member(oracle, rule->order.items[i].text),
			      member(oracle, rule->order.items[j].text), strength,
			      &rule->order.items[i].span, &rule->order.items[j].span);
}

static void decide(struct oracle *oracle)
{
	oracle->strongest_conflict = -1;
	oracle->left = everything(oracle);
	for (int strength = STRENGTH_NAMED; strength <= STRENGTH_HINT; strength++) {
		struct mask stronger = oracle->left;

		for (int i = 0; i < oracle->claim_count; i++) {
			struct claim *it = &oracle->claims[i];
			const struct mask *satisfying = &oracle->satisfying[it->first][it->second];
			struct mask both = mask_and(stronger, satisfying);

			if ((int)it->strength != strength || it->left_out)
				continue;
			it->overridden = mask_empty(&both);
			if (!it->overridden)
				oracle->left = mask_and(oracle->left, satisfying);
		}
		if (mask_empty(&oracle->left)) {
			oracle->strongest_conflict = strength;
			return;
		}
	}
}

static bool is_meant(const struct policy *policy, const struct program *program,
		     const struct interface *interface)
{
	if (program_is_attached(program) && !program->interfaces.count)
		return true;
	return patterns_match(policy, &program->interfaces, interface);
}

/* What others attach makes no chain of its own. */
static void take_members(struct oracle *oracle, const struct policy *policy,
			 const struct interface *interface, enum hook hook)
{
	int certain = 0;
	int ours = 0;

	for (size_t i = 0; i < policy->program_count; i++) {
		const struct program *program = &policy->programs[i];

		if (!(program->hooks & (1u << hook)) || !program->enabled.value ||
		    !is_meant(policy, program, interface))
			continue;
		oracle->members[oracle->count++] = program;
		oracle->exclusive = oracle->exclusive || program->exclusive.value;
		certain += program->interfaces.count > 0;
		ours += !program_is_attached(program);
	}
	if (!ours)
		oracle->count = 0;
	if (certain < 2)
		oracle->exclusive = false;
	qsort(oracle->members, (size_t)oracle->count, sizeof(oracle->members[0]), compare_rank);
}

static struct oracle *ask(struct arena *arena, const struct policy *policy, const char *interface,
			  enum hook hook)
{
	struct oracle *oracle = arena_alloc(arena, sizeof(*oracle));
	const struct interface asked = { .name = interface };
	int prefix[SPEC_PROGRAMS];

	take_members(oracle, policy, &asked, hook);
	permute(oracle, 0, 0, prefix);
	for (int i = 0; i < oracle->count; i++)
		claim_of_program(oracle, i);
	for (size_t i = 0; i < policy->rule_count; i++)
		if (policy->rules[i].hooks >> hook & 1 &&
		    patterns_match(policy, &policy->rules[i].interfaces, &asked))
			claim_of_rule(oracle, &policy->rules[i], interface);
	decide(oracle);
	return oracle;
}

static bool same_claim(const struct oracle *oracle, const struct claim *it,
		       const struct statement *statement)
{
	return it->strength == statement->strength &&
	       oracle->members[it->first] == statement->first &&
	       oracle->members[it->second] == statement->second;
}

static int count_claims(const struct oracle *oracle, const struct statement *statement,
			bool overridden)
{
	int count = 0;

	for (int i = 0; i < oracle->claim_count; i++)
		count += oracle->claims[i].overridden == overridden &&
			 same_claim(oracle, &oracle->claims[i], statement);
	return count;
}

/* Exactly the oracle's claims of that fate, each as often. */
static void check_statements(const struct oracle *oracle, const struct statements *statements,
			     bool overridden)
{
	size_t total = 0;

	for (int i = 0; i < oracle->claim_count; i++)
		total += oracle->claims[i].overridden == overridden;
	assert_int_equal(statements->count, total);
	for (size_t i = 0; i < statements->count; i++) {
		const struct statement *statement = &statements->items[i];
		int same = 0;

		for (size_t j = 0; j < statements->count; j++)
			same += statements->items[j].first == statement->first &&
				statements->items[j].second == statement->second &&
				statements->items[j].strength == statement->strength;
		assert_int_equal(same, count_claims(oracle, statement, overridden));
	}
}

static enum strength strongest_between(const struct oracle *oracle, int first, int second,
				       bool *ret_found)
{
	enum strength strongest = STRENGTH_HINT;

	*ret_found = false;
	for (int i = 0; i < oracle->claim_count; i++) {
		const struct claim *it = &oracle->claims[i];

		if (it->first != first || it->second != second || it->overridden)
			continue;
		if (!*ret_found || it->strength < strongest)
			strongest = it->strength;
		*ret_found = true;
	}
	return strongest;
}

static enum reason_kind expected_tie_break(const struct program *a, const struct program *b)
{
	if (a->stage.value != b->stage.value)
		return REASON_STAGE;
	if (a->priority.value != b->priority.value)
		return REASON_PRIORITY;
	return program_is_attached(a) != program_is_attached(b) ? REASON_OURS : REASON_NAME;
}

static void check_reasons(const struct oracle *oracle, const int *order, const struct chain *chain)
{
	for (int i = 1; i < oracle->count; i++) {
		const struct element *element = &chain->elements[i];
		bool stated;
		enum strength strength = strongest_between(oracle, order[i - 1], order[i], &stated);

		if (!stated) {
			assert_int_equal(element->reason,
					 expected_tie_break(oracle->members[order[i - 1]],
							    oracle->members[order[i]]));
			continue;
		}
		assert_int_equal(element->reason, REASON_STATEMENT);
		assert_int_equal(element->statement.strength, strength);
		assert_ptr_equal(element->statement.first, oracle->members[order[i - 1]]);
		assert_ptr_equal(element->statement.second, oracle->members[order[i]]);
	}
}

static void check_order(const struct oracle *oracle, const struct chain *chain)
{
	int smallest = 0;

	while (!(oracle->left.words[smallest / 64] >> (smallest % 64) & 1))
		smallest++;
	assert_false(chain->blocked);
	for (int i = 0; i < oracle->count; i++)
		assert_ptr_equal(chain->elements[i].program,
				 oracle->members[oracle->permutations[smallest][i]]);
	check_statements(oracle, &chain->applied, false);
	check_statements(oracle, &chain->overridden, true);
	check_reasons(oracle, oracle->permutations[smallest], chain);
	met.ordered++;
	met.overridden += chain->overridden.count;
}

/* Can all but one of the statements hold together? `without` may be none of them. */
static bool satisfiable(const struct oracle *oracle, const struct statements *statements,
			size_t without)
{
	struct mask left = everything(oracle);

	for (size_t i = 0; i < statements->count; i++) {
		int first = member(oracle, statements->items[i].first->name);
		int second = member(oracle, statements->items[i].second->name);

		if (i != without)
			left = mask_and(left, &oracle->satisfying[first][second]);
	}
	return !mask_empty(&left);
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

		if (counts &&
		    smaller_conflict(oracle,
				     mask_and(left, &oracle->satisfying[it->first][it->second]),
				     i + 1, limit - 1))
			return true;
	}
	return false;
}

static bool is_place_of(const struct statements *statements, const struct span *place)
{
	for (size_t i = 0; i < statements->count; i++)
		if (!span_compare(&statements->items[i].span, place) ||
		    !span_compare(&statements->items[i].other_span, place))
			return true;
	return false;
}

/* Do the statements contradict each other where nobody says anything else, nor what `without` says? */
static bool contradict(const struct oracle *oracle, const struct statements *statements,
		       const struct span *without)
{
	struct arena *arena = arena_new();
	struct oracle *rest = arena_memdup(arena, oracle, sizeof(*oracle));
	bool contradiction;

	for (int i = 0; i < rest->claim_count; i++)
		for (int j = 0; j < 2; j++) {
			const struct span *place = rest->claims[i].places[j];

			if (place && (!is_place_of(statements, place) ||
				      (without && !span_compare(place, without))))
				rest->claims[i].left_out = true;
		}
	decide(rest);
	contradiction = rest->strongest_conflict >= 0;
	arena_free(arena);
	return contradiction;
}

/* Whoever removes any of the places that the diagnostic shows has resolved it. */
static void check_minimal(const struct oracle *oracle, const struct statements *conflict)
{
	assert_true(contradict(oracle, conflict, NULL));
	for (size_t i = 0; i < conflict->count; i++) {
		assert_false(contradict(oracle, conflict, &conflict->items[i].span));
		if (conflict->items[i].other_span.source)
			assert_false(contradict(oracle, conflict, &conflict->items[i].other_span));
	}
}

static void check_conflict(const struct oracle *oracle, const struct chain *chain)
{
	size_t count = chain->conflict.count;

	assert_true(chain->blocked);
	for (size_t i = 0; i < count; i++) {
		assert_true(count_claims(oracle, &chain->conflict.items[i], false) > 0);
		assert_true((int)chain->conflict.items[i].strength <= oracle->strongest_conflict);
		assert_ptr_equal(chain->conflict.items[i].second,
				 chain->conflict.items[(i + 1) % count].first);
		assert_true(satisfiable(oracle, &chain->conflict, i));
	}
	assert_false(satisfiable(oracle, &chain->conflict, count));
	check_minimal(oracle, &chain->conflict);
	if (count <= 4)
		assert_false(smaller_conflict(oracle, everything(oracle), 0, count));
	met.blocked++;
	met.blocked_by_three += count >= 3;
}

static void check_exclusive(const struct oracle *oracle, const struct chain *chain)
{
	if (!oracle->count)
		return;
	assert_true(chain->blocked);
	assert_int_equal(chain->code, DIAG_EXCLUSIVE_VIOLATED);
	assert_true(chain->culprit->exclusive.value);
	met.exclusive++;
}

static void check_against_oracle(struct model *model, const struct resolution *resolution)
{
	for (size_t i = 0; i < SPEC_INTERFACES; i++)
		for (int hook = 0; hook < HOOK_COUNT; hook++) {
			struct arena *arena = arena_new();
			const char *interface = spec_interfaces[i];
			struct oracle *oracle =
				ask(arena, model->policy, interface, (enum hook)hook);
			const struct chain *chain =
				chains_find(&resolution->chains, interface, (enum hook)hook);

			assert_int_equal(chain ? chain->count : 0, oracle->count);
			if (oracle->exclusive)
				check_exclusive(oracle, chain);
			else if (oracle->count && oracle->strongest_conflict >= 0)
				check_conflict(oracle, chain);
			else if (oracle->count)
				check_order(oracle, chain);
			arena_free(arena);
		}
}

/* Everything that people could see of it. */
static const char *render_all(struct model *model, const struct resolution *resolution)
{
	struct text out = TEXT(model->arena);
	struct report report = { .file_count = 2, .diags = &model->diags };

	for (int format = OUTPUT_TABLE; format <= OUTPUT_JSON; format++) {
		render_check(&out, (enum output_format)format, &report, resolution);
		for (size_t i = 0; i < resolution->chains.count; i++)
			render_explain_chains(&out, (enum output_format)format, &report,
					      model->policy, &resolution->chains.items[i], 1);
		for (size_t i = 0; i < model->policy->program_count; i++)
			render_explain_program(&out, (enum output_format)format, &report,
					       resolution, &model->interfaces,
					       &model->policy->programs[i]);
	}
	return text_string(&out);
}

static void resolve_agrees_with_the_oracle(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct spec spec = spec_random();
		struct model *model = spec_model(&spec, false);

		check_against_oracle(model, model_resolve(model));
		model_free(model);
	}
	printf("%zu chains with %zu statements overridden, %zu blocked, %zu by three or more; "
	       "%zu not alone, %zu yielded\n",
	       met.ordered, met.overridden, met.blocked, met.blocked_by_three, met.exclusive,
	       met.yielded);
	assert_true(met.ordered > ROUNDS && met.overridden > ROUNDS / 10);
	assert_true(met.blocked > ROUNDS / 10 && met.blocked_by_three > 0);
	assert_true(met.exclusive > ROUNDS / 100 && met.yielded > ROUNDS / 100);
}

static void resolve_does_not_depend_on_the_order_of_anything(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS / 10; round++) {
		struct spec spec = spec_random();
		struct model *model = spec_model(&spec, false);
		struct model *shuffled = spec_model(&spec, true);

		assert_string_equal(render_all(model, model_resolve(model)),
				    render_all(shuffled, model_resolve(shuffled)));
		model_free(shuffled);
		model_free(model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolve_agrees_with_the_oracle),
		cmocka_unit_test(resolve_does_not_depend_on_the_order_of_anything),
	};
	const char *seed = getenv("ORDAIN_SEED");
	uint64_t value = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);

	printf("ORDAIN_SEED=%llu\n", (unsigned long long)value);
	spec_seed(value);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
