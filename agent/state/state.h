/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What survives a reboot, under ROOT/var/lib/ordain:
 *
 *	accepted/		symlink to accepted-GENERATION, replaced as a whole
 *	accepted-N/policy/{hint,run,etc}/NAME.yaml
 *	accepted-N/meta		"generation N\ndigest HEX64\ntime SECONDS\n", and for each program
 *				with an object "object PROGRAM HEX64\n", in the order of names; "-"
 *				for an object that could not be had. The digest is of files and objects.
 *	chains/INTERFACE.HOOK	last good manifest of a hook, behind a line "generation N\n"
 *	objects/HEX64		objects by the digest of their content
 *	paused			"until SECONDS\nreason TEXT\n"; 0 = until resume
 *	detached		lines "all", "INTERFACE all" or "INTERFACE HOOK"
 *	trial			"first N\ngeneration N\nback N\nuntil SECONDS\ngap 0|1\n"; of the
 *				generations from the first to the other one; until 0 if it was
 *				confirmed
 *	taken-back		"generation N\ntime SECONDS\n", and "digest HEX64\n" for each policy
 *				that is not to come back by itself
 *	agent			"pid PID\nnoticing GRADE\n"; "reload SECONDS successful\n" or "reload
 *				SECONDS failed\n", once it took up files; for each hook that was put
 *				right "repairs INTERFACE HOOK OVERWRITTEN UNPINNED DETACHED\n", with
 *				how often; for each loader that our link keeps out of a hook
 *				"locked-out SECONDS INTERFACE HOOK LOADER\n". Of an agent that runs,
 *				so of no use when another one does, or none
 *
 * and, since a trial does not outlive a boot, in ROOT/run/ordain:
 *
 *	trial			"generation N\nbegun MS\ndeadline MS\n", of CLOCK_BOOTTIME
 *
 * Every file is replaced by rename, so a crash leaves the old content or the new one. INTERFACE is
 * escaped as state_text.h says. What is damaged all the same (by a disk, by hand) counts as absent,
 * except for the marks: a damaged `paused` or `detached` counts as the strongest that it could say,
 * since what somebody stopped must not start by accident.
 */
#ifndef ORDAIN_AGENT_STATE_STATE_H
#define ORDAIN_AGENT_STATE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/system/paths.h"
#include "policy/diag/source.h"
#include "policy/plan/manifest.h"
#include "policy/render/render.h"

struct accepted {
	uint64_t generation;
	int64_t time; /* when it was accepted, seconds since 1970 */
	char digest[65]; /* of `sources` and `objects` */
	struct sources sources; /* paths name the files where they were read first */
	struct object_digests objects;
};

/*
 * *ret is NULL with 0 if no policy was ever accepted, or if what was accepted is damaged: ret_error
 * then says what is wrong with it, and is "" otherwise.
 */
int state_accepted(struct arena *arena, const struct paths *paths, const struct accepted **ret,
		   struct error *ret_error);

/* The same of any generation that is kept. */
int state_generation(struct arena *arena, const struct paths *paths, uint64_t generation,
		     const struct accepted **ret, struct error *ret_error);

/* The newest generation that is kept of those before this one; 0: none is. */
uint64_t state_generation_before(const struct paths *paths, uint64_t generation);

/*
 * Makes `sources` with `objects` the accepted policy, as generation `generation`. Of older ones only
 * generation `back` (0: none) is kept.
 */
int state_accept(const struct paths *paths, const struct sources *sources,
		 const struct object_digests *objects, uint64_t generation, uint64_t back,
		 struct error *ret_error);

/* The digests of all objects of the generations that are kept, each at least once. */
int state_kept_digests(struct arena *arena, const struct paths *paths, struct names *ret);

struct last_good {
	uint64_t generation;
	const struct manifest *manifest;
};

/* The last chain of that hook that was put in force; *ret NULL with 0 if there is none that is
 * whole. */
int state_last_good(struct arena *arena, const struct paths *paths, const char *interface,
		    enum hook hook, const struct last_good **ret);

/* The digests of all objects that some last good chain is made of, each at least once. */
int state_last_good_digests(struct arena *arena, const struct paths *paths, struct names *ret);

/* manifest NULL: the hook has none any more. */
int state_set_last_good(const struct paths *paths, const char *interface, enum hook hook,
			uint64_t generation, const struct manifest *manifest,
			struct error *ret_error);

struct pause {
	bool paused;
	int64_t until; /* seconds since 1970; 0: until resume */
	const char *reason; /* "" none */
};

/* A pause whose time is over counts as none. */
int state_pause(struct arena *arena, const struct paths *paths, struct pause *ret);

/* The reason is kept as one line. */
int state_set_pause(const struct paths *paths, int64_t until, const char *reason,
		    struct error *ret_error);

/* Was this hook (NULL interface: everything) detached by hand? */
struct detached {
	bool all;
	struct {
		struct detached_hook {
			const char *interface;
			int hook; /* an enum hook, or -1: every hook of the interface */
		} * items;
		size_t count;
	} hooks;
};

int state_detached(struct arena *arena, const struct paths *paths, struct detached *ret);
bool detached_covers(const struct detached *detached, const char *interface, enum hook hook);

/* Adds to what is detached; interface NULL: everything; hook -1: all its hooks. */
int state_add_detached(const struct paths *paths, const char *interface, int hook,
		       struct error *ret_error);

/* What an agent tells of itself. */
struct agent_words {
	const char *noticing; /* the name of its grade */
	struct locked_outs locked_out;
	struct repairs_list repairs;
	struct reload reload;
};

int state_set_agent(const struct paths *paths, int pid, const struct agent_words *words,
		    struct error *ret_error);

/* False: the process `pid` has not told anything. */
bool state_agent(struct arena *arena, const struct paths *paths, int pid, struct agent_words *ret);

/* A generation that goes away again by itself unless somebody confirms it. */
struct trial {
	uint64_t generation; /* 0: none is on trial */
	uint64_t first; /* of several, each tried before the one before it was confirmed */
	uint64_t back; /* the generation to go back to; 0: there was none */
	int64_t until; /* seconds since 1970, for people: the time may be set meanwhile */
	bool allow_gap; /* also on the way back */
	int64_t left_ms; /* 0: it is over; so it is after a boot, whatever the clock says */
	bool confirmed; /* there was one, and somebody confirmed it; the rest is 0 */
};

/* Is `generation`, the accepted one, on trial? What is damaged, or of another one, is no trial. */
int state_trial(struct arena *arena, const struct paths *paths, uint64_t generation,
		struct trial *ret);

/* What it takes to begin one. */
struct trial_terms {
	long seconds;
	bool allow_gap;
};

/* It begins when that generation is accepted; those from `first` on, if one is, go on with it. */
int state_begin_trial(const struct paths *paths, uint64_t first, uint64_t generation, uint64_t back,
		      const struct trial_terms *terms, struct error *ret_error);

int state_confirm_trial(const struct paths *paths, uint64_t generation, struct error *ret_error);
int state_end_trial(const struct paths *paths, struct error *ret_error);

/* What was tried or undone, and is not to be applied again before it changes. */
struct taken_back {
	uint64_t generation; /* that was taken back; 0: none */
	int64_t at; /* seconds since 1970 */
	struct names digests; /* of policies */
};

/* What is damaged says nothing. */
int state_taken_back(struct arena *arena, const struct paths *paths, struct taken_back *ret);
bool taken_back_has(const struct taken_back *taken_back, const char *digest);

int state_set_taken_back(const struct paths *paths, uint64_t generation,
			 const struct names *digests, struct error *ret_error);
int state_forget_taken_back(const struct paths *paths, struct error *ret_error);

/* Ends pause and detach. */
int state_resume(const struct paths *paths, struct error *ret_error);

#endif
