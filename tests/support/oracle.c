/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/oracle.h"

#include <stdlib.h>
#include <string.h>

/* The interfaces by their numbers in spec_host. */
enum { BOND0 = 1 << 0, BR0 = 1 << 1, ETH0 = 1 << 2, ETH1 = 1 << 3, LO = 1 << 4 };
enum { ALL_BUT_LO = BOND0 | BR0 | ETH0 | ETH1 };

/* What the patterns of spec_lists mean, found by reading and not by matching. */
static const struct meaning {
	const char *pattern;
	int matches; /* without its '!' */
	int names;
	int altnames;
} meanings[] = {
	{ "*", ALL_BUT_LO, 0, 0 },
	{ "eth*", ETH0 | ETH1, 0, 0 },
	{ "eth?", ETH0 | ETH1, 0, 0 },
	{ "eth0", ETH0, ETH0, 0 },
	{ "eth1", ETH1, ETH1, 0 },
	{ "!eth1", ETH1, 0, 0 },
	{ "!eth0", ETH0, 0, 0 },
	{ "lan0", ETH0, 0, ETH0 },
	{ "lan1", ETH1, 0, ETH1 },
	{ "!lan0", ETH0, 0, 0 },
	{ "lan*", ETH0 | ETH1, 0, 0 },
	{ "lo", LO, LO, 0 },
	{ "!l*", LO | ETH0 | ETH1, 0, 0 },
	{ "wlan0", 0, 0, 0 },
	{ "*0", BOND0 | BR0 | ETH0, 0, 0 },
	{ "loop0", 0, 0, 0 },
	{ "br0", BR0, BR0, 0 },
	{ "bond0", BOND0, BOND0, 0 },
	{ "bond*", BOND0, 0, 0 },
	{ "label:physical", ETH0 | ETH1, 0, 0 },
	{ "!label:physical", ETH0 | ETH1, 0, 0 },
};

/* What the definitions of spec_definitions mean, in their order. */
static const int definitions[] = {
	ETH0, ETH0 | ETH1, ETH0 | ETH1, ETH1 | BR0, ETH1, BOND0 | BR0, ETH0, ALL_BUT_LO | LO, 0,
};

struct scope {
	int matches;
	int names;
	int altnames;
};

static int label_meaning(const struct spec *spec, int label)
{
	for (int tier = TIER_ETC; tier >= TIER_HINT; tier--)
		if (spec->labels[label][tier] >= 0)
			return definitions[spec->labels[label][tier]];
	abort();
}

static struct meaning find_meaning(const struct spec *spec, const char *pattern, size_t length)
{
	struct meaning found = { 0 };

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strlen(meanings[i].pattern) == length &&
		    !strncmp(meanings[i].pattern, pattern, length))
			return meanings[i];
	for (int i = 0; i < SPEC_LABELS; i++)
		if (length > 3 && !strncmp(pattern + length - 3, spec_label_names[i], 3)) {
			found.matches = label_meaning(spec, i);
			if (*pattern != '!')
				found.matches &= ALL_BUT_LO;
			return found;
		}
	abort();
}

/* Any positive pattern and no negative one. */
static struct scope find_scope(const struct spec *spec, int list)
{
	struct scope scope = { 0 };
	int excluded = 0;

	for (const char *word = spec_lists[list]; *word;) {
		size_t length = strcspn(word, " ");
		struct meaning meaning = find_meaning(spec, word, length);

		if (*word == '!') {
			excluded |= meaning.matches;
		} else {
			scope.matches |= meaning.matches;
			scope.names |= meaning.names;
			scope.altnames |= meaning.altnames;
		}
		word += length + strspn(word + length, " ");
	}
	scope.matches &= ~excluded;
	return scope;
}

/* Places are numbers: first the declarations, then the overrides, then the orders. */
enum {
	DECLARATIONS = 0,
	OVERRIDES = SPEC_PROGRAMS * SPEC_TIERS,
	ORDERS = OVERRIDES + SPEC_RULES * SPEC_PROGRAMS,
};

static oracle_place place_of(int where, int key, int word)
{
	return 1 + (where * SAYS_COUNT + key) * SPEC_PROGRAMS + word;
}

bool oracle_place_is_in(const struct spec *spec, oracle_place place, const struct source *source)
{
	int where = (place - 1) / SPEC_PROGRAMS / SAYS_COUNT;
	int rule = where >= ORDERS ? where - ORDERS : (where - OVERRIDES) / SPEC_PROGRAMS;

	if (where < OVERRIDES)
		return (int)source->tier == where % SPEC_TIERS &&
		       !strcmp(source->name, spec_program_file(where / SPEC_TIERS, source->tier));
	return source->tier == spec->rule_tiers[rule / (SPEC_RULES / 2)] &&
	       !strcmp(source->name, spec_rule_file(rule));
}

static void take(struct member *member, const struct spec_says *says, enum spec_key key, int where,
		 enum strength strength)
{
	member->values[key] = says->values[key];
	member->written |= 1u << key;
	member->strengths[key] = strength;
	member->places[key] = place_of(where, key, 0);
}

static void forget(struct member *member, enum spec_key key)
{
	member->written &= ~(1u << key);
}

/* Key by key, the stronger directory over the weaker. */
static struct member declared(const struct spec *spec, int i)
{
	struct member member = { .program = i,
				 .values = { [SAYS_STAGE] = STAGE_FILTER, [SAYS_ENABLED] = 1 } };

	for (int tier = TIER_HINT; tier <= TIER_ETC; tier++) {
		const struct spec_says *says = &spec->programs[i][tier];

		if (says->keys & (1u << SAYS_HOOK))
			forget(&member, SAYS_FUNCTIONS);
		if (says->keys & (1u << SAYS_FUNCTIONS))
			forget(&member, SAYS_HOOK);
		if (says->keys & (1u << SAYS_OBJECT))
			forget(&member, SAYS_ATTACHED);
		if (says->keys & (1u << SAYS_ATTACHED))
			forget(&member, SAYS_OBJECT);
		for (int key = 0; key < SAYS_COUNT; key++)
			if (says->keys >> key & 1)
				take(&member, says, (enum spec_key)key,
				     DECLARATIONS + i * SPEC_TIERS + tier,
				     tier == TIER_HINT ? STRENGTH_HINT : STRENGTH_POLICY);
	}
	member.attached = member.written >> SAYS_ATTACHED & 1;
	member.certain = member.written >> SAYS_INTERFACES & 1;
	return member;
}

static bool is_meant(const struct spec *spec, const struct member *member, int interface,
		     enum hook hook)
{
	enum spec_key key = member->written >> SAYS_HOOK & 1 ? SAYS_HOOK : SAYS_FUNCTIONS;

	if (!(member->written >> key & 1) || !(member->values[key] >> hook & 1))
		return false;
	if (!member->certain)
		return member->attached;
	return find_scope(spec, member->values[SAYS_INTERFACES]).matches >> interface & 1;
}

/* How closely a rule means the interface; -1: not at all. */
static int rule_strength(const struct spec *spec, const struct spec_rule *rule, int interface,
			 enum hook hook)
{
	struct scope scope = find_scope(spec, rule->interfaces);

	if (!(rule->hooks >> hook & 1) || !(scope.matches >> interface & 1))
		return -1;
	if (scope.names >> interface & 1)
		return STRENGTH_NAMED;
	return scope.altnames >> interface & 1 ? STRENGTH_ALTNAME : STRENGTH_CHAINS;
}

/* The closest rules that say the key; they have to agree. Returns false where they do not. */
static bool override_key(const struct spec *spec, struct member *member, enum spec_key key,
			 const int *strengths)
{
	int closest = -1;
	bool agree = true;

	for (int i = 0; i < spec->rule_count; i++) {
		const struct spec_says *says = &spec->rules[i].overrides[member->program];

		if (strengths[i] < 0 || !(says->keys >> key & 1))
			continue;
		if (closest < 0 || strengths[i] < strengths[closest])
			closest = i;
	}
	if (closest < 0)
		return true;
	for (int i = 0; i < spec->rule_count; i++) {
		const struct spec_says *says = &spec->rules[i].overrides[member->program];

		if (strengths[i] == strengths[closest] && says->keys >> key & 1)
			agree = agree &&
				says->values[key] ==
					spec->rules[closest].overrides[member->program].values[key];
	}
	take(member, &spec->rules[closest].overrides[member->program], key,
	     OVERRIDES + closest * SPEC_PROGRAMS + member->program,
	     (enum strength)strengths[closest]);
	return agree;
}

static int compare_rank(const void *a, const void *b)
{
	const struct member *x = a;
	const struct member *y = b;

	if (x->values[SAYS_STAGE] != y->values[SAYS_STAGE])
		return x->values[SAYS_STAGE] - y->values[SAYS_STAGE];
	if (x->values[SAYS_PRIORITY] != y->values[SAYS_PRIORITY])
		return x->values[SAYS_PRIORITY] - y->values[SAYS_PRIORITY];
	if (x->attached != y->attached)
		return x->attached - y->attached;
	return strcmp(spec_names[x->program], spec_names[y->program]);
}

/* What others attach makes no chain of its own, unless it says where. */
static void take_members(struct oracle *oracle, const struct spec *spec, int interface,
			 enum hook hook, const int *strengths)
{
	int certain = 0;

	for (int i = 0; i < spec->count; i++) {
		struct member member = declared(spec, i);
		unsigned int contradicted = 0;

		if (!is_meant(spec, &member, interface, hook))
			continue;
		for (int key = SAYS_STAGE; key < SAYS_COUNT; key++)
			if (!override_key(spec, &member, (enum spec_key)key, strengths))
				contradicted |= 1u << key;
		/* What does not run here need not be agreed upon. */
		if (member.values[SAYS_ENABLED] || contradicted & (1u << SAYS_ENABLED))
			oracle->contradicted = oracle->contradicted || contradicted;
		if (!member.values[SAYS_ENABLED])
			continue;
		oracle->members[oracle->count++] = member;
		oracle->exclusive = oracle->exclusive || member.values[SAYS_EXCLUSIVE];
		oracle->ours += !member.attached;
		certain += member.certain;
	}
	if (!certain)
		oracle->count = 0;
	if (certain < 2)
		oracle->exclusive = false;
	qsort(oracle->members, (size_t)oracle->count, sizeof(oracle->members[0]), compare_rank);
}

static int member_of(const struct oracle *oracle, int program)
{
	for (int i = 0; i < oracle->count; i++)
		if (oracle->members[i].program == program)
			return i;
	return -1;
}

static void claim(struct oracle *oracle, enum statement_kind kind, int first, int second,
		  enum strength strength, oracle_place place, oracle_place other_place)
{
	if (oracle->claim_count == ORACLE_CLAIMS)
		abort();
	if (first >= 0 && second >= 0 && first != second)
		oracle->claims[oracle->claim_count++] = (struct claim){
			kind, first, second, strength, { place, other_place }, false, false,
		};
}

/* A readonly program that says so, with no less right, stands before (or behind) the end. */
static bool gives_way(struct oracle *oracle, const struct member *end, enum spec_key key,
		      const struct member *other)
{
	enum spec_key names = key == SAYS_FIRST ? SAYS_BEFORE : SAYS_AFTER;

	if (!other->values[SAYS_READONLY] || !(other->values[names] >> end->program & 1) ||
	    other->strengths[names] > end->strengths[key])
		return false;
	oracle->yielded = true;
	return true;
}

static void claim_of_flags(struct oracle *oracle, int i, int j)
{
	const struct member *member = &oracle->members[i];
	const struct member *other = &oracle->members[j];

	if (i != j && member->values[SAYS_FIRST] && !gives_way(oracle, member, SAYS_FIRST, other))
		claim(oracle, STATEMENT_FIRST, i, j, member->strengths[SAYS_FIRST],
		      member->places[SAYS_FIRST], 0);
	if (i != j && member->values[SAYS_LAST] && !gives_way(oracle, member, SAYS_LAST, other))
		claim(oracle, STATEMENT_LAST, j, i, member->strengths[SAYS_LAST],
		      member->places[SAYS_LAST], 0);
	if (member->values[SAYS_UNMODIFIED] && !other->values[SAYS_READONLY])
		claim(oracle, STATEMENT_UNMODIFIED, i, j, member->strengths[SAYS_UNMODIFIED],
		      member->places[SAYS_UNMODIFIED], 0);
}

static void claim_of_stages(struct oracle *oracle, int i, int j)
{
	const struct member *member = &oracle->members[i];
	const struct member *other = &oracle->members[j];
	enum strength strength = member->strengths[SAYS_STAGE];

	if (!(member->written & other->written & (1u << SAYS_STAGE)) ||
	    member->values[SAYS_STAGE] >= other->values[SAYS_STAGE])
		return;
	if (other->strengths[SAYS_STAGE] > strength)
		strength = other->strengths[SAYS_STAGE];
	claim(oracle, STATEMENT_STAGE, i, j, strength, member->places[SAYS_STAGE],
	      other->places[SAYS_STAGE]);
}

static void claim_of_member(struct oracle *oracle, int i)
{
	const struct member *member = &oracle->members[i];

	for (int j = 0; j < oracle->count; j++) {
		int program = oracle->members[j].program;

		if (member->values[SAYS_BEFORE] >> program & 1)
			claim(oracle, STATEMENT_BEFORE, i, j, member->strengths[SAYS_BEFORE],
			      member->places[SAYS_BEFORE] + program, 0);
		if (member->values[SAYS_AFTER] >> program & 1)
			claim(oracle, STATEMENT_AFTER, j, i, member->strengths[SAYS_AFTER],
			      member->places[SAYS_AFTER] + program, 0);
		claim_of_flags(oracle, i, j);
		claim_of_stages(oracle, i, j);
	}
}

static void claim_of_rule(struct oracle *oracle, const struct spec_rule *rule, int number,
			  enum strength strength)
{
	for (int i = 0; i < rule->count; i++)
		for (int j = i + 1; j < rule->count; j++)
			claim(oracle, STATEMENT_ORDER, member_of(oracle, rule->order[i]),
			      member_of(oracle, rule->order[j]), strength,
			      place_of(ORDERS + number, 0, rule->order[i]),
			      place_of(ORDERS + number, 0, rule->order[j]));
}

void oracle_ask(const struct spec *spec, int interface, enum hook hook, struct oracle *ret)
{
	int strengths[SPEC_RULES];

	memset(ret, 0, offsetof(struct oracle, claims));
	ret->claim_count = 0;
	ret->yielded = false;
	for (int i = 0; i < spec->rule_count; i++)
		strengths[i] = rule_strength(spec, &spec->rules[i], interface, hook);
	take_members(ret, spec, interface, hook, strengths);
	for (int i = 0; i < ret->count; i++)
		claim_of_member(ret, i);
	for (int i = 0; i < spec->rule_count; i++)
		if (strengths[i] >= 0)
			claim_of_rule(ret, &spec->rules[i], i, (enum strength)strengths[i]);
	oracle_decide(ret);
}

/* What a program asks of its input yields to nobody, but for a hint. */
static bool insists(const struct claim *it)
{
	return it->kind == STATEMENT_UNMODIFIED && it->strength != STRENGTH_HINT;
}

void oracle_decide(struct oracle *oracle)
{
	oracle->strongest_conflict = -1;
	oracle->left = *permutations_all(oracle->count);
	for (int strength = STRENGTH_NAMED; strength <= STRENGTH_HINT; strength++) {
		struct mask stronger = oracle->left;

		for (int i = 0; i < oracle->claim_count; i++) {
			struct claim *it = &oracle->claims[i];
			const struct mask *satisfying =
				permutations_with(oracle->count, it->first, it->second);
			struct mask both;

			if ((int)it->strength != strength || it->left_out)
				continue;
			both = mask_and(stronger, satisfying);
			it->overridden = mask_empty(&both) && !insists(it);
			if (!it->overridden)
				oracle->left = mask_and(oracle->left, satisfying);
		}
		if (mask_empty(&oracle->left)) {
			oracle->strongest_conflict = strength;
			return;
		}
	}
}

int oracle_waiting(const struct spec *spec)
{
	const char *waiting[SPEC_PROGRAMS * 2];
	int count = 0;

	for (int i = 0; i < spec->count; i++) {
		struct member member = declared(spec, i);
		const char *word = member.certain && member.values[SAYS_ENABLED]
					   ? spec_lists[member.values[SAYS_INTERFACES]]
					   : "";

		for (size_t length; *word; word += length + strspn(word + length, " ")) {
			int at = 0;

			length = strcspn(word, " ");
			while (at < count && (strncmp(waiting[at], word, length) != 0 ||
					      strcspn(waiting[at], " ") != length))
				at++;
			if (*word == '!' || find_meaning(spec, word, length).matches || at < count)
				continue;
			waiting[count++] = word;
		}
	}
	return count;
}
