/* SPDX-License-Identifier: GPL-2.0-only */
/* What notice.bpf.c tells the agent: who did something to a network hook of its namespace. */
#ifndef ORDAIN_BPF_NOTICE_H
#define ORDAIN_BPF_NOTICE_H

#include <linux/types.h>

enum { NOTICE_COMM_SIZE = 16 };

struct notice_event {
	__u64 time; /* CLOCK_MONOTONIC, ns: when the call was over */
	__u32 pid; /* of the process, as the agent's namespace of process ids counts */
	__u32 uid;
	__u32 command; /* of bpf(2) */
	__u32 attach_type; /* BPF_XDP, BPF_TCX_INGRESS or BPF_TCX_EGRESS */
	__u32 ifindex;
	__u32 link; /* its id, where the call was about a link that existed before; 0 */
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
