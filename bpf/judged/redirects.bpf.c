/* SPDX-License-Identifier: GPL-2.0-only */
/* Sends packets elsewhere, or copies of them. */
#include "bpf/judged/judged.h"

enum { LOOPBACK = 1 };

#define TARGETS(name_, type_, size)                                                                \
	struct {                                                                                   \
		__uint(type, type_);                                                               \
		__uint(max_entries, 4);                                                            \
		__uint(key_size, 4);                                                               \
		__uint(value_size, size);                                                          \
	} name_ SEC(".maps")

TARGETS(devices, BPF_MAP_TYPE_DEVMAP, 4);
TARGETS(devices_hash, BPF_MAP_TYPE_DEVMAP_HASH, 4);
TARGETS(cpus, BPF_MAP_TYPE_CPUMAP, 4);
TARGETS(sockets, BPF_MAP_TYPE_XSKMAP, 4);

/* Where the map is empty, the flags are what is returned. */
#define XDP_TO(map)                                                                                \
	SEC("xdp")                                                                                 \
	int to_##map(struct xdp_md *ctx)                                                           \
	{                                                                                          \
		return bpf_redirect_map(&map, ctx->rx_queue_index & 3, XDP_PASS);                  \
	}

XDP_TO(devices)
XDP_TO(devices_hash)
XDP_TO(cpus)
XDP_TO(sockets)

SEC("xdp")
int to_all_devices(struct xdp_md *ctx)
{
	(void)ctx;
	return bpf_redirect_map(&devices, 0, BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS);
}

SEC("xdp")
int to_interface(struct xdp_md *ctx)
{
	(void)ctx;
	return bpf_redirect(LOOPBACK, 0);
}

/* Where it is to go is left behind, and the verdict says nothing of it. */
SEC("xdp")
int to_interface_and_pass(struct xdp_md *ctx)
{
	(void)ctx;
	bpf_redirect(LOOPBACK, 0);
	return XDP_PASS;
}

SEC("tcx/ingress")
int tc_to_interface(struct __sk_buff *ctx)
{
	(void)ctx;
	return bpf_redirect(LOOPBACK, BPF_F_INGRESS);
}

SEC("tcx/ingress")
int tc_to_peer(struct __sk_buff *ctx)
{
	(void)ctx;
	return bpf_redirect_peer(LOOPBACK, 0);
}

SEC("tcx/egress")
int tc_to_neighbour(struct __sk_buff *ctx)
{
	(void)ctx;
	return bpf_redirect_neigh(LOOPBACK, 0, 0, 0);
}

/* Of a copy: the packet itself goes on as if nothing had been. */
SEC("tcx/egress")
int tc_clone(struct __sk_buff *ctx)
{
	bpf_clone_redirect(ctx, LOOPBACK, 0);
	return TCX_NEXT;
}
