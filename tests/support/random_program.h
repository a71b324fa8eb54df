/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random programs of type XDP and SCHED_CLS that a kernel may well accept: they check bounds, and
 * keep pointers in registers, on the stack, over branches, loops and calls. Some write packets or
 * the context, through whatever register they take for a pointer.
 */
#ifndef ORDAIN_TESTS_SUPPORT_RANDOM_PROGRAM_H
#define ORDAIN_TESTS_SUPPORT_RANDOM_PROGRAM_H

#include "policy/analysis/analysis.h"

enum { RANDOM_INSNS_MOST = 1024, RANDOM_VALUE_SIZE = 64, RANDOM_PACKET_LEAST = 64 };

/* What it may refer to. */
struct random_means {
	unsigned int (*below)(unsigned int limit); /* a random number */
	int map; /* an array of one element of RANDOM_VALUE_SIZE */
	int ring; /* a ring buffer */
	/* BTF ids of bpf_dynptr_from_skb or _xdp, bpf_dynptr_slice and _slice_rdwr; 0: none. */
	int from_packet[HOOK_COUNT];
	int slice;
	int slice_rdwr;
};

struct random_program {
	enum hook hook;
	struct bpf_insn insns[RANDOM_INSNS_MOST];
	struct insn_target targets[RANDOM_INSNS_MOST];
	size_t count;
};

void random_program(const struct random_means *means, enum hook hook, struct random_program *ret);

#endif
