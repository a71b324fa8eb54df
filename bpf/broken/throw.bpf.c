/* SPDX-License-Identifier: GPL-2.0-only */
/* Throws, which unwinds to the program's entry: past everything that called this function. */
#include "bpf/stamp.h"

extern void bpf_throw(__u64 cookie) __ksym;

SEC("tc")
int throw(struct __sk_buff * ctx)
{
	struct trace_packet *packet;

	trace_pull(ctx);
	packet = trace_of(ctx);
	if (packet && packet->action == 't')
		bpf_throw(0);
	return TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
