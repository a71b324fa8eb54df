/* SPDX-License-Identifier: GPL-2.0-only */
/* The agent's page for monitoring: true, on a socket that nobody can hold the agent up with. */
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/system/files.h"
#include "tests/support/reader.h"
#include "tests/support/test.h"
#include "tests/support/way.h"

static bool says_the_same(const struct ordain *ordain)
{
	const char *page = reader_page(ordain);

	return !strcmp(page, ordain_run(ordain, "status -o openmetrics").out);
}

/* Byte for byte, whatever there is to say. */
static void expect_page(struct ordain *ordain, const char *sample, uint64_t value)
{
	wait_until(ordain,
		   says_the_same(ordain) && reader_value(reader_page(ordain), sample) == value);
}

static void socket_says_what_status_says(void **state)
{
	struct ordain *ordain = *state;
	int program = foreign_load(HOOK_XDP);

	agent_start_ready(ordain);
	expect_page(ordain, "ordain_policy_generation", ordain_generation(ordain));
	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	expect_page(ordain,
		    "ordain_element_position{interface=\"eth0\",hook=\"xdp\",element=\"b\"}", 2);
	expect_page(ordain, "ordain_in_sync", 1);
	expect_page(ordain, "ordain_reload_successful", 1);
	ordain_do(ordain, "pause");
	expect_page(ordain, "ordain_paused", 1);
	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ba");
	expect_page(ordain, "ordain_policy_pending", 1);
	expect_page(ordain, "ordain_policy_wanted_generation", ordain_generation(ordain) + 1);
	ordain_do(ordain, "resume");
	expect_page(ordain, "ordain_policy_pending", 0);
	policy_write(ordain, "p.yaml", "programs: {a: {hoook: xdp}}\n");
	expect_page(ordain, "ordain_policy_held", 1);
	expect_page(ordain, "ordain_reload_successful", 0);
	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	ordain_shell(ordain, "ip link add eth1 type veth peer name eth1-end");
	foreign_netlink("eth1", program);
	policy_chain(ordain, "q.yaml", "eth1", HOOK_XDP, "c");
	expect_page(ordain,
		    "ordain_hook_condition{interface=\"eth1\",hook=\"xdp\",condition=\"Blocked\"}",
		    1);
	expect_page(ordain, "ordain_reload_successful", 0);
	foreign_netlink_off("eth1");
	close(program);
	expect_page(ordain, "ordain_in_sync", 1);
	expect_page(ordain, "ordain_reload_successful", 1);
	ordain_do(ordain, "detach");
	expect_page(ordain, "ordain_detached", 1);
}

/* The verifier's refusal is known to the agent; status finds it out again. */
static void refused_chain_is_told_alike(void **state)
{
	struct ordain *ordain = *state;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "a");
	agent_start_ready(ordain);
	policy_write(ordain, "p.yaml",
		     "programs: {a: {hook: xdp, interfaces: [eth0], object: %s}}\n",
		     object_path(ordain, "broken/out_of_bounds"));
	expect_page(ordain,
		    "ordain_hook_condition{interface=\"eth0\",hook=\"xdp\",condition=\"Blocked\"}",
		    1);
	expect_page(ordain, "ordain_diagnostics{severity=\"error\"}", 1);
}

static void numbers_go_up_with_packets(void **state)
{
	static const char seen[] =
		"ordain_element_seen_packets_total{interface=\"eth0\",hook=\"xdp\","
		"element=\"a\"}";
	static const char dropped[] = "ordain_element_dropped_packets_total{interface=\"eth0\","
				      "hook=\"xdp\",element=\"d\"}";
	struct ordain *ordain = *state;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "a");
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	wait_until(ordain, reader_value(reader_page(ordain), seen) == 0);
	way_expect(ordain, 100, "a");
	wait_until(ordain, reader_value(reader_page(ordain), seen) == 100);
	way_expect(ordain, 23, "a");
	wait_until(ordain, reader_value(reader_page(ordain), seen) == 123);
	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "aD");
	wait_until(ordain, agent_said(ordain, "swap in"));
	way_send(ordain, 'd', 7, "");
	wait_until(ordain, reader_value(reader_page(ordain), dropped) == 7);
	assert_int_equal(reader_value(reader_page(ordain), seen), 130);
	assert_true(says_the_same(ordain));
}

static void repairs_are_counted_by_cause(void **state)
{
	static const char detached[] = "ordain_hook_repairs_total{interface=\"eth0\",hook=\"xdp\","
				       "cause=\"detached\"}";
	static const char unpinned[] = "ordain_hook_repairs_total{interface=\"eth0\",hook=\"xdp\","
				       "cause=\"unpinned\"}";
	struct ordain *ordain = *state;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	agent_start_ready(ordain);
	wait_until(ordain, reader_value(reader_page(ordain), detached) == 0);
	foreign_detach(hook_holding("eth0", HOOK_XDP).links[0]);
	expect_page(ordain, detached, 1);
	assert_int_equal(ordain_shell(ordain, "rm -r $BPFFS/ordain").code, 0);
	expect_page(ordain, unpinned, 1);
	assert_int_equal(reader_value(reader_page(ordain), detached), 1);
	/* Of whom nothing is known any more, nothing is told. */
	agent_stop(ordain);
	assert_null(strstr(ordain_run(ordain, "status -o openmetrics").out, "repairs_total"));
}

/* More than there are places: some say nothing, some read nothing, some go on for ever. */
static void slow_readers_hold_nobody_up(void **state)
{
	static const char *const said[] = { "", "GET /metrics HT",
					    "GET /metrics HTTP/1.1\r\n\r\n" };
	struct ordain *ordain = *state;
	int64_t start;
	int fds[24];

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	agent_start_ready(ordain);
	for (size_t i = 0; i < 24; i++)
		fds[i] = reader_connect(ordain, said[i % 3]);
	start = clock_ms();
	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ba");
	wait_until(ordain, agent_said(ordain, "generation 2:"));
	foreign_detach(hook_holding("eth0", HOOK_XDP).links[0]);
	wait_until(ordain, hook_holding("eth0", HOOK_XDP).count == 1);
	assert_true(clock_ms() - start < 4000);
	/* One who behaves waits in line until their time is over. */
	reader_page(ordain);
	assert_true(clock_ms() - start < 30000);
	for (size_t i = 0; i < 24; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	assert_true(says_the_same(ordain));
}

static void expect_answer(const struct ordain *ordain, const char *said, const char *answer)
{
	int fd = reader_connect(ordain, said);
	const char *heard = reader_hear(ordain, fd);

	close(fd);
	if (strncmp(heard, answer, strlen(answer)) != 0)
		fail_msg("'%s' was answered with '%s'", said, heard);
}

static void only_the_page_is_there(void **state)
{
	static char much[6000];
	struct ordain *ordain = *state;

	agent_start_ready(ordain);
	memset(much, 'x', sizeof(much) - 1);
	expect_answer(ordain, "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 404 ");
	expect_answer(ordain, "POST /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 405 ");
	expect_answer(ordain, "hello\r\n\r\n", "HTTP/1.1 400 ");
	expect_answer(ordain, much, "HTTP/1.1 400 ");
	expect_answer(ordain, "HEAD /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 200 ");
	assert_true(says_the_same(ordain));
}

static void stale_socket_is_replaced(void **state)
{
	struct ordain *ordain = *state;
	struct stat st;

	agent_start_ready(ordain);
	assert_int_equal(stat(reader_path(ordain), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	agent_kill(ordain);
	assert_int_equal(stat(reader_path(ordain), &st), 0);
	agent_start_ready(ordain);
	assert_true(says_the_same(ordain));
	agent_stop(ordain);
	assert_int_equal(access(reader_path(ordain), F_OK), -1);
}

static void files_of_others_stay(void **state)
{
	struct ordain *ordain = *state;
	const char *path = reader_path(ordain);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(directory_ensure(ordain_path(ordain, "run/ordain-agent"), 0755), 0);
	assert_int_equal(file_create(path, "mine", 4), 0);
	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	agent_start_ready(ordain);
	assert_int_equal(agent_count(ordain, "is no socket"), 1);
	assert_true(ordain_in_sync(ordain));
	agent_stop(ordain);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(unlink(path), 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	agent_start_ready(ordain);
	assert_int_equal(agent_count(ordain, "another process listens"), 1);
	agent_stop(ordain);
	assert_int_equal(access(path, F_OK), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(socket_says_what_status_says),
		ORDAIN_TEST(refused_chain_is_told_alike),
		ORDAIN_TEST(numbers_go_up_with_packets),
		ORDAIN_TEST(repairs_are_counted_by_cause),
		ORDAIN_TEST(slow_readers_hold_nobody_up),
		ORDAIN_TEST(only_the_page_is_there),
		ORDAIN_TEST(stale_socket_is_replaced),
		ORDAIN_TEST(files_of_others_stay),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
