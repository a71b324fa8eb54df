/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions of the kernel that are in modules: each program was loaded with an array of modules of
 * its own, and a chain has one for all. Where the kernel has them built in, there is none.
 */
#include <bpf/libbpf.h>

#include "tests/support/alone.h"
#include "tests/support/test.h"
#include "tests/support/way.h"

enum { PACKETS = 50 };

static void need_object(const struct ordain *ordain, const char *name)
{
	struct bpf_object *object = alone_load(object_path(ordain, name), HOOK_XDP);

	if (!object) {
		print_message("SKIP: this kernel does not take %s\n", name);
		skip();
	}
	bpf_object__close(object);
}

static void write_policy(const struct ordain *ordain, const char *order)
{
	policy_write(
		ordain, "modules.yaml",
		"programs:\n"
		"  a: {hook: xdp, interfaces: [eth0], object: %s}\n"
		"  lookup: {hook: xdp, function: conntrack_buff_xdp, interfaces: [eth0], "
		"object: %s}\n"
		"  nat: {hook: xdp, function: nat_buff_xdp, interfaces: [eth0], object: %s}\n"
		"  again: {hook: xdp, function: nat_buff_xdp, interfaces: [eth0], object: %s}\n"
		"chains: [{interfaces: [eth0], hook: xdp, order: [%s]}]\n",
		object_path(ordain, "stamp_a"), object_path(ordain, "corpus/conntrack"),
		object_path(ordain, "corpus/nat"), object_path(ordain, "corpus/nat"), order);
}

static void chain_calls_what_its_programs_call(void **state)
{
	struct ordain *ordain = *state;

	need_object(ordain, "corpus/conntrack");
	need_object(ordain, "corpus/nat");
	write_policy(ordain, "a, lookup, nat, again");
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "a+++");
	write_policy(ordain, "nat, again, lookup, a");
	ordain_do(ordain, "apply");
	way_expect(ordain, PACKETS, "+++a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(chain_calls_what_its_programs_call),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
