/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps a state over many packets, with locks, timers and the time of day. */
#include "bpf/judged/watch.h"

enum { SECOND = 1000000000, CLOCK_MONOTONIC_ = 1, BURST = 100 };

struct bucket {
	struct bpf_spin_lock lock;
	__u64 tokens;
	__u64 last;
};

struct ticker {
	struct bpf_timer timer;
	__u64 ticks;
	__u64 started;
};

MAP(buckets, BPF_MAP_TYPE_ARRAY, __u32, struct bucket, 1);
MAP(tickers, BPF_MAP_TYPE_ARRAY, __u32, struct ticker, 1);
MAP(starts, BPF_MAP_TYPE_LRU_HASH, struct flow, __u64, 256);
MAP(latencies, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, __u64, 64);

const volatile struct {
	__u32 rate;
	bool active;
	__u16 ports[8];
} config = { .rate = 1000, .active = true, .ports = { 80, 443 } };

__u32 last_ports[4] = { 1, 2, 3, 4 };
__u64 violations;

/* Would drop the packet, and says so, and that is all. */
static __always_inline bool over_the_rate(void)
{
	__u64 now = bpf_ktime_get_ns();
	__u32 zero = 0;
	struct bucket *bucket = bpf_map_lookup_elem(&buckets, &zero);
	bool over;

	if (!bucket)
		return false;
	bpf_spin_lock(&bucket->lock);
	bucket->tokens += (now - bucket->last) * config.rate / SECOND;
	if (bucket->tokens > BURST)
		bucket->tokens = BURST;
	bucket->last = now;
	over = !bucket->tokens;
	if (!over)
		bucket->tokens--;
	bpf_spin_unlock(&bucket->lock);
	return over;
}

SEC("xdp")
int xdp_token_bucket(struct xdp_md *ctx)
{
	(void)ctx;
	return over_the_rate() ? XDP_DROP : XDP_PASS;
}

SEC("tc")
int tc_token_bucket(struct __sk_buff *ctx)
{
	(void)ctx;
	return over_the_rate() ? TC_ACT_SHOT : TC_ACT_OK;
}

/* Never lets anything through, as far as it goes. */
SEC("xdp")
int xdp_drops_all(struct xdp_md *ctx)
{
	(void)ctx;
	__sync_fetch_and_add(&violations, 1);
	return XDP_DROP;
}

/* What it returns is read from a map. */
SEC("tc")
int tc_verdict_from_map(struct __sk_buff *ctx)
{
	__u32 slot = ctx->protocol & 63;
	__u64 *value = bpf_map_lookup_elem(&latencies, &slot);

	return value ? (int)*value : TCX_NEXT;
}

static int tick(void *map, __u32 *key, struct ticker *ticker)
{
	(void)map;
	(void)key;
	ticker->ticks++;
	if (ticker->ticks < 3)
		bpf_timer_start(&ticker->timer, SECOND / 100, 0);
	return 0;
}

static __always_inline void timer(void *ctx, __u8 *data, __u8 *end)
{
	__u32 zero = 0;
	struct ticker *ticker = bpf_map_lookup_elem(&tickers, &zero);

	(void)ctx;
	(void)data;
	(void)end;
	if (!ticker || __sync_lock_test_and_set(&ticker->started, 1))
		return;
	bpf_timer_init(&ticker->timer, &tickers, CLOCK_MONOTONIC_);
	bpf_timer_set_callback(&ticker->timer, tick);
	bpf_timer_start(&ticker->timer, SECOND / 100, 0);
}
WATCH(timer)

/* How long after its first packet does a flow go on? In powers of two. */
static __always_inline void latency(void *ctx, __u8 *data, __u8 *end)
{
	__u64 now = bpf_ktime_get_ns(), age;
	struct flow flow;
	__u64 *started, *count;
	__u32 slot = 0;

	(void)ctx;
	if (!flow_parse(data, end, &flow))
		return;
	started = bpf_map_lookup_elem(&starts, &flow);
	if (!started) {
		bpf_map_update_elem(&starts, &flow, &now, BPF_NOEXIST);
		return;
	}
	age = now - *started;
	slot = age >> 32 ? 32 : 0;
	age >>= slot;
	for (int i = 16; i; i >>= 1)
		if (age >> i) {
			age >>= i;
			slot += i;
		}
	slot &= 63;
	count = bpf_map_lookup_elem(&latencies, &slot);
	if (count)
		(*count)++;
}
WATCH(latency)

/* Global data of every kind, with a place in it that the packet says. */
static __always_inline void configured(void *ctx, __u8 *data, __u8 *end)
{
	__u16 port;

	(void)ctx;
	if (!config.active || data + 38 > end)
		return;
	port = data[36] << 8 | data[37];
	for (int i = 0; i < 8; i++)
		if (config.ports[i] == port)
			last_ports[data[37] & 3] = port;
}
WATCH(configured)

/* Compares, exchanges, and takes and gives bits: of its own memory. */
static __always_inline void atomics(void *ctx, __u8 *data, __u8 *end)
{
	__u64 own = end - data;

	(void)ctx;
	__sync_fetch_and_or(&violations, own);
	__sync_fetch_and_xor(&violations, own);
	if (__sync_val_compare_and_swap(&violations, own, 0) == 7)
		__sync_lock_test_and_set(&violations, own);
	__sync_fetch_and_add(&own, violations);
	last_ports[0] = own;
}
WATCH(atomics)
