/* SPDX-License-Identifier: GPL-2.0-only */
/* `attached`: which of other people's programs an entry means, and what of its order holds. */
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "tests/support/test.h"
#include "tests/support/way.h"

/* All of them have names that the kernel alone would cut short. */
static const char *const functions[] = {
	"by_pointer_on_stack",
	"by_computed_place",
};
enum { STACK, PLACE, FUNCTIONS };

/* Somebody's programs, each on a link; closed where -1. */
struct theirs {
	struct bpf_object *object;
	int programs[FUNCTIONS];
	int links[FUNCTIONS];
};

static void assert_says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in:\n%s", part, text);
}

static size_t count(const char *text, const char *part)
{
	size_t found = 0;

	for (const char *at = text; (at = strstr(at, part)); at++)
		found++;
	return found;
}

static struct theirs load_theirs(const struct ordain *ordain)
{
	struct theirs theirs = { .links = { -1, -1 } };
	struct bpf_program *program;

	theirs.object = bpf_object__open_file(object_path(ordain, "judged/flags"), NULL);
	assert_non_null(theirs.object);
	assert_int_equal(bpf_object__load(theirs.object), 0);
	for (size_t i = 0; i < FUNCTIONS; i++) {
		program = bpf_object__find_program_by_name(theirs.object, functions[i]);
		theirs.programs[i] = bpf_program__fd(program);
		assert_true(theirs.programs[i] >= 0);
	}
	return theirs;
}

static void attach(struct theirs *theirs, size_t which, bool at_head)
{
	theirs->links[which] =
		foreign_link("eth0", HOOK_TCX_INGRESS, theirs->programs[which], at_head);
}

static void detach(struct theirs *theirs, size_t which)
{
	close(theirs->links[which]);
	theirs->links[which] = -1;
}

static void drop_theirs(struct theirs *theirs)
{
	for (size_t i = 0; i < FUNCTIONS; i++)
		if (theirs->links[i] >= 0)
			close(theirs->links[i]);
	bpf_object__close(theirs->object);
}

/* Ours is `a`; what others attach is in `entries`. */
static void write_policy(const struct ordain *ordain, const char *statement, const char *entries)
{
	policy_write(ordain, "p.yaml",
		     "programs:\n"
		     "  a:\n"
		     "    hook: tcx-ingress\n"
		     "    interfaces: [eth0]\n"
		     "    object: %s\n"
		     "    function: stamp_tc\n"
		     "%s%s",
		     object_path(ordain, "stamp_a"), statement, entries);
}

/* One entry, several programs: the statement holds for each of them. */
static void several_are_meant_by_their_full_names(void **state)
{
	struct ordain *ordain = *state;
	struct theirs theirs;
	struct outcome plan;

	need_tcx();
	theirs = load_theirs(ordain);
	write_policy(ordain, "    before: [theirs]\n",
		     "  theirs: {hook: tcx-ingress, attached: {name: \"by_*_[ps]*a*[ek]\"}}\n");
	assert_says(ordain_run(ordain, "apply").err, "note[attached-absent]");
	attach(&theirs, STACK, false);
	attach(&theirs, PLACE, false);
	plan = ordain_run(ordain, "plan");
	assert_null(strstr(plan.err, "attached-absent"));
	assert_true(ordain_in_sync(ordain));
	detach(&theirs, STACK);
	detach(&theirs, PLACE);
	attach(&theirs, STACK, true);
	attach(&theirs, PLACE, true);
	plan = ordain_run(ordain, "plan");
	assert_says(plan.out, "by_pointer_on_stack");
	assert_int_equal(count(plan.out, ", for theirs, "), 2);
	assert_says(plan.out, "update in one switch");
	assert_int_equal(ordain_run(ordain, "status").code, 2);
	ordain_do(ordain, "apply");
	assert_true(ordain_in_sync(ordain));
	/* One behind ours is as it should be, and the other one comes in front of it again. */
	detach(&theirs, PLACE);
	attach(&theirs, PLACE, true);
	assert_false(ordain_in_sync(ordain));
	ordain_do(ordain, "apply");
	assert_true(ordain_in_sync(ordain));
	drop_theirs(&theirs);
}

/* A pin of the program, or of its link. */
static void a_pin_tells_who_is_meant(void **state)
{
	struct ordain *ordain = *state;
	struct theirs theirs;
	const char *out;

	need_tcx();
	theirs = load_theirs(ordain);
	write_policy(ordain, "    after: [by-program, by-link]\n",
		     arena_printf(ordain->arena,
				  "  by-program: {hook: tcx-ingress, attached: {pin: %s/x/prog*}}\n"
				  "  by-link:\n"
				  "    hook: tcx-ingress\n"
				  "    attached: {pin: %s/x/link?, name: by_computed_place}\n",
				  ordain->bpffs, ordain->bpffs));
	ordain_do(ordain, "apply");
	attach(&theirs, STACK, true);
	attach(&theirs, PLACE, true);
	assert_int_equal(ordain_shell(ordain, "mkdir $BPFFS/x").code, 0);
	assert_int_equal(count(ordain_run(ordain, "plan").err, "note[attached-absent]"), 2);
	assert_int_equal(bpf_obj_pin(theirs.programs[STACK],
				     arena_printf(ordain->arena, "%s/x/program", ordain->bpffs)),
			 0);
	assert_int_equal(bpf_obj_pin(theirs.links[PLACE],
				     arena_printf(ordain->arena, "%s/x/link1", ordain->bpffs)),
			 0);
	assert_int_equal(count(ordain_run(ordain, "plan").err, "note[attached-absent]"), 0);
	assert_true(ordain_in_sync(ordain));
	write_policy(ordain, "    before: [by-program, by-link]\n",
		     arena_printf(ordain->arena,
				  "  by-program: {hook: tcx-ingress, attached: {pin: %s/x/prog*}}\n"
				  "  by-link: {hook: tcx-ingress, attached: {pin: %s/x/link?}}\n",
				  ordain->bpffs, ordain->bpffs));
	out = ordain_run(ordain, "plan").out;
	assert_says(out, "for by-program, stays");
	assert_says(out, "for by-link, stays");
	assert_int_equal(ordain_shell(ordain, "rm -r $BPFFS/x").code, 0);
	drop_theirs(&theirs);
}

static void what_two_entries_mean_blocks_its_hook(void **state)
{
	struct ordain *ordain = *state;
	struct theirs theirs;
	struct outcome apply;
	uint32_t ours;

	need_tcx();
	theirs = load_theirs(ordain);
	write_policy(ordain, "",
		     "  one: {hook: tcx-ingress, attached: {name: \"by_*\"}}\n"
		     "  two: {hook: tcx-ingress, attached: {name: \"*_on_stack\"}}\n");
	ordain_do(ordain, "apply");
	ours = hook_program("eth0", HOOK_TCX_INGRESS);
	attach(&theirs, STACK, false);
	write_policy(ordain,
		     ""
		     "    proceed_on: [pass]\n",
		     "  one: {hook: tcx-ingress, attached: {name: \"by_*\"}}\n"
		     "  two: {hook: tcx-ingress, attached: {name: \"*_on_stack\"}}\n");
	apply = ordain_run(ordain, "apply");
	assert_int_equal(apply.code, 1);
	assert_says(apply.err, "error[attached-ambiguous]: 'one' and 'two' both mean id");
	assert_says(apply.out, "left as it is");
	assert_int_equal(hook_holding("eth0", HOOK_TCX_INGRESS).programs[0], ours);
	write_policy(ordain, "    proceed_on: [pass]\n",
		     "  one: {hook: tcx-ingress, attached: {name: \"by_comp*\"}}\n"
		     "  two: {hook: tcx-ingress, attached: {name: \"*_on_stack\"}}\n");
	ordain_do(ordain, "apply");
	assert_int_not_equal(hook_holding("eth0", HOOK_TCX_INGRESS).programs[0], ours);
	drop_theirs(&theirs);
}

/* The agent sees them come, says it once, and that they are right again is in status. */
static void order_of_two_others_is_verify_only(void **state)
{
	static const char *const entries = "  stack:\n"
					   "    hook: tcx-ingress\n"
					   "    attached: {name: by_pointer_on_stack}\n"
					   "    before: [place]\n"
					   "  place:\n"
					   "    hook: tcx-ingress\n"
					   "    attached: {name: by_computed_place}\n";
	struct ordain *ordain = *state;
	struct theirs theirs;
	struct outcome status;

	need_tcx();
	theirs = load_theirs(ordain);
	write_policy(ordain, "", entries);
	agent_start_ready(ordain);
	agent_forget(ordain);
	attach(&theirs, PLACE, false);
	attach(&theirs, STACK, false);
	wait_until(ordain, agent_said(ordain, "warning[verify-only]: 'stack' (id "));
	assert_says(ordain_run(ordain, "plan").out, " =! 3  by_pointer_on_stack");
	status = ordain_run(ordain, "status");
	assert_int_equal(status.code, 2);
	assert_int_equal(count(status.out, "VERIFY-ONLY"), 1);
	assert_says(status.out, "by_pointer_on_stack is not before place: id ");
	assert_says(status.err, "help: let their own tools attach the two in this order");
	assert_says(ordain_run(ordain, "status -o json").out, "\"type\": \"VerifyOnly\",\n"
							      "          \"status\": true");
	/* The way out that the help names. */
	detach(&theirs, PLACE);
	attach(&theirs, PLACE, false);
	wait_until(ordain, ordain_in_sync(ordain));
	drop_theirs(&theirs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(several_are_meant_by_their_full_names),
		ORDAIN_TEST(a_pin_tells_who_is_meant),
		ORDAIN_TEST(what_two_entries_mean_blocks_its_hook),
		ORDAIN_TEST(order_of_two_others_is_verify_only),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
