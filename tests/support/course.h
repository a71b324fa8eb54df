/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A course of parallel lanes for one program: alone on the hook of the first lane, attached without
 * ordain, and as the first, the middle and the last element of chains on the others. A few traced
 * packets through each show whether it does the same everywhere.
 *
 * A lane is a veth pair, like netns.h's, with a program on the far end that lets XDP transmit to it.
 * Packets that are redirected go to another pair, the target.
 */
#ifndef ORDAIN_TESTS_SUPPORT_COURSE_H
#define ORDAIN_TESTS_SUPPORT_COURSE_H

#include "ordain.h"

enum lane { LANE_ALONE, LANE_FIRST, LANE_MIDDLE, LANE_LAST, LANE_COUNT };

struct course;

/* In the networks of the case, whose tear-down removes the interfaces. */
struct course *course_open(struct ordain *ordain);
void course_close(struct course *course);

const char *lane_interface(enum lane lane);

/* The interfaces of the chains, as a list in a policy. */
extern const char lanes_of_chains[];

/* The interface that leads to the target. */
unsigned int course_target(void);

/* What is received where, of each packet: its trace. NULL: nothing, or not by all. */
struct sights {
	const char *end; /* behind the hook */
	const char *back; /* at the sender */
	const char *target;
};

/* Sends packets past a hook, and tells what was seen of them. */
struct sights course_run(struct course *course, enum lane lane, enum hook hook);

#endif
