/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that leave packets alone, of the kinds that people write. */
#include "bpf/opinion.h"

struct flow {
	__u32 source;
	__u32 destination;
	__u32 protocol;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, struct flow);
	__type(value, __u64);
} flows SEC(".maps");

struct prefix {
	__u32 length;
	__u32 address;
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, __u64);
} prefixes SEC(".maps");

struct ticker {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ticker);
} tickers SEC(".maps");

static __u64 bytes;
const volatile __u32 limit = 100;

static __always_inline int counter(void)
{
	add(1);
	__sync_fetch_and_add(&bytes, limit);
	return 0;
}

/* The IPv4 header behind an Ethernet header and up to two VLAN tags; NULL if there is none. */
static __always_inline struct iphdr *find_ip(void *data, void *end)
{
	struct ethhdr *ethernet = data;
	__be16 protocol;
	__be16 *tag;

	if ((void *)(ethernet + 1) > end)
		return NULL;
	protocol = ethernet->h_proto;
	tag = (void *)(ethernet + 1);
	for (int i = 0; i < 2 && protocol == bpf_htons(ETH_P_8021Q); i++) {
		if ((void *)(tag + 2) > end)
			return NULL;
		protocol = tag[1];
		tag += 2;
	}
	if (protocol != bpf_htons(ETH_P_IP) || (void *)tag + sizeof(struct iphdr) > end)
		return NULL;
	return (void *)tag;
}

static __always_inline void parser(void *data, void *end)
{
	struct iphdr *ip = find_ip(data, end);
	struct flow flow = { 0 };
	__u64 one = 1;
	__u64 *count;

	if (!ip)
		return;
	flow.source = ip->saddr;
	flow.destination = ip->daddr;
	flow.protocol = ip->protocol;
	count = bpf_map_lookup_elem(&flows, &flow);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&flows, &flow, &one, BPF_ANY);
}

/* The key is in the packet. */
static __always_inline void packet_key(void *data, void *end)
{
	struct iphdr *ip = find_ip(data, end);
	__u64 *count;

	if (!ip || (void *)ip + sizeof(struct flow) > end)
		return;
	count = bpf_map_lookup_elem(&flows, ip);
	if (count)
		*count += 1;
}

static __always_inline void lpm(void *data, void *end)
{
	struct iphdr *ip = find_ip(data, end);
	struct prefix prefix = { .length = 32 };
	__u64 *count;

	if (!ip)
		return;
	prefix.address = ip->saddr;
	count = bpf_map_lookup_elem(&prefixes, &prefix);
	if (count)
		*count += 1;
}

static __always_inline void ringbuf(void *data, void *end)
{
	struct {
		__u64 when;
		__u8 head[64];
	} * sample;

	if (data + 64 > end)
		return;
	sample = bpf_ringbuf_reserve(&ring, sizeof(*sample), 0);
	if (!sample)
		return;
	sample->when = bpf_ktime_get_ns();
	__builtin_memcpy(sample->head, data, 64);
	bpf_ringbuf_submit(sample, 0);
}

/* With the first bytes of the packet behind it. */
static __always_inline void perf(void *ctx, void *data, void *end)
{
	__u64 length = (__u64)(end - data);
	__u64 now = bpf_ktime_get_ns();

	length = length > 64 ? 64 : length;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU | length << 32, &now, sizeof(now));
}

struct sum {
	void *data;
	void *end;
	__u64 value;
};

static long sum_byte(__u32 index, struct sum *sum)
{
	sum->value += index;
	return index > 40;
}

static __always_inline void loop(void *data, void *end)
{
	struct sum sum = { data, end, 0 };

	bpf_loop(64, sum_byte, &sum, 0);
	add(sum.value);
}

static __noinline __u32 first_word(void *data, void *end)
{
	__u32 *word = data;

	return (void *)(word + 1) <= end ? *word : 0;
}

static int tick(void *map, __u32 *key, struct ticker *ticker)
{
	bpf_timer_start(&ticker->timer, 1000000000, 0);
	return 0;
}

static __always_inline void timer(void)
{
	__u32 key = 0;
	struct ticker *ticker = bpf_map_lookup_elem(&tickers, &key);

	if (!ticker || bpf_timer_init(&ticker->timer, &tickers, 1))
		return;
	bpf_timer_set_callback(&ticker->timer, tick);
	bpf_timer_start(&ticker->timer, 1000000000, 0);
}

__noinline int of_its_own(struct xdp_md *ctx)
{
	if (!ctx)
		return 0;
	parser((void *)(long)ctx->data, (void *)(long)ctx->data_end);
	return 1;
}

SEC("xdp")
int xdp_global(struct xdp_md *ctx)
{
	add(of_its_own(ctx));
	return XDP_PASS;
}

/* Packets of several buffers. */
SEC("xdp.frags")
int xdp_frags(struct xdp_md *ctx)
{
	parser((void *)(long)ctx->data, (void *)(long)ctx->data_end);
	return XDP_PASS;
}

#define INNOCENT(name, ...)                                                                        \
	SEC("xdp")                                                                                 \
	int xdp_##name(struct xdp_md *ctx)                                                         \
	{                                                                                          \
		void *data = (void *)(long)ctx->data;                                              \
		void *end = (void *)(long)ctx->data_end;                                           \
                                                                                                   \
		if (data < end)                                                                    \
			__VA_ARGS__;                                                               \
		return XDP_PASS;                                                                   \
	}                                                                                          \
                                                                                                   \
	SEC("tc")                                                                                  \
	int tc_##name(struct __sk_buff *ctx)                                                       \
	{                                                                                          \
		void *data = (void *)(long)ctx->data;                                              \
		void *end = (void *)(long)ctx->data_end;                                           \
                                                                                                   \
		if (data < end)                                                                    \
			__VA_ARGS__;                                                               \
		return -1;                                                                         \
	}

INNOCENT(counter, counter())
INNOCENT(parser, parser(data, end))
INNOCENT(packet_key, packet_key(data, end))
INNOCENT(lpm, lpm(data, end))
INNOCENT(ringbuf, ringbuf(data, end))
INNOCENT(perf, perf(ctx, data, end))
INNOCENT(loop, loop(data, end))
INNOCENT(subprogram, add(first_word(data, end)))
INNOCENT(timer, timer())
INNOCENT(checksum, add(bpf_csum_diff(NULL, 0, data, data + 20 <= end ? 20 : 0, 0)))

char _license[] SEC("license") = "GPL";
