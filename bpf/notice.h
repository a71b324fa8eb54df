/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What notice_tracepoint.bpf.c and notice_full.bpf.c tell the agent: who did something to a network
 * hook of its namespace.
 */
#ifndef ORDAIN_BPF_NOTICE_H
#define ORDAIN_BPF_NOTICE_H

#include <linux/types.h>

enum {
	NOTICE_COMM_SIZE = 16,
	NOTICE_UNPIN = 1000, /* beyond the commands of bpf(2), which has none for this */
};

struct notice_event {
	__u64 time; /* CLOCK_MONOTONIC, ns: when the call was over */
	__u32 pid; /* of the process, as the agent's namespace of process ids counts; 0 nobody knows */
	__u32 uid;
	__u32 command; /* of bpf(2), or the one that does the same; or NOTICE_UNPIN */
	__u32 attach_type; /* BPF_XDP, BPF_TCX_INGRESS or BPF_TCX_EGRESS */
	__u32 ifindex;
	__u32 link; /* its id, where it was about a link that existed before; 0 */
	__u32 program; /* the id of the one that came or went; 0 unknown */
	__s32 result; /* of the call */
	char comm[NOTICE_COMM_SIZE];
};

/* How the agent is told from others; set before the programs are loaded. */
struct notice_self {
	__u64 pid_namespace_device;
	__u64 pid_namespace;
	__u32 pid;
	__u32 net_namespace;
};

#endif
