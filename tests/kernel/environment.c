/* SPDX-License-Identifier: GPL-2.0-only */
/* Machines that are not as ordain needs them: it sets them up, or says what to do. */
#include "tests/support/test.h"
#include "tests/support/way.h"

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

/* As on a host that has just started: seen from here, nobody has other mounts. */
#define FRESH_HOST "unshare --mount --pid --fork --mount-proc sh -c "

static void bpffs_is_mounted_where_it_is_missing(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	outcome = ordain_shell(ordain, FRESH_HOST "'$ORDAIN --root=$ROOT --bpffs=$ROOT/fs apply && "
						  "$ORDAIN --root=$ROOT --bpffs=$ROOT/fs status && "
						  "grep \" $ROOT/fs bpf \" /proc/mounts && "
						  "ls $ROOT/fs/ordain && "
						  "$ORDAIN --root=$ROOT --bpffs=$ROOT/fs detach'");
	if (outcome.code)
		fail_msg("%s%s", outcome.out, outcome.err);
	assert_says(outcome.out, "IN SYNC");
}

/* What only looks mounts nothing. */
static void plan_and_status_do_without_bpffs(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	outcome = ordain_shell(ordain, FRESH_HOST "'$ORDAIN --root=$ROOT --bpffs=$ROOT/fs plan && "
						  "! grep $ROOT/fs /proc/mounts'");
	if (outcome.code)
		fail_msg("%s%s", outcome.out, outcome.err);
	assert_says(outcome.out, "2 to attach");
}

/* Mounted by a process that has its own mounts, it would be gone with that process. */
static void bpffs_is_not_mounted_in_private(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	outcome =
		ordain_shell(ordain, "unshare --mount $ORDAIN --root=$ROOT --bpffs=$ROOT/fs apply");
	assert_int_equal(outcome.code, 1);
	assert_says(outcome.err, "no BPF file system at");
	assert_says(outcome.err, "--bpffs DIR");
	assert_int_equal(hook_program("eth0", HOOK_XDP), 0);
}

/* /run is covered, so that the name of the namespace is nowhere but here. */
static void ip_netns_exec_is_told_the_way(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome = ordain_shell(ordain,
					      "unshare --mount sh -c 'mount -t tmpfs none /run && "
					      "ip netns add there && "
					      "ip netns exec there $ORDAIN --root=$ROOT agent'");

	assert_int_equal(outcome.code, 1);
	assert_says(outcome.err, "'ip netns exec' hides the host's");
	assert_says(outcome.err, "nsenter --net=/run/netns/NAME");
}

static void files_are_not_hidden_by_a_mount(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	outcome = ordain_shell(ordain, FRESH_HOST "'mkdir $ROOT/fs && echo mine >$ROOT/fs/file && "
						  "$ORDAIN --root=$ROOT --bpffs=$ROOT/fs apply'");
	assert_int_equal(outcome.code, 1);
	assert_says(outcome.err, "would hide 'file'");
}

static void without_root_only_check_works(void **state)
{
	static const char *const commands[] = { "plan", "apply", "agent", "status", "detach" };
	static const char nobody[] = "setpriv --reuid=65534 --regid=65534 --clear-groups "
				     "--inh-caps=-all --bounding-set=-all "
				     "$ORDAIN --root=$ROOT --bpffs=$BPFFS";
	struct ordain *ordain = *state;
	struct outcome outcome;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	/* What was built may be below a directory that is only root's. */
	ordain_shell(ordain, "cp $ORDAIN_BPF/stamp_[ab].bpf.o $ROOT && "
			     "sed -i \"s,$ORDAIN_BPF,$ROOT,\" $ROOT/etc/ordain/p.yaml");
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		outcome = ordain_shell(ordain, "%s %s", nobody, commands[i]);
		assert_int_equal(outcome.code, 1);
		assert_says(outcome.err, "needs root");
		assert_says(outcome.err, "`ordain check` works without");
	}
	outcome = ordain_shell(ordain, "%s check", nobody);
	if (outcome.code)
		fail_msg("%s%s", outcome.out, outcome.err);
	assert_int_equal(hook_program("eth0", HOOK_XDP), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(bpffs_is_mounted_where_it_is_missing),
		ORDAIN_TEST(plan_and_status_do_without_bpffs),
		ORDAIN_TEST(bpffs_is_not_mounted_in_private),
		ORDAIN_TEST(ip_netns_exec_is_told_the_way),
		ORDAIN_TEST(files_are_not_hidden_by_a_mount),
		ORDAIN_TEST(without_root_only_check_works),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
