/* SPDX-License-Identifier: GPL-2.0-only */
/* Interfaces come, go, and change their names and namespaces; the agent follows them. */
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/support/way.h"

static void make(const struct ordain *ordain, const char *name)
{
	netns_ip(ordain->netns, NETNS_NEAR, "link add %s type veth peer name %s-peer", name, name);
}

static bool runs(const char *interface)
{
	return netns_ifindex(interface) && hook_program(interface, HOOK_XDP);
}

/* Pins for the number that an interface had. */
static bool has_pins(const struct ordain *ordain, unsigned int ifindex)
{
	return ordain_shell(ordain, "ls -d $BPFFS/ordain/netns-*/%u-xdp", ifindex).code == 0;
}

static void program_waits_for_its_interface(void **state)
{
	struct ordain *ordain = *state;
	const char *status;

	policy_chain(ordain, "p.yaml", "v0", HOOK_XDP, "ab");
	agent_start_ready(ordain);
	status = ordain_run(ordain, "status").out;
	assert_non_null(strstr(status, "waiting"));
	assert_non_null(strstr(status, "v0"));
	assert_non_null(strstr(status, "2 programs wait"));
	make(ordain, "v0");
	wait_until(ordain, runs("v0"));
	wait_until(ordain, ordain_in_sync(ordain));
	assert_null(strstr(ordain_do(ordain, "status"), "waiting"));
}

static void deleted_interface_leaves_nothing(void **state)
{
	struct ordain *ordain = *state;
	unsigned int index;

	make(ordain, "v0");
	policy_chain(ordain, "p.yaml", "v0", HOOK_XDP, "a");
	agent_start_ready(ordain);
	index = netns_ifindex("v0");
	assert_true(has_pins(ordain, index));
	netns_ip(ordain->netns, NETNS_NEAR, "link del v0");
	wait_until(ordain, !has_pins(ordain, index));
	wait_until(ordain, strstr(ordain_run(ordain, "status").out, "waiting"));
}

static void recreated_interface_gets_its_chain(void **state)
{
	struct ordain *ordain = *state;

	make(ordain, "v0");
	policy_chain(ordain, "p.yaml", "v0", HOOK_XDP, "a");
	agent_start_ready(ordain);
	for (int i = 0; i < 5; i++) {
		unsigned int index = netns_ifindex("v0");

		netns_ip(ordain->netns, NETNS_NEAR, "link del v0");
		make(ordain, "v0");
		assert_int_not_equal(netns_ifindex("v0"), index);
		wait_until(ordain, runs("v0"));
		wait_until(ordain, !has_pins(ordain, index));
	}
	wait_until(ordain, ordain_in_sync(ordain));
}

/* Programs belong to names: whoever bears one has them, and whoever loses it loses them. */
static void renamed_interface_follows_its_name(void **state)
{
	struct ordain *ordain = *state;

	make(ordain, "v0");
	policy_chain(ordain, "p.yaml", "v0", HOOK_XDP, "a");
	agent_start_ready(ordain);
	netns_ip(ordain->netns, NETNS_NEAR, "link set v0 name other");
	wait_until(ordain, !runs("other"));
	netns_ip(ordain->netns, NETNS_NEAR, "link set other name v0");
	wait_until(ordain, runs("v0"));
	wait_until(ordain, ordain_in_sync(ordain));
}

/* Two interfaces change their names with each other: each gets what its new name has. */
static void swapped_names_are_followed(void **state)
{
	struct ordain *ordain = *state;

	make(ordain, "v0");
	make(ordain, "v1");
	policy_chain(ordain, "p.yaml", "v0", HOOK_XDP, "a");
	agent_start_ready(ordain);
	netns_ip(ordain->netns, NETNS_NEAR, "link set v0 name v2");
	netns_ip(ordain->netns, NETNS_NEAR, "link set v1 name v0");
	netns_ip(ordain->netns, NETNS_NEAR, "link set v2 name v1");
	wait_until(ordain, runs("v0") && !runs("v1"));
	wait_until(ordain, ordain_in_sync(ordain));
}

static bool runs_far(const struct ordain *ordain, const char *interface)
{
	bool result;

	netns_switch(ordain->netns, NETNS_FAR);
	result = runs(interface);
	netns_switch(ordain->netns, NETNS_NEAR);
	return result;
}

static void move(const struct ordain *ordain, enum netns_side from, enum netns_side to)
{
	netns_ip(ordain->netns, from, "link set v0 netns /proc/%d/fd/%d", getpid(),
		 ordain->netns->side[to]);
}

/* Ours ends where our policy ends: the chain does not go along for good. */
static void moved_interface_loses_its_chain_and_gets_it_back(void **state)
{
	struct ordain *ordain = *state;
	unsigned int index;

	make(ordain, "v0");
	policy_chain(ordain, "p.yaml", "v0", HOOK_XDP, "a");
	agent_start_ready(ordain);
	index = netns_ifindex("v0");
	move(ordain, NETNS_NEAR, NETNS_FAR);
	wait_until(ordain, !runs_far(ordain, "v0"));
	wait_until(ordain, !has_pins(ordain, index));
	move(ordain, NETNS_FAR, NETNS_NEAR);
	wait_until(ordain, runs("v0"));
	wait_until(ordain, ordain_in_sync(ordain));
}

/* Moved away while no agent ran, and another interface has the number now. */
static void number_of_a_moved_interface_is_not_taken_for_ours(void **state)
{
	struct ordain *ordain = *state;
	unsigned int index;
	int program = foreign_load(HOOK_XDP);
	int link;

	make(ordain, "v0");
	policy_chain(ordain, "p.yaml", "v0", HOOK_XDP, "a");
	ordain_do(ordain, "apply");
	index = netns_ifindex("v0");
	move(ordain, NETNS_NEAR, NETNS_FAR);
	netns_ip(ordain->netns, NETNS_NEAR, "link add v9 index %u type veth peer name v9-peer",
		 index);
	link = foreign_link("v9", HOOK_XDP, program, true);
	agent_start_ready(ordain);
	wait_until(ordain, !runs_far(ordain, "v0"));
	assert_int_equal(hook_program("v9", HOOK_XDP), foreign_id(program));
	close(link);
	close(program);
}

static void globs_take_what_comes(void **state)
{
	struct ordain *ordain = *state;

	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  a: {hook: xdp, interfaces: [\"v*\", \"!*-peer\", \"!v3\"], object: %s, "
		     "function: stamp_xdp}\n",
		     object_path(ordain, "stamp_a"));
	agent_start_ready(ordain);
	for (int i = 0; i < 5; i++)
		make(ordain, arena_printf(ordain->arena, "v%d", i));
	wait_until(ordain, runs("v0") && runs("v1") && runs("v2") && runs("v4"));
	wait_until(ordain, ordain_in_sync(ordain));
	assert_false(runs("v3"));
	assert_false(runs("v0-peer"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(program_waits_for_its_interface),
		ORDAIN_TEST(deleted_interface_leaves_nothing),
		ORDAIN_TEST(recreated_interface_gets_its_chain),
		ORDAIN_TEST(renamed_interface_follows_its_name),
		ORDAIN_TEST(swapped_names_are_followed),
		ORDAIN_TEST(moved_interface_loses_its_chain_and_gets_it_back),
		ORDAIN_TEST(number_of_a_moved_interface_is_not_taken_for_ours),
		ORDAIN_TEST(globs_take_what_comes),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
