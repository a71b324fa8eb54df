/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marks that rest on what programs do to packets. naysayer only watches and says drop; a stamp
 * writes its letter into each packet.
 */
#include <unistd.h>

#include <bpf/bpf.h>

#include "tests/support/insns.h"
#include "tests/support/test.h"
#include "tests/support/way.h"

enum { PACKETS = 50 };

/* naysayer as w with these keys, and stamps a and b, in the order w a b unless the keys say more. */
static void write_policy(const struct ordain *ordain, enum hook hook, const char *keys)
{
	policy_write(ordain, "marks.yaml",
		     "programs:\n"
		     "  w: {hook: %s, interfaces: [eth0], object: %s, %s}\n"
		     "  a: {hook: %s, interfaces: [eth0], object: %s, before: [b]}\n"
		     "  b: {hook: %s, interfaces: [eth0], object: %s}\n",
		     hook_name(hook), object_path(ordain, "features/naysayer"), keys,
		     hook_name(hook), object_path(ordain, "stamp_a"), hook_name(hook),
		     object_path(ordain, "stamp_b"));
}

static const char *const places[] = { "first: true", "before: [b], after: [a]", "last: true" };

/* Nobody listens to it, wherever it is, and what it would have said is counted. */
static void readonly_that_says_drop_drops_nothing(void **state)
{
	struct ordain *ordain = *state;

	for_each_hook(hook)
	{
		for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
			write_policy(ordain, hook,
				     arena_printf(ordain->arena, "readonly: true, %s", places[i]));
			ordain_do(ordain, "apply");
			way_open(ordain, hook);
			way_expect(ordain, PACKETS, "ab");
			assert_int_equal(ordain_counter(ordain, "eth0", hook, "w", "drop"),
					 PACKETS);
			assert_int_equal(ordain_counter(ordain, "eth0", hook, "b", "drop"), 0);
			way_close(ordain);
			policy_clear(ordain, "marks.yaml");
			ordain_do(ordain, "apply");
		}
	}
}

static void proof_is_shown(void **state)
{
	static const char *const commands[] = { "plan", "status", "explain eth0" };
	struct ordain *ordain = *state;

	write_policy(ordain, HOOK_XDP, "readonly: true");
	assert_non_null(strstr(ordain_do(ordain, "plan"), "readonly (proven: analysis + kernel)"));
	ordain_do(ordain, "apply");
	for (size_t i = 1; i < sizeof(commands) / sizeof(*commands); i++) {
		const char *out = ordain_do(ordain, "%s", commands[i]);

		assert_non_null(strstr(out, "proven: analysis + kernel"));
	}
}

/* The message has the place in the policy, the source line and what it does. */
static void writer_is_not_readonly(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	for_each_hook(hook)
	{
		policy_chain(ordain, "marks.yaml", "eth0", hook, "ab");
		ordain_do(ordain, "apply");
		policy_write(ordain, "marks.yaml",
			     "programs:\n"
			     "  a: {hook: %s, interfaces: [eth0], object: %s,\n"
			     "      readonly: true}\n",
			     hook_name(hook), object_path(ordain, "stamp_a"));
		for (int i = 0; i < 2; i++) {
			outcome = ordain_run(ordain, i ? "check" : "apply");
			assert_int_equal(outcome.code, 1);
			assert_non_null(
				strstr(outcome.err, "marks.yaml:4:7: error[readonly-refuted]"));
			assert_non_null(strstr(outcome.err, "bpf/stamp.h:"));
			assert_non_null(strstr(outcome.err, "writes the packet"));
		}
		way_open(ordain, hook);
		way_expect(ordain, PACKETS, "ab");
		way_close(ordain);
		policy_clear(ordain, "marks.yaml");
		ordain_do(ordain, "apply");
	}
}

/* A shadow may write: that is said beside it. */
static void shadow_that_writes_is_told(void **state)
{
	struct ordain *ordain = *state;
	const char *plan;

	policy_write(ordain, "marks.yaml",
		     "programs:\n"
		     "  a: {hook: xdp, interfaces: [eth0], object: %s, shadow: true}\n"
		     "  w: {hook: xdp, interfaces: [eth0], object: %s, shadow: true}\n",
		     object_path(ordain, "stamp_a"), object_path(ordain, "features/naysayer"));
	plan = ordain_do(ordain, "plan");
	assert_non_null(strstr(plan, "shadow (verdict ignored; changes packets: "));
	assert_non_null(strstr(plan, "shadow (verdict ignored; leaves packets alone: "));
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "a");
}

/* An entry of chains may say it of a program on one interface alone. */
static void override_is_proven_too(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	policy_write(ordain, "marks.yaml",
		     "programs:\n"
		     "  a: {hook: xdp, interfaces: [eth0, lo], object: %s}\n"
		     "chains:\n"
		     "  - {interfaces: [lo], hook: xdp, override: {a: {readonly: true}}}\n",
		     object_path(ordain, "stamp_a"));
	outcome = ordain_run(ordain, "apply");
	assert_int_equal(outcome.code, 1);
	assert_non_null(strstr(outcome.err, "marks.yaml:5:"));
	assert_non_null(strstr(outcome.err, "error[readonly-refuted]"));
	assert_int_not_equal(hook_program("eth0", HOOK_XDP), 0);
	assert_int_equal(hook_program("lo", HOOK_XDP), 0);
}

/* a asks for it, so that only w may come before; the stage of b, a tap, does not help it. */
static void unmodified_input_is_kept(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	for_each_hook(hook)
	{
		policy_write(ordain, "marks.yaml",
			     "programs:\n"
			     "  z: {hook: %s, interfaces: [eth0], object: %s,\n"
			     "      unmodified_input: true}\n"
			     "  b: {hook: %s, interfaces: [eth0], object: %s, stage: tap}\n"
			     "  w: {hook: %s, interfaces: [eth0], object: %s, stage: tap,\n"
			     "      readonly: true}\n",
			     hook_name(hook), object_path(ordain, "stamp_a"), hook_name(hook),
			     object_path(ordain, "stamp_b"), hook_name(hook),
			     object_path(ordain, "features/naysayer"));
		ordain_do(ordain, "apply");
		way_open(ordain, hook);
		way_expect(ordain, PACKETS, "ab");
		policy_write(ordain, "order.yaml",
			     "chains:\n  - {interfaces: [eth0], hook: %s, order: [b, z]}\n",
			     hook_name(hook));
		outcome = ordain_run(ordain, "apply");
		assert_int_equal(outcome.code, 1);
		assert_non_null(strstr(outcome.err, "unmodified_input: true"));
		way_expect(ordain, PACKETS, "ab");
		way_close(ordain);
		policy_clear(ordain, "marks.yaml");
		policy_remove(ordain, "order.yaml");
		ordain_do(ordain, "apply");
	}
}

static void writer_on_xdp_is_told(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	need_tcx();
	policy_write(ordain, "marks.yaml",
		     "programs:\n"
		     "  a: {hook: tcx-ingress, interfaces: [eth0], object: %s,\n"
		     "      unmodified_input: true}\n"
		     "  b: {hook: xdp, interfaces: [eth0], object: %s}\n"
		     "  w: {hook: xdp, interfaces: [eth0], object: %s}\n",
		     object_path(ordain, "stamp_a"), object_path(ordain, "stamp_b"),
		     object_path(ordain, "features/naysayer"));
	outcome = ordain_run(ordain, "plan");
	assert_int_equal(outcome.code, 0);
	assert_non_null(strstr(outcome.err, "warning[modified-input]: 'a' wants unmodified input, "
					    "and 'b' on xdp"));
	assert_null(strstr(outcome.err, "'w'"));
}

static int load_invalidator(void)
{
	const struct bpf_insn insns[] = { CALL(BPF_FUNC_set_hash_invalid), SET(R0, -1), EXIT() };
	int program = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "tap", "GPL", insns,
				    sizeof(insns) / sizeof(*insns), NULL);

	assert_true(program >= 0);
	return program;
}

/* Others' programs are taken at their entry's word, unless their own instructions say otherwise. */
static void entry_is_refuted_by_the_loaded_program(void **state)
{
	struct ordain *ordain = *state;
	int programs[] = { foreign_load(HOOK_TCX_INGRESS), load_invalidator() };

	need_tcx();
	policy_write(ordain, "marks.yaml",
		     "programs:\n"
		     "  a: {hook: tcx-ingress, interfaces: [eth0], object: %s,\n"
		     "      unmodified_input: true}\n"
		     "  tap: {hook: tcx-ingress, attached: {name: \"*\"}, readonly: true}\n",
		     object_path(ordain, "stamp_a"));
	ordain_do(ordain, "apply");
	for (int i = 0; i < 2; i++) {
		int link = foreign_link("eth0", HOOK_TCX_INGRESS, programs[i], false);
		struct outcome outcome = ordain_run(ordain, "status");

		assert_int_equal(outcome.code, i ? 2 : 0);
		assert_int_equal(strstr(outcome.out, "tap is not readonly: it calls "
						     "bpf_set_hash_invalid") != NULL,
				 i);
		close(link);
		close(programs[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(readonly_that_says_drop_drops_nothing),
		ORDAIN_TEST(proof_is_shown),
		ORDAIN_TEST(writer_is_not_readonly),
		ORDAIN_TEST(shadow_that_writes_is_told),
		ORDAIN_TEST(override_is_proven_too),
		ORDAIN_TEST(unmodified_input_is_kept),
		ORDAIN_TEST(writer_on_xdp_is_told),
		ORDAIN_TEST(entry_is_refuted_by_the_loaded_program),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
