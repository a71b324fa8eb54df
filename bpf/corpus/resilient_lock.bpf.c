/* SPDX-License-Identifier: GPL-2.0-only */
/* A lock whose taking may fail instead of hanging, from Linux 6.15 on. */
#include "bpf/feature.h"

struct bpf_res_spin_lock {
	__u32 value;
};

struct guarded {
	struct bpf_res_spin_lock lock;
	__u32 packets;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct guarded);
} counts SEC(".maps");

extern int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) __ksym;

static __always_inline bool resilient_lock(void *ctx)
{
	__u32 zero = 0;
	struct guarded *guarded = bpf_map_lookup_elem(&counts, &zero);

	(void)ctx;
	if (!guarded || bpf_res_spin_lock(&guarded->lock))
		return false;
	guarded->packets++;
	bpf_res_spin_unlock(&guarded->lock);
	return true;
}

FEATURE(resilient_lock);
