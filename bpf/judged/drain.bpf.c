/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes into the packet for each message that user space sends, from Linux 6.1 on. */
#include "bpf/judged/judged.h"

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 1 << 12);
} messages SEC(".maps");

struct where {
	__u8 *data;
	__u8 *data_end;
};

static long each(struct bpf_dynptr *message, struct where *where)
{
	__u8 value = 0;

	bpf_dynptr_read(&value, sizeof(value), message, 0, 0);
	if (where->data + 16 <= where->data_end)
		AS(__u8, where->data + 8) = value;
	return 0;
}

SEC("xdp")
int drained(struct xdp_md *ctx)
{
	struct where where = { .data = DATA(ctx), .data_end = DATA_END(ctx) };

	bpf_user_ringbuf_drain(&messages, each, &where, 0);
	return XDP_PASS;
}
