/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What it takes to bring programs into the kernel: chains of 1, 10 and 64 elements and one of
 * 100,000 instructions, loaded and linked; an object that is replaced while 1, 10 and 100
 * interfaces run it; and the memory that the kernel locks for a chain.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/kernel/chain_pins.h"
#include "agent/kernel/kernel_linux.h"
#include "agent/system/files.h"
#include "tests/support/bench.h"
#include "tests/support/netns.h"

enum { ROUNDS = 11, UPGRADES = 7, INTERFACES = 100, MAX_OBJECT = 64 << 20 };

#define DIGEST "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"

struct host {
	struct arena *arena;
	const char *root;
	const char *bpffs;
};

struct bytes {
	const char *text;
	size_t length;
};

static const void *give_bytes(void *context, const char *digest, size_t *ret_length)
{
	const struct bytes *bytes = context;

	(void)digest;
	*ret_length = bytes->length;
	return bytes->text;
}

static struct bytes read_object(struct arena *arena, const char *path)
{
	struct bytes bytes;
	int result = file_read(arena, path, MAX_OBJECT, &bytes.text, &bytes.length);

	if (result)
		bench_fail(result, "read %s", path);
	return bytes;
}

static const struct manifest *make_manifest(struct arena *arena, size_t count, const char *function)
{
	struct manifest *manifest = arena_alloc(arena, sizeof(*manifest));

	manifest->hook = HOOK_XDP;
	for (size_t i = 0; i < count; i++)
		*list_push(arena, manifest) = (struct manifest_element){
			.name = arena_printf(arena, "p%zu", i),
			.digest = DIGEST,
			.function = function,
			.proceed = verdicts_continuing(HOOK_XDP),
		};
	return manifest;
}

/* In milliseconds, with nothing loaded before. */
static double prepare(const struct host *host, struct bytes *bytes, size_t count,
		      const char *function)
{
	struct arena *arena = arena_new();
	struct diags diags = DIAGS(arena);
	struct kernel_linux_options options = { .bpffs = host->bpffs,
						.objects = { give_bytes, bytes } };
	const struct manifest *manifest = make_manifest(arena, count, function);
	struct kernel *kernel;
	struct error error;
	uint64_t start;

	if (kernel_linux_open(&options, &kernel, &error))
		bench_fail(0, "%s", error.text);
	start = bench_now();
	if (kernel_prepare(kernel, manifest, &diags, &error))
		bench_fail(0, "%s", error.text);
	start = bench_now() - start;
	if (diags_have_errors(&diags))
		bench_fail(0, "%s", diags.items[0].summary);
	kernel_close(kernel);
	arena_free(arena);
	return (double)start / 1e6;
}

static void measure_loads(const struct host *host)
{
	static const size_t counts[] = { 1, 10, 64 };
	struct bytes trivial = read_object(host->arena, bench_trivial_object());
	struct bytes large = read_object(host->arena, bench_large_object());
	double ms[4][ROUNDS];
	double one;

	for (size_t round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < 3; i++)
			ms[i][round] = prepare(host, &trivial, counts[i],
					       bench_trivial_function(HOOK_XDP));
		ms[3][round] = prepare(host, &large, 1, "large_xdp");
	}
	one = bench_median(ms[0], ROUNDS);
	printf("%-32s %10s %8s\n", "load each alone, link, load", "ms", "ratio");
	for (size_t i = 0; i < 3; i++) {
		double median = bench_median(ms[i], ROUNDS);

		printf("%2zu elements of 2 instructions   %10.2f %8.1f\n", counts[i], median,
		       median / one);
	}
	printf("%-32s %10.2f %8.1f\n\n", " 1 element of 100,000", bench_median(ms[3], ROUNDS),
	       bench_median(ms[3], ROUNDS) / one);
}

static void write_policy(const struct host *host, size_t interfaces, const char *object)
{
	struct text list = TEXT(host->arena);

	for (size_t i = 0; i < interfaces; i++)
		text_printf(&list, "%sv%zu", i ? ", " : "", i);
	bench_write_policy(host->root, "10-program.yaml",
			   arena_printf(host->arena,
					"ordain: 1\nprograms:\n  p:\n    hook: xdp\n"
					"    interfaces: [%s]\n    object: %s\n    function: %s\n",
					text_string(&list), object,
					bench_trivial_function(HOOK_XDP)));
}

/* The other content has a byte behind its end: another digest of the same program. */
static void install(const struct host *host, const struct bytes *object, size_t version)
{
	const char *path = arena_printf(host->arena, "%s/p.bpf.o", host->root);
	char *bytes = arena_memdup(host->arena, object->text, object->length + 1);

	int result;

	bytes[object->length] = '\0';
	result = file_replace(path, bytes, object->length + version % 2);

	if (result)
		bench_fail(result, "write %s", path);
}

static double upgrade(const struct host *host, const struct bytes *object, size_t interfaces)
{
	const char *path = arena_printf(host->arena, "%s/p.bpf.o", host->root);
	double ms[UPGRADES];

	write_policy(host, interfaces, path);
	install(host, object, 0);
	bench_apply(host->root, host->bpffs);
	for (size_t i = 0; i < UPGRADES; i++) {
		uint64_t start;

		install(host, object, i + 1);
		start = bench_now();
		bench_apply(host->root, host->bpffs);
		ms[i] = (double)(bench_now() - start) / 1e6;
	}
	return bench_median(ms, UPGRADES);
}

static void measure_upgrades(const struct host *host, const struct netns *netns)
{
	static const size_t counts[] = { 1, 10, INTERFACES };
	struct bytes object = read_object(host->arena, bench_trivial_object());
	double one = 0;

	for (int i = 0; i < INTERFACES; i++)
		netns_ip(netns, NETNS_NEAR, "link add v%d type veth peer name w%d", i, i);
	printf("%-32s %10s %8s\n", "apply of a replaced object", "ms", "ratio");
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		double median = upgrade(host, &object, counts[i]);

		one = i ? one : median;
		printf("on %3zu interfaces                %10.2f %8.1f\n", counts[i], median,
		       median / one);
	}
	printf("\n");
}

/* What /proc says of a descriptor, in bytes. */
static unsigned long memlock_of(int fd)
{
	char path[64], line[256];
	unsigned long bytes = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "memlock: %lu", &bytes) == 1)
			break;
	if (file)
		fclose(file);
	return bytes;
}

static void measure_memory(const struct host *host)
{
	struct pinned_hook hook = { netns_ifindex("v0"), HOOK_XDP };
	unsigned long sum = 0;
	struct pinned_ids ids;
	struct linked linked;
	struct error error;
	struct pins pins;

	if (pins_open(host->bpffs, &pins, &error))
		bench_fail(0, "%s", error.text);
	pins_chains(host->arena, &pins, hook, &ids);
	if (!ids.count || pins_open_chain(&pins, hook, ids.items[0], &linked))
		bench_fail(0, "v0 has no chain");
	printf("%-32s %10s\n", "memory of a chain of one", "bytes");
	for (enum linked_part part = 0; part < LINKED_PARTS; part++) {
		unsigned long bytes = memlock_of(linked.fds[part]);

		printf("%-32s %10lu\n", linked_part_name(part), bytes);
		sum += bytes;
	}
	printf("%-32s %10lu\n", "all", sum);
	linked_close(&linked);
	pins_close(&pins);
}

int main(void)
{
	struct host host = { .arena = arena_new() };
	const struct netns *netns;

	bench_need_root();
	netns = netns_enter();
	host.root = arena_printf(host.arena, "%s/root", netns->scratch);
	host.bpffs = netns->bpffs;
	measure_loads(&host);
	measure_upgrades(&host, netns);
	measure_memory(&host);
	arena_free(host.arena);
	return 0;
}
