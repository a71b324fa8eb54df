/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traced packets through eth0 of the near side: into it for xdp and tcx-ingress, out of it for
 * tcx-egress. What arrives behind the hook tells which programs ran, in which order.
 */
#ifndef ORDAIN_TESTS_SUPPORT_WAY_H
#define ORDAIN_TESTS_SUPPORT_WAY_H

#include "ordain.h"
#include "traffic.h"

struct way {
	struct sender sender;
	struct receiver *receiver;
	struct receipt receipt; /* of the last way_read() */
};

/* Opens ordain->way; the case's tear-down closes it, if nobody did before. */
void way_open(struct ordain *ordain, enum hook hook);
void way_close(struct ordain *ordain);

/* Sends so many packets with that action (0: none) and says how many of them have that trace. */
uint64_t way_send(struct ordain *ordain, char action, uint64_t count, const char *trace);

/* Sends that many and fails the test unless all arrive with that trace. */
void way_expect(struct ordain *ordain, uint64_t count, const char *trace);

/* Packets that flow at a modest rate, until way_stop() has read what arrived. */
void way_start(struct ordain *ordain);
void way_stop(struct ordain *ordain);

/* Waits until that many more packets were sent: that long, traffic has met the hook as it is. */
void way_wait(struct ordain *ordain, uint64_t count);

#endif
