/* SPDX-License-Identifier: GPL-2.0-only */
/* How elements are linked, why, and who is told. */
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <jansson.h>

#include "tests/support/alone.h"
#include "tests/support/test.h"
#include "tests/support/way.h"

enum { PACKETS = 20, SLOTS = 8 };

/* Each word is NAME=OBJECT or NAME=OBJECT:FUNCTION; they run in this order on eth0 xdp. */
static void write_chain(const struct ordain *ordain, const char *words, const char *more)
{
	struct text programs = TEXT(ordain->arena);
	struct text order = TEXT(ordain->arena);
	char *rest = arena_strdup(ordain->arena, words);
	char *word;

	while ((word = strsep(&rest, " "))) {
		const char *name = strsep(&word, "=");
		const char *object = strsep(&word, ":");

		text_printf(&programs, "  %s: {hook: xdp, interfaces: [eth0], object: %s%s%s}\n",
			    name, object_path(ordain, object), word ? ", function: " : "",
			    word ? word : "");
		text_printf(&order, "%s%s", order.length ? ", " : "", name);
	}
	policy_write(ordain, "chain.yaml",
		     "programs:\n%schains:\n  - {interfaces: [eth0], hook: xdp, order: [%s]%s}\n",
		     text_string(&programs), text_string(&order), more);
}

/* How status says that an element is linked. */
static const char *linked(const struct ordain *ordain, const char *name)
{
	json_t *json = json_loads(ordain_run(ordain, "status eth0 xdp -o json").out, 0, NULL);
	json_t *elements =
		json_object_get(json_array_get(json_object_get(json, "chains"), 0), "elements");
	const char *found = NULL;
	json_t *element;
	size_t i;

	json_array_foreach(elements, i,
			   element) if (!strcmp(json_string_value(json_object_get(element, "name")),
						name))
		found = json_string_value(json_object_get(element, "linked"));
	found = arena_strdup(ordain->arena, found ? found : "");
	json_decref(json);
	return found;
}

static void assert_linked(const struct ordain *ordain, const char *name, const char *words)
{
	const char *found = linked(ordain, name);

	if (strcmp(words, "inlined") ? !strstr(found, words) : strcmp(found, words))
		fail_msg("%s is '%s', not '%s'", name, found, words);
}

/* What reads the stack before it writes there needs kernel 6.3. */
static void need_object(const struct ordain *ordain, const char *name)
{
	struct bpf_object *object = alone_load(object_path(ordain, name), HOOK_XDP);

	if (!object) {
		print_message("SKIP: this kernel does not take %s\n", name);
		skip();
	}
	bpf_object__close(object);
}

/* From 6.8 on at the latest the verifier follows a callback round by round. */
static void need_inlining_refused(const struct ordain *ordain, const char *name)
{
	struct utsname kernel;
	int major, minor;

	assert_int_equal(uname(&kernel), 0);
	assert_int_equal(sscanf(kernel.release, "%d.%d", &major, &minor), 2);
	if (major > 6 || (major == 6 && minor >= 8) || strcmp(linked(ordain, name), "inlined") != 0)
		return;
	print_message("SKIP: this kernel takes it inlined\n");
	skip();
}

static void run(const struct ordain *ordain, const char *words)
{
	write_chain(ordain, words, "");
	ordain_do(ordain, "apply");
}

static void what_fits_is_inlined(void **state)
{
	struct ordain *ordain = *state;

	run(ordain, "a=stamp_a b=stamp_b s=features/subprograms");
	assert_linked(ordain, "a", "inlined");
	assert_linked(ordain, "b", "inlined");
	assert_linked(ordain, "s", "inlined");
	assert_null(strstr(ordain_do(ordain, "explain a"), "called"));
	assert_non_null(strstr(ordain_do(ordain, "explain a"), "  inlined\n"));
	assert_non_null(strstr(ordain_do(ordain, "status --all"), "a, b, s: inlined\n"));
}

/* In the plan before it is so, and afterwards where it runs. */
static void what_must_be_called_has_a_reason(void **state)
{
	struct ordain *ordain = *state;
	const char *plan;

	write_chain(ordain, "a=stamp_a j=features/jump_table:jump l=features/licence b=stamp_b",
		    "");
	plan = ordain_run(ordain, "plan").out;
	assert_non_null(strstr(plan, "called: has a tail call\n"));
	assert_non_null(strstr(plan, "called: it stays a program of its own\n"));
	assert_null(strstr(plan, "inlined"));
	ordain_do(ordain, "apply");
	assert_linked(ordain, "a", "inlined");
	assert_linked(ordain, "j", "called: has a tail call");
	assert_linked(ordain, "l", "called: it stays a program of its own");
	assert_linked(ordain, "b", "inlined");
	assert_non_null(strstr(ordain_do(ordain, "explain j"), "  called: has a tail call\n"));
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "ajxlb");
}

static void too_much_stack_is_called(void **state)
{
	struct ordain *ordain = *state;

	run(ordain, "f=mixture/verdicts_xdp:fills_400 d=mixture/functions_xdp:calls_with_stack "
		    "a=stamp_a");
	assert_linked(ordain, "f", "called: the stack is not enough");
	assert_linked(ordain, "a", "inlined");
}

static void too_long_is_called(void **state)
{
	struct ordain *ordain = *state;

	run(ordain, "a=stamp_a h=corpus/hundred_thousand b=stamp_b");
	assert_linked(ordain, "a", "inlined");
	assert_linked(ordain, "h", "called: is too long: ");
	assert_linked(ordain, "b", "inlined");
}

/* Alone the verifier is soon done with it, and inlined behind another it never is. */
static void too_many_steps_are_called(void **state)
{
	struct ordain *ordain = *state;

	need_object(ordain, "mixture/counts_up_xdp");
	run(ordain, "f=mixture/verdicts_xdp:fills_120 c=mixture/counts_up_xdp:counts_up_slowly "
		    "a=stamp_a");
	need_inlining_refused(ordain, "c");
	assert_linked(ordain, "f", "inlined");
	assert_linked(ordain, "c", "called: inlined, the chain takes the verifier too many steps");
	assert_linked(ordain, "a", "inlined");
}

/* It says so in words of its own, and of which element. */
static void what_the_kernel_refuses_inlined_is_called(void **state)
{
	struct ordain *ordain = *state;

	need_object(ordain, "mixture/counts_up_xdp");
	run(ordain, "a=stamp_a f=mixture/verdicts_xdp:fills_120 "
		    "c=mixture/counts_up_xdp:counts_up b=stamp_b");
	need_inlining_refused(ordain, "c");
	assert_linked(ordain, "f", "inlined");
	assert_linked(ordain, "c", "called: the kernel does not take it inlined: ");
	assert_linked(ordain, "b", "inlined");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "ab");
}

/* The sum counts in both forms, and the limit is told as it always was. */
static void steps_of_the_sum_are_refused_in_both_forms(void **state)
{
	struct ordain *ordain = *state;
	struct outcome outcome;

	write_chain(ordain,
		    "a=features/many_steps b=features/many_steps c=features/many_steps "
		    "d=features/many_steps",
		    "");
	outcome = ordain_run(ordain, "apply");
	assert_int_equal(outcome.code, 1);
	assert_non_null(strstr(outcome.err, "with program 'd' the verifier needs more than"));
}

/* The key changes the chain in one swap, and back; the choice itself changes nothing. */
static void policy_may_call_all(void **state)
{
	struct ordain *ordain = *state;
	const char *words = "a=stamp_a b=stamp_b c=stamp_c";
	uint32_t inlined, called;

	run(ordain, words);
	inlined = hook_program("eth0", HOOK_XDP);
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "abc");
	write_chain(ordain, words, ", linking: called");
	assert_null(strstr(ordain_run(ordain, "plan").out, "called"));
	ordain_do(ordain, "apply");
	called = hook_program("eth0", HOOK_XDP);
	assert_int_not_equal(called, inlined);
	assert_linked(ordain, "b", "called: the policy says so");
	way_expect(ordain, PACKETS, "abc");
	ordain_do(ordain, "apply");
	assert_int_equal(hook_program("eth0", HOOK_XDP), called);
	assert_int_equal(ordain_counter(ordain, "eth0", HOOK_XDP, "b", "seen"), 2 * PACKETS);
	write_chain(ordain, words, ", linking: auto");
	ordain_do(ordain, "apply");
	assert_linked(ordain, "b", "inlined");
	way_expect(ordain, PACKETS, "abc");
	agent_start_ready(ordain);
	inlined = hook_program("eth0", HOOK_XDP);
	agent_stop(ordain);
	agent_start_ready(ordain);
	assert_int_equal(hook_program("eth0", HOOK_XDP), inlined);
}

/* In the verifier's messages and the tools' dumps it is seen whose instruction it is. */
static void lines_tell_whose_they_are(void **state)
{
	struct ordain *ordain = *state;
	const char *dump;

	if (ordain_shell(ordain, "bpftool version").code) {
		print_message("SKIP: bpftool is not installed\n");
		skip();
	}
	run(ordain, "a=stamp_a j=features/jump_table:jump s=features/subprograms");
	dump = ordain_shell(ordain, "bpftool prog dump xlated id %u linum",
			    hook_program("eth0", HOOK_XDP))
		       .out;
	assert_non_null(strstr(dump, "; (chain)"));
	assert_non_null(strstr(dump, "; [a] "));
	assert_non_null(strstr(dump, "; [j] "));
	assert_non_null(strstr(dump, "; [s] "));
	assert_non_null(strstr(dump, "stamp.h"));
	assert_non_null(strstr(dump, "jump_table.bpf.c line_num:"));
}

/* Nothing that one program leaves on the stack is there for the next. */
static void stack_is_cleared_in_between(void **state)
{
	struct ordain *ordain = *state;
	uint64_t found[SLOTS];
	uint32_t key = 0;
	int map;

	need_object(ordain, "mixture/stack_xdp");
	run(ordain, "l=mixture/stack_xdp:leaves a=stamp_a w=mixture/stack_xdp:looks");
	assert_linked(ordain, "l", "inlined");
	assert_linked(ordain, "w", "inlined");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, PACKETS, "a");
	map = bpf_obj_get(arena_printf(ordain->arena, "%s/ordain/maps/w/w-bss", ordain->bpffs));
	assert_true(map >= 0);
	assert_int_equal(bpf_map_lookup_elem(map, &key, found), 0);
	close(map);
	for (size_t i = 0; i < SLOTS; i++)
		assert_int_equal(found[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(what_fits_is_inlined),
		ORDAIN_TEST(what_must_be_called_has_a_reason),
		ORDAIN_TEST(too_much_stack_is_called),
		ORDAIN_TEST(too_long_is_called),
		ORDAIN_TEST(too_many_steps_are_called),
		ORDAIN_TEST(what_the_kernel_refuses_inlined_is_called),
		ORDAIN_TEST(steps_of_the_sum_are_refused_in_both_forms),
		ORDAIN_TEST(policy_may_call_all),
		ORDAIN_TEST(lines_tell_whose_they_are),
		ORDAIN_TEST(stack_is_cleared_in_between),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
