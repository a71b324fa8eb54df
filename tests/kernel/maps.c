/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps of programs: where their own tools find them, who shares them, and what an upgrade of
 * the object leaves in them.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "tests/support/test.h"
#include "tests/support/way.h"

enum { PACKETS = 50 };

/* What the program's own tool would open. */
static int map_open(const struct ordain *ordain, const char *program, const char *map)
{
	const char *path =
		arena_printf(ordain->arena, "%s/ordain/maps/%s/%s", ordain->bpffs, program, map);
	int fd = bpf_obj_get(path);

	if (fd < 0)
		fail_msg("%s: %s", path, strerror(-fd));
	return fd;
}

static uint64_t map_value(const struct ordain *ordain, const char *program, const char *map,
			  uint32_t key)
{
	int fd = map_open(ordain, program, map);
	uint64_t value = 0;
	int result = bpf_map_lookup_elem(fd, &key, &value);

	close(fd);
	return result ? 0 : value;
}

static uint32_t map_id(const struct ordain *ordain, const char *program, const char *map)
{
	int fd = map_open(ordain, program, map);
	struct bpf_map_info info;
	__u32 size = sizeof(info);

	memset(&info, 0, sizeof(info));
	assert_int_equal(bpf_map_get_info_by_fd(fd, &info, &size), 0);
	close(fd);
	return info.id;
}

/* A second interface, which goes with the case. */
static void other_add(const struct ordain *ordain)
{
	netns_ip(ordain->netns, NETNS_NEAR, "link add other0 type veth peer name other0-peer");
}

static void functions_of_one_object_share_its_maps(void **state)
{
	struct ordain *ordain = *state;

	need_tcx();
	policy_write(ordain, "both.yaml",
		     "programs:\n"
		     "  both:\n"
		     "    functions: {tcx-ingress: count_in, tcx-egress: count_out}\n"
		     "    interfaces: [eth0]\n"
		     "    object: %s\n",
		     object_path(ordain, "features/both_ways"));
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_TCX_INGRESS);
	way_expect(ordain, PACKETS, "");
	way_close(ordain);
	way_open(ordain, HOOK_TCX_EGRESS);
	way_expect(ordain, 2 * PACKETS, "");
	assert_int_equal(map_value(ordain, "both", "counts", 0), PACKETS);
	assert_int_equal(map_value(ordain, "both", "counts", 1), 2 * PACKETS);
	assert_int_equal(map_value(ordain, "both", "both-bss", 0), 3 * PACKETS);
}

static void jump_tables_are_filled(void **state)
{
	struct ordain *ordain = *state;

	other_add(ordain);
	policy_write(ordain, "jump.yaml",
		     "programs:\n"
		     "  a: {hook: xdp, interfaces: [eth0], object: %s, first: true}\n"
		     "  jump: {hook: xdp, interfaces: [eth0], object: %s, function: jump}\n"
		     "  c: {hook: xdp, interfaces: [eth0], object: %s, last: true}\n",
		     object_path(ordain, "stamp_a"), object_path(ordain, "features/jump_table"),
		     object_path(ordain, "stamp_c"));
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(way_send(ordain, 0, PACKETS, "ajxc"), PACKETS);
		assert_int_equal(way_send(ordain, 1, PACKETS, "ajyc"), PACKETS);
		assert_int_equal(way_send(ordain, 2, PACKETS, "aj-c"), PACKETS);
		/* Another chain with the same object: the tables are still full. */
		policy_write(
			ordain, "more.yaml",
			"chains:\n"
			"  - {interfaces: [eth0], hook: xdp, override: {c: {priority: %d}}}\n"
			"programs:\n"
			"  other: {hook: xdp, interfaces: [other0], object: %s, function: jump}\n",
			i, object_path(ordain, "features/jump_table"));
		ordain_do(ordain, "apply");
	}
}

static const char *flows_path(const struct ordain *ordain)
{
	return ordain_path(ordain, "flows.bpf.o");
}

static void flows_install(const struct ordain *ordain, int version)
{
	file_copy(ordain, object_path(ordain, arena_printf(ordain->arena, "flows_%d", version)),
		  flows_path(ordain));
}

static void flows_policy(const struct ordain *ordain)
{
	flows_install(ordain, 1);
	policy_write(ordain, "flows.yaml",
		     "programs:\n"
		     "  a: {hook: xdp, interfaces: [eth0], object: %s, first: true}\n"
		     "  flows: {hook: xdp, interfaces: [eth0], object: %s}\n",
		     object_path(ordain, "stamp_a"), flows_path(ordain));
}

/* What fits is kept with what is in it; what does not, and global data, is made anew. */
static void upgrade_keeps_the_maps_that_fit(void **state)
{
	struct ordain *ordain = *state;
	struct outcome plan;
	uint32_t flows, settings;

	flows_policy(ordain);
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "a1");
	flows = map_id(ordain, "flows", "flows");
	settings = map_id(ordain, "flows", "settings");
	flows_install(ordain, 2);
	plan = ordain_run(ordain, "plan");
	assert_int_equal(plan.code, 0);
	assert_non_null(strstr(plan.err, "program 'flows': its new object keeps the maps: flows"));
	assert_non_null(strstr(plan.err, "settings (its value had 8 bytes, and has 16)"));
	ordain_do(ordain, "apply");
	way_expect(ordain, PACKETS, "a2");
	assert_int_equal(map_id(ordain, "flows", "flows"), flows);
	assert_int_not_equal(map_id(ordain, "flows", "settings"), settings);
	assert_int_equal(map_value(ordain, "flows", "flows", 0), 2 * PACKETS);
	assert_int_equal(map_value(ordain, "flows", "flows-bss", 0), PACKETS);
	assert_true(map_value(ordain, "flows", "bytes", 0) > 0);
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "flows", "seen"), 2 * PACKETS);
	/* And back again. */
	flows_install(ordain, 1);
	ordain_do(ordain, "apply");
	way_expect(ordain, PACKETS, "a1");
	assert_int_equal(map_value(ordain, "flows", "flows", 0), 3 * PACKETS);
}

/* A companion reads the map through its pin all the while; an agent upgrades, and is killed. */
static void upgrade_under_traffic_loses_nothing(void **state)
{
	struct ordain *ordain = *state;
	uint64_t last = 0;

	flows_policy(ordain);
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	way_start(ordain);
	for (int round = 0; round < 6; round++) {
		uint32_t program = hook_program("eth0", HOOK_XDP);
		uint64_t count;

		flows_install(ordain, round % 2 ? 1 : 2);
		if (round % 3 == 2) {
			usleep(300000);
			agent_kill(ordain);
			agent_start_ready(ordain);
		}
		wait_until(ordain, hook_program("eth0", HOOK_XDP) != program);
		way_wait(ordain, 500);
		wait_until(ordain, ordain_in_sync(ordain));
		count = map_value(ordain, "flows", "flows", 0);
		assert_true(count > last);
		last = count;
	}
	way_stop(ordain);
	assert_int_equal(ordain->way->receipt.lost, 0);
	assert_int_equal(receipt_of(&ordain->way->receipt, "a1") +
				 receipt_of(&ordain->way->receipt, "a2"),
			 ordain->way->receipt.packets);
	assert_int_equal(map_value(ordain, "flows", "flows", 0), ordain->way->receipt.packets);
}

/* So many maps beside `flows` that its next version, with one more, does not fit any more. */
static void crowd(const struct ordain *ordain, const char *interface)
{
	struct text text = TEXT(ordain->arena);

	for (int i = 0; i < 11; i++)
		text_printf(&text, "  names%d: {hook: xdp, interfaces: [%s], object: %s}\n", i,
			    interface, object_path(ordain, "features/map_names"));
	for (int i = 0; i < 4; i++)
		text_printf(&text, "  set%d: {hook: xdp, interfaces: [%s], object: %s}\n", i,
			    interface, object_path(ordain, "features/settings"));
	policy_write(ordain, "crowd.yaml", "programs:\n%s", text_string(&text));
}

static void upgrade_is_for_all_chains_or_none(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	other_add(ordain);
	flows_install(ordain, 1);
	policy_write(ordain, "flows.yaml",
		     "programs:\n"
		     "  flows: {hook: xdp, interfaces: [eth0, other0], object: %s}\n",
		     flows_path(ordain));
	crowd(ordain, "other0");
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "1");
	flows_install(ordain, 2);
	outcome = ordain_run(ordain, "apply");
	assert_int_equal(outcome.code, 1);
	assert_non_null(strstr(outcome.err, "the chain uses more than 64 maps"));
	assert_non_null(strstr(outcome.err, "program 'flows': its new object waits on all hooks, "
					    "for other0 xdp cannot take it over"));
	assert_non_null(strstr(outcome.out, "eth0 xdp: BLOCKED by error[object-held]"));
	way_expect(ordain, PACKETS, "1");
	policy_clear(ordain, "crowd.yaml");
	ordain_do(ordain, "apply");
	way_expect(ordain, PACKETS, "2");
}

static void pinned_policy(const struct ordain *ordain, const char *more)
{
	policy_write(ordain, "pinned.yaml",
		     "programs:\n"
		     "  p: {hook: xdp, interfaces: [eth0], object: %s%s}\n",
		     object_path(ordain, "features/pinned"), more);
}

static const char *shared_path(const struct ordain *ordain)
{
	return arena_printf(ordain->arena, "%s/ordain_shared", ordain->bpffs);
}

static void shared_make(const struct ordain *ordain, __u32 value_size)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "shared", 4, value_size, 1, NULL);

	assert_true(fd >= 0);
	assert_int_equal(bpf_obj_pin(fd, shared_path(ordain)), 0);
	close(fd);
}

static uint64_t shared_value(const struct ordain *ordain)
{
	int fd = bpf_obj_get(shared_path(ordain));
	uint64_t value = 0;
	uint32_t key = 0;

	assert_true(fd >= 0);
	assert_int_equal(bpf_map_lookup_elem(fd, &key, &value), 0);
	close(fd);
	return value;
}

/* Whose object asks for it opens nobody's map, unless the administrator allows it. */
static void maps_are_shared_by_name_where_it_is_allowed(void **state)
{
	struct ordain *ordain = *state;
	struct outcome plan;

	shared_make(ordain, sizeof(uint64_t));
	pinned_policy(ordain, "");
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "p");
	assert_int_equal(shared_value(ordain), 0);
	pinned_policy(ordain, ", pin_by_name: true");
	plan = ordain_run(ordain, "plan");
	assert_non_null(strstr(plan.err, "program 'p': shares maps by name in"));
	ordain_do(ordain, "apply");
	way_expect(ordain, PACKETS, "p");
	assert_int_equal(shared_value(ordain), PACKETS);
	ordain_do(ordain, "detach");
	assert_int_equal(shared_value(ordain), PACKETS);
	assert_int_equal(unlink(shared_path(ordain)), 0);
}

/* A plan pins nothing; an apply does. What does not fit is left alone, and said. */
static void maps_to_share_are_made_or_have_to_fit(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	pinned_policy(ordain, ", pin_by_name: true");
	ordain_run(ordain, "plan");
	assert_int_not_equal(access(shared_path(ordain), F_OK), 0);
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "p");
	assert_int_equal(shared_value(ordain), PACKETS);
	policy_clear(ordain, "pinned.yaml");
	ordain_do(ordain, "apply");
	assert_int_equal(unlink(shared_path(ordain)), 0);
	shared_make(ordain, 16);
	pinned_policy(ordain, ", pin_by_name: true");
	outcome = ordain_run(ordain, "apply");
	assert_int_equal(outcome.code, 1);
	assert_non_null(strstr(outcome.err, "ordain_shared (its value had 16 bytes, and has 8)"));
	assert_int_equal(unlink(shared_path(ordain)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(functions_of_one_object_share_its_maps),
		ORDAIN_TEST(jump_tables_are_filled),
		ORDAIN_TEST(upgrade_keeps_the_maps_that_fit),
		ORDAIN_TEST(upgrade_under_traffic_loses_nothing),
		ORDAIN_TEST(upgrade_is_for_all_chains_or_none),
		ORDAIN_TEST(maps_are_shared_by_name_where_it_is_allowed),
		ORDAIN_TEST(maps_to_share_are_made_or_have_to_fit),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
