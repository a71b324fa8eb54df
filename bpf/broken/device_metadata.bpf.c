/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads what the device knows of a packet: a program that does so belongs to that device. */
#include "bpf/stamp.h"

enum xdp_rss_hash_type { NONE };

extern int bpf_xdp_metadata_rx_hash(const struct xdp_md *ctx, __u32 *hash,
				    enum xdp_rss_hash_type *type) __ksym;

SEC("xdp")
int device_metadata(struct xdp_md *ctx)
{
	enum xdp_rss_hash_type type;
	__u32 hash;

	return bpf_xdp_metadata_rx_hash(ctx, &hash, &type) ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
