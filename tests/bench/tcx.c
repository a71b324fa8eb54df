/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * On real packets: one linked chain of N elements on tcx-egress against N links of their own with
 * the same program, and against an interface with nothing on it. Each variant has its own veth
 * pair, so that nothing is attached or detached between rounds; the time is the CPU time of the
 * sender on one CPU: its call runs the hook and carries the packet to the other end, where it is
 * dropped. And one chain in one, two and three segments around programs of others. What a variant
 * adds is the median of its differences to the bare interface in the same round.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "agent/kernel/hook_calls.h"
#include "agent/link/dual.h"
#include "tests/support/bench.h"
#include "tests/support/netns.h"
#include "tests/support/traffic.h"

enum { LENGTHS = 3, ROUNDS = 210, PACKETS = 5000, UP_MS = 2000 };

/* Six elements of ours and two programs of others, ours in so many segments; the last: switching. */
enum { OURS = 6, SEGMENTS = 3, SPLITS = SEGMENTS + 1 };
enum { FIRST_SPLIT = 1 + 2 * LENGTHS, VARIANTS = FIRST_SPLIT + SPLITS };

static const size_t lengths[LENGTHS] = { 1, 5, 10 };

/*
 * Variant 0 has nothing attached; then for each length a linked chain and separate links; then the
 * segments.
 */
struct variant {
	struct sender sender;
	double ns[ROUNDS];
};

static void wait_until_running(const char *interface)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	for (int i = 0; i < UP_MS && !(request.ifr_flags & IFF_RUNNING); i++) {
		usleep(1000);
		ioctl(fd, SIOCGIFFLAGS, &request);
	}
	close(fd);
	if (!(request.ifr_flags & IFF_RUNNING))
		bench_fail(0, "%s does not come up", interface);
}

static void make_interface(const struct netns *netns, struct arena *arena, size_t i,
			   struct variant *variant)
{
	const char *name = arena_printf(arena, "bench%zu", i);
	int result;

	netns_ip(netns, NETNS_NEAR, "link add %s type veth peer name peer%zu", name, i);
	netns_ip(netns, NETNS_NEAR, "link set %s up", name);
	netns_ip(netns, NETNS_NEAR, "link set peer%zu up", i);
	wait_until_running(name);
	result = sender_open(name, &variant->sender);
	if (result)
		bench_fail(result, "open a sender on %s", name);
}

/* The link lives as long as the process. */
static void attach(size_t i, int program)
{
	const struct hook_place head = { 0 };
	char name[IF_NAMESIZE];
	int link;

	snprintf(name, sizeof(name), "bench%zu", i);
	link = hook_attach(HOOK_TCX_EGRESS, if_nametoindex(name), program, MODE_AUTO, &head);
	if (link < 0)
		bench_fail(link, "attach to %s tcx-egress", name);
	close(program);
}

/* What a link has while several change at once: it calls the chain that is in force. */
static int make_dual(const struct dual_latch *latch, int program, bool first)
{
	struct dual dual;
	int result = dual_make(latch, program, -1, first, 0, &dual);

	if (result)
		bench_fail(result, "make a dual program");
	close(program);
	/* The program array would empty without its descriptor: that one stays open. */
	return dual.fds[DUAL_PROGRAM];
}

/* Each link goes to the head: from the last to the first. */
static void attach_split(struct arena *arena, struct loaded *loaded, size_t split)
{
	size_t segments = split < SEGMENTS ? split + 1 : SEGMENTS;
	struct dual_latch latch;
	int result = dual_latch_make(&latch);

	if (result)
		bench_fail(result, "make the maps of a switch");
	for (size_t i = SEGMENTS; i-- > 0;) {
		int program;

		if (i < segments) {
			program = bench_link(arena, loaded, HOOK_TCX_EGRESS, OURS / segments, -1,
					     BENCH_CALLED);
			if (split == SEGMENTS)
				program = make_dual(&latch, program, i == 0);
			attach(FIRST_SPLIT + split, program);
		}
		if (i)
			attach(FIRST_SPLIT + split, bench_load_bare(loaded, HOOK_TCX_EGRESS));
	}
}

static void make_variants(const struct netns *netns, struct arena *arena, struct variant *variants)
{
	struct loaded *loaded = bench_load_trivial(arena, HOOK_TCX_EGRESS);

	for (size_t i = 0; i < VARIANTS; i++)
		make_interface(netns, arena, i, &variants[i]);
	for (size_t i = 0; i < LENGTHS; i++) {
		attach(1 + 2 * i,
		       bench_link(arena, loaded, HOOK_TCX_EGRESS, lengths[i], -1, BENCH_CALLED));
		/* The kernel refuses the same program twice on a hook, so each is loaded anew. */
		for (size_t j = 0; j < lengths[i]; j++)
			attach(2 + 2 * i, bench_load_bare(loaded, HOOK_TCX_EGRESS));
	}
	for (size_t i = 0; i < SPLITS; i++)
		attach_split(arena, loaded, i);
	loaded_close(loaded);
}

static void stay_on_this_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		bench_fail(errno, "stay on one CPU");
}

static double cpu_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double run(struct variant *variant)
{
	double start = cpu_time();
	int result = sender_send(&variant->sender, PACKETS);

	if (result)
		bench_fail(result, "send");
	return (cpu_time() - start) / PACKETS;
}

/* Against the bare interface, round by round. */
static double added(const struct variant *variants, size_t which)
{
	double differences[ROUNDS];

	for (size_t round = 0; round < ROUNDS; round++)
		differences[round] = variants[which].ns[round] - variants[0].ns[round];
	return bench_median(differences, ROUNDS);
}

static void print(struct variant *variants)
{
	double added_ns[VARIANTS];
	double none;

	/* First, while the rounds stand side by side: a median sorts them. */
	for (size_t i = 0; i < VARIANTS; i++)
		added_ns[i] = added(variants, i);
	none = bench_median(variants[0].ns, ROUNDS);
	printf("nothing attached: %.0f packets/s, %.0f ns a packet\n\n", 1e9 / none, none);
	printf("%8s  %10s %9s  %10s %9s  %16s\n", "", "linked", "", "separate", "",
	       "linked/separate");
	printf("%8s  %10s %9s  %10s %9s  %16s\n", "programs", "packets/s", "added ns", "packets/s",
	       "added ns", "ns a packet");
	for (size_t i = 0; i < LENGTHS; i++) {
		double linked = none + added_ns[1 + 2 * i];
		double separate = none + added_ns[2 + 2 * i];

		printf("%8zu  %10.0f %9.0f  %10.0f %9.0f  %16.2f\n", lengths[i], 1e9 / linked,
		       linked - none, 1e9 / separate, separate - none, linked / separate);
	}
	printf("\n%d elements of ours and two programs of others:\n", OURS);
	for (size_t i = 0; i < SPLITS; i++)
		printf("%8zu segment%s%-20s %6.0f added ns\n", i < SEGMENTS ? i + 1 : SEGMENTS,
		       i ? "s" : "", i < SEGMENTS ? "" : " while they switch",
		       added_ns[FIRST_SPLIT + i]);
}

int main(void)
{
	static struct variant variants[VARIANTS];
	struct arena *arena = arena_new();
	const struct netns *netns;

	bench_need_root();
	netns = netns_enter();
	make_variants(netns, arena, variants);
	stay_on_this_cpu();
	/* Each round starts with another variant, and each variant warms up before it counts. */
	for (size_t round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < VARIANTS; i++) {
			struct variant *variant = &variants[(round + i) % VARIANTS];

			run(variant);
			variant->ns[round] = run(variant);
		}
	}
	printf("Linked chain against separate links on tcx-egress: medians of %d rounds of %d "
	       "packets.\n\n",
	       ROUNDS, PACKETS);
	print(variants);
	for (size_t i = 0; i < VARIANTS; i++)
		sender_close(&variants[i].sender);
	arena_free(arena);
	return 0;
}
