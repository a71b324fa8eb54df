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
			  const char *failing, const char *fact)
{
	planned->violation = arena_printf(verification->arena, "%s%s%s: %s",
					  planned->violation ? planned->violation : "",
					  planned->violation ? "; " : "", failing, fact);
	verification->chain->violated++;
}

/* Ours by its name in the policy; what others attached by its entry there, and by what it is. */
static const char *subject_words(struct arena *arena, const struct planned_element *planned)
{
	if (!planned->foreign_id)
		return arena_printf(arena, "'%s'", planned->name);
	return arena_printf(arena, "'%s' (id %u '%s')", planned->program->name, planned->foreign_id,
			    planned->name);
}

/* `failing` says of the element what `wanted` wants otherwise. */
static void violate(struct verification *verification, struct planned_element *planned,
		    struct span span, const char *failing, const char *wanted, const char *fact)
{
	const struct planned_chain *chain = verification->chain;
	struct diag *diag;

	add_violation(verification, planned, failing, fact);
	diag = diag_warn(
		verification->diags, DIAG_VERIFY_ONLY, span,
		"%s is to run %s on %s %s, but foreign %s; ordain moves no foreign program",
		subject_words(verification->diags->arena, planned), wanted, chain->interface,
		hook_name(chain->hook), fact);
	if (planned->stays)
		diag_detail(verification->diags, diag, "%s", planned->stays);
	diag_help(verification->diags, diag, "%s",
		  planned->foreign_id ? "let their own tools attach the two in this order, or "
					"change what the policy says"
				      : "let its own tool attach the foreign program elsewhere on "
					"the hook, or change what the policy says");
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

/* What an end of the hook is wanted for, and what is said where that does not hold. */
struct end {
	enum statement_kind kind;
	const char *wanted;
	const char *failing;
};

static bool verify_end(struct verification *verification, struct planned_element *planned,
		       const struct flag *flag, const struct end *end)
{
	struct intruders intruders;
	const char *words;

	if (!flag->value)
		return false;
	intruders = find_intruders(verification, planned, end->kind);
	if (!intruders.count)
		return false;
	words = intruders_words(verification->arena, &intruders);
	violate(verification, planned, flag->span, end->failing, end->wanted,
		arena_printf(verification->arena, "%s %s it", words,
			     end->kind == STATEMENT_LAST ? "behind" : "before"));
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
	static const struct end first = { STATEMENT_FIRST, "first", "not first" };
	static const struct end last = { STATEMENT_LAST, "last", "not last" };
	static const struct end unmodified = { STATEMENT_UNMODIFIED,
					       "before all that may change packets",
					       "behind what may change packets" };
	const struct program *program = planned->program;

	if (!verify_end(verification, planned, &program->first, &first))
		verify_end(verification, planned, &program->unmodified_input, &unmodified);
	verify_end(verification, planned, &program->last, &last);
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

/* The strongest statement that wants `first` before `second`; NULL. */
static const struct statement *find_strongest(const struct verification *verification,
					      const struct program *first,
					      const struct program *second)
{
	for (size_t i = 0; i < verification->applied->count; i++) {
		const struct statement *statement = &verification->applied->items[i];

		if (statement->first == first && statement->second == second &&
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
	add_violation(verification, planned, "not readonly", planned->refuted);
	diag = diag_warn(verification->diags, DIAG_READONLY_REFUTED,
			 planned->program->readonly.span,
			 "'%s' is said to be readonly, but id %u '%s' on %s %s is not: %s",
			 planned->program->name, planned->foreign_id, planned->name,
			 chain->interface, hook_name(chain->hook), planned->refuted);
	diag->program = planned->program->name;
	diag_help(verification->diags, diag, "take 'readonly' out of its entry");
}

static bool takes_part(const struct planned_element *planned)
{
	return planned->program && planned->position;
}

/* What `other` means and stands on the wrong side: before the element, or behind it. */
static struct intruders find_misplaced(const struct verification *verification,
				       const struct planned_element *planned,
				       const struct program *other, bool before)
{
	struct intruders intruders = { 0 };

	for (size_t i = 0; i < verification->chain->count; i++) {
		const struct planned_element *found = &verification->chain->elements[i];

		if (!found->foreign_id || found->program != other ||
		    before != (found->position < planned->position))
			continue;
		if (!intruders.count++)
			intruders.nearest = found;
	}
	return intruders;
}

/* Is to run before what `statement->second` means, or, if not `early`, behind what `first` does. */
static void verify_statement(struct verification *verification, struct planned_element *planned,
			     const struct statement *statement, bool early)
{
	const struct program *other = early ? statement->second : statement->first;
	struct intruders intruders = find_misplaced(verification, planned, other, early);
	struct arena *arena = verification->arena;
	const char *wanted;

	if (!intruders.count ||
	    find_strongest(verification, statement->first, statement->second) != statement)
		return;
	wanted = arena_printf(arena, "%s %s", early ? "before" : "after", other->name);
	violate(verification, planned, statement->span, arena_printf(arena, "not %s", wanted),
		wanted,
		arena_printf(arena, "%s %s it", intruders_words(arena, &intruders),
			     early ? "before" : "behind"));
}

/*
 * Every pair with a foreign program, once: told of ours, if one of the two is; else of the one that
 * comes too late.
 */
static void verify_pairs(struct verification *verification, struct planned_element *planned)
{
	for (size_t i = 0; i < verification->applied->count; i++) {
		const struct statement *statement = &verification->applied->items[i];

		if (statement->first == planned->program)
			verify_statement(verification, planned, statement, true);
		else if (statement->second == planned->program && !planned->foreign_id)
			verify_statement(verification, planned, statement, false);
	}
}

void plan_verify(struct arena *arena, struct planned_chain *chain, struct diags *diags)
{
	struct verification verification = { arena, chain, NULL, diags };
	bool foreign = false;

	if (!chain->desired || !chain->desired->chain)
		return;
	/* Which statements are about a program that two entries mean, nobody can say. */
	if (chain->action == ACTION_BLOCKED && chain->code == DIAG_ATTACHED_AMBIGUOUS)
		return;
	verification.applied = &chain->desired->chain->applied;
	for (size_t i = 0; i < chain->count; i++) {
		struct planned_element *planned = &chain->elements[i];

		foreign |= planned->foreign_id != 0;
		if (takes_part(planned) && planned->foreign_id)
			verify_readonly(&verification, planned);
		else if (takes_part(planned))
			verify_ours(&verification, planned);
	}
	for (size_t i = 0; foreign && i < chain->count; i++)
		if (takes_part(&chain->elements[i]))
			verify_pairs(&verification, &chain->elements[i]);
}
