/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy in a ConfigMap, as examples/kubernetes mounts it: the kubelet puts each version into a
 * directory of its own, points ..data there, and removes the one before. The mount point is
 * writable by everyone, so the policy directory is a link to ..data.
 */
#include "tests/support/test.h"
#include "tests/support/way.h"

static void shell(struct ordain *ordain, const char *command)
{
	struct outcome outcome = ordain_shell(ordain, "cd $ROOT/config && %s", command);

	if (outcome.code)
		fail_msg("%s: %s", command, outcome.err);
}

/* What the kubelet does, step by step; `words` are the chain, NULL: nothing that is a policy. */
static void publish(struct ordain *ordain, int version, const char *words)
{
	const char *file = arena_printf(ordain->arena, "../..%d/p.yaml", version);

	shell(ordain, arena_printf(ordain->arena, "mkdir ..%d", version));
	if (words)
		policy_chain(ordain, file, "eth0", HOOK_XDP, words);
	else
		policy_write(ordain, file, "programs: [\n");
	shell(ordain, arena_printf(ordain->arena,
				   "ln -s ..%d ..data_tmp && mv -T ..data_tmp ..data && rm -r ..%d",
				   version, version - 1));
}

static void start(struct ordain *ordain, const char *words)
{
	assert_int_equal(ordain_shell(ordain, "cd $ROOT && mkdir -m 777 config config/..0 && "
					      "ln -s ..0 config/..data && "
					      "ln -s ..data/p.yaml config/p.yaml && "
					      "rmdir etc/ordain && "
					      "ln -s ../config/..data etc/ordain")
				 .code,
			 0);
	publish(ordain, 1, words);
	agent_start_ready(ordain);
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, 10, words);
}

static void agent_follows_every_version(void **state)
{
	struct ordain *ordain = *state;

	start(ordain, "ab");
	for (int version = 2; version < 5; version++) {
		const char *words = version % 2 ? "ab" : "ba";

		publish(ordain, version, words);
		wait_until(ordain, ordain_generation(ordain) == (uint64_t)version);
		way_expect(ordain, 10, words);
	}
}

static void broken_version_changes_nothing(void **state)
{
	struct ordain *ordain = *state;

	start(ordain, "ab");
	publish(ordain, 2, NULL);
	wait_until(ordain, agent_said(ordain, "error[yaml-syntax]"));
	way_expect(ordain, 10, "ab");
	publish(ordain, 3, "ba");
	wait_until(ordain, ordain_generation(ordain) == 2);
	way_expect(ordain, 10, "ba");
}

static void mount_point_itself_is_refused(void **state)
{
	struct ordain *ordain = *state;

	start(ordain, "ab");
	shell(ordain, "rm ../etc/ordain && ln -s ../config ../etc/ordain");
	wait_until(ordain, agent_said(ordain, "error[unsafe-file]"));
	way_expect(ordain, 10, "ab");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(agent_follows_every_version),
		ORDAIN_TEST(broken_version_changes_nothing),
		ORDAIN_TEST(mount_point_itself_is_refused),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
