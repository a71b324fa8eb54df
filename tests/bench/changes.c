/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What packets meet while somebody changes something, as fast as the sender can send: how many were
 * lost, met an order that nobody asked for (mixed), or met less than the chain (bypassed).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/support/vendor.h"
#include "tests/support/way.h"

enum { CHANGES = 20, LETTERS = 8, PAUSE_US = 20000 };

/* Letters from x on are links of others, which come in that order; the rest is ours. */
struct kind {
	const char *name;
	enum hook hook;
	const char *theirs;
	bool absorb;
	const char *orders[2];
};

static const struct kind kinds[] = {
	{ "swap on xdp", HOOK_XDP, "", false, { "ab", "ba" } },
	{ "swap on tcx", HOOK_TCX_INGRESS, "", false, { "ab", "ba" } },
	{ "two segments", HOOK_TCX_INGRESS, "x", false, { "axb", "bxa" } },
	{ "three segments", HOOK_TCX_INGRESS, "xz", false, { "axbzc", "cxbza" } },
	{ "links taken over", HOOK_TCX_INGRESS, "xz", true, { "axz", "azx" } },
};

static void write_order(const struct ordain *ordain, const struct kind *kind, const char *order)
{
	struct text text = TEXT(ordain->arena);

	text_add(&text, "programs:\n");
	for (const char *at = order; *at; at++)
		if (strchr(kind->theirs, *at))
			text_printf(&text, "  %c: {hook: %s, attached: {pin: %s/%c}, absorb: %s}\n",
				    *at, hook_name(kind->hook), ordain->bpffs, *at,
				    kind->absorb ? "true" : "false");
		else
			text_printf(&text,
				    "  %c: {hook: %s, interfaces: [eth0], object: %s, "
				    "function: stamp_%s}\n",
				    *at, hook_name(kind->hook),
				    object_path(ordain,
						arena_printf(ordain->arena, "stamp_%c", *at)),
				    kind->hook == HOOK_XDP ? "xdp" : "tc");
	text_printf(&text, "chains:\n  - {interfaces: [eth0], hook: %s, order: [",
		    hook_name(kind->hook));
	for (const char *at = order; *at; at++)
		text_printf(&text, "%s%c", at == order ? "" : ", ", *at);
	policy_write(ordain, "order.yaml", "%s]}\n", text_string(&text));
}

/* A part of the chain: each of its letters is there, and some are missing. */
static bool is_part_of(const char *trace, const char *order)
{
	for (; *order && *trace; order++)
		trace += *trace == *order;
	return !*trace;
}

static void report(const char *name, const struct receipt *receipt, const char *const orders[2])
{
	uint64_t mixed = 0, bypassed = 0;

	for (size_t i = 0; i < receipt->trace_count; i++) {
		const char *trace = receipt->traces[i].letters;

		if (!strcmp(trace, orders[0]) || !strcmp(trace, orders[1]))
			continue;
		if (is_part_of(trace, orders[0]) || is_part_of(trace, orders[1]))
			bypassed += receipt->traces[i].packets;
		else
			mixed += receipt->traces[i].packets;
	}
	printf("%-22s %4d %12llu %8llu %8llu %8llu %10llu\n", name, CHANGES,
	       (unsigned long long)receipt->packets, (unsigned long long)receipt->lost,
	       (unsigned long long)receipt->duplicates, (unsigned long long)mixed,
	       (unsigned long long)bypassed);
}

static void begin(struct ordain *ordain, enum hook hook)
{
	way_open(ordain, hook);
	ordain->way->sender.rate = 0;
	way_start(ordain);
}

static void change_orders(struct ordain *ordain, const struct kind *kind)
{
	int links[LETTERS];
	size_t count = strlen(kind->theirs);

	for (size_t i = 0; i < count; i++) {
		const char *letter = arena_printf(ordain->arena, "%c", kind->theirs[i]);
		int program = foreign_open(
			object_path(ordain, arena_printf(ordain->arena, "stamp_%s", letter)),
			"stamp_tc", arena_printf(ordain->arena, "%s/%s", ordain->bpffs, letter));

		links[i] = foreign_link("eth0", kind->hook, program, false);
		close(program);
	}
	write_order(ordain, kind, kind->orders[0]);
	ordain_do(ordain, "apply");
	begin(ordain, kind->hook);
	for (unsigned int i = 1; i <= CHANGES; i++) {
		write_order(ordain, kind, kind->orders[i % 2]);
		ordain_do(ordain, "apply");
		usleep(PAUSE_US);
	}
	way_stop(ordain);
	report(kind->name, &ordain->way->receipt, kind->orders);
	way_close(ordain);
	ordain_do(ordain, "detach");
	ordain_do(ordain, "resume");
	for (size_t i = 0; i < count; i++) {
		close(links[i]);
		ordain_shell(ordain, "rm $BPFFS/%c", kind->theirs[i]);
	}
	policy_clear(ordain, "order.yaml");
	ordain_do(ordain, "apply");
}

/* Somebody forces his program onto a hook with a door, and takes it off again. */
static void come_and_go(struct ordain *ordain)
{
	static const char *const orders[2] = { "a", "ac" };
	struct vendor vendor;

	policy_write(ordain, "order.yaml",
		     "programs:\n"
		     "  a: {hook: xdp, interfaces: [eth0], object: %s, function: stamp_xdp}\n"
		     "chains:\n"
		     "  - {interfaces: [eth0], hook: xdp, others: absorb}\n",
		     object_path(ordain, "stamp_a"));
	agent_start_ready(ordain);
	vendor = vendor_start("eth0", 'c', BPF_XDP);
	begin(ordain, HOOK_XDP);
	for (unsigned int i = 0; i < CHANGES / 2; i++) {
		vendor_do(&vendor, VENDOR_FORCE);
		wait_until(ordain, ordain_in_sync(ordain));
		usleep(PAUSE_US);
		vendor_do(&vendor, VENDOR_DETACH);
		wait_until(ordain, ordain_in_sync(ordain));
		usleep(PAUSE_US);
	}
	way_stop(ordain);
	report("forced through a door", &ordain->way->receipt, orders);
	vendor_kill(&vendor);
	way_close(ordain);
	agent_stop(ordain);
}

static void changes(void **state)
{
	struct ordain *ordain = *state;

	printf("%-22s %4s %12s %8s %8s %8s %10s\n", "change", "of", "packets", "lost", "twice",
	       "mixed", "bypassed");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (hook_exists("eth0", kinds[i].hook))
			change_orders(ordain, &kinds[i]);
	come_and_go(ordain);
}

int main(void)
{
	const struct CMUnitTest tests[] = { ORDAIN_TEST(changes) };

	setbuf(stdout, NULL);
	/* As ctest tells tests. */
	setenv("ORDAIN", ORDAIN_BUILD "/agent/ordain", 0);
	setenv("ORDAIN_BPF", ORDAIN_BUILD "/bpf", 0);
	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
