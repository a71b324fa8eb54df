/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps something with the socket that sent the packet; its cgroup is known as well. */
#include "bpf/feature.h"

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} sent SEC(".maps");

static __always_inline bool socket_storage(struct __sk_buff *ctx)
{
	struct bpf_sock *sender = ctx->sk;
	__u64 *count;

	if (sender)
		sender = bpf_sk_fullsock(sender);
	if (!sender)
		return false;
	count = bpf_sk_storage_get(&sent, sender, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (count)
		__sync_fetch_and_add(count, 1);
	return count && bpf_get_socket_cookie(ctx);
}

FEATURE_TC(socket_storage)
char _license[] SEC("license") = "GPL";
