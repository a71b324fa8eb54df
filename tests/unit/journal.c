/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/system/journal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "agent/system/caller.h"
#include "agent/system/files.h"
#include "tests/support/journald.h"
#include "tests/support/test.h"
#include "tests/support/tree.h"

static struct heard hear(int fd, const struct tree *tree)
{
	struct heard heard;

	assert_true(journald_hear(fd, tree->arena, &heard));
	return heard;
}

static void journal_entry_is_one_datagram_of_fields(void **state)
{
	const struct tree *tree = *state;
	int fd __attribute__((cleanup(fd_cleanup))) = journald_open(tree->arena, tree->root);
	struct journal journal = { .socket = tree->paths->journal };
	struct journal_entry entry = {
		.priority = PRIORITY_WARNING,
		.message = "eth0 xdp: changed",
		.fields = { [JOURNAL_CHANGE] = "update",
			    [JOURNAL_BEFORE] = "a=1, b",
			    [JOURNAL_AFTER] = "" },
	};
	struct heard heard, none;

	journal_write(&journal, &entry);
	heard = hear(fd, tree);
	assert_string_equal(heard_value(&heard, "MESSAGE"), "eth0 xdp: changed");
	assert_string_equal(heard_value(&heard, "PRIORITY"), "4");
	assert_string_equal(heard_value(&heard, "SYSLOG_IDENTIFIER"), "ordain");
	assert_string_equal(heard_value(&heard, "ORDAIN_CHANGE"), "update");
	assert_string_equal(heard_value(&heard, "ORDAIN_BEFORE"), "a=1, b");
	assert_string_equal(heard_value(&heard, "ORDAIN_AFTER"), "");
	assert_string_equal(heard_value(&heard, "ORDAIN_BY"), "agent");
	assert_int_equal(heard.count, 7);
	assert_false(journald_hear(fd, tree->arena, &none));
	/* What is no change is nobody's. */
	entry.fields[JOURNAL_CHANGE] = NULL;
	journal_write(&journal, &entry);
	heard = hear(fd, tree);
	assert_null(heard_value(&heard, "ORDAIN_BY"));
}

/* What has newlines cannot say that it is another field. */
static void journal_keeps_newlines(void **state)
{
	const struct tree *tree = *state;
	int fd __attribute__((cleanup(fd_cleanup))) = journald_open(tree->arena, tree->root);
	struct journal journal = { .socket = tree->paths->journal, .by = "alice\nPRIORITY=0" };
	const struct journal_entry entry = {
		.priority = PRIORITY_ERROR,
		.message = "p.yaml:3:1: error[bad-value]: no\n 3 | x\n   | ^\nORDAIN_BY=mallory",
		.fields = { [JOURNAL_CHANGE] = "apply", [JOURNAL_REASON] = "\n" },
	};
	struct heard heard;

	journal_write(&journal, &entry);
	heard = hear(fd, tree);
	assert_string_equal(heard_value(&heard, "MESSAGE"), entry.message);
	assert_string_equal(heard_value(&heard, "PRIORITY"), "3");
	assert_string_equal(heard_value(&heard, "ORDAIN_REASON"), "\n");
	assert_string_equal(heard_value(&heard, "ORDAIN_BY"), journal.by);
	for (size_t i = 0; i < heard.count; i++)
		assert_int_equal(heard.items[i].binary, strchr(heard.items[i].value, '\n') != NULL);
}

/* Cut behind a whole character, with or without newlines. */
static void journal_cuts_long_values_short(void **state)
{
	static const char *const units[] = { "x", "\xc3\xa4", "\xe2\x82\xac", "ab\n" };
	const struct tree *tree = *state;
	int fd __attribute__((cleanup(fd_cleanup))) = journald_open(tree->arena, tree->root);
	struct journal journal = { .socket = tree->paths->journal };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		struct journal_entry entry = { .message = "m" };
		struct text text = TEXT(tree->arena);
		const char *value;
		struct heard heard;
		size_t length;

		while (text.length < 100000)
			text_add(&text, units[i]);
		for (int field = 0; field < JOURNAL_FIELD_COUNT; field++)
			entry.fields[field] = "short";
		entry.fields[JOURNAL_BEFORE] = text_string(&text);
		journal_write(&journal, &entry);
		heard = hear(fd, tree);
		value = heard_value(&heard, "ORDAIN_BEFORE");
		length = strlen(value) - 3;
		assert_in_range(length, 16 * 1024 - 8, 16 * 1024);
		assert_string_equal(value + length, "...");
		assert_memory_equal(value, text_string(&text), length);
		if (i < 3)
			assert_int_equal(length % strlen(units[i]), 0);
	}
}

/* Runs it with stderr in a file, and says what was in that. */
static const char *on_stderr(const struct tree *tree, struct journal *journal,
			     const struct journal_entry *entry, bool is_stream)
{
	int saved = dup(STDERR_FILENO);
	struct stat st;
	int fd;

	tree_write(tree, "stderr", "");
	fd = open(tree_path(tree, "stderr"), O_WRONLY | O_CLOEXEC);
	assert_true(saved >= 0 && fd >= 0 && !fstat(fd, &st));
	fflush(stderr);
	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	setenv("JOURNAL_STREAM",
	       arena_printf(tree->arena, "%ju:%ju", (uintmax_t)st.st_dev,
			    (uintmax_t)st.st_ino + !is_stream),
	       1);
	journal_write(journal, entry);
	unsetenv("JOURNAL_STREAM");
	fflush(stderr);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	close(fd);
	return tree_read(tree, "stderr");
}

static void journal_speaks_once(void **state)
{
	const struct tree *tree = *state;
	struct journal aloud = { .socket = tree->paths->journal, .aloud = true };
	struct journal silent = { .socket = tree->paths->journal };
	const struct journal_entry line = { .message = "resumed" };
	const struct journal_entry block = { .message = "a\nb", .plain = "A\nB\n" };
	const struct journal_entry coloured = { .message = "e\033[1m xdp\nordain: resumed" };
	int fd;

	/* Nobody listens. */
	assert_string_equal(on_stderr(tree, &aloud, &line, false), "ordain: resumed\n");
	assert_string_equal(on_stderr(tree, &aloud, &line, true), "ordain: resumed\n");
	assert_string_equal(on_stderr(tree, &silent, &line, false), "");
	assert_string_equal(on_stderr(tree, &aloud, &coloured, false),
			    "ordain: e\\x1b[1m xdp\\x0aordain: resumed\n");
	fd = journald_open(tree->arena, tree->root);
	assert_string_equal(on_stderr(tree, &aloud, &line, false), "ordain: resumed\n");
	assert_string_equal(on_stderr(tree, &aloud, &block, false), "A\nB\n");
	assert_string_equal(on_stderr(tree, &silent, &line, false), "");
	hear(fd, tree);
	hear(fd, tree);
	hear(fd, tree);
	assert_string_equal(on_stderr(tree, &aloud, &line, true), "");
	hear(fd, tree);
	close(fd);
}

static int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A journal that hangs costs a second, however much there is to say, and is heard again. */
static void journal_waits_once(void **state)
{
	const struct tree *tree = *state;
	int fd __attribute__((cleanup(fd_cleanup))) = journald_open(tree->arena, tree->root);
	int filler __attribute__((cleanup(fd_cleanup))) = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct journal journal = { .socket = tree->paths->journal };
	const struct journal_entry entry = { .message = "heard" };
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int64_t start = clock_ms();
	char bytes[16];

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", tree->paths->journal);
	assert_int_equal(connect(filler, (const struct sockaddr *)&name, sizeof(name)), 0);
	while (send(filler, "full", 4, MSG_DONTWAIT) == 4)
		;
	for (int i = 0; i < 10; i++)
		journal_write(&journal, &entry);
	assert_in_range(clock_ms() - start, 900, 4000);
	while (recv(fd, bytes, sizeof(bytes), 0) > 0)
		;
	journal_write(&journal, &entry);
	hear(fd, tree);
	assert_false(journal.deaf);
}

/* Whatever sudo's variables say, somebody who logged in is who he is. */
static void caller_is_named(void **state)
{
	const struct tree *tree = *state;
	const char *pid = arena_printf(tree->arena, "pid %d)", getpid());
	const char *words;

	unsetenv("SUDO_UID");
	unsetenv("SUDO_USER");
	words = caller_words(tree->arena);
	assert_non_null(strstr(words, pid));
	assert_non_null(strstr(words, "uid "));
	setenv("SUDO_UID", "54321", 1);
	setenv("SUDO_USER", "ali\nce", 1);
	if (!strcmp(words, caller_words(tree->arena)))
		test_skip("this machine knows who has logged in");
	assert_string_equal(caller_words(tree->arena),
			    arena_printf(tree->arena, "ali\\x0ace (uid 54321, %s", pid));
	unsetenv("SUDO_USER");
	assert_string_equal(caller_words(tree->arena),
			    arena_printf(tree->arena, "uid 54321 (%s", pid));
	setenv("SUDO_UID", "0", 1);
	assert_string_equal(caller_words(tree->arena),
			    arena_printf(tree->arena, "root (uid 0, %s", pid));
	unsetenv("SUDO_UID");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(journal_entry_is_one_datagram_of_fields),
		TEST(journal_keeps_newlines),
		TEST(journal_cuts_long_values_short),
		TEST(journal_speaks_once),
		TEST(journal_waits_once),
		TEST(caller_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
