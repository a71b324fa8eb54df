/* SPDX-License-Identifier: GPL-2.0-only */
/* What is told of changes: to a journal that listens below the root, and on stderr. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/system/files.h"
#include "agent/system/journal.h"
#include "tests/support/journald.h"
#include "tests/support/test.h"
#include "tests/support/way.h"

static void expect(const struct heard *heard, const char *name, const char *value)
{
	const char *found = heard_value(heard, name);

	if (value ? !found || strcmp(found, value) != 0 : found != NULL)
		fail_msg("%s: '%s' was expected, and it is '%s'; %s", name,
			 value ? value : "(none)", found ? found : "(none)",
			 heard_value(heard, "MESSAGE"));
}

static bool begins(const struct heard *heard, const char *text)
{
	return !strncmp(heard_value(heard, "MESSAGE"), text, strlen(text));
}

/* The first 8 digits of the digest of an object's content. */
static const char *digest_of(const struct ordain *ordain, const char *name)
{
	return arena_strndup(ordain->arena,
			     ordain_shell(ordain, "sha256sum %s", object_path(ordain, name)).out,
			     8);
}

static const char *chain(const struct ordain *ordain, const char *first, const char *second)
{
	return arena_printf(ordain->arena, "%s %s, %s %s", first,
			    digest_of(ordain, arena_printf(ordain->arena, "stamp_%s", first)),
			    second,
			    digest_of(ordain, arena_printf(ordain->arena, "stamp_%s", second)));
}

static struct heard next_change(const struct ordain *ordain, int fd)
{
	struct heard heard;

	wait_until(ordain, journald_find(fd, ordain->arena, "ORDAIN_CHANGE", NULL, &heard));
	return heard;
}

static void expect_no_change(const struct ordain *ordain, int fd)
{
	struct heard heard;

	if (journald_find(fd, ordain->arena, "ORDAIN_CHANGE", NULL, &heard))
		fail_msg("nothing more was expected, and there is: %s",
			 heard_value(&heard, "MESSAGE"));
}

/* Each change once: what ran and runs, from which files, why, and the same line on stderr. */
static void agent_tells_each_change(void **state)
{
	struct ordain *ordain = *state;
	int fd __attribute__((cleanup(fd_cleanup))) = journald_open(ordain->arena, ordain->root);
	struct heard heard;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	agent_start_ready(ordain);
	heard = next_change(ordain, fd);
	expect(&heard, "MESSAGE_ID", JOURNAL_ID_CHANGED);
	expect(&heard, "SYSLOG_IDENTIFIER", "ordain");
	expect(&heard, "PRIORITY", "5");
	expect(&heard, "ORDAIN_CHANGE", "attach");
	expect(&heard, "ORDAIN_BY", "agent");
	expect(&heard, "ORDAIN_INTERFACE", "eth0");
	expect(&heard, "ORDAIN_HOOK", "xdp");
	expect(&heard, "ORDAIN_GENERATION", "1");
	expect(&heard, "ORDAIN_BEFORE", "");
	expect(&heard, "ORDAIN_AFTER", chain(ordain, "a", "b"));
	expect(&heard, "ORDAIN_DEED", NULL);
	assert_true(agent_said(ordain, arena_printf(ordain->arena, "ordain: %s\n",
						    heard_value(&heard, "MESSAGE"))));
	assert_true(agent_said(ordain, ": + a, + b; generation 1\n"));
	heard = next_change(ordain, fd);
	expect(&heard, "MESSAGE_ID", JOURNAL_ID_ACCEPTED);
	expect(&heard, "ORDAIN_CHANGE", "policy");
	expect(&heard, "ORDAIN_FILES", "+ p.yaml");
	expect(&heard, "ORDAIN_GENERATION", "1");
	assert_int_equal(strlen(heard_value(&heard, "ORDAIN_POLICY")), 64);
	expect_no_change(ordain, fd);

	policy_write(ordain, "q.yaml", "%s", "programs: {}\n");
	heard = next_change(ordain, fd);
	expect(&heard, "ORDAIN_CHANGE", "policy");
	expect(&heard, "ORDAIN_FILES", "+ q.yaml");
	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ba");
	policy_remove(ordain, "q.yaml");
	heard = next_change(ordain, fd);
	expect(&heard, "ORDAIN_CHANGE", "update");
	expect(&heard, "ORDAIN_BEFORE", chain(ordain, "a", "b"));
	expect(&heard, "ORDAIN_AFTER", chain(ordain, "b", "a"));
	expect(&heard, "ORDAIN_GENERATION", "3");
	assert_true(agent_said(ordain, "; a, b -> b, a; generation 3\n"));
	heard = next_change(ordain, fd);
	expect(&heard, "ORDAIN_FILES", "~ p.yaml, - q.yaml");
	assert_true(agent_said(ordain, ", 1 file: ~ p.yaml, - q.yaml\n"));
	expect_no_change(ordain, fd);
}

static void agent_tells_why(void **state)
{
	struct ordain *ordain = *state;
	int fd __attribute__((cleanup(fd_cleanup))) = journald_open(ordain->arena, ordain->root);
	struct heard heard;

	policy_chain(ordain, "p.yaml", "eth9", HOOK_XDP, "ab");
	agent_start_ready(ordain);
	heard = next_change(ordain, fd);
	expect(&heard, "ORDAIN_CHANGE", "policy");
	netns_ip(ordain->netns, NETNS_NEAR, "link add eth9 type veth peer name peer9");
	heard = next_change(ordain, fd);
	expect(&heard, "ORDAIN_CHANGE", "attach");
	assert_non_null(
		strstr(heard_value(&heard, "MESSAGE"), "; generation 1, the interface came"));
	ordain_do(ordain, "detach eth9");
	heard = next_change(ordain, fd);
	expect(&heard, "ORDAIN_CHANGE", "detach");
	heard = next_change(ordain, fd);
	wait_until(ordain, agent_said(ordain, "some hooks detached by hand"));
	ordain_do(ordain, "resume");
	wait_until(ordain, journald_find(fd, ordain->arena, "ORDAIN_CHANGE", "attach", &heard));
	assert_non_null(strstr(heard_value(&heard, "MESSAGE"), "; generation 1, resumed"));
}

/* The deed as well, where it is told of. */
static void agent_tells_repairs(void **state)
{
	struct ordain *ordain = *state;
	int fd __attribute__((cleanup(fd_cleanup))) = journald_open(ordain->arena, ordain->root);
	struct heard heard;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	agent_start_ready(ordain);
	wait_until(ordain, journald_find(fd, ordain->arena, "ORDAIN_CHANGE", "policy", &heard));
	for (int i = 0; i < 3; i++) {
		wait_until(ordain, hook_holding("eth0", HOOK_XDP).count == 1);
		foreign_detach(hook_holding("eth0", HOOK_XDP).links[0]);
		heard = next_change(ordain, fd);
		expect(&heard, "ORDAIN_CHANGE", "repair");
		expect(&heard, "MESSAGE_ID", i < 2 ? JOURNAL_ID_REPAIRED : JOURNAL_ID_FIGHT);
		expect(&heard, "PRIORITY", i < 2 ? "4" : "3");
		expect(&heard, "ORDAIN_BY", "agent");
		expect(&heard, "ORDAIN_BEFORE", "");
		expect(&heard, "ORDAIN_AFTER", chain(ordain, "a", "b"));
		if (strstr(heard_value(&heard, "MESSAGE"), " by kernel_journal "))
			assert_non_null(strstr(heard_value(&heard, "ORDAIN_DEED"),
					       " detached by kernel_journal (pid "));
	}
	expect_no_change(ordain, fd);
}

/* Under a supervisor whose journal stderr is as well, a line is there once. */
static void agent_tells_a_journal_once(void **state)
{
	struct ordain *ordain = *state;
	int fd __attribute__((cleanup(fd_cleanup))) = journald_open(ordain->arena, ordain->root);
	struct heard heard;
	struct stat st;

	assert_int_equal(stat(ordain->log, &st), 0);
	setenv("JOURNAL_STREAM",
	       arena_printf(ordain->arena, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino),
	       1);
	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	policy_write(ordain, "q.yaml", "%s",
		     "programs:\n  z: {hook: xdp, interfaces: [eth0], object: /nowhere.o}\n");
	agent_start_ready(ordain);
	unsetenv("JOURNAL_STREAM");
	wait_until(ordain,
		   journald_find(fd, ordain->arena, "ORDAIN_CODE", "object-missing", &heard));
	expect(&heard, "PRIORITY", "3");
	expect(&heard, "ORDAIN_FILE", ordain_path(ordain, "etc/ordain/q.yaml"));
	expect(&heard, "ORDAIN_LINE", "3");
	expect(&heard, "ORDAIN_CHANGE", NULL);
	assert_non_null(strstr(heard_value(&heard, "MESSAGE"), "error[object-missing]"));
	assert_non_null(strstr(heard_value(&heard, "MESSAGE"), "\n 3 | "));
	assert_false(agent_said(ordain, "ordain: "));
	assert_false(agent_said(ordain, "error["));
}

/* Who, and nothing of it on stderr. Without a journal nobody is told. */
static void commands_tell_who(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;
	struct heard heard;
	int fd;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	outcome = ordain_run(ordain, "apply");
	assert_int_equal(outcome.code, 0);
	assert_string_equal(outcome.err, "");
	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ba");
	fd = journald_open(ordain->arena, ordain->root);
	outcome = ordain_run(ordain, "apply");
	assert_int_equal(outcome.code, 0);
	assert_string_equal(outcome.err, "");
	heard = next_change(ordain, fd);
	expect(&heard, "ORDAIN_CHANGE", "update");
	expect(&heard, "ORDAIN_BEFORE", chain(ordain, "a", "b"));
	expect(&heard, "ORDAIN_AFTER", chain(ordain, "b", "a"));
	expect(&heard, "ORDAIN_GENERATION", "2");
	assert_non_null(strstr(heard_value(&heard, "ORDAIN_BY"), "pid "));
	assert_non_null(strstr(heard_value(&heard, "MESSAGE"),
			       arena_printf(ordain->arena, "; generation 2, by %s",
					    heard_value(&heard, "ORDAIN_BY"))));
	heard = next_change(ordain, fd);
	expect(&heard, "ORDAIN_CHANGE", "policy");
	expect(&heard, "ORDAIN_FILES", "~ p.yaml");
	assert_true(begins(&heard, "generation 2: policy "));
	ordain_do(ordain, "apply");
	ordain_do(ordain, "plan");
	ordain_do(ordain, "status");
	expect_no_change(ordain, fd);
	close(fd);
}

/* What is tried, kept and taken back, and by whom. */
static void trials_are_told(void **state)
{
	struct ordain *ordain = *state;
	int fd __attribute__((cleanup(fd_cleanup))) = -1;
	struct heard heard;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	ordain_do(ordain, "apply");
	fd = journald_open(ordain->arena, ordain->root);
	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ba");
	ordain_do(ordain, "try --timeout 60");
	wait_until(ordain, journald_find(fd, ordain->arena, "ORDAIN_CHANGE", "policy", &heard));
	assert_true(begins(&heard, "generation 2: policy "));
	assert_non_null(strstr(heard_value(&heard, "MESSAGE"),
			       " on trial for 60 s, 1 file: ~ p.yaml; by "));
	ordain_do(ordain, "confirm");
	heard = next_change(ordain, fd);
	expect(&heard, "ORDAIN_CHANGE", "confirm");
	assert_true(begins(&heard, "generation 2 confirmed; by "));
	ordain_do(ordain, "undo");
	heard = next_change(ordain, fd);
	expect(&heard, "ORDAIN_CHANGE", "update");
	expect(&heard, "ORDAIN_AFTER", chain(ordain, "a", "b"));
	heard = next_change(ordain, fd);
	assert_true(begins(&heard, "generation 3: back to the policy of generation 1 ("));
	expect(&heard, "ORDAIN_FILES", "~ p.yaml");
	assert_null(strstr(heard_value(&heard, "MESSAGE"), "nobody confirmed"));

	agent_start_ready(ordain);
	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "d");
	ordain_do(ordain, "try --timeout 1");
	wait_until(ordain,
		   agent_said(ordain, "generation 5: back to the policy of generation 3 ("));
	assert_true(agent_said(ordain, "), since nobody confirmed generation 4: ~ p.yaml\n"));
}

static void commands_tell_orders(void **state)
{
	struct ordain *ordain = *state;
	int fd __attribute__((cleanup(fd_cleanup))) = -1;
	struct heard heard;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	ordain_do(ordain, "apply");
	fd = journald_open(ordain->arena, ordain->root);
	ordain_do(ordain, "pause swap");
	heard = next_change(ordain, fd);
	expect(&heard, "ORDAIN_CHANGE", "pause");
	expect(&heard, "ORDAIN_REASON", "swap");
	assert_true(begins(&heard, "paused until `ordain resume`: swap; by "));
	ordain_do(ordain, "resume");
	heard = next_change(ordain, fd);
	expect(&heard, "ORDAIN_CHANGE", "resume");
	ordain_do(ordain, "resume");
	expect_no_change(ordain, fd);
	ordain_do(ordain, "detach eth0 xdp");
	heard = next_change(ordain, fd);
	expect(&heard, "ORDAIN_CHANGE", "detach");
	expect(&heard, "ORDAIN_HOOK", "xdp");
	expect(&heard, "ORDAIN_BEFORE", chain(ordain, "a", "b"));
	expect(&heard, "ORDAIN_AFTER", "");
	heard = next_change(ordain, fd);
	expect(&heard, "ORDAIN_CHANGE", "detach");
	expect(&heard, "ORDAIN_HOOK", NULL);
	assert_true(begins(&heard, "eth0 xdp detached by hand, until `ordain resume`; by "));
	expect_no_change(ordain, fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(agent_tells_each_change), ORDAIN_TEST(agent_tells_why),
		ORDAIN_TEST(agent_tells_repairs),     ORDAIN_TEST(agent_tells_a_journal_once),
		ORDAIN_TEST(commands_tell_who),	      ORDAIN_TEST(commands_tell_orders),
		ORDAIN_TEST(trials_are_told),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
