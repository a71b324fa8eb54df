/* SPDX-License-Identifier: GPL-2.0-only */
#include "effect.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdint.h>
#include <string.h>

#include <bpf/bpf.h>

enum { META = 8, FRAME = 160, ROOM = 1024, MARK = 4711, HEADERS = 64 };

/* What a frame begins with; the rest of it counts upwards. */
struct frame {
	size_t size;
	uint8_t headers[HEADERS];
};

/* Addresses of Ethernet that differ in every byte. */
#define ETHERNET "\2\1\2\3\4\5\6\7\x8\x9\xa\xb"

/* EtherType and header of IPv4, with ECN; `words` is its first byte. */
#define IPV4(words, length, protocol)                                                              \
	"\x8\0" words "\2\0" length "\0\1\0\0\x40" protocol "\0\0\xa\0\0\1\xa\0\0\2"

#define PORTS_TLS "\x12\x34\x1\xbb"
#define PORTS_DNS "\x12\x34\0\x35"
#define PORTS_HTTP "\x12\x34\0\x50"

static const struct frame frames[] = {
	/* TCP, and behind it the beginning of a TLS handshake. */
	{ 150, ETHERNET IPV4("\x45", "\x88", "\6") PORTS_TLS
	  "\0\0\0\1\0\0\0\0\x50\x18\1\0\0\0\0\0\x16\3\1\0\x5a\1\0\0" },
	/* UDP to the port of DNS. */
	{ 100, ETHERNET IPV4("\x45", "\x56", "\x11") PORTS_DNS "\0\x42\0\0" },
	/* A VLAN tag, IPv6, a hop-by-hop header, TCP. */
	{ 140, ETHERNET "\x81\0\0\7\x86\xdd\x60\0\0\0\0\x52\0\x40\xfd" },
	/* Options of IPv4, UDP. */
	{ 120, ETHERNET IPV4("\x47", "\x6a", "\x11") "\1\1\1\1\1\1\1\0" PORTS_HTTP },
	/* ICMP. */
	{ 98, ETHERNET IPV4("\x45", "\x54", "\1") "\x8\0" },
	/* ARP, as short as a frame can be. */
	{ 60, ETHERNET "\x8\6\0\1\x8\0\6\4\0\1" },
};

struct run {
	uint8_t in[META + FRAME];
	uint8_t out[ROOM];
	size_t size;
	struct bpf_test_run_opts opts;
};

static void run_begin(struct run *run, const struct frame *frame, size_t meta)
{
	memset(run, 0, sizeof(*run));
	for (size_t i = 0; i < meta + frame->size; i++)
		run->in[i] = (uint8_t)(i * 3 + 1);
	memcpy(run->in + meta, frame->headers, HEADERS);
	run->size = meta + frame->size;
	run->opts.sz = sizeof(run->opts);
	run->opts.data_in = run->in;
	run->opts.data_size_in = (uint32_t)run->size;
	run->opts.data_out = run->out;
	run->opts.data_size_out = sizeof(run->out);
	run->opts.repeat = 1;
}

static unsigned int seen_of_data(const struct run *run)
{
	if (run->opts.data_size_out != run->size)
		return EFFECT_SIZE;
	return memcmp(run->in, run->out, run->size) ? EFFECT_DATA : 0;
}

static int run_xdp(int program, const struct frame *frame, struct run *run, unsigned int *ret)
{
	struct xdp_md in = { .data = META }, out = { 0 };
	int result;

	run_begin(run, frame, META);
	in.data_end = (uint32_t)run->size;
	run->opts.ctx_in = &in;
	run->opts.ctx_size_in = sizeof(in);
	run->opts.ctx_out = &out;
	run->opts.ctx_size_out = sizeof(out);
	result = bpf_prog_test_run_opts(program, &run->opts);
	if (result)
		return result;
	*ret = seen_of_data(run);
	if (memcmp(&in, &out, sizeof(in)) != 0)
		*ret |= EFFECT_CONTEXT;
	if (run->opts.retval == XDP_TX || run->opts.retval == XDP_REDIRECT)
		*ret |= EFFECT_VERDICT;
	return 0;
}

static int run_tc(int program, const struct frame *frame, struct run *run, unsigned int *ret)
{
	struct __sk_buff in = { .mark = MARK, .priority = 3, .cb = { 1, 2, 3, 4, 5 } };
	struct __sk_buff out = { 0 };
	int result;

	run_begin(run, frame, 0);
	run->opts.ctx_in = &in;
	run->opts.ctx_size_in = sizeof(in);
	run->opts.ctx_out = &out;
	run->opts.ctx_size_out = sizeof(out);
	result = bpf_prog_test_run_opts(program, &run->opts);
	if (result)
		return result;
	*ret = seen_of_data(run);
	/* Those that a run takes and gives back as they are; others it fills in itself. */
	if (in.mark != out.mark || in.priority != out.priority || in.tstamp != out.tstamp ||
	    memcmp(in.cb, out.cb, sizeof(in.cb)) != 0)
		*ret |= EFFECT_CONTEXT;
	if (run->opts.retval == TC_ACT_REDIRECT)
		*ret |= EFFECT_VERDICT;
	return 0;
}

static unsigned int slot_of(enum hook hook, uint32_t value)
{
	if (hook != HOOK_XDP && value == (uint32_t)TCX_NEXT)
		return VERDICT_NEXT;
	return value < VERDICT_OTHER && verdict_name(hook, value) ? value : VERDICT_OTHER;
}

int effect_run(int program, enum hook hook, struct effects *ret)
{
	struct effects found = { 0 };

	for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++) {
		unsigned int effects = 0;
		struct run run;
		int result = hook == HOOK_XDP ? run_xdp(program, &frames[i], &run, &effects)
					      : run_tc(program, &frames[i], &run, &effects);

		if (result)
			return result;
		if (run.opts.retval == EFFECT_SEEN)
			effects |= EFFECT_VERDICT;
		found.effects |= effects;
		found.verdicts |= 1u << slot_of(hook, run.opts.retval);
	}
	*ret = found;
	return 0;
}
