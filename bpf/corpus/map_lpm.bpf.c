/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the longest prefix of an address in a trie. */
#include "bpf/feature.h"

struct prefix {
	__u32 length;
	__u8 address[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4);
	__type(key, struct prefix);
	__type(value, __u32);
} routes SEC(".maps");

static __always_inline bool map_lpm(void *ctx)
{
	struct prefix wide = { 8, { 10 } }, narrow = { 16, { 10, 1 } },
		      host = { 32, { 10, 1, 2, 3 } };
	__u32 eight = 8, sixteen = 16, *found;

	(void)ctx;
	if (bpf_map_update_elem(&routes, &wide, &eight, BPF_ANY) ||
	    bpf_map_update_elem(&routes, &narrow, &sixteen, BPF_ANY))
		return false;
	found = bpf_map_lookup_elem(&routes, &host);
	return found && *found == 16;
}

FEATURE(map_lpm);
