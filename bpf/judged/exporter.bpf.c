/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a vendor of a flow monitor would ship: parses either family, keeps flows with their flags and
 * times, samples the first packets of each, and has far more values at hand than registers.
 */
#include "bpf/judged/watch.h"

struct record {
	__u64 first, last;
	__u64 packets, bytes;
	__u32 flags, longest, shortest;
	__u32 interface;
	__u64 gaps[4];
};

struct event {
	struct flow flow;
	struct record record;
	__u8 payload[32];
};

MAP(records, BPF_MAP_TYPE_LRU_HASH, struct flow, struct record, 4096);
MAP(errors, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, __u64, 8);

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 18);
} exported SEC(".maps");

const volatile __u32 samples_per_flow = 2;

enum { ERROR_SHORT, ERROR_RING, ERROR_TABLE };

struct parsed {
	struct flow flow;
	__u8 *payload;
	__u32 flags;
};

static __always_inline void error(__u32 which)
{
	__u64 *count = bpf_map_lookup_elem(&errors, &which);

	if (count)
		(*count)++;
}

static __always_inline __u8 *parse_ipv4(struct parsed *parsed, __u8 *at, __u8 *end)
{
	struct iphdr *ip = (struct iphdr *)at;

	if ((__u8 *)(ip + 1) > end || ip->ihl < 5)
		return 0;
	parsed->flow.family = 4;
	parsed->flow.protocol = ip->protocol;
	parsed->flow.source[0] = ip->saddr;
	parsed->flow.destination[0] = ip->daddr;
	return at + ip->ihl * 4;
}

static __always_inline __u8 *parse_ipv6(struct parsed *parsed, __u8 *at, __u8 *end)
{
	struct ipv6hdr *ip = (struct ipv6hdr *)at;
	__u8 next;

	if ((__u8 *)(ip + 1) > end)
		return 0;
	parsed->flow.family = 6;
	__builtin_memcpy(parsed->flow.source, &ip->saddr, 16);
	__builtin_memcpy(parsed->flow.destination, &ip->daddr, 16);
	next = ip->nexthdr;
	at = (__u8 *)(ip + 1);
	for (int i = 0; i < 3 && (next == IPPROTO_HOPOPTS || next == IPPROTO_DSTOPTS); i++) {
		if (at + 8 > end)
			return 0;
		next = at[0];
		at += 8 + at[1] * 8;
	}
	parsed->flow.protocol = next;
	return at;
}

static __always_inline bool parse_transport(struct parsed *parsed, __u8 *at, __u8 *end)
{
	struct tcphdr *tcp = (struct tcphdr *)at;
	struct udphdr *udp = (struct udphdr *)at;

	if (parsed->flow.protocol == IPPROTO_TCP) {
		if ((__u8 *)(tcp + 1) > end)
			return false;
		parsed->flags = at[13];
		parsed->payload = at + tcp->doff * 4;
	} else if (parsed->flow.protocol == IPPROTO_UDP) {
		if ((__u8 *)(udp + 1) > end)
			return false;
		parsed->payload = (__u8 *)(udp + 1);
	} else {
		return true;
	}
	parsed->flow.ports[0] = udp->source;
	parsed->flow.ports[1] = udp->dest;
	return true;
}

static __always_inline bool parse(struct parsed *parsed, __u8 *data, __u8 *end)
{
	__u8 *at = data + 14;
	__u16 type;

	if (at > end)
		return false;
	type = data[12] << 8 | data[13];
	if (type == ETH_P_8021Q) {
		if (at + 4 > end)
			return false;
		type = at[2] << 8 | at[3];
		at += 4;
	}
	at = type == ETH_P_IP	  ? parse_ipv4(parsed, at, end)
	     : type == ETH_P_IPV6 ? parse_ipv6(parsed, at, end)
				  : 0;
	return at && parse_transport(parsed, at, end);
}

static __always_inline void export(const struct parsed *parsed, const struct record *record,
				   __u8 *end)
{
	struct event *event = bpf_ringbuf_reserve(&exported, sizeof(*event), 0);
	__u8 *payload = parsed->payload;

	if (!event) {
		error(ERROR_RING);
		return;
	}
	event->flow = parsed->flow;
	event->record = *record;
	for (int i = 0; i < 32; i++)
		event->payload[i] = payload && payload + i + 1 <= end ? payload[i] : 0;
	bpf_ringbuf_submit(event, 0);
}

static __always_inline void note(struct record *record, __u64 now, __u32 length, __u32 flags)
{
	__u64 gap = now - record->last;

	record->gaps[gap > 1000000 ? 3 : gap > 10000 ? 2 : gap > 100 ? 1 : 0]++;
	record->last = now;
	record->packets++;
	record->bytes += length;
	record->flags |= flags;
	if (length > record->longest)
		record->longest = length;
	if (length < record->shortest)
		record->shortest = length;
}

static __always_inline void exporter(__u8 *data, __u8 *end, __u32 length, __u32 interface)
{
	struct parsed parsed = { .payload = 0 };
	__u64 now = bpf_ktime_get_ns();
	struct record *record;

	if (!parse(&parsed, data, end)) {
		error(ERROR_SHORT);
		return;
	}
	record = bpf_map_lookup_elem(&records, &parsed.flow);
	if (!record) {
		struct record first = {
			.first = now, .last = now, .shortest = length, .interface = interface
		};

		if (bpf_map_update_elem(&records, &parsed.flow, &first, BPF_NOEXIST))
			error(ERROR_TABLE);
		record = bpf_map_lookup_elem(&records, &parsed.flow);
	}
	if (!record)
		return;
	note(record, now, length, parsed.flags);
	if (record->packets <= samples_per_flow)
		export(&parsed, record, end);
}

SEC("xdp")
int xdp_exporter(struct xdp_md *ctx)
{
	exporter(DATA(ctx), DATA_END(ctx), ctx->data_end - ctx->data, ctx->ingress_ifindex);
	return XDP_PASS;
}

SEC("tcx/ingress")
int tc_exporter_in(struct __sk_buff *ctx)
{
	exporter(DATA(ctx), DATA_END(ctx), ctx->len, ctx->ifindex);
	return TCX_NEXT;
}

SEC("tcx/egress")
int tc_exporter_out(struct __sk_buff *ctx)
{
	exporter(DATA(ctx), DATA_END(ctx), ctx->len, ctx->ifindex);
	return TC_ACT_OK;
}
