/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads headers, whatever there is of them. */
#include "bpf/judged/watch.h"

enum { NAME = 32, EXTENSIONS = 6, TAGS = 2 };

MAP(found, BPF_MAP_TYPE_ARRAY, __u32, __u64, 16);
MAP(names, BPF_MAP_TYPE_LRU_HASH, __u8[NAME], __u64, 128);

static __always_inline void count(__u32 what)
{
	__u64 *value = bpf_map_lookup_elem(&found, &what);

	if (value)
		__sync_fetch_and_add(value, 1);
}

/* Where the network header begins, and what it is; 0: not in the packet. */
static __always_inline __u16 behind_tags(__u8 **at, __u8 *end)
{
	__u8 *here = *at;
	__u16 type;

	if (here + 14 > end)
		return 0;
	type = here[12] << 8 | here[13];
	here += 14;
	for (int i = 0; i < TAGS && (type == ETH_P_8021Q || type == ETH_P_8021AD); i++) {
		if (here + 4 > end)
			return 0;
		type = here[2] << 8 | here[3];
		here += 4;
	}
	*at = here;
	return type;
}

static __always_inline void vlan(void *ctx, __u8 *data, __u8 *end)
{
	__u8 *at = data;

	(void)ctx;
	if (behind_tags(&at, end) == ETH_P_IPV6 && at > data + 14)
		count(1);
}
WATCH(vlan)

/* The options of IPv4 make the place of TCP a number that is only known at run time. */
static __always_inline void ip_options(void *ctx, __u8 *data, __u8 *end)
{
	__u8 *at = data;
	struct iphdr *ip;
	struct tcphdr *tcp;

	(void)ctx;
	if (behind_tags(&at, end) != ETH_P_IP)
		return;
	ip = (struct iphdr *)at;
	if ((__u8 *)(ip + 1) > end || ip->version != 4 || ip->ihl < 5)
		return;
	tcp = (struct tcphdr *)(at + ip->ihl * 4);
	if (ip->protocol != IPPROTO_TCP || (__u8 *)(tcp + 1) > end)
		return;
	count(tcp->syn ? 2 : 3);
}
WATCH(ip_options)

static __always_inline void ipv6_extensions(void *ctx, __u8 *data, __u8 *end)
{
	__u8 *at = data;
	__u8 next;

	(void)ctx;
	if (behind_tags(&at, end) != ETH_P_IPV6 || at + 40 > end)
		return;
	next = at[6];
	at += 40;
	for (int i = 0; i < EXTENSIONS; i++) {
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS)
			break;
		if (at + 8 > end)
			return;
		next = at[0];
		at += (at[1] + 1) * 8;
	}
	count(next == IPPROTO_TCP ? 4 : 5);
}
WATCH(ipv6_extensions)

static __always_inline void tcp_options(void *ctx, __u8 *data, __u8 *end)
{
	__u8 *at = data + 14 + 20;
	__u8 *limit;

	(void)ctx;
	if (at + 20 > end || data[23] != IPPROTO_TCP)
		return;
	limit = at + (at[12] >> 4) * 4;
	at += 20;
	for (int i = 0; i < 10; i++) {
		if (at + 2 > end || at >= limit || at[0] == 0)
			return;
		if (at[0] == 2 && at + 4 <= end)
			count(6);
		at += at[0] == 1 ? 1 : at[1];
	}
}
WATCH(tcp_options)

/* Copies the name that is asked for out of the packet, byte by byte. */
static __always_inline void dns(void *ctx, __u8 *data, __u8 *end)
{
	__u8 name[NAME] = { 0 };
	__u64 one = 1;
	__u8 *at = data + 14 + 20 + 8 + 12;

	(void)ctx;
	if (at > end || data[23] != IPPROTO_UDP || data[37] != 53)
		return;
	for (int i = 0; i < NAME - 1; i++) {
		if (at + i + 1 > end || !at[i])
			break;
		name[i] = at[i] >= 'A' && at[i] <= 'Z' ? at[i] + 32 : at[i];
	}
	bpf_map_update_elem(&names, name, &one, BPF_ANY);
}
WATCH(dns)

/* Looks for a name in the first message of TLS. */
static __always_inline void tls(void *ctx, __u8 *data, __u8 *end)
{
	__u8 name[NAME] = { 0 };
	__u64 one = 1;
	__u8 *at = data + 14 + 20 + 20;
	__u32 length;

	(void)ctx;
	if (at + 44 > end || data[23] != IPPROTO_TCP || at[0] != 22 || at[5] != 1)
		return;
	length = at[43] & 31;
	at += 44 + length;
	if (at + 2 > end)
		return;
	length = at[1] & 31;
	at += 2 + length;
	for (int i = 0; i < NAME - 1; i++) {
		if (at + i + 1 > end)
			break;
		name[i] = at[i];
	}
	bpf_map_update_elem(&names, name, &one, BPF_ANY);
}
WATCH(tls)

/* A checksum of the header, summed up without the kernel's help. */
static __always_inline void checksum(void *ctx, __u8 *data, __u8 *end)
{
	__u16 *words = (__u16 *)(data + 14);
	__u32 sum = 0;

	(void)ctx;
	if (data + 34 > end)
		return;
#pragma unroll
	for (int i = 0; i < 10; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	count(sum == 0xffff ? 7 : 8);
}
WATCH(checksum)

/* The same by the kernel, of words that lie in the packet. */
static __always_inline void checksum_of_kernel(void *ctx, __u8 *data, __u8 *end)
{
	(void)ctx;
	if (data + 34 <= end && bpf_csum_diff(0, 0, (__be32 *)(data + 14), 20, 0) == 0xffff)
		count(9);
}
WATCH(checksum_of_kernel)
