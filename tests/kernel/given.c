/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What no packet on a veth has, but a device gives: metadata in front of it, segments, the time of
 * its arrival. BPF_PROG_TEST_RUN gives it to a program alone and to a chain around it.
 */
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/trace.h"
#include "tests/support/alone.h"
#include "tests/support/test.h"
#include "tests/support/way.h"

static const char object[] = "corpus/offload";

/* What goes in is what a packet starts as, behind metadata or not. */
struct run {
	__u32 metadata;
	struct trace_packet packet;
} __attribute__((packed));

/* The letters of what comes out, and what the program returns. */
static const char *run_xdp(const struct ordain *ordain, int program, bool given, __u32 *ret_verdict)
{
	struct run in = { .metadata = 7,
			  .packet = { .ethertype = __builtin_bswap16(TRACE_ETHERTYPE) } };
	struct run out = in;
	struct xdp_md context = { .data = given ? sizeof(in.metadata) : 0,
				  .data_end = sizeof(in) - (given ? 0 : sizeof(in.metadata)) };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = given ? (const void *)&in : &in.packet,
		    .data_size_in = context.data_end, .data_out = &out,
		    .data_size_out = sizeof(out), .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .ctx_out = &context,
		    .ctx_size_out = sizeof(context));
	const struct trace_packet *packet;

	assert_int_equal(bpf_prog_test_run_opts(program, &options), 0);
	packet = (const void *)((const char *)&out + context.data);
	*ret_verdict = options.retval;
	return arena_strndup(ordain->arena, packet->letters, packet->length);
}

static const char *run_tc(const struct ordain *ordain, int program, bool given, __u32 *ret_verdict)
{
	struct trace_packet in = { .ethertype = __builtin_bswap16(TRACE_ETHERTYPE) };
	struct trace_packet out = in;
	struct __sk_buff context = { .wire_len = given ? 1000 : 0,
				     .gso_segs = given ? 3 : 0,
				     .gso_size = given ? 300 : 0,
				     .hwtstamp = given ? 12345 : 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = &in, .data_size_in = sizeof(in),
		    .data_out = &out, .data_size_out = sizeof(out), .ctx_in = &context,
		    .ctx_size_in = sizeof(context));

	assert_int_equal(bpf_prog_test_run_opts(program, &options), 0);
	*ret_verdict = options.retval;
	return arena_strndup(ordain->arena, out.letters, out.length);
}

static const char *run(const struct ordain *ordain, enum hook hook, int program, bool given,
		       __u32 *ret_verdict)
{
	return hook == HOOK_XDP ? run_xdp(ordain, program, given, ret_verdict)
				: run_tc(ordain, program, given, ret_verdict);
}

static void write_chain(const struct ordain *ordain, enum hook hook, const char *function)
{
	const char *stamp = hook == HOOK_XDP ? "stamp_xdp" : "stamp_tc";

	policy_write(ordain, "chain.yaml",
		     "programs:\n"
		     "  a: {hook: %s, function: %s, interfaces: [eth0], object: %s}\n"
		     "  x: {hook: %s, function: %s, interfaces: [eth0], object: %s}\n"
		     "  b: {hook: %s, function: %s, interfaces: [eth0], object: %s}\n"
		     "chains:\n"
		     "  - {interfaces: [eth0], hook: %s, order: [a, x, b]}\n",
		     hook_name(hook), stamp, object_path(ordain, "stamp_a"), hook_name(hook),
		     function, object_path(ordain, object), hook_name(hook), stamp,
		     object_path(ordain, "stamp_b"), hook_name(hook));
}

static void chain_gives_to_each_what_the_device_gave(void **state)
{
	static const char *const expected[HOOK_COUNT][2] = {
		[HOOK_XDP] = { "-", "m" },
		[HOOK_TCX_INGRESS] = { "---", "szt" },
		[HOOK_TCX_EGRESS] = { "---", "szt" },
	};
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		const char *function = hook == HOOK_XDP ? "offload_xdp" : "offload_tc";
		struct bpf_object *alone = alone_load(object_path(ordain, object), hook);
		int chain;

		assert_non_null(alone);
		write_chain(ordain, hook, function);
		ordain_do(ordain, "apply");
		chain = bpf_prog_get_fd_by_id(hook_program("eth0", hook));
		assert_true(chain >= 0);
		for (int given = 0; given < 2; given++) {
			__u32 verdict, verdict_of_chain;
			const char *letters =
				run(ordain, hook, alone_program(alone, function), given, &verdict);

			assert_string_equal(letters, expected[hook][given]);
			assert_string_equal(run(ordain, hook, chain, given, &verdict_of_chain),
					    arena_printf(ordain->arena, "a%sb", letters));
			assert_int_equal(verdict_of_chain, verdict);
		}
		close(chain);
		bpf_object__close(alone);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(chain_gives_to_each_what_the_device_gave),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
