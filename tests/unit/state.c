/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/state/state.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

#include "agent/state/state_text.h"
#include "tests/support/test.h"
#include "tests/support/tree.h"

static const char digest_a[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

static struct sources sources_of(const struct tree *tree, const char *text)
{
	struct sources sources = { 0 };
	struct source *source;

	sources_add(tree->arena, &sources, "10-a.yaml", text);
	sources_add(tree->arena, &sources, "20-b.yaml", "");
	source = list_push(tree->arena, &sources);
	*source = sources.items[0];
	source->name = "00-hint.yaml";
	source->tier = TIER_HINT;
	return sources;
}

static struct object_digest objects_of_two[] = { { "flows", digest_a }, { "lb", DIGEST_NONE } };
static const struct object_digests two_objects = { objects_of_two, 2 };

static void accept_text(const struct tree *tree, const char *text, uint64_t generation)
{
	struct sources sources = sources_of(tree, text);
	struct error error;

	assert_int_equal(state_accept(tree->paths, &sources, &two_objects, generation,
				      generation - 1, &error),
			 0);
}

static const struct accepted *accepted(const struct tree *tree)
{
	const struct accepted *found = NULL;
	struct error error;

	assert_int_equal(state_accepted(tree->arena, tree->paths, &found, &error), 0);
	assert_int_equal(found == NULL, *error.text || access(tree_path(tree, "var"), F_OK));
	return found;
}

static void state_accepted_is_null_before_the_first(void **state)
{
	assert_null(accepted(*state));
}

static void state_accept_keeps_what_was_read(void **state)
{
	const struct tree *tree = *state;
	struct sources sources = sources_of(tree, "some: text\n");
	const struct accepted *found;
	char digest[65];

	accept_text(tree, "some: text\n", 41);
	policy_digest(&sources, &two_objects, digest);
	found = accepted(tree);
	assert_non_null(found);
	assert_int_equal(found->generation, 41);
	assert_string_equal(found->digest, digest);
	assert_int_equal(found->objects.count, 2);
	assert_string_equal(found->objects.items[0].program, "flows");
	assert_string_equal(found->objects.items[0].digest, digest_a);
	assert_string_equal(found->objects.items[1].program, "lb");
	assert_string_equal(found->objects.items[1].digest, DIGEST_NONE);
	assert_true(found->time > 0 && found->time <= time(NULL));
	assert_int_equal(found->sources.count, 3);
	assert_string_equal(found->sources.items[0].name, "00-hint.yaml");
	assert_string_equal(found->sources.items[0].path,
			    tree_path(tree, "usr/lib/ordain/00-hint.yaml"));
	assert_string_equal(found->sources.items[1].path, tree_path(tree, "etc/ordain/10-a.yaml"));
	assert_string_equal(found->sources.items[1].text, "some: text\n");
	assert_int_equal(found->sources.items[1].tier, TIER_ETC);
	assert_int_equal(found->sources.items[2].length, 0);
	assert_non_null(tree_read(tree, "var/lib/ordain/accepted-41/policy/hint/00-hint.yaml"));
	assert_non_null(tree_read(tree, "var/lib/ordain/accepted/meta"));
}

static void state_accept_takes_an_empty_policy(void **state)
{
	const struct tree *tree = *state;
	const struct sources none = { 0 };
	struct error error;

	const struct object_digests no_objects = { 0 };
	assert_int_equal(state_accept(tree->paths, &none, &no_objects, 1, 0, &error), 0);
	assert_int_equal(accepted(tree)->sources.count, 0);
	assert_int_equal(accepted(tree)->objects.count, 0);
}

/* Of a time when a policy's digest was that of its files. */
static void state_accepted_reads_what_knows_no_objects(void **state)
{
	const struct tree *tree = *state;
	struct sources sources = sources_of(tree, "x");
	const struct object_digests no_objects = { 0 };
	char digest[65];

	accept_text(tree, "x", 7);
	policy_digest(&sources, &no_objects, digest);
	tree_write(tree, "var/lib/ordain/accepted/meta",
		   arena_printf(tree->arena, "generation 7\ndigest %s\ntime 1\n", digest));
	assert_string_equal(accepted(tree)->digest, digest);
	assert_int_equal(accepted(tree)->objects.count, 0);
}

static void state_accept_keeps_one_older_generation(void **state)
{
	const struct tree *tree = *state;
	struct names names;

	for (uint64_t generation = 8; generation <= 11; generation++)
		accept_text(tree, "x", generation);
	tree_shell(tree, "mkdir -p var/lib/ordain/.accepted-12.AbCdEf/policy");
	accept_text(tree, "newest", 12);
	assert_int_equal(accepted(tree)->generation, 12);
	assert_int_equal(directory_names(tree->arena, tree_path(tree, "var/lib/ordain"), &names),
			 0);
	assert_int_equal(names.count, 3);
	assert_string_equal(names.items[1], "accepted-11");
	assert_string_equal(names.items[2], "accepted-12");
}

static void state_accept_overcomes_what_a_crash_left(void **state)
{
	const struct tree *tree = *state;

	accept_text(tree, "old", 1);
	tree_write(tree, "var/lib/ordain/accepted-2/policy/etc/half.yaml", "half");
	tree_shell(tree, "ln -s accepted-2 var/lib/ordain/.accepted");
	assert_int_equal(accepted(tree)->generation, 1);
	accept_text(tree, "new", 2);
	assert_int_equal(accepted(tree)->generation, 2);
	assert_int_equal(accepted(tree)->sources.count, 3);
	/* And again, over the one that is in force. */
	accept_text(tree, "newer", 2);
	assert_string_equal(accepted(tree)->sources.items[1].text, "newer");
}

static void state_accepted_counts_damage_as_absent(void **state)
{
	static const char *const damages[] = {
		"echo >>accepted/meta",
		": >accepted/meta",
		"rm accepted/meta",
		"sed -i s/generation/Generation/ accepted/meta",
		"sed -i 's/generation 7/generation 07/' accepted/meta",
		"sed -i 's/generation 7/generation 8/' accepted/meta",
		"sed -i 's/generation 7/generation 99999999999999999999/' accepted/meta",
		"sed -i 's/^digest .*/digest abc/' accepted/meta",
		"sed -i 's/^time .*/time -1/' accepted/meta",
		"sed -i 's/^object flows a/object flows b/' accepted/meta",
		"sed -i 's/^object lb/object lc/' accepted/meta",
		"sed -i '/^object flows/d' accepted/meta",
		"sed -i 's/^object lb -/object lb/' accepted/meta",
		"echo object x - >>accepted/meta",
		"printf 'generation 7\\ndigest \\0' >accepted/meta",
		"head -c 100000 /dev/zero >accepted/meta",
		"rm accepted/meta && mkdir accepted/meta",
		"echo more >>accepted/policy/etc/10-a.yaml",
		"rm accepted/policy/etc/10-a.yaml",
		"touch accepted/policy/run/x.yaml",
		"mkdir accepted/policy/run/x.yaml",
		"mkfifo accepted/policy/run/x.yaml",
		"rm -r accepted/policy/run",
		"rm -r accepted/policy/run && touch accepted/policy/run",
		"rm -r accepted-7",
		"ln -sfn /etc accepted",
		"ln -sfn accepted-x accepted",
		"rm accepted && mkdir accepted",
	};
	const struct tree *tree = *state;

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		tree_shell(tree, "rm -rf var");
		accept_text(tree, "x", 7);
		assert_non_null(accepted(tree));
		tree_shell(tree, arena_printf(tree->arena, "cd var/lib/ordain && %s", damages[i]));
		if (accepted(tree))
			fail_msg("not noticed: %s", damages[i]);
	}
}

static const struct manifest *manifest_of(const struct tree *tree, enum hook hook)
{
	struct manifest *manifest = arena_alloc(tree->arena, sizeof(*manifest));

	manifest->hook = hook;
	*list_push(tree->arena, manifest) =
		(struct manifest_element){ "a", digest_a, "main",
					   .proceed = verdicts_continuing(hook) };
	return manifest;
}

static const struct last_good *last_good(const struct tree *tree, const char *interface,
					 enum hook hook)
{
	const struct last_good *found = NULL;

	assert_int_equal(state_last_good(tree->arena, tree->paths, interface, hook, &found), 0);
	return found;
}

static void state_last_good_comes_back(void **state)
{
	static const char *const interfaces[] = { "eth0",  "eth0.100",	  ".",	 "..",	    "a%2eb",
						  ".eth0", "\xff\x01 \n", "xdp", "eth0.xdp" };
	const struct tree *tree = *state;
	const size_t count = sizeof(interfaces) / sizeof(interfaces[0]);
	struct error error;

	assert_null(last_good(tree, "eth0", HOOK_XDP));
	for (size_t i = 0; i < count; i++)
		assert_int_equal(state_set_last_good(tree->paths, interfaces[i], HOOK_TCX_EGRESS,
						     i + 1, manifest_of(tree, HOOK_TCX_EGRESS),
						     &error),
				 0);
	for (size_t i = 0; i < count; i++) {
		const struct last_good *found = last_good(tree, interfaces[i], HOOK_TCX_EGRESS);

		assert_non_null(found);
		assert_int_equal(found->generation, i + 1);
		assert_true(manifest_equal(found->manifest, manifest_of(tree, HOOK_TCX_EGRESS)));
		assert_null(last_good(tree, interfaces[i], HOOK_XDP));
	}
	assert_non_null(tree_read(tree, "var/lib/ordain/chains/eth0.100.tcx-egress"));
	assert_non_null(tree_read(tree, "var/lib/ordain/chains/%2e.tcx-egress"));
}

static void state_lists_the_digests_of_last_good_chains(void **state)
{
	const struct tree *tree = *state;
	const struct manifest *manifest = manifest_of(tree, HOOK_XDP);
	struct names digests;
	struct error error;

	assert_int_equal(state_last_good_digests(tree->arena, tree->paths, &digests), 0);
	assert_int_equal(digests.count, 0);
	assert_int_equal(state_set_last_good(tree->paths, "eth0", HOOK_XDP, 1, manifest, &error),
			 0);
	assert_int_equal(state_last_good_digests(tree->arena, tree->paths, &digests), 0);
	assert_int_equal(digests.count, manifest->count);
	for (size_t i = 0; i < digests.count; i++)
		assert_string_equal(digests.items[i], manifest->items[i].digest);
}

static void state_last_good_can_be_removed(void **state)
{
	const struct tree *tree = *state;
	struct error error;

	assert_int_equal(state_set_last_good(tree->paths, "eth0", HOOK_XDP, 1, NULL, &error), 0);
	assert_int_equal(state_set_last_good(tree->paths, "eth0", HOOK_XDP, 1,
					     manifest_of(tree, HOOK_XDP), &error),
			 0);
	assert_int_equal(state_set_last_good(tree->paths, "eth0", HOOK_XDP, 2, NULL, &error), 0);
	assert_null(last_good(tree, "eth0", HOOK_XDP));
}

static void state_last_good_counts_damage_as_absent(void **state)
{
	static const char *const damages[] = {
		"",
		"generation 3\n",
		"generation 3",
		"ordain-chain 1\nhook xdp\n",
		"generation 3\nordain-chain 999\nhook xdp\n",
		"generation 3\nordain-chain 1\nhook tcx-ingress\n",
		"generation -3\nordain-chain 1\nhook xdp\n",
	};
	const struct tree *tree = *state;

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		tree_write(tree, "var/lib/ordain/chains/eth0.xdp", damages[i]);
		assert_null(last_good(tree, "eth0", HOOK_XDP));
	}
	tree_shell(tree, "cd var/lib/ordain/chains && rm eth0.xdp && mkdir eth0.xdp");
	assert_null(last_good(tree, "eth0", HOOK_XDP));
}

static struct pause pause_now(const struct tree *tree)
{
	struct pause pause;

	assert_int_equal(state_pause(tree->arena, tree->paths, &pause), 0);
	return pause;
}

static void state_pause_lasts_until_its_time(void **state)
{
	const struct tree *tree = *state;
	int64_t soon = (int64_t)time(NULL) + 1000;
	struct error error;

	assert_false(pause_now(tree).paused);
	assert_int_equal(state_set_pause(tree->paths, soon, "two\nlines", &error), 0);
	assert_true(pause_now(tree).paused);
	assert_int_equal(pause_now(tree).until, soon);
	assert_string_equal(pause_now(tree).reason, "two lines");
	assert_int_equal(state_set_pause(tree->paths, 1000, "over", &error), 0);
	assert_false(pause_now(tree).paused);
	assert_string_equal(pause_now(tree).reason, "");
	assert_int_equal(state_set_pause(tree->paths, 0, NULL, &error), 0);
	assert_true(pause_now(tree).paused);
	assert_string_equal(pause_now(tree).reason, "");
	assert_int_equal(state_resume(tree->paths, &error), 0);
	assert_false(pause_now(tree).paused);
	assert_int_equal(state_resume(tree->paths, &error), 0);
}

static void state_pause_holds_when_damaged(void **state)
{
	static const char *const damages[] = { "", "until 5\n", "until x\nreason y\n",
					       "until 5\nreason y\nmore\n" };
	const struct tree *tree = *state;

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		tree_write(tree, "var/lib/ordain/paused", damages[i]);
		assert_true(pause_now(tree).paused);
		assert_int_equal(pause_now(tree).until, 0);
		assert_non_null(strstr(pause_now(tree).reason, "is damaged"));
	}
}

static bool is_detached(const struct tree *tree, const char *interface, enum hook hook)
{
	struct detached detached;

	assert_int_equal(state_detached(tree->arena, tree->paths, &detached), 0);
	return detached_covers(&detached, interface, hook);
}

static void state_detached_adds_up(void **state)
{
	const struct tree *tree = *state;
	struct error error;

	assert_false(is_detached(tree, "eth0", HOOK_XDP));
	assert_int_equal(state_add_detached(tree->paths, "eth0", HOOK_XDP, &error), 0);
	assert_int_equal(state_add_detached(tree->paths, "all", -1, &error), 0);
	assert_int_equal(state_add_detached(tree->paths, "eth0", HOOK_XDP, &error), 0);
	assert_string_equal(tree_read(tree, "var/lib/ordain/detached"), "eth0 xdp\nall all\n");
	assert_true(is_detached(tree, "eth0", HOOK_XDP));
	assert_false(is_detached(tree, "eth0", HOOK_TCX_INGRESS));
	assert_true(is_detached(tree, "all", HOOK_TCX_INGRESS));
	assert_false(is_detached(tree, "eth1", HOOK_XDP));
	assert_int_equal(state_add_detached(tree->paths, NULL, -1, &error), 0);
	assert_string_equal(tree_read(tree, "var/lib/ordain/detached"), "all\n");
	assert_true(is_detached(tree, "eth1", HOOK_XDP));
	assert_int_equal(state_resume(tree->paths, &error), 0);
	assert_false(is_detached(tree, "eth1", HOOK_XDP));
}

static void state_detached_covers_everything_when_damaged(void **state)
{
	static const char *const damages[] = { "",	     "\n",	"eth0\n", "eth0 xdp",
					       "eth0 bad\n", "% xdp\n", " xdp\n" };
	const struct tree *tree = *state;

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		tree_write(tree, "var/lib/ordain/detached", damages[i]);
		assert_true(is_detached(tree, "eth7", HOOK_XDP));
	}
}

static void name_escape_can_be_reversed(void **state)
{
	static const char *const pairs[][2] = {
		{ "eth0", "eth0" },	  { "eth0.100", "eth0.100" }, { ".", "%2e" },
		{ "..", "%2e." },	  { "a%b", "a%25b" },	      { "a b\n", "a%20b%0a" },
		{ "\xc3\xa9", "%c3%a9" }, { "x@if2", "x@if2" },	      { "-_", "-_" },
	};
	static const char *const never[] = { "%",     "%2",   "%2E",  "a.%2e", "%61",
					     ".eth0", "%00x", "% 5x", "a b",   "a/b" };
	const struct tree *tree = *state;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		assert_string_equal(name_escape(tree->arena, pairs[i][0]), pairs[i][1]);
		assert_string_equal(name_unescape(tree->arena, pairs[i][1]), pairs[i][0]);
	}
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		assert_null(name_unescape(tree->arena, never[i]));
}

static void state_agent_is_of_the_agent_that_runs(void **state)
{
	static struct locked_out late = { "a b", HOOK_XDP, "xdp loader (pid 12, root)", 1234 };
	static struct repairs repaired = { "a b", HOOK_TCX_EGRESS, { 0, 0, 1, 20, 3 } };
	const struct agent_words told = { .noticing = "tracepoint",
					  .locked_out = { &late, 1 },
					  .repairs = { &repaired, 1 },
					  .reload = { 1233, true } };
	const struct tree *tree = *state;
	struct agent_words words;
	struct error error;

	assert_false(state_agent(tree->arena, tree->paths, 812, &words));
	assert_int_equal(state_set_agent(tree->paths, 812, &told, &error), 0);
	assert_false(state_agent(tree->arena, tree->paths, 813, &words));
	assert_true(state_agent(tree->arena, tree->paths, 812, &words));
	assert_string_equal(words.noticing, "tracepoint");
	assert_int_equal(words.locked_out.count, 1);
	assert_string_equal(words.locked_out.items[0].interface, late.interface);
	assert_int_equal(words.locked_out.items[0].hook, late.hook);
	assert_string_equal(words.locked_out.items[0].loader, late.loader);
	assert_int_equal(words.locked_out.items[0].at, late.at);
	assert_int_equal(words.repairs.count, 1);
	assert_string_equal(words.repairs.items[0].interface, repaired.interface);
	assert_int_equal(words.repairs.items[0].hook, repaired.hook);
	assert_memory_equal(words.repairs.items[0].counts, repaired.counts,
			    sizeof(repaired.counts));
	assert_int_equal(words.reload.at, 1233);
	assert_true(words.reload.successful);
}

static void state_agent_may_have_taken_up_nothing_yet(void **state)
{
	const struct agent_words told = { .noticing = "poll" };
	const struct tree *tree = *state;
	struct agent_words words;
	struct error error;

	assert_int_equal(state_set_agent(tree->paths, 812, &told, &error), 0);
	assert_true(state_agent(tree->arena, tree->paths, 812, &words));
	assert_int_equal(words.reload.at, 0);
	assert_int_equal(words.repairs.count + words.locked_out.count, 0);
}

static void state_agent_counts_damage_as_absent(void **state)
{
	static const char *const damaged[] = {
		"",
		"pid 812\n",
		"pid 812\nnoticing tracepoint",
		"pid 812\nnoticing tracepoint\nlocked-out\n",
		"pid 812\nnoticing tracepoint\nlocked-out 1 eth0 xdp\n",
		"pid 812\nnoticing tracepoint\nlocked-out 1 eth0 tcp late\n",
		"pid 812\nnoticing tracepoint\nlocked-out x eth0 xdp late\n",
		"pid 812\nnoticing tracepoint\nreload 1 perhaps\n",
		"pid 812\nnoticing tracepoint\nreload successful\n",
		"pid 812\nnoticing tracepoint\nrepairs eth0 xdp 1 2\n",
		"pid 812\nnoticing tracepoint\nrepairs eth0 xdp 1 2 3 4\n",
		"pid 812\nnoticing tracepoint\nrepairs eth0 tcp 1 2 3\n",
		"pid 812\nnoticing tracepoint\nmore\n",
	};
	const struct tree *tree = *state;
	struct agent_words words;

	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		tree_write(tree, "var/lib/ordain/agent", damaged[i]);
		assert_false(state_agent(tree->arena, tree->paths, 812, &words));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(state_accepted_is_null_before_the_first),
		TEST(state_accept_keeps_what_was_read),
		TEST(state_accept_takes_an_empty_policy),
		TEST(state_accepted_reads_what_knows_no_objects),
		TEST(state_accept_keeps_one_older_generation),
		TEST(state_accept_overcomes_what_a_crash_left),
		TEST(state_accepted_counts_damage_as_absent),
		TEST(state_last_good_comes_back),
		TEST(state_lists_the_digests_of_last_good_chains),
		TEST(state_last_good_can_be_removed),
		TEST(state_last_good_counts_damage_as_absent),
		TEST(state_pause_lasts_until_its_time),
		TEST(state_pause_holds_when_damaged),
		TEST(state_detached_adds_up),
		TEST(state_detached_covers_everything_when_damaged),
		TEST(state_agent_is_of_the_agent_that_runs),
		TEST(state_agent_may_have_taken_up_nothing_yet),
		TEST(state_agent_counts_damage_as_absent),
		TEST(name_escape_can_be_reversed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
