/* SPDX-License-Identifier: GPL-2.0-only */
/* Loops with the kernel's own iterator, from Linux 6.4 on. */
#include "bpf/judged/watch.h"

extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;

MAP(values, BPF_MAP_TYPE_ARRAY, __u32, __u64[8], 1);

__u64 sums;

static __always_inline void iterated(void *ctx, __u8 *data, __u8 *end)
{
	struct bpf_iter_num it;
	__u64 sum = 0;
	int *i;

	(void)ctx;
	bpf_iter_num_new(&it, 0, 64);
	while ((i = bpf_iter_num_next(&it))) {
		__u32 at = *i;

		if (at > 64 || data + at + 1 > end)
			break;
		sum += data[at];
	}
	bpf_iter_num_destroy(&it);
	sums += sum;
}
WATCH(iterated)

/* What is written to is a map the first time around, and the packet from then on. */
SEC("xdp")
int packet_after_map(struct xdp_md *ctx)
{
	struct bpf_iter_num it;
	__u8 *data = DATA(ctx);
	__u32 zero = 0;
	__u8 *at = bpf_map_lookup_elem(&values, &zero);

	if (!at || !HAS(ctx, data, 16))
		return XDP_PASS;
	bpf_iter_num_new(&it, 0, 3);
	while (bpf_iter_num_next(&it)) {
		AS(__u8, at + 3) += 0x11;
		at = data;
	}
	bpf_iter_num_destroy(&it);
	return XDP_PASS;
}
