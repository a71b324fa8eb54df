/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that remember their way (bpf/trace.h), sent and received. Each carries a sequence
 * number, so that the receiver knows which were lost, and the letters that programs wrote into it,
 * so that it knows which programs ran, in which order.
 *
 * Where they are read. The receiver is a handler of TRACE_ETHERTYPE, not a tap (ETH_P_ALL). Taps
 * see a packet before tcx ingress; handlers get what the stack gets, after XDP and after all of
 * tcx and clsact ingress:
 *
 *	sender -> tcx egress -> veth -> XDP -> taps -> tcx ingress -> clsact -> RECEIVER
 *
 * So a receiver on one end reads what really passed its own XDP and tcx-ingress hooks and the
 * other end's tcx-egress, with its trace, and nothing has to be attached to the hook under test.
 * What ends there as TX or redirected is read by a receiver on the device to which it went.
 *
 * The receiver counts in the kernel (bpf/audit.bpf.c) and keeps no packet. It cannot fall behind:
 * a number that did not arrive was lost on the way.
 *
 * Errors are negative errno. Nothing here needs cmocka.
 */
#ifndef ORDAIN_TESTS_SUPPORT_TRAFFIC_H
#define ORDAIN_TESTS_SUPPORT_TRAFFIC_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/audit.h"
#include "bpf/trace.h"

enum { SENDER_SECONDS = 60 }; /* the longest that sender_start() runs unattended */

struct sender {
	/* The caller's, to set while nothing is being sent. */
	uint8_t action; /* trace_packet.action */
	unsigned int rate; /* packets a second; 0: as fast as the kernel takes them */
	/*
	 * A device whose ring is full and a tcx-egress program that drops look the same to the
	 * sender: ENOBUFS. By default it tries again, so that none is lost on a full ring. Set
	 * this where egress is meant to drop: then each packet is sent once, counts as sent, and
	 * `refused` counts those that were turned away. Bound the rate then.
	 */
	bool once;

	/* To be read, at any time: packets sent so far, which is also the next sequence number. */
	_Atomic uint64_t sent;
	_Atomic uint64_t refused;

	/* The sender's own. */
	int fd;
	int result;
	atomic_bool stop;
	pthread_t thread;
};

/* On an interface of the calling thread's network namespace; close it with sender_close(). */
int sender_open(const char *interface, struct sender *ret);

/* Sends `count` packets and returns when the kernel has taken the last. */
int sender_send(struct sender *sender, uint64_t count);

/* Sends from a thread until sender_stop(), which returns what went wrong meanwhile, or 0. */
int sender_start(struct sender *sender);
int sender_stop(struct sender *sender);

/* Stops it if it runs. */
void sender_close(struct sender *sender);

struct receipt {
	uint64_t packets; /* arrived, duplicates included */
	uint64_t lost; /* of those that were to arrive */
	uint64_t first_lost; /* the lowest sequence number among them, if there are any */
	uint64_t duplicates;
	size_t trace_count;
	struct {
		char letters[TRACE_LETTERS + 1];
		uint64_t packets;
	} traces[AUDIT_TRACES]; /* by letters, ascending */
};

struct receiver;

/* On an interface of the calling thread's network namespace. Needs root and the auditor's object;
 * close it with receiver_close(). */
int receiver_open(const char *interface, struct receiver **ret);

/*
 * Forgets what has arrived; of what comes now, sequence numbers from `first` on are accounted for.
 * To be called when nothing is on the way.
 */
int receiver_reset(struct receiver *receiver, uint64_t first);

/*
 * Waits until all sequence numbers below `end` (most often sender.sent) have arrived, or none has
 * for 200 ms, and says what did; at most 10 s, should somebody go on sending. -EOVERFLOW: packets came that cannot be accounted for (more than
 * AUDIT_SEQUENCES or AUDIT_TRACES, or too short): the receipt would not be true.
 */
int receiver_read(struct receiver *receiver, uint64_t end, struct receipt *ret);

/*
 * Stops receiving for good and says what arrived, where nobody knows what was sent: lost is what is
 * missing between the lowest and the highest sequence number that came.
 */
int receiver_finish(struct receiver *receiver, struct receipt *ret);

/* How many packets of that trace, none being 0. */
uint64_t receipt_of(const struct receipt *receipt, const char *letters);

/* NULL is fine. */
void receiver_close(struct receiver *receiver);

#endif
