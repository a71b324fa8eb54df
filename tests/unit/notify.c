/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/system/notify.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/support/test.h"
#include "tests/support/tree.h"

/* A socket at that address; a leading '@' makes it abstract, and NOTIFY_SOCKET says so. */
static int listen_at(const char *address)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	size_t length = strlen(address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0 && length < sizeof(name.sun_path));
	memcpy(name.sun_path, address, length);
	if (address[0] == '@')
		name.sun_path[0] = '\0';
	length += offsetof(struct sockaddr_un, sun_path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&name, (socklen_t)length), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", address, 1), 0);
	return fd;
}

static const char *received(int fd)
{
	static char bytes[4096];
	ssize_t length = recv(fd, bytes, sizeof(bytes) - 1, MSG_DONTWAIT);

	if (length < 0)
		return NULL;
	bytes[length] = '\0';
	return bytes;
}

static void notify_sends_one_datagram(void **state)
{
	const struct tree *tree = *state;
	int fd __attribute__((cleanup(fd_cleanup))) = listen_at(tree_path(tree, "socket"));
	const char *const long_text = arena_printf(tree->arena, "%02000d", 7);

	notify("READY=1");
	assert_string_equal(received(fd), "READY=1");
	notify("STATUS=%d of %d hooks in sync\nWATCHDOG=1", 6, 7);
	assert_string_equal(received(fd), "STATUS=6 of 7 hooks in sync\nWATCHDOG=1");
	notify("%s", long_text);
	assert_string_equal(received(fd), long_text);
	assert_null(received(fd));
}

static void notify_knows_abstract_sockets(void **state)
{
	const struct tree *tree = *state;
	int fd __attribute__((cleanup(fd_cleanup))) =
		listen_at(arena_printf(tree->arena, "@%s", tree->root));

	notify("STOPPING=1");
	assert_string_equal(received(fd), "STOPPING=1");
}

static void notify_does_nothing_without_a_listener(void **state)
{
	const struct tree *tree = *state;
	char *too_long = arena_printf(tree->arena, "/%0200d", 0);
	const char *const addresses[] = { "", "relative", tree_path(tree, "none"), too_long };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		assert_int_equal(setenv("NOTIFY_SOCKET", addresses[i], 1), 0);
		notify("READY=1");
	}
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	notify("READY=1");
}

/* Returns at all: a supervisor that hangs with a full queue does not hang the agent. */
static void notify_gives_up_on_a_full_queue(void **state)
{
	const struct tree *tree = *state;
	const char *path = tree_path(tree, "socket");
	int fd __attribute__((cleanup(fd_cleanup))) = listen_at(path);
	int filler __attribute__((cleanup(fd_cleanup))) = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	const char *text;

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	assert_int_equal(connect(filler, (const struct sockaddr *)&name, sizeof(name)), 0);
	while (send(filler, "full", 4, MSG_DONTWAIT) == 4)
		;
	notify("STATUS=unheard");
	while ((text = received(fd)))
		assert_string_equal(text, "full");
	notify("STATUS=heard");
	assert_string_equal(received(fd), "STATUS=heard");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(notify_sends_one_datagram),
		TEST(notify_knows_abstract_sockets),
		TEST(notify_does_nothing_without_a_listener),
		TEST(notify_gives_up_on_a_full_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
