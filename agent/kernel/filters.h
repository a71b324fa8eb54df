/* SPDX-License-Identifier: GPL-2.0-only */
/* The tc filters of clsact: what packets meet behind tcx, if nothing there ends their way. */
#ifndef ORDAIN_AGENT_KERNEL_FILTERS_H
#define ORDAIN_AGENT_KERNEL_FILTERS_H

#include "policy/plan/observed.h"

struct filters {
	struct observed_filter *items; /* in the order in which packets meet them */
	size_t count;
};

/*
 * Those on one tcx hook of an interface; none for xdp, or where neither clsact nor an ingress
 * qdisc is. What cannot be read counts as none.
 */
struct filters filters_list(struct arena *arena, unsigned int ifindex, enum hook hook);

#endif
