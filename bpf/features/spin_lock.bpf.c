/* SPDX-License-Identifier: GPL-2.0-only */
/* Guards a map's value with a lock, which the map's BTF must describe. */
#include "bpf/stamp.h"

struct guarded {
	struct bpf_spin_lock lock;
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct guarded);
} counts SEC(".maps");

SEC("tc")
int spin_lock(struct __sk_buff *ctx)
{
	struct guarded *guarded;
	__u32 zero = 0;

	guarded = bpf_map_lookup_elem(&counts, &zero);
	if (!guarded)
		return TCX_NEXT;
	bpf_spin_lock(&guarded->lock);
	guarded->packets++;
	guarded->bytes += ctx->len;
	bpf_spin_unlock(&guarded->lock);
	trace_pull(ctx);
	trace_stamp(ctx, 'k');
	return TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
