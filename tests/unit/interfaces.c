/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/kernel/interfaces.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/system/files.h"
#include "tests/support/test.h"

/* The namespace of whoever started the test. */
static int started_in;

static void shell(const char *command)
{
	/* NOLINTNEXTLINE(bugprone-command-processor): iproute2 says it best. */
	if (system(command))
		fail_msg("'%s' failed", command);
}

static void interfaces_list_is_sorted_by_name(void **state)
{
	struct arena *arena = arena_new();
	struct interfaces list;
	struct error error;

	(void)state;
	shell("ip link add veth1 type veth peer name aaa");
	assert_int_equal(interfaces_list(arena, &list, &error), 0);
	assert_int_equal(list.count, 3);
	assert_string_equal(list.items[0].name, "aaa");
	assert_string_equal(list.items[1].name, "lo");
	assert_string_equal(list.items[2].name, "veth1");
	for (size_t i = 0; i < list.count; i++)
		assert_int_equal(list.items[i].index, if_nametoindex(list.items[i].name));
	shell("ip link del veth1");
	arena_free(arena);
}

static void interfaces_list_takes_many(void **state)
{
	enum { PAIRS = 100 };
	struct arena *arena = arena_new();
	struct interfaces list;
	struct error error;

	(void)state;
	shell("for i in $(seq 100); do echo link add a$i type veth peer name b$i; done | ip -batch "
	      "-");
	assert_int_equal(interfaces_list(arena, &list, &error), 0);
	assert_int_equal(list.count, 2 * PAIRS + 1);
	for (size_t i = 1; i < list.count; i++)
		assert_true(strcmp(list.items[i - 1].name, list.items[i].name) < 0);
	shell("for i in $(seq 100); do echo link del a$i; done | ip -batch -");
	arena_free(arena);
}

static struct interface one(struct arena *arena, const char *name)
{
	struct interfaces list;
	struct error error;

	assert_int_equal(interfaces_list(arena, &list, &error), 0);
	for (size_t i = 0; i < list.count; i++)
		if (!strcmp(list.items[i].name, name))
			return list.items[i];
	fail_msg("there is no %s", name);
	return (struct interface){ 0 };
}

static void interfaces_have_facts_for_labels(void **state)
{
	struct arena *arena = arena_new();
	struct interface interface;

	(void)state;
	shell("ip link add f0 address 02:AB:cd:00:00:01 type veth peer name f1 && "
	      "ip link property add dev f0 altname uplink altname a-very-long-name-of-an-uplink");
	interface = one(arena, "f0");
	assert_string_equal(interface.altnames[0], "a-very-long-name-of-an-uplink");
	assert_string_equal(interface.altnames[1], "uplink");
	assert_null(interface.altnames[2]);
	assert_string_equal(interface.mac, "02:ab:cd:00:00:01");
	assert_string_equal(interface.driver, "veth");
	assert_string_equal(interface.master, "");
	assert_false(interface.physical);
	assert_false(interface.is_bond);
	assert_int_equal(interface.mtu, 1500);
	assert_null(one(arena, "f1").altnames);
	interface = one(arena, "lo");
	assert_string_equal(interface.mac, "");
	assert_string_equal(interface.driver, "");
	assert_false(interface.physical);
	shell("ip link set f1 mtu 9000");
	assert_int_equal(one(arena, "f1").mtu, 9000);
	shell("ip link del f0");
	arena_free(arena);
}

static bool can_add(const char *what)
{
	char command[128];

	snprintf(command, sizeof(command), "ip link add %s 2>/dev/null", what);
	/* NOLINTNEXTLINE(bugprone-command-processor): iproute2 says it best. */
	return !system(command);
}

static void interfaces_name_their_bridge(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	if (!can_add("br0 type bridge")) {
		arena_free(arena);
		print_message("SKIP: this kernel has no bridges\n");
		skip();
	}
	shell("ip link add aport type veth peer name zport && ip link set aport master br0 && "
	      "ip link set zport master br0");
	assert_string_equal(one(arena, "aport").master, "br0");
	assert_string_equal(one(arena, "zport").master, "br0");
	assert_string_equal(one(arena, "br0").master, "");
	assert_string_equal(one(arena, "br0").driver, "bridge");
	assert_false(one(arena, "br0").is_bond);
	shell("ip link del aport && ip link del br0");
	arena_free(arena);
}

static void interfaces_name_their_bond(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	if (!can_add("bond7 type bond")) {
		arena_free(arena);
		print_message("SKIP: this kernel has no bonds\n");
		skip();
	}
	shell("ip link add port type veth peer name other && ip link set port master bond7");
	assert_string_equal(one(arena, "port").master, "bond7");
	assert_true(one(arena, "bond7").is_bond);
	assert_false(one(arena, "port").is_bond);
	shell("ip link del port && ip link del bond7");
	arena_free(arena);
}

/* In the namespace that the test was started in, if there is such an interface. */
static void interfaces_know_what_a_device_is_behind(void **state)
{
	struct arena *arena = arena_new();
	int here __attribute__((cleanup(fd_cleanup))) = open("/proc/self/ns/net", O_RDONLY);
	struct interfaces list;
	struct error error;
	size_t physical = 0;

	(void)state;
	assert_true(here >= 0);
	assert_int_equal(setns(started_in, CLONE_NEWNET), 0);
	assert_int_equal(interfaces_list(arena, &list, &error), 0);
	assert_int_equal(setns(here, CLONE_NEWNET), 0);
	for (size_t i = 0; i < list.count; i++) {
		const char *device =
			arena_printf(arena, "/sys/class/net/%s/device", list.items[i].name);

		assert_int_equal(list.items[i].physical, !access(device, F_OK));
		physical += list.items[i].physical;
	}
	arena_free(arena);
	if (physical)
		return;
	print_message("SKIP: no interface here has a device behind it\n");
	skip();
}

static bool becomes_readable(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	return poll(&wait, 1, 1000) == 1;
}

static void interfaces_watch_tells_of_links_alone(void **state)
{
	int fd __attribute__((cleanup(fd_cleanup))) = interfaces_watch();

	(void)state;
	assert_true(fd >= 0);
	assert_false(interfaces_changed(fd));
	shell("ip link add d0 type veth peer name d9");
	assert_true(becomes_readable(fd));
	assert_true(interfaces_changed(fd));
	assert_false(interfaces_changed(fd));
	shell("ip addr add 192.0.2.1/24 dev d0 && ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:01 "
	      "dev d0");
	assert_false(interfaces_changed(fd));
	/* The kernel tells of the altnames of an interface that is up, and of no other's. */
	shell("ip link set d9 up && ip link set d0 up");
	assert_true(interfaces_changed(fd));
	shell("ip link property add dev d0 altname uplink");
	assert_true(interfaces_changed(fd));
	shell("ip link set d0 address 02:00:00:00:00:02");
	assert_true(interfaces_changed(fd));
	shell("ip link set d0 name d1");
	assert_true(interfaces_changed(fd));
	shell("ip link del d1");
	assert_true(interfaces_changed(fd));
	assert_false(interfaces_changed(fd));
}

static void interfaces_changed_counts_an_overrun(void **state)
{
	int fd __attribute__((cleanup(fd_cleanup))) = interfaces_watch();
	struct pollfd wait = { .fd = fd };
	int small = 1;

	(void)state;
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	shell("for i in $(seq 20); do echo link add o$i type veth peer name p$i; echo link del "
	      "o$i; done | "
	      "ip -batch -");
	assert_int_equal(poll(&wait, 1, 0), 1);
	assert_true(wait.revents & POLLERR);
	assert_true(interfaces_changed(fd));
	assert_false(interfaces_changed(fd));
}

static void interfaces_changed_ends_on_a_broken_socket(void **state)
{
	(void)state;
	assert_true(interfaces_changed(-1));
}

static void netns_cookie_tells_namespaces_apart(void **state)
{
	uint64_t here;
	uint64_t again;
	uint64_t there;

	(void)state;
	assert_int_equal(netns_cookie(&here), 0);
	assert_int_equal(netns_cookie(&again), 0);
	assert_true(here == again && here);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(netns_cookie(&there), 0);
	assert_true(here != there);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interfaces_list_is_sorted_by_name),
		cmocka_unit_test(interfaces_list_takes_many),
		cmocka_unit_test(interfaces_have_facts_for_labels),
		cmocka_unit_test(interfaces_name_their_bridge),
		cmocka_unit_test(interfaces_name_their_bond),
		cmocka_unit_test(interfaces_know_what_a_device_is_behind),
		cmocka_unit_test(interfaces_watch_tells_of_links_alone),
		cmocka_unit_test(interfaces_changed_counts_an_overrun),
		cmocka_unit_test(interfaces_changed_ends_on_a_broken_socket),
		cmocka_unit_test(netns_cookie_tells_namespaces_apart),
	};

	started_in = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (started_in < 0 || unshare(CLONE_NEWNET))
		test_skip("a network namespace of its own: %s", strerror(errno));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
