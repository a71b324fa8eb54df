/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What people and scripts read. Text and JSON say the same; both are made from the same values,
 * and neither looks anything up. JSON carries format_version "1.0" and ends in a newline.
 */
#ifndef ORDAIN_POLICY_RENDER_RENDER_H
#define ORDAIN_POLICY_RENDER_RENDER_H

#include "policy/marks/readonly.h"
#include "policy/plan/plan.h"

enum output_format {
	OUTPUT_TABLE,
	OUTPUT_JSON,
	OUTPUT_LINES, /* of check alone: diags_render_lines() and nothing else */
	OUTPUT_OPENMETRICS, /* of status alone */
};

/* What stands around a result: which policy, and what is in force. */
struct report {
	const char *directory; /* the strongest one with a file in it, for the headline */
	size_t file_count;
	const char *policy; /* digest of what was just read, 64 digits; NULL: it is of no use */
	const char *in_force; /* digest of the accepted policy; NULL: none yet */
	uint64_t generation; /* of the accepted policy; 0 none */
	int64_t accepted_at; /* seconds since 1970; 0 unknown */
	bool paused;
	const char *pause_reason; /* "" none */
	int64_t paused_until; /* seconds since 1970; 0 until resume */
	struct {
		uint64_t generation; /* 0: none is on trial */
		uint64_t back; /* where it goes back to; 0: to having no policy */
		int64_t until; /* seconds since 1970 */
		int64_t left; /* seconds; 0: it is over */
	} trial;
	bool going_back; /* `policy` is that of `trial.back`, or of the generation before */
	struct {
		uint64_t generation; /* what the files say was taken back with it; 0: it was not */
		int64_t at; /* seconds since 1970 */
	} taken_back;
	bool detached; /* everything was detached and stays so */
	int agent_pid; /* 0: no agent runs */
	const char *noticing; /* how it hears of others' changes: "tracepoint"; NULL unknown */
	bool colour; /* table only */
	const struct diags *diags; /* for JSON: text output puts them on stderr */
};

void render_plan(struct text *out, enum output_format format, const struct report *report,
		 const struct plan *plan);

/* Somebody's program that could not attach, since the chain's link holds the hook. */
struct locked_out {
	const char *interface;
	enum hook hook;
	const char *loader; /* "xdp-loader (pid 4711, root)" */
	int64_t at; /* seconds since 1970 */
};

struct locked_outs {
	struct locked_out *items;
	size_t count;
};

/* How often a hook's chain had to be put right, by what had become of it. */
struct repairs {
	const char *interface;
	enum hook hook;
	uint64_t counts[OWN_STATE_COUNT]; /* none of those that need no repair */
};

struct repairs_list {
	struct repairs *items;
	size_t count;
};

/* The last time that an agent took up other files than before. */
struct reload {
	int64_t at; /* seconds since 1970; 0: it did not yet */
	bool successful; /* as by the last pass since: all of it is in force, and no hook is blocked */
};

struct status {
	const struct plan *plan;
	const struct counters **counters; /* beside plan->chains[i]; items may be NULL */
	const struct counters **before; /* as they were `seconds` ago; NULL: no rates */
	double seconds;
	const struct resolution *resolution; /* for what waits; NULL if no policy could be used */
	/* Hooks that are not in the plan are shown too if programs run there; NULL: only the plan's. */
	const struct observed *observed;
	bool all; /* whose each program is, too: who loaded it, and what holds it */
	/*
	 * Table only, of the terminal: what does not fit is folded, the worst and the busiest last.
	 * 0: everything is shown.
	 */
	size_t lines;
	size_t columns;
	bool agent_told; /* what follows is known: the agent that runs has told it */
	struct locked_outs locked_out; /* of the last hour, as far as the agent has noticed */
	struct repairs_list repairs; /* since the agent started; a hook that is not there had none */
	struct reload reload;
};

/* In sync: nothing to change, nothing blocked, nothing violated. What waits is no disorder. */
bool status_in_sync(const struct status *status);

void render_status(struct text *out, enum output_format format, const struct report *report,
		   const struct status *status);

/*
 * Chains with the place behind every adjacency, what was overridden, and who is not here; one
 * document in JSON, however many they are. A chain may be empty: then only who is not here.
 * `desires` tells what cannot run, as far as files and objects do; NULL: not known.
 */
void render_explain_chains(struct text *out, enum output_format format, const struct report *report,
			   const struct policy *policy, const struct desires *desires,
			   const struct chain *chains, size_t count);

/*
 * One program: where it runs, at which position, why and how it is linked there, and where not and
 * why not. `observed` NULL: how it is linked is not known.
 */
void render_explain_program(struct text *out, enum output_format format,
			    const struct report *report, const struct resolution *resolution,
			    const struct interfaces *interfaces, const struct observed *observed,
			    const struct program *program);

/*
 * The result of check: the chains in order, one line each; diagnostics only in JSON. `resolution`
 * NULL: there is no policy, or (JSON only) none that can be used.
 */
void render_check(struct text *out, enum output_format format, const struct report *report,
		  const struct resolution *resolution);

/* What functions of an object do to a packet. Of the report only `colour` and `diags` count. */
void render_classify(struct text *out, enum output_format format, const struct report *report,
		     const struct judgement *judgements, size_t count);

#endif
