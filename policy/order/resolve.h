/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a policy and the interfaces of a host to one chain for each hook.
 *
 * Statements become edges ("this before that") with a strength. They are added from strong to
 * weak; one that closes a cycle with strictly stronger ones is overridden and recorded; a cycle
 * among equals is a conflict, which blocks that hook alone. The order is the topological order
 * that always takes the smallest ready element by (stage, priority, ours before what others
 * attach, name). It depends on the policy and what the interface is alone.
 */
#ifndef ORDAIN_POLICY_ORDER_RESOLVE_H
#define ORDAIN_POLICY_ORDER_RESOLVE_H

#include "policy/model/policy.h"

struct judgement;

/* The kernel takes 256 functions in one program, and the dispatcher is one. */
enum { CHAIN_MAX_ELEMENTS = 255 };

/*
 * Strongest first. What a chains entry says, in `order` or in `override`: one that names the
 * interface, one that names an altname of it, one whose glob or label matches it. Then what
 * programs say in /etc and /run, then in /usr/lib. Each statement has the strength of its own
 * place; a stage edge, which has two, the weaker one.
 */
enum strength {
	STRENGTH_NAMED,
	STRENGTH_ALTNAME,
	STRENGTH_CHAINS,
	STRENGTH_POLICY,
	STRENGTH_HINT,
};

enum statement_kind {
	STATEMENT_ORDER,
	STATEMENT_BEFORE,
	STATEMENT_AFTER,
	STATEMENT_FIRST,
	STATEMENT_LAST,
	STATEMENT_STAGE,
	STATEMENT_UNMODIFIED, /* unmodified_input: before all that is not readonly */
};

/* "`first` runs before `second`", as somebody wrote it. */
struct statement {
	enum statement_kind kind;
	enum strength strength;
	const struct program *first;
	const struct program *second;
	struct span span; /* the place that says so; for a stage, that of the first program's */
	struct span other_span; /* for a stage: the second program's; for order: the second name */
};

struct statements {
	struct statement *items;
	size_t count;
};

/*
 * Why an element stands directly behind its predecessor; for the first element, why it stands
 * directly before its successor.
 */
enum reason_kind {
	REASON_ONLY, /* it is the first element, and no statement orders it and the next one */
	REASON_STATEMENT,
	REASON_STAGE, /* smaller stage, at least one of the two by default */
	REASON_PRIORITY,
	REASON_OURS, /* ours come before what others attach */
	REASON_NAME, /* nothing but the name decided */
};

struct element {
	const struct program *program; /* as it counts on this hook: with what overrides say */
	enum reason_kind reason;
	/* With REASON_STATEMENT: the strongest between the two, of those the one placed first. */
	struct statement statement;
	/* What it does to packets, if somebody found out behind resolve(); else NULL. */
	const struct judgement *judgement;
};

struct chain {
	const struct interface *interface;
	enum hook hook;
	struct element *elements;
	size_t count;
	struct number others; /* an enum others */
	struct number mode; /* an enum xdp_mode */
	struct number mechanism; /* an enum mechanism */
	struct number bypass; /* an enum bypass */
	struct number linking; /* an enum linking_wanted */
	/* Strongest first, then by place: what is in force, and what lost against stronger ones. */
	struct statements applied;
	struct statements overridden;
	/*
	 * There is no chain: elements then holds the programs by name, the two lists above are
	 * empty, and `code` says why. With DIAG_ORDER_CYCLE `conflict` is one smallest
	 * contradiction, each one's `second` being the next one's `first`; with
	 * DIAG_EXCLUSIVE_VIOLATED `culprit` wants the hook for itself; with DIAG_BOND_AND_PORT
	 * somebody is to run on its bond, or on a port of it.
	 */
	bool blocked;
	enum diag_code code;
	struct statements conflict;
	const struct program *culprit;
};

struct chains {
	/* Sorted by (interface name, hook); only hooks that the policy means. */
	struct chain *items;
	size_t count;
};

/* A pattern that matches no interface now, with the programs that wait for it. */
struct waiting {
	const char *pattern;
	struct span span;
	const struct program **items;
	size_t count;
};

struct waitings {
	struct waiting *items; /* sorted by pattern */
	size_t count;
};

struct resolution {
	const struct policy *policy; /* what was resolved */
	struct chains chains;
	struct waitings waiting;
};

/*
 * Conflicts and limits are added to `diags` as errors (one for each blocked hook; hooks that
 * conflict over the same statements share one that names them all), patterns that match nothing as
 * notes, or as warnings where they look like slips. Chains of equal content may share their
 * elements and statements.
 * Everything points into `policy` and `interfaces`, which must outlive the result.
 */
struct resolution *resolve(struct arena *arena, const struct policy *policy,
			   const struct interfaces *interfaces, struct diags *diags);

/* NULL if the policy has nothing to say about that hook. */
const struct chain *chains_find(const struct chains *chains, const char *interface, enum hook hook);

/* The first program of ours in it; NULL: only programs of others are meant there. */
const struct program *chain_first_ours(const struct chain *chain);

/* "before: [b]", "first: true", "stage: tap", "order": the statement in the words of the file. */
const char *statement_words(struct arena *arena, const struct statement *statement);

/*
 * One line for the reason of an element: "order", "before: [b]", "stage tap before filter",
 * "rests on the name alone", ...; "" with REASON_ONLY. `previous` is NULL for the first element.
 */
const char *element_reason(struct arena *arena, const struct element *previous,
			   const struct element *element);

/* The place that says so; zero where nobody wrote anything that decided. */
struct span element_span(const struct element *previous, const struct element *element);

#endif
