/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Several segments of one chain that change together. Each of their links gets for that time a dual
 * program, which has the chain that was there and the one that is to come, and calls one of them:
 *
 *	first:	latch = epoch; call chains[latch]
 *	others:	call chains[latch]
 *
 * The epoch is one word for all of them; the latch is one word for each CPU, and whoever packets
 * meet first sets it. So all segments agree about each packet, and one write to the epoch switches
 * all of them. Where there is no chain, packets go on.
 *
 * A packet must not come to the hook again on its CPU while it is between two of them. The called
 * chain counts as one tail call.
 */
#ifndef ORDAIN_AGENT_LINK_DUAL_H
#define ORDAIN_AGENT_LINK_DUAL_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>

enum dual_part {
	DUAL_PROGRAM,
	DUAL_EPOCH, /* array of one u64: 0 before, 1 after */
	DUAL_CHAINS, /* program array: what was there, what comes; empties with its last reference */
	DUAL_PARTS,
};

struct dual {
	int fds[DUAL_PARTS]; /* all valid, or all -1 */
	uint32_t id; /* of the program */
};

#define DUAL_NONE ((struct dual){ .fds = { -1, -1, -1 } })

/* The maps that all segments of a switch have in common. -errno. */
struct dual_latch {
	int epoch;
	int latch;
};

#define DUAL_LATCH_NONE ((struct dual_latch){ -1, -1 })

int dual_latch_make(struct dual_latch *ret);
void dual_latch_close(struct dual_latch *latch);

/*
 * For tcx hooks. `before` and `after` are programs, -1: none, that were loaded with `attach_type`.
 * Keeps a copy of the epoch.
 */
int dual_make(const struct dual_latch *latch, int before, int after, bool first,
	      enum bpf_attach_type attach_type, struct dual *ret);

/* NULL-safe for what is not open. Pinned or attached parts live on. */
void dual_close(struct dual *dual);

/* From now on packets meet what comes. */
int dual_flip(const struct dual_latch *latch);

/* The id of the program that packets meet there now; 0: none. */
uint32_t dual_in_force(const struct dual *dual);

#endif
