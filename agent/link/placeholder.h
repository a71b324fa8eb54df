/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What stands in a link of somebody else while the program that the link had is an element of our
 * chain further behind (link.h, link_call_marked): it gives the packet a mark and lets it go on. So
 * the element runs for packets that came through its owner's link, and for no others: whatever the
 * owner does with the link, nothing runs twice, and what is gone does not run.
 *
 *	marks	per-CPU array of one u64, for all placeholders of a hook: a bit for each. The head in
 *		front of them takes all away. Between it and the chain are only placeholders, so no
 *		other packet comes in between.
 *
 * Each is a program of its own: the kernel takes none twice on a hook.
 */
#ifndef ORDAIN_AGENT_LINK_PLACEHOLDER_H
#define ORDAIN_AGENT_LINK_PLACEHOLDER_H

#include <linux/bpf.h>
#include <stdint.h>

enum placeholder_part {
	PLACEHOLDER_PROGRAM,
	PLACEHOLDER_ORIGINAL, /* the program that it stands for, which lives as long as this is held */
	PLACEHOLDER_MARK, /* frozen array of one u32: which bit */
	PLACEHOLDER_PARTS,
};

struct placeholder {
	int fds[PLACEHOLDER_PARTS]; /* all valid, or all -1 */
	uint32_t id; /* of the program */
	uint32_t original; /* the id of what it stands for */
	unsigned int mark; /* from 1 to MANIFEST_MAX_MARK */
};

#define PLACEHOLDER_NONE ((struct placeholder){ .fds = { -1, -1, -1 } })

/* The names of the parts' pins. */
const char *placeholder_part_name(enum placeholder_part part);

/* A descriptor of a hook's marks, or -errno. */
int placeholder_marks(void);

/*
 * For a tcx hook. Has the name of `original`, of which it keeps a descriptor of its own, and
 * `attach_type`, which the original was loaded with. -errno.
 */
int placeholder_make(int marks, unsigned int mark, int original, enum bpf_attach_type attach_type,
		     struct placeholder *ret);

/* Of one whose parts were opened again: sets what they tell. -errno. */
int placeholder_read(struct placeholder *placeholder);

/* Pinned or attached parts live on. */
void placeholder_close(struct placeholder *placeholder);

#endif
