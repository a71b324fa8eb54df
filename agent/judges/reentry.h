/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * May a loaded program bring packets to its hook again while it runs? On tcx that is what
 * bpf_clone_redirect does: the copy is sent from inside the program, and may pass the same hook
 * before the program has ended. A redirect is no such thing: it happens behind the hook.
 */
#ifndef ORDAIN_AGENT_JUDGES_REENTRY_H
#define ORDAIN_AGENT_JUDGES_REENTRY_H

#include <stdbool.h>
#include <stdint.h>

enum { REENTRY_CACHE = 4096 };

/* What was found out, by program id: an id is never used again. Begins as zeroes. */
struct reentry {
	int32_t distance; /* of a call of bpf_clone_redirect; 0 not known yet */
	struct reentry_answer {
		uint32_t program;
		const char *words;
	} answers[REENTRY_CACHE];
};

/*
 * "it calls bpf_clone_redirect", and what cannot be told counts, too: "it calls other programs".
 * NULL: it may not. `calls`: other programs that it calls are known to the caller.
 */
const char *reentry_of(struct reentry *reentry, uint32_t program, bool calls);

#endif
