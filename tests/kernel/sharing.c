/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One object in several places: a name has one set of maps, wherever it runs, and two names have
 * two. And what a program leaves with a packet for another one, on the next hook.
 */
#include <unistd.h>

#include <bpf/bpf.h>

#include "tests/support/course.h"
#include "tests/support/test.h"
#include "tests/support/way.h"

enum { PACKETS = 50 };

static uint64_t flows_counted(const struct ordain *ordain, const char *program)
{
	int map = bpf_obj_get(
		arena_printf(ordain->arena, "%s/ordain/maps/%s/flows", ordain->bpffs, program));
	uint64_t value = 0;
	uint32_t key = 0;

	assert_true(map >= 0);
	(void)bpf_map_lookup_elem(map, &key, &value);
	close(map);
	return value;
}

static void two_names_of_one_object_share_nothing(void **state)
{
	struct ordain *ordain = *state;
	const char *flows = object_path(ordain, "flows_1");

	policy_write(ordain, "flows.yaml",
		     "programs:\n"
		     "  one: {hook: xdp, interfaces: [eth0], object: %s}\n"
		     "  gate: {hook: xdp, interfaces: [eth0], object: %s}\n"
		     "  two: {hook: xdp, interfaces: [eth0], object: %s}\n"
		     "chains: [{interfaces: [eth0], hook: xdp, order: [one, gate, two]}]\n",
		     flows, object_path(ordain, "verdict_b"), flows);
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "1b1");
	/* What the gate drops, the second does not see. */
	assert_int_equal(way_send(ordain, 'b', PACKETS, "1b1"), 0);
	assert_int_equal(flows_counted(ordain, "one"), 2 * PACKETS);
	assert_int_equal(flows_counted(ordain, "two"), PACKETS);
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "one", "seen"), 2 * PACKETS);
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "two", "seen"), PACKETS);
}

static void one_name_has_its_maps_on_all_interfaces(void **state)
{
	struct ordain *ordain = *state;
	struct course *course = course_open(ordain);
	uint64_t seen = 0;

	policy_write(ordain, "flows.yaml",
		     "programs:\n"
		     "  flows: {hook: xdp, interfaces: [%s], object: %s}\n"
		     "  a: {hook: xdp, interfaces: [last], object: %s, first: true}\n",
		     lanes_of_chains, object_path(ordain, "flows_1"),
		     object_path(ordain, "stamp_a"));
	ordain_do(ordain, "apply");
	for (enum lane lane = LANE_FIRST; lane <= LANE_LAST; lane++) {
		const char *interface = lane_interface(lane);
		struct sights sights = course_run(course, lane, HOOK_XDP);
		uint64_t here = ordain_counter(ordain, interface, HOOK_XDP, "flows", "seen");

		assert_string_equal(sights.end, lane == LANE_LAST ? "a1" : "1");
		assert_true(here > 0);
		seen += here;
		assert_int_equal(flows_counted(ordain, "flows"), seen);
	}
	course_close(course);
}

static void metadata_policy(const struct ordain *ordain, bool written)
{
	const char *object = object_path(ordain, "corpus/metadata");

	policy_write(
		ordain, "metadata.yaml",
		"programs:\n"
		"  a: {hook: xdp, interfaces: [eth0], object: %s, first: true}\n"
		"  writer: {hook: xdp, function: metadata_xdp, interfaces: [eth0], object: %s, "
		"enabled: %s}\n"
		"  b: {hook: xdp, interfaces: [eth0], object: %s, last: true}\n"
		"  c: {hook: tcx-ingress, function: stamp_tc, interfaces: [eth0], object: %s, "
		"first: true}\n"
		"  reader: {hook: tcx-ingress, function: metadata_tc, interfaces: [eth0], "
		"object: %s}\n",
		object_path(ordain, "stamp_a"), object, written ? "true" : "false",
		object_path(ordain, "stamp_b"), object_path(ordain, "stamp_c"), object);
}

static void metadata_of_xdp_reaches_tcx(void **state)
{
	struct ordain *ordain = *state;

	need_tcx();
	metadata_policy(ordain, true);
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_TCX_INGRESS);
	way_expect(ordain, PACKETS, "a+bcm");
	metadata_policy(ordain, false);
	ordain_do(ordain, "apply");
	way_expect(ordain, PACKETS, "abc-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(two_names_of_one_object_share_nothing),
		ORDAIN_TEST(one_name_has_its_maps_on_all_interfaces),
		ORDAIN_TEST(metadata_of_xdp_reaches_tcx),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
