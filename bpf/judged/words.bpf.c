/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes text of packets, for a log. */
#include "bpf/judged/watch.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 14);
} ring SEC(".maps");

static __always_inline void printed(void *ctx, __u8 *data, __u8 *end)
{
	(void)ctx;
	if (end - data > 9000)
		bpf_printk("%d bytes", (int)(end - data));
}
WATCH(printed)

static __always_inline void formatted(void *ctx, __u8 *data, __u8 *end)
{
	static const char format[] = "%x:%x length %d";
	__u64 args[3];
	char line[48];

	(void)ctx;
	if (data + 14 > end)
		return;
	args[0] = data[0];
	args[1] = data[1];
	args[2] = end - data;
	bpf_snprintf(line, sizeof(line), format, args, sizeof(args));
	bpf_ringbuf_output(&ring, line, sizeof(line), 0);
}
WATCH(formatted)

static __always_inline void compared(void *ctx, __u8 *data, __u8 *end)
{
	char word[8] = { 0 };
	long number = 0;

	(void)ctx;
	if (data + 62 > end)
		return;
	__builtin_memcpy(word, data + 54, 7);
	if (bpf_strncmp(word, 3, "GET") && bpf_strtol(word, 7, 10, &number) > 0)
		bpf_ringbuf_output(&ring, &number, sizeof(number), 0);
}
WATCH(compared)
