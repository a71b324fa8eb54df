/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What has to happen so that the kernel holds what the policy says: data, which one function
 * prints and another executes.
 */
#ifndef ORDAIN_POLICY_PLAN_PLAN_H
#define ORDAIN_POLICY_PLAN_PLAN_H

#include "policy/order/resolve.h"
#include "policy/plan/missing.h"
#include "policy/plan/observed.h"

/* What one hook should hold. */
struct desired {
	const char *interface;
	unsigned int ifindex;
	enum hook hook;
	const struct chain *chain; /* the resolved order; NULL when the policy does not mean it */
	const struct manifest *manifest; /* NULL: nothing of ours, or blocked with no last good one */
	/*
	 * Set when the policy's own chain cannot be had: `manifest` is then the last good one (or
	 * NULL, which leaves the hook as it is), and `reason` a line that says why.
	 */
	bool blocked;
	enum diag_code code;
	const char *reason;
	uint64_t kept_generation; /* with blocked: of the manifest; 0 if there is none */
	const struct manifest *whole; /* the policy's own chain; NULL if it has none to be had */
	/*
	 * Of `whole` what cannot run. Unless `blocked`, `manifest` is what `if_missing` makes of it,
	 * and `code` and `reason` are the first one's.
	 */
	struct missing missing;
	/* Why what others have there cannot be an element; NULL: it can, or nobody tried. */
	const char *unabsorbable;
	/* XDP: "'a', 'b'" of `manifest` that take packets of one buffer only; NULL: none, or unknown */
	const char *one_buffer;
};

struct desires {
	struct desired *items; /* sorted by (interface, hook), each hook once */
	size_t count;
	bool allow_gap; /* changes that leave a hook without our chain for a moment, too */
};

/* Is the chain that is desired there less than the policy's own, as a program cannot run? */
bool desired_incomplete(const struct desired *desired);

/*
 * No last good chain is to be had: desires what `if_missing` makes of the missing ones, of which
 * there is at least one.
 */
void desired_fall_back(struct arena *arena, struct desired *desired);

enum step_kind {
	STEP_ATTACH, /* nothing of ours is on the hook: create and pin a link */
	STEP_UPDATE, /* swap the program of our link (and put its pins right) */
	STEP_REATTACH, /* detach our link and attach another in `mode`: a gap between the two */
	STEP_SWITCH, /* several of our links at once: each packet meets all of it or none */
	STEP_REARRANGE, /* the same one after the other: packets meet what is half done */
	STEP_DETACH, /* remove our links and their pins */
	STEP_TAKE_OVER, /* xdp: put a chain that calls it in the place of a program of others */
	STEP_GIVE_BACK, /* xdp: put the program of others back in the place of our chain */
	STEP_FORGET, /* remove the pins of an orphan, and its link if it runs elsewhere */
};

/*
 * What becomes of one of our links on a tcx hook; or of somebody else's, which gets a placeholder
 * where its program is an element of our chain from now on, or gets the program back.
 */
struct step_part {
	uint32_t link; /* somebody else's; 0: ours */
	uint32_t program; /* of somebody else's: the one that is taken, or given back */
	unsigned int mark; /* of the placeholder; 0: the program comes back */
	unsigned int number; /* of the link, among those of ours on the hook */
	uint32_t expected_program; /* what is there; 0: there is no such link yet */
	const struct manifest *manifest; /* NULL: the link goes */
	/* A new link goes before this foreign program; 0: to the tail, or with `gap` 0 the head. */
	uint32_t before;
	size_t gap; /* so many foreign programs are before it */
};

struct step {
	enum step_kind kind;
	const char *interface; /* NULL for STEP_FORGET */
	unsigned int ifindex;
	enum hook hook;
	const struct manifest *manifest; /* what is to run after it; NULL: nothing */
	struct step_part *parts; /* tcx: attach and update have one of them */
	size_t part_count;
	/* xdp: for attach and reattach, which is never to auto; what there is, where it is unlocked. */
	enum xdp_mode mode;
	uint64_t expected_revision; /* tcx attach: what was seen; 0 none */
	/*
	 * Update, reattach, detach and give back: the program id seen of ours; take over: that of
	 * others; 0 none.
	 */
	uint32_t expected_program;
	bool unlocked; /* xdp: by netlink, or in the link of others: none of ours is to hold it */
	uint32_t gives_back; /* give back: the program of others */
};

enum element_change {
	CHANGE_KEEP,
	CHANGE_ATTACH,
	CHANGE_DETACH,
	CHANGE_REPLACE, /* the same name with another object or function */
	CHANGE_MOVE,
	CHANGE_LEFT_OUT, /* wanted, and neither there nor to be had */
	CHANGE_FOREIGN, /* not ours, stays */
};

struct planned_element {
	const char *name;
	/* What the policy says of it: ours, or an entry that means a foreign one; NULL if nothing. */
	const struct program *program;
	const struct judgement *judgement; /* as in struct element */
	enum element_change change;
	unsigned int position; /* from 1, ours and foreign together; 0 when it goes away */
	unsigned int was; /* the position before, counted in the same way; 0 if new */
	const char *why; /* reason, or "foreign, id 66, stays where it is"; NULL if none */
	struct span span; /* the place of the reason */
	/*
	 * A statement about it that does not hold and that nobody can enforce: "not first: id 66
	 * 'cil_in' runs before it"; NULL if all hold. Independent of the change: a new element can
	 * have one.
	 */
	const char *violation;
	const char *refused; /* "not wanted here: attached by fd"; NULL: foreign ones are welcome */
	const char *company; /* "not alone: id 66 'cil_in' runs beside it", where it is exclusive */
	const char *missing; /* what is done about it as something cannot run (missing.h); NULL */
	const char *object; /* with attach and replace: path and short digest(s); else NULL */
	const struct manifest_element *running; /* ours: as it runs now; NULL: it does not */
	uint32_t foreign_id; /* 0: ours, or an element of ours */
	uint32_t absorbed_id; /* an element of ours that is a program of others; 0: it is not */
	const char *
		stays; /* foreign, though its entry absorbs: why it is not; NULL: it is not said to be */
	const char *refuted; /* foreign: what refutes that it is readonly; NULL: nothing known */
};

enum chain_action { ACTION_NONE, ACTION_ATTACH, ACTION_UPDATE, ACTION_DETACH, ACTION_BLOCKED };

struct planned_chain {
	const char *interface;
	unsigned int ifindex;
	enum hook hook;
	enum chain_action action;
	const char *mechanism; /* "linked, native", "linked, tcx"; "linked" where no mode is known */
	const char *note; /* drift that is being repaired, or why it is blocked; NULL */
	enum diag_code code; /* with ACTION_BLOCKED: of the diagnostic that says why */
	struct planned_element *elements;
	size_t count;
	struct step *step; /* NULL: nothing to do. One hook needs one step */
	/*
	 * The step that waits for allow_gap, with ACTION_BLOCKED and DIAG_NEEDS_GAP; else NULL. What
	 * can be done without a gap is `step` meanwhile.
	 */
	struct step *waiting;
	const struct desired *desired; /* NULL for a hook that only loses what it had */
	const struct observed_hook *observed;
	const char *incomplete; /* the programs that cannot run, and what is done; NULL: none */
	/* Statements that hold for nobody to enforce; those of company and of refusal are some too. */
	size_t violated;
};

struct plan {
	struct planned_chain *chains; /* sorted by (interface, hook) */
	size_t count;
	/*
	 * One for each orphan, to be executed before the chains' steps: an orphan may have the
	 * ifindex of an interface that is here, and both find their pins by it.
	 */
	struct step *forget;
	size_t forget_count;
};

/*
 * Hooks that neither have nor should have anything of ours do not appear, and a desired hook that
 * was not observed waits for its interface. A blocked hook may have a step all the same: the one
 * that puts its last good chain back. The elements are those that the hook holds afterwards, in
 * the kernel's order, and those that go away; kept elements whose order did not change among
 * themselves are no moves, however far something new pushed them. Adds to `diags` what the
 * observation blocks: XDP held by someone else, no tcx in this kernel, statements that are
 * verify-only. Pure: the same inputs give the same plan, byte for byte.
 */
const struct plan *plan_build(struct arena *arena, const struct desires *desires,
			      const struct observed *observed, struct diags *diags);

/*
 * Would the plan have any changes? For asking often: where the names of others are not known, and
 * where ours are to be hangs on them, it tells what happened to ours alone, and plan_company() the
 * rest. It allocates nothing but there, and where programs of others are absorbed.
 */
bool plan_pending(const struct desires *desires, const struct observed *observed);

/*
 * Which hooks of ours others hold, which foreign programs are on hooks of which the policy says
 * something that hangs on them, and which of them run before ours, as a number that is another one
 * when that is otherwise. Allocates nothing: for asking often.
 */
uint64_t plan_company(const struct desires *desires, const struct observed *observed);

/* The same of hooks that absorb: who is an element there, and who may become one. */
uint64_t plan_guests(const struct desires *desires, const struct observed *observed);

/* How the element is or will be linked: "inlined", "called: has a tail call"; NULL: unknown. */
const char *element_linked(const struct planned_chain *chain,
			   const struct planned_element *element);

/* Hooks to change, orphans included. 0 and no blocked hook: in sync. */
size_t plan_changes(const struct plan *plan);

/* Hooks whose chain lacks a program that cannot run. */
size_t plan_incomplete(const struct plan *plan);

/* Hooks that are blocked; statements that do not hold. */
size_t plan_blocked(const struct plan *plan);
size_t plan_violated(const struct plan *plan);

/* The step of a hook that comes with a gap, whether it is taken or waits; NULL if there is none. */
const struct step *plan_gap(const struct planned_chain *chain);

/* "attach", "update", ...: the words of the JSON output. */
const char *chain_action_name(enum chain_action action);
const char *element_change_name(enum element_change change);
const char *step_kind_name(enum step_kind kind);

/*
 * What becomes of a chain's programs: "+ audit, ~ flowmon (/opt/flow.o 9d04c17e -> 77b10203), - lb".
 * "" if none comes, goes, moves or is replaced.
 */
const char *change_words(struct arena *arena, const struct planned_chain *chain);

/*
 * What the step wants prepared, one after the other from 0; NULL behind the last. A step may need
 * none.
 */
const struct manifest *step_manifest(const struct step *step, size_t at);

/* One line: "eth0 tcx-ingress: attach a chain of 3 at the head". */
const char *step_words(struct arena *arena, const struct step *step);

#endif
