/* SPDX-License-Identifier: GPL-2.0-only */
/* What objects hold is a part of the policy: a new object is a new digest and a new generation. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <jansson.h>

#include "agent/system/files.h"
#include "tests/support/test.h"
#include "tests/support/way.h"

enum { PACKETS = 50, TWO_LOOKS_US = 2500000 };

static const char *flows_path(const struct ordain *ordain)
{
	return ordain_path(ordain, "flows.bpf.o");
}

static void flows_install(const struct ordain *ordain, int version)
{
	file_copy(ordain, object_path(ordain, arena_printf(ordain->arena, "flows_%d", version)),
		  flows_path(ordain));
}

static void flows_policy(const struct ordain *ordain, const char *comment)
{
	policy_write(ordain, "flows.yaml",
		     "programs:\n"
		     "  flows: {hook: xdp, interfaces: [eth0], object: %s}%s\n",
		     flows_path(ordain), comment);
}

/* The digest of the policy that `plan` looks at. */
static const char *digest_planned(const struct ordain *ordain)
{
	json_t *json = json_loads(ordain_run(ordain, "plan -o json").out, 0, NULL);
	const char *digest = json_string_value(json_object_get(json, "policy"));

	assert_non_null(digest);
	digest = arena_strdup(ordain->arena, digest);
	json_decref(json);
	return digest;
}

static void expect_guards_against_an_object_that_was_swapped(void **state)
{
	struct ordain *ordain = *state;
	const char *looked_at;
	struct outcome outcome;
	uint32_t program;

	flows_install(ordain, 1);
	flows_policy(ordain, "");
	ordain_do(ordain, "apply --expect %s", digest_planned(ordain));
	program = hook_program("eth0", HOOK_XDP);
	flows_policy(ordain, " # a comment");
	looked_at = digest_planned(ordain);
	flows_install(ordain, 2);
	outcome = ordain_run(ordain, "apply --expect %s", looked_at);
	assert_int_equal(outcome.code, 1);
	assert_non_null(strstr(outcome.err, "nothing was changed"));
	assert_int_equal(hook_program("eth0", HOOK_XDP), program);
	assert_int_equal(ordain_generation(ordain), 1);
	flows_install(ordain, 1);
	ordain_do(ordain, "apply --expect %s", looked_at);
	assert_int_equal(hook_program("eth0", HOOK_XDP), program);
	assert_int_equal(ordain_generation(ordain), 2);
}

/* Also one that runs nowhere yet; not one that is switched off. */
static void new_object_is_a_new_generation(void **state)
{
	struct ordain *ordain = *state;
	const char *first;

	flows_install(ordain, 1);
	policy_write(ordain, "flows.yaml",
		     "programs: {flows: {hook: xdp, interfaces: [no0], object: %s}}\n",
		     flows_path(ordain));
	ordain_do(ordain, "apply");
	first = digest_planned(ordain);
	flows_install(ordain, 2);
	assert_string_not_equal(digest_planned(ordain), first);
	assert_non_null(strstr(ordain_do(ordain, "apply"), "In force as generation 2."));
	flows_install(ordain, 1);
	assert_string_equal(digest_planned(ordain), first);
	policy_write(ordain, "flows.yaml",
		     "programs: {flows: {hook: xdp, interfaces: [no0], object: %s, "
		     "enabled: false}}\n",
		     flows_path(ordain));
	first = digest_planned(ordain);
	flows_install(ordain, 2);
	assert_string_equal(digest_planned(ordain), first);
}

static void agent_logs_what_was_replaced(void **state)
{
	struct ordain *ordain = *state;

	flows_install(ordain, 1);
	flows_policy(ordain, "");
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "1");
	assert_true(agent_said(ordain, "generation 1: policy "));
	flows_install(ordain, 2);
	wait_until(ordain, agent_said(ordain, "generation 2: policy "));
	assert_true(agent_said(ordain, ", 1 file; ~ flows "));
	wait_until(ordain, ordain_in_sync(ordain));
	way_expect(ordain, PACKETS, "2");
	agent_stop(ordain);
	agent_start_ready(ordain);
	assert_int_equal(ordain_generation(ordain), 2);
}

/* install(1) removes a file before it writes it anew: that makes no two generations. */
static void object_that_comes_back_at_once_was_never_away(void **state)
{
	struct ordain *ordain = *state;

	flows_install(ordain, 1);
	flows_policy(ordain, "");
	agent_start_ready(ordain);
	assert_int_equal(unlink(flows_path(ordain)), 0);
	wait_until(ordain, agent_said(ordain, "error[object-missing]"));
	flows_install(ordain, 1);
	wait_until(ordain, ordain_in_sync(ordain));
	usleep(TWO_LOOKS_US);
	assert_int_equal(ordain_generation(ordain), 1);
	assert_int_equal(unlink(flows_path(ordain)), 0);
	wait_until(ordain, agent_said(ordain, "-> missing"));
	assert_int_equal(ordain_generation(ordain), 2);
}

/* Of a time when the digest was that of the files alone. */
static void older_state_is_taken_over(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;
	uint32_t program;

	flows_install(ordain, 1);
	flows_policy(ordain, "");
	ordain_do(ordain, "apply");
	program = hook_program("eth0", HOOK_XDP);
	/* Lengths and contents of tier, name and text. */
	outcome = ordain_shell(ordain,
			       "cd $ROOT/var/lib/ordain/accepted && file=policy/etc/flows.yaml && "
			       "digest=$({ printf '1:210:flows.yaml%%s:' $(wc -c <$file) && "
			       "cat $file; } | sha256sum | cut -c 1-64) && "
			       "printf 'generation 1\ndigest %%s\ntime 1\n' $digest >meta");
	assert_int_equal(outcome.code, 0);
	assert_int_equal(ordain_generation(ordain), 1);
	ordain_do(ordain, "apply");
	assert_int_equal(ordain_generation(ordain), 2);
	assert_int_equal(hook_program("eth0", HOOK_XDP), program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(expect_guards_against_an_object_that_was_swapped),
		ORDAIN_TEST(new_object_is_a_new_generation),
		ORDAIN_TEST(agent_logs_what_was_replaced),
		ORDAIN_TEST(object_that_comes_back_at_once_was_never_away),
		ORDAIN_TEST(older_state_is_taken_over),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
