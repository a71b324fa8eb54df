/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * On real packets: a chain of N trivial programs, inlined and called, on xdp and on tcx-egress; there
 * also N links of their own with the same program. Each variant has its own veth pair, so that
 * nothing is attached or detached between rounds; the time is the CPU time of the sender on one CPU:
 * its call runs the hook and carries the packet through the other end, where xdp is. What a variant
 * adds is the median of its differences, in the same round, to an interface with nothing on it.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "agent/kernel/hook_calls.h"
#include "tests/support/bench.h"
#include "tests/support/netns.h"
#include "tests/support/traffic.h"

enum { LENGTHS = 5, ROUNDS = 210, PACKETS = 5000, UP_MS = 2000 };
enum { INLINED, CALLED, SEPARATE, FORMS, VARIANTS = 2 + FORMS * LENGTHS };

static const size_t lengths[LENGTHS] = { 1, 2, 5, 10, 32 };

/* Variant 0 has nothing attached, 1 the program itself; then for each length each form. */
struct variant {
	bool used;
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

/* "xdp3" and "xdp3-peer". */
static const char *name_of(struct arena *arena, enum hook hook, size_t i, const char *end)
{
	return arena_printf(arena, "%s%zu%s", hook == HOOK_XDP ? "xdp" : "tcx", i, end);
}

static void make_interface(const struct netns *netns, struct arena *arena, enum hook hook, size_t i,
			   struct variant *variant)
{
	const char *name = name_of(arena, hook, i, "");
	const char *peer = name_of(arena, hook, i, "-peer");
	int result;

	netns_ip(netns, NETNS_NEAR, "link add %s type veth peer name %s", name, peer);
	netns_ip(netns, NETNS_NEAR, "link set %s up", name);
	netns_ip(netns, NETNS_NEAR, "link set %s up", peer);
	wait_until_running(name);
	result = sender_open(name, &variant->sender);
	if (result)
		bench_fail(result, "open a sender on %s", name);
	variant->used = true;
}

/* The link lives as long as the process. */
static void attach(struct arena *arena, enum hook hook, size_t i, int program)
{
	const char *name = name_of(arena, hook, i, hook == HOOK_XDP ? "-peer" : "");
	const struct hook_place head = { 0 };
	int link = hook_attach(hook, if_nametoindex(name), program,
			       hook == HOOK_XDP ? MODE_NATIVE : MODE_AUTO, &head);

	if (link < 0)
		bench_fail(link, "attach to %s %s", name, hook_name(hook));
	close(program);
}

static void make_variants(const struct netns *netns, struct arena *arena, enum hook hook,
			  struct variant *variants)
{
	struct loaded *loaded = bench_load_trivial(arena, hook);

	make_interface(netns, arena, hook, 0, &variants[0]);
	make_interface(netns, arena, hook, 1, &variants[1]);
	attach(arena, hook, 1, bench_load_bare(loaded, hook));
	for (size_t i = 0; i < LENGTHS; i++) {
		size_t at = 2 + FORMS * i;

		for (size_t form = 0; form < (hook == HOOK_XDP ? SEPARATE : FORMS); form++)
			make_interface(netns, arena, hook, at + form, &variants[at + form]);
		attach(arena, hook, at + INLINED,
		       bench_link(arena, loaded, hook, lengths[i], -1, BENCH_INLINED));
		attach(arena, hook, at + CALLED,
		       bench_link(arena, loaded, hook, lengths[i], -1, BENCH_CALLED));
		/* The kernel refuses the same program twice on a hook, so each is loaded anew. */
		for (size_t j = 0; hook != HOOK_XDP && j < lengths[i]; j++)
			attach(arena, hook, at + SEPARATE, bench_load_bare(loaded, hook));
	}
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

static void print(struct variant *variants, enum hook hook)
{
	double added_ns[VARIANTS] = { 0 };
	double none;

	/* First, while the rounds stand side by side: a median sorts them. */
	for (size_t i = 0; i < VARIANTS; i++)
		added_ns[i] = variants[i].used ? added(variants, i) : 0;
	none = bench_median(variants[0].ns, ROUNDS);
	printf("\n%s: nothing attached: %.0f packets/s, %.0f ns a packet; the program itself adds "
	       "%.1f ns\n\n",
	       hook_name(hook), 1e9 / none, none, added_ns[1]);
	printf("%8s %24s %24s %24s\n", "", "inlined", "called", "separate links");
	printf("%8s", "programs");
	for (size_t form = 0; form < FORMS; form++)
		printf(" %10s %13s", "added ns", "to one alone");
	printf("\n");
	for (size_t i = 0; i < LENGTHS; i++) {
		printf("%8zu", lengths[i]);
		for (size_t form = 0; form < (hook == HOOK_XDP ? SEPARATE : FORMS); form++) {
			double ns = added_ns[2 + FORMS * i + form];

			printf(" %10.1f %13.3f", ns, (none + ns) / (none + added_ns[1]));
		}
		printf("\n");
	}
}

static void measure(const struct netns *netns, enum hook hook)
{
	static struct variant variants[VARIANTS];
	struct arena *arena = arena_new();

	memset(variants, 0, sizeof(variants));
	make_variants(netns, arena, hook, variants);
	/* Each round starts with another variant, and each variant warms up before it counts. */
	for (size_t round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < VARIANTS; i++) {
			struct variant *variant = &variants[(round + i) % VARIANTS];

			if (!variant->used)
				continue;
			run(variant);
			variant->ns[round] = run(variant);
		}
	}
	print(variants, hook);
	for (size_t i = 0; i < VARIANTS; i++)
		if (variants[i].used)
			sender_close(&variants[i].sender);
	arena_free(arena);
}

int main(void)
{
	const struct netns *netns;

	bench_need_root();
	netns = netns_enter();
	stay_on_this_cpu();
	printf("Chains of the trivial program under real packets: medians of %d rounds of %d "
	       "packets.\n",
	       ROUNDS, PACKETS);
	measure(netns, HOOK_XDP);
	measure(netns, HOOK_TCX_EGRESS);
	return 0;
}
