/* SPDX-License-Identifier: GPL-2.0-only */
/* What cannot run is refused by one clear diagnostic, and what runs goes on as if nothing was. */
#include "tests/support/test.h"
#include "tests/support/way.h"

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	while ((text = strstr(text, part))) {
		text += strlen(part);
		count++;
	}
	return count;
}

struct refusal {
	const char *object; /* of bpf/ */
	enum hook hook;
	const char *function; /* NULL: none is given */
	const char *says;
};

static const struct refusal refusals[] = {
	{ "broken/arena", HOOK_TCX_INGRESS, NULL, "error[not-linkable]: program 'bad'" },
	{ "broken/local_kptr", HOOK_TCX_INGRESS, NULL, "it allocates local objects" },
	{ "broken/no_programs", HOOK_XDP, NULL, "holds no BPF program" },
	{ "broken/out_of_bounds", HOOK_XDP, NULL, "verifier rejects function 'out_of_bounds'" },
	{ "broken/several", HOOK_XDP, NULL, "error[function-ambiguous]" },
	{ "broken/several", HOOK_XDP, "third", "has no function 'third'" },
	{ "broken/several", HOOK_TCX_INGRESS, "first", "cannot run on tcx-ingress" },
	{ "broken/throw", HOOK_TCX_INGRESS, NULL, "it calls bpf_throw()" },
	{ "broken/nowhere", HOOK_XDP, NULL, "error[object-missing]" },
	{ "stamp_a", HOOK_TCX_EGRESS, "stamp_xdp", "error[program-type]" },
};

static void write_bad(const struct ordain *ordain, const struct refusal *refusal)
{
	policy_write(ordain, "bad.yaml",
		     "programs:\n"
		     "  bad: {hook: %s, interfaces: [eth0], object: %s%s%s}\n",
		     hook_name(refusal->hook), object_path(ordain, refusal->object),
		     refusal->function ? ", function: " : "",
		     refusal->function ? refusal->function : "");
}

/* Beside programs that run: the chain of the hook stays as it is, down to its ids. */
static void bad_program_leaves_the_chain_as_it_is(void **state)
{
	struct ordain *ordain = *state;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		const struct refusal *refusal = &refusals[i];
		struct outcome apply;
		uint32_t program;

		if (!hook_exists("eth0", refusal->hook))
			continue;
		policy_chain(ordain, "good.yaml", "eth0", refusal->hook, "ab");
		policy_clear(ordain, "bad.yaml");
		ordain_do(ordain, "apply");
		program = hook_program("eth0", refusal->hook);
		write_bad(ordain, refusal);
		apply = ordain_run(ordain, "apply");
		assert_int_equal(apply.code, 1);
		assert_says(apply.err, refusal->says);
		assert_says(apply.err, "bad.yaml:3:");
		assert_int_equal(count_of(apply.err, "error["), 1);
		assert_int_equal(hook_program("eth0", refusal->hook), program);
		assert_int_equal(ordain_run(ordain, "plan").code, 1);
		assert_int_equal(ordain_run(ordain, "status").code, 2);
	}
}

static void bad_program_alone_leaves_the_hook_empty(void **state)
{
	struct ordain *ordain = *state;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		const struct refusal *refusal = &refusals[i];

		if (!hook_exists("eth0", refusal->hook))
			continue;
		write_bad(ordain, refusal);
		assert_int_equal(ordain_run(ordain, "apply").code, 1);
		assert_int_equal(hook_program("eth0", refusal->hook), 0);
	}
	assert_string_equal(ordain_shell(ordain, "ls -d $BPFFS/ordain/netns-*/*-*").out, "");
}

static void other_content_than_sha256_is_refused(void **state)
{
	struct ordain *ordain = *state;
	struct outcome apply;

	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  bad: {hook: xdp, interfaces: [eth0], object: %s, function: stamp_xdp, "
		     "sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}\n",
		     object_path(ordain, "stamp_a"));
	apply = ordain_run(ordain, "apply");
	assert_int_equal(apply.code, 1);
	assert_says(apply.err, "error[object-changed]");
	assert_int_equal(hook_program("eth0", HOOK_XDP), 0);
}

/* The section's name tells nothing, so that the policy's word counts; the verifier checks it. */
static void section_without_a_type_is_taken_at_the_policys_word(void **state)
{
	struct ordain *ordain = *state;

	policy_write(ordain, "p.yaml",
		     "programs: {wall: {hook: xdp, interfaces: [eth0], object: %s}}\n",
		     object_path(ordain, "broken/section"));
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, 10, "s");
}

/* pN are monitors, each with maps of its own, or stamps, which have none. */
static void write_many(const struct ordain *ordain, size_t count, const char *sample)
{
	struct text text = TEXT(ordain->arena);

	for (size_t i = 0; i < count; i++)
		text_printf(&text,
			    "  p%03zu: {hook: xdp, interfaces: [eth0], object: %s, "
			    "function: %s_xdp}\n",
			    i, object_path(ordain, sample),
			    !strcmp(sample, "monitor") ? sample : "stamp");
	policy_write(ordain, "many.yaml", "programs:\n%s", text_string(&text));
}

static void more_maps_than_a_program_may_have_are_refused(void **state)
{
	struct ordain *ordain = *state;
	struct outcome apply;

	write_many(ordain, 10, "monitor");
	ordain_do(ordain, "apply");
	write_many(ordain, 40, "monitor");
	apply = ordain_run(ordain, "apply");
	assert_int_equal(apply.code, 1);
	assert_says(apply.err, "error[kernel-limit]");
	assert_says(apply.err, "'p0");
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "p009", "seen"), 0);
	assert_says(ordain_run(ordain, "status").out, "p009");
}

static void more_programs_than_a_chain_may_have_are_refused(void **state)
{
	struct ordain *ordain = *state;
	struct outcome apply;

	write_many(ordain, 255, "stamp_a");
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, 10, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "p254", "pass"), 10);
	write_many(ordain, 256, "stamp_a");
	apply = ordain_run(ordain, "apply");
	assert_int_equal(apply.code, 1);
	assert_says(apply.err, "error[too-many-programs]");
	assert_says(apply.err, "many.yaml:");
	assert_says(apply.err, "p255");
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "p254", "pass"), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(bad_program_leaves_the_chain_as_it_is),
		ORDAIN_TEST(bad_program_alone_leaves_the_hook_empty),
		ORDAIN_TEST(other_content_than_sha256_is_refused),
		ORDAIN_TEST(section_without_a_type_is_taken_at_the_policys_word),
		ORDAIN_TEST(more_maps_than_a_program_may_have_are_refused),
		ORDAIN_TEST(more_programs_than_a_chain_may_have_are_refused),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
