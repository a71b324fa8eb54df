/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/plan/plan_verify.h"

#include <string.h>

#include "policy/order/reason.h"

struct verification {
	struct arena *arena;
	struct planned_chain *chain;
	const struct statements *applied;
	struct diags *diags;
};

/* Foreign programs in the way of one statement. */
struct intruders {
	const struct planned_element *nearest; /* the one in front of the others */
	size_t count;
};

static const char *intruders_words(struct arena *arena, const struct intruders *intruders)
{
	const struct planned_element *nearest = intruders->nearest;
	const char *name = strcmp(nearest->name, "?") ? arena_printf(arena, " '%s'", nearest->name)
						      : "";

	if (intruders->count == 1)
		return arena_printf(arena, "id %u%s runs", nearest->foreign_id, name);
	return arena_printf(arena, "id %u%s and %zu more run", nearest->foreign_id, name,
			    intruders->count - 1);
}

static void add_violation(struct verification *verification, struct planned_element *planned,
			  const char *wanted, const char *fact)
{
	planned->violation = arena_printf(verification->arena, "%s%snot %s: %s",
					  planned->violation ? planned->violation : "",
					  planned->violation ? "; " : "", wanted, fact);
	verification->chain->violated++;
}

static void violate(struct verification *verification, struct planned_element *planned,
		    struct span span, const char *wanted, const char *fact)
{
	const struct planned_chain *chain = verification->chain;

	add_violation(verification, planned, wanted, fact);
	diag_warn(verification->diags, DIAG_VERIFY_ONLY, span,
		  "'%s' is to run %s on %s %s, but foreign %s; ordain moves no foreign program",
		  planned->name, wanted, chain->interface, hook_name(chain->hook), fact);
}

static bool is_stated(const struct verification *verification, enum statement_kind kind,
		      const struct program *first, const struct program *second)
{
	for (size_t i = 0; i < verification->applied->count; i++) {
		const struct statement *statement = &verification->applied->items[i];

		if (statement->kind == kind && statement->first == first &&
		    statement->second == second)
			return true;
	}
	return false;
}

/*
 * Foreign programs where `first` (or `last`, or `unmodified_input`) wants none. What an entry means
 * may be there if the statement yields to it, or was overridden.
 */
static struct intruders find_intruders(const struct verification *verification,
				       const struct planned_element *planned,
				       enum statement_kind kind)
{
	struct intruders intruders = { 0 };

	for (size_t i = 0; i < verification->chain->count; i++) {
		const struct planned_element *other = &verification->chain->elements[i];
		bool in_front = other->position < planned->position;
		bool stated;

		if (!other->foreign_id || in_front != (kind != STATEMENT_LAST))
			continue;
		stated = in_front ? is_stated(verification, kind, planned->program, other->program)
				  : is_stated(verification, kind, other->program, planned->program);
		if (other->program && !stated && !(kind == STATEMENT_UNMODIFIED && other->refuted))
			continue;
		if (!intruders.count++)
			intruders.nearest = other;
	}
	return intruders;
}

static bool verify_end(struct verification *verification, struct planned_element *planned,
		       const struct flag *flag, enum statement_kind kind, const char *wanted)
{
	struct intruders intruders;
	const char *words;

	if (!flag->value)
		return false;
	intruders = find_intruders(verification, planned, kind);
	if (!intruders.count)
		return false;
	words = intruders_words(verification->arena, &intruders);
	violate(verification, planned, flag->span, wanted,
		arena_printf(verification->arena, "%s %s it", words,
			     kind == STATEMENT_LAST ? "behind" : "before"));
	return true;
}

static void verify_exclusive(struct verification *verification, struct planned_element *planned)
{
	const struct planned_chain *chain = verification->chain;
	struct intruders intruders = { 0 };
	const char *words;

	for (size_t i = 0; i < chain->count; i++)
		if (chain->elements[i].foreign_id && !intruders.count++)
			intruders.nearest = &chain->elements[i];
	if (!planned->program->exclusive.value || !intruders.count)
		return;
	words = intruders_words(verification->arena, &intruders);
	planned->company = arena_printf(verification->arena, "not alone: %s beside it", words);
	verification->chain->violated++;
	diag_warn(verification->diags, DIAG_EXCLUSIVE_VIOLATED, planned->program->exclusive.span,
		  "'%s' wants %s %s for itself, but foreign %s beside it; ordain removes no "
		  "foreign program",
		  planned->name, chain->interface, hook_name(chain->hook), words);
}

/* Whoever has no foreign program in front has none that could have written to its input. */
static void verify_ours(struct verification *verification, struct planned_element *planned)
{
	const struct program *program = planned->program;

	if (!verify_end(verification, planned, &program->first, STATEMENT_FIRST, "first"))
		verify_end(verification, planned, &program->unmodified_input, STATEMENT_UNMODIFIED,
			   "with unmodified input");
	verify_end(verification, planned, &program->last, STATEMENT_LAST, "last");
	verify_exclusive(verification, planned);
}

/* What our own programs want of a whole end of the hook is verified once, and not for each pair. */
static bool is_for_pairs(const struct statement *statement)
{
	const struct program *owner = statement_owner(statement);

	switch (statement->kind) {
	case STATEMENT_FIRST:
	case STATEMENT_LAST:
	case STATEMENT_UNMODIFIED:
		return program_is_attached(owner);
	case STATEMENT_ORDER:
	case STATEMENT_BEFORE:
	case STATEMENT_AFTER:
	case STATEMENT_STAGE:
		break;
	}
	return true;
}

/* The strongest statement that wants `second` before `first`, which it is not; NULL. */
static const struct statement *find_violated(const struct verification *verification,
					     const struct planned_element *first,
					     const struct planned_element *second)
{
	for (size_t i = 0; i < verification->applied->count; i++) {
		const struct statement *statement = &verification->applied->items[i];

		if (statement->first == second->program && statement->second == first->program &&
		    is_for_pairs(statement))
			return statement;
	}
	return NULL;
}

/* What others attach is readonly if its entry says so, unless its own instructions refute that. */
static void verify_readonly(struct verification *verification, struct planned_element *planned)
{
	const struct planned_chain *chain = verification->chain;
	struct diag *diag;

	if (!planned->program->readonly.value || !planned->refuted)
		return;
	add_violation(verification, planned, "readonly", planned->refuted);
	diag = diag_warn(verification->diags, DIAG_READONLY_REFUTED,
			 planned->program->readonly.span,
			 "'%s' is said to be readonly, but id %u '%s' on %s %s is not: %s",
			 planned->program->name, planned->foreign_id, planned->name,
			 chain->interface, hook_name(chain->hook), planned->refuted);
	diag->program = planned->program->name;
	diag_help(verification->diags, diag, "take 'readonly' out of its entry");
}

/* Told of ours, if one of the two is; else of the one that comes too late. */
static void verify_pair(struct verification *verification, struct planned_element *first,
			struct planned_element *second)
{
	const struct statement *statement = find_violated(verification, first, second);
	bool late = !second->foreign_id || first->foreign_id;
	struct planned_element *told = late ? second : first;
	struct intruders intruder = { late ? first : second, 1 };
	const char *words;

	if (!statement)
		return;
	words = intruders_words(verification->arena, &intruder);
	violate(verification, told, statement->span,
		arena_printf(verification->arena, "%s %s", late ? "before" : "after",
			     late ? statement->second->name : statement->first->name),
		arena_printf(verification->arena, "%s %s it", words, late ? "before" : "behind"));
}

static bool takes_part(const struct planned_element *planned)
{
	return planned->program && planned->position;
}

static void verify_pairs(struct verification *verification)
{
	struct planned_chain *chain = verification->chain;

	for (size_t i = 0; i < chain->count; i++)
		for (size_t j = i + 1; j < chain->count; j++) {
			struct planned_element *first = &chain->elements[i];
			struct planned_element *second = &chain->elements[j];

			if (takes_part(first) && takes_part(second) &&
			    (first->foreign_id || second->foreign_id))
				verify_pair(verification, first, second);
		}
}

void plan_verify(struct arena *arena, struct planned_chain *chain, struct diags *diags)
{
	struct verification verification = { arena, chain, NULL, diags };

	if (!chain->desired || !chain->desired->chain)
		return;
	verification.applied = &chain->desired->chain->applied;
	for (size_t i = 0; i < chain->count; i++) {
		struct planned_element *planned = &chain->elements[i];

		if (takes_part(planned) && planned->foreign_id)
			verify_readonly(&verification, planned);
		else if (takes_part(planned))
			verify_ours(&verification, planned);
	}
	verify_pairs(&verification);
}
