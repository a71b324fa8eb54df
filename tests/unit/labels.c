/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/labels.h"

#include "tests/support/test.h"
#include "tests/support/written.h"

static int set_up(void **state)
{
	*state = written_new();
	return 0;
}

static int tear_down(void **state)
{
	written_free(*state);
	return 0;
}

static const char *const altnames[] = { "enp3s0f0", NULL };

static struct interface nic(const char *name)
{
	return (struct interface){ .name = name,
				   .altnames = (const char **)altnames,
				   .driver = "mlx5_core",
				   .mac = "02:00:5e:00:53:01",
				   .physical = true };
}

static bool means(const struct policy *policy, const char *pattern,
		  const struct interface *interface)
{
	struct word word = { .text = pattern };

	return patterns_match(policy, &(struct words){ &word, 1 }, interface);
}

static void labels_mean_what_all_of_them_ask_for(void **state)
{
	struct written *written = *state;
	const struct interface eth0 = nic("eth0");
	const struct interface veth0 = { .name = "veth0", .driver = "veth" };
	const struct interface lo = { .name = "lo" };
	const struct policy *policy;

	written_add(written, TIER_ETC, "a.yaml",
		    "labels:\n"
		    "  up: {name: [\"enp*f[01]\"], driver: [ixgbe, mlx5_core]}\n"
		    "  mac: {mac: 02:00:5E:00:53:01}\n"
		    "  not: {name: eth0, driver: ixgbe}\n"
		    "  all: {name: \"*\"}\n");
	policy = written_build(written);
	assert_int_equal(policy->label_count, 4);
	assert_true(means(policy, "label:up", &eth0));
	assert_true(means(policy, "label:mac", &eth0));
	assert_false(means(policy, "label:not", &eth0));
	assert_false(means(policy, "label:up", &veth0));
	assert_false(means(policy, "label:mac", &veth0));
	assert_true(means(policy, "label:physical", &eth0));
	assert_false(means(policy, "label:physical", &veth0));
	assert_false(means(policy, "label:all", &lo));
	assert_true(means(policy, "enp3s0f0", &eth0));
	assert_true(means(policy, "enp3*", &eth0));
	assert_true(means(NULL, "label:physical", &eth0));
}

static void labels_exclude(void **state)
{
	struct written *written = *state;
	const struct interface eth0 = nic("eth0");
	struct word items[] = { { .text = "*" }, { .text = "!label:physical" } };
	const struct policy *policy = written_build(written);

	assert_false(patterns_match(policy, &(struct words){ items, 2 }, &eth0));
	/* What it is cannot be known: nothing runs where it was meant not to. */
	items[1].text = "!label:gone";
	assert_false(patterns_match(policy, &(struct words){ items, 2 }, &eth0));
	items[1].text = "label:gone";
	assert_false(patterns_match(policy, &(struct words){ items + 1, 1 }, &eth0));
}

static void labels_must_exist_and_be_used(void **state)
{
	struct written *written = *state;

	written_add(written, TIER_ETC, "a.yaml",
		    "labels: {uplink: {name: eth0}, idle: {name: eth1}}\n"
		    "programs:\n  a:\n    hook: xdp\n    object: /a\n"
		    "    interfaces: [\"label:uplnk\", \"!label:zzz\", \"label:physical\"]\n"
		    "chains:\n  - {interfaces: [\"label:uplink\"], hook: xdp}\n");
	written_add(written, TIER_HINT, "h.yaml", "labels: {pkg: {name: eth0}}\n");
	written_build(written);
	assert_string_equal(written_diags(written),
			    "warning[unused-label] 2:32, error[unknown-label] 7:18, "
			    "error[unknown-label] 7:33");
	assert_string_equal(written->diags.items[1].places[0].label, "did you mean 'uplink'?");
	assert_string_equal(written->diags.items[1].program, "a");
}

static void labels_of_the_strongest_directory_count_whole(void **state)
{
	struct written *written = *state;
	const struct policy *policy;

	written_add(written, TIER_HINT, "a.yaml", "labels: {up: {name: a, driver: x}}\n");
	written_add(written, TIER_ETC, "b.yaml", "labels: {up: {name: b}}\n");
	written_add(written, TIER_RUN, "c.yaml", "labels: {up: {name: c}}\n");
	policy = written_build(written);
	assert_int_equal(policy->label_count, 1);
	assert_string_equal(policy->labels[0].names.items[0].text, "b");
	assert_int_equal(policy->labels[0].drivers.count, 0);
	written_add(written, TIER_ETC, "d.yaml", "labels: {up: {name: d}}\n");
	written_build(written);
	assert_string_equal(written_diags(written), "error[duplicate-label] 2:10");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(labels_mean_what_all_of_them_ask_for),
		TEST(labels_exclude),
		TEST(labels_must_exist_and_be_used),
		TEST(labels_of_the_strongest_directory_count_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
