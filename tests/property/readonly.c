/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random programs that the kernel accepted, run over random packets: where the analysis has found
 * nothing, nothing is changed. Neither the packet, its metadata and its length, nor, on TC, the
 * fields of the context.
 *
 * ORDAIN_SEED=N repeats a run; ORDAIN_PROGRAMS=N says how many to make.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/random_program.h"
#include "tests/support/test.h"

enum { PROGRAMS = 8000, PACKETS = 3, PACKET_SIZE = 160, METADATA_SIZE = 8 };

static struct random_means means;
static uint64_t random_state;

static unsigned int below(unsigned int limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned int)(random_state >> 33) % limit;
}

static int load(const struct random_program *program)
{
	return bpf_prog_load(program->hook == HOOK_XDP ? BPF_PROG_TYPE_XDP
						       : BPF_PROG_TYPE_SCHED_CLS,
			     "random", "GPL", program->insns, program->count, NULL);
}

static bool run(int fd, struct bpf_test_run_opts *opts)
{
	int error = bpf_prog_test_run_opts(fd, opts);

	if (error && error != -EINVAL)
		fail_msg("BPF_PROG_TEST_RUN: %s", strerror(-error));
	/* A program that leaves less than a header of the packet makes the run fail. */
	return !error;
}

/* Was it changed? */
static bool run_xdp(int fd, unsigned char *packet)
{
	unsigned char out[4 * PACKET_SIZE];
	struct xdp_md in = { .data = METADATA_SIZE, .data_end = PACKET_SIZE };
	struct xdp_md after;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = PACKET_SIZE,
		    .data_out = out, .data_size_out = sizeof(out), .ctx_in = &in,
		    .ctx_size_in = sizeof(in), .ctx_out = &after, .ctx_size_out = sizeof(after),
		    .repeat = 1);

	return !run(fd, &opts) || opts.data_size_out != PACKET_SIZE ||
	       memcmp(packet, out, PACKET_SIZE) != 0 || after.data != in.data ||
	       after.data_end != in.data_end;
}

static bool run_tc(int fd, unsigned char *packet)
{
	unsigned char out[4 * PACKET_SIZE];
	struct __sk_buff in = { .mark = below(100), .priority = below(7) };
	struct __sk_buff after;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = PACKET_SIZE,
		    .data_out = out, .data_size_out = sizeof(out), .ctx_in = &in,
		    .ctx_size_in = sizeof(in), .ctx_out = &after, .ctx_size_out = sizeof(after),
		    .repeat = 1);

	for (int i = 0; i < 5; i++)
		in.cb[i] = below(1000);
	return !run(fd, &opts) || opts.data_size_out != PACKET_SIZE ||
	       memcmp(packet, out, PACKET_SIZE) != 0 || after.mark != in.mark ||
	       after.priority != in.priority || memcmp(after.cb, in.cb, sizeof(in.cb)) != 0 ||
	       after.tstamp != in.tstamp;
}

static bool changes(int fd, enum hook hook)
{
	bool changed = false;

	for (int i = 0; i < PACKETS; i++) {
		unsigned char packet[PACKET_SIZE];

		/* Small numbers more often than by chance: programs compare with them. */
		for (size_t j = 0; j < sizeof(packet); j++)
			packet[j] = (unsigned char)below(below(2) ? 9 : 256);
		changed |= hook == HOOK_XDP ? run_xdp(fd, packet) : run_tc(fd, packet);
	}
	return changed;
}

/* What came of the programs of a hook. */
struct counts {
	unsigned int made, accepted, readonly, refuted, changed, missed;
};

static void show(const struct random_program *program)
{
	for (size_t i = 0; i < program->count; i++)
		fprintf(stderr, "%4zu: code %02x dst r%d src r%d off %d imm %d%s%s\n", i,
			program->insns[i].code, program->insns[i].dst_reg,
			program->insns[i].src_reg, program->insns[i].off, program->insns[i].imm,
			program->targets[i].name ? " " : "",
			program->targets[i].name ? program->targets[i].name : "");
}

static void try_one(enum hook hook, struct counts *counts)
{
	static struct random_program program;
	struct analysis_input input = { .hook = hook,
					.insns = program.insns,
					.targets = program.targets };
	struct arena *arena = arena_new();
	enum opinion opinion;
	bool changed;
	int fd;

	random_program(&means, hook, &program);
	input.count = program.count;
	/* Also of what the kernel does not take: it has to be survived. */
	opinion = analysis_opinion(analyse(arena, &input));
	arena_free(arena);
	counts->made++;
	fd = load(&program);
	if (fd < 0)
		return;
	changed = changes(fd, hook);
	close(fd);
	counts->accepted++;
	counts->readonly += opinion == OPINION_READONLY;
	counts->refuted += opinion == OPINION_REFUTED;
	counts->changed += changed;
	if (changed && opinion != OPINION_REFUTED) {
		counts->missed++;
		show(&program);
	}
}

static void try_many(enum hook hook)
{
	const char *number = getenv("ORDAIN_PROGRAMS");
	unsigned int programs = number ? (unsigned int)strtoul(number, NULL, 10) : PROGRAMS;
	struct counts counts = { 0 };

	while (counts.made < programs && !counts.missed)
		try_one(hook, &counts);
	printf("%s: %u programs, %u accepted by the kernel; of these %u readonly to the analysis, "
	       "%u refuted; %u changed a packet, %u of them not refuted\n",
	       hook_name(hook), counts.made, counts.accepted, counts.readonly, counts.refuted,
	       counts.changed, counts.missed);
	assert_int_equal(counts.missed, 0);
	/* Where nothing was readonly, or nothing changed, nothing was shown. */
	assert_true(counts.readonly > counts.made / 50);
	assert_true(counts.changed > counts.made / 50);
}

static void xdp_programs_without_findings_change_nothing(void **state)
{
	(void)state;
	try_many(HOOK_XDP);
}

static void tc_programs_without_findings_change_nothing(void **state)
{
	(void)state;
	try_many(HOOK_TCX_INGRESS);
}

static int kfunc(const struct btf *btf, const char *name)
{
	int id = btf ? btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) : 0;

	return id > 0 ? id : 0;
}

static void find_means(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, none);
	struct btf *btf = btf__load_vmlinux_btf();

	means.below = below;
	means.map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "value", 4, RANDOM_VALUE_SIZE, 1, &none);
	means.ring = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, 4096, &none);
	if (means.map < 0 || means.ring < 0)
		test_skip("needs root, and a kernel with ring buffers");
	means.from_packet[HOOK_XDP] = kfunc(btf, "bpf_dynptr_from_xdp");
	means.from_packet[HOOK_TCX_INGRESS] = kfunc(btf, "bpf_dynptr_from_skb");
	means.slice = kfunc(btf, "bpf_dynptr_slice");
	means.slice_rdwr = kfunc(btf, "bpf_dynptr_slice_rdwr");
	btf__free(btf);
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xdp_programs_without_findings_change_nothing),
		cmocka_unit_test(tc_programs_without_findings_change_nothing),
	};
	const char *seed = getenv("ORDAIN_SEED");
	uint64_t value = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);

	printf("ORDAIN_SEED=%llu\n", (unsigned long long)value);
	random_state = (value + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
	libbpf_set_print(quiet);
	find_means();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
