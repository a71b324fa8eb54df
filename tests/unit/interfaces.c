/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/interfaces.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/files.h"
#include "tests/support/test.h"

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
		cmocka_unit_test(interfaces_watch_tells_of_links_alone),
		cmocka_unit_test(interfaces_changed_counts_an_overrun),
		cmocka_unit_test(interfaces_changed_ends_on_a_broken_socket),
		cmocka_unit_test(netns_cookie_tells_namespaces_apart),
	};

	if (unshare(CLONE_NEWNET))
		test_skip("a network namespace of its own: %s", strerror(errno));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
