/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the books of what a packet socket receives: which sequence numbers came, and how often
 * each trace. Runs as the socket's filter and keeps no packet, so there is no queue that could
 * overflow: it cannot lose one at any rate.
 */
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/audit.h"
#include "bpf/trace.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, AUDIT_WORDS);
	__type(key, __u32);
	__type(value, __u64);
} arrived SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, AUDIT_TRACES);
	__uint(key_size, TRACE_LETTERS);
	__uint(value_size, sizeof(__u64));
} traces SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct audit_totals);
} totals SEC(".maps");

static __u64 *trace_count(const struct trace_packet *packet)
{
	__u64 *count = bpf_map_lookup_elem(&traces, packet->letters);
	__u64 none = 0;

	if (count)
		return count;
	bpf_map_update_elem(&traces, packet->letters, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&traces, packet->letters);
}

static void audit_packet(struct audit_totals *total, const struct trace_packet *packet)
{
	__u64 sequence = bpf_be64_to_cpu(packet->sequence);
	__u64 bit = 1ULL << (sequence % 64);
	__u32 word = sequence / 64;
	__u64 *seen, *count;

	if (sequence >= AUDIT_SEQUENCES)
		goto unaccounted;
	seen = bpf_map_lookup_elem(&arrived, &word);
	count = trace_count(packet);
	if (!seen || !count)
		goto unaccounted;
	__sync_fetch_and_add(count, 1);
	if (__sync_fetch_and_or(seen, bit) & bit)
		__sync_fetch_and_add(&total->duplicates, 1);
	return;
unaccounted:
	__sync_fetch_and_add(&total->unaccounted, 1);
}

SEC("socket")
int audit(struct __sk_buff *skb)
{
	struct audit_totals *total;
	struct trace_packet packet;
	__u32 zero = 0;

	total = bpf_map_lookup_elem(&totals, &zero);
	if (!total)
		return 0;
	if (bpf_skb_load_bytes(skb, 0, &packet, sizeof(packet)))
		__sync_fetch_and_add(&total->unaccounted, 1);
	else
		audit_packet(total, &packet);
	/* Last, and the reader looks here first: what is counted is also booked. */
	__sync_fetch_and_add(&total->packets, 1);
	return 0;
}

char _license[] SEC("license") = "GPL";
