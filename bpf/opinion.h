/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs of opinion/ include: those that the kernel is asked about. */
#ifndef ORDAIN_BPF_OPINION_H
#define ORDAIN_BPF_OPINION_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* Number 0 of a map of the program: what was found out goes there, so that it is not optimised away. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

static __always_inline void add(__u64 number)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&seen, &key);

	if (value)
		*value += number;
}

#endif
