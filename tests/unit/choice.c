/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/link/choice.h"

#include "agent/link/insns.h"
#include "agent/link/shape.h"
#include "policy/base/text.h"
#include "tests/support/test.h"

enum { MOST = 8, LENGTH = 64 };

static const struct stack_rules fine = { .unit = 16, .empty_costs = false };
static const struct stack_rules coarse = { .unit = 32, .empty_costs = true };

/* A chain whose elements are described by what matters here. */
struct made {
	struct arena *arena;
	struct manifest_element manifest[MOST];
	struct link_element elements[MOST];
	struct link_request request;
};

static void made_begin(struct made *made)
{
	*made = (struct made){ .arena = arena_new() };
	made->request = (struct link_request){ .hook = HOOK_XDP, .items = made->elements };
}

static struct link_element *add(struct made *made, const struct bpf_insn *insns, size_t count,
				const unsigned int *stack, size_t functions, size_t steps)
{
	size_t at = made->request.count++;
	struct figures_of_verifier *figures = arena_alloc(made->arena, sizeof(*figures));

	figures->stack = arena_memdup(made->arena, stack, functions * sizeof(*stack));
	figures->count = functions;
	figures->steps = steps;
	made->manifest[at] = (struct manifest_element){ .name = "p", .proceed = 1u << 2 };
	made->elements[at] = (struct link_element){
		.element = &made->manifest[at],
		.insns = arena_memdup(made->arena, insns, count * sizeof(*insns)),
		.count = count,
		.figures = figures,
	};
	return &made->elements[at];
}

/* A main function alone. */
static struct link_element *add_plain(struct made *made, unsigned int stack, size_t length)
{
	struct bpf_insn *insns = arena_array(made->arena, struct bpf_insn, length);

	for (size_t i = 0; i + 1 < length; i++)
		insns[i] = MOV32_IMM(BPF_REG_0, 2);
	insns[length - 1] = EXIT();
	return add(made, insns, length, &stack, 1, length);
}

/* Functions that each call the next one, with so much stack each; the last may have a tail call. */
static struct link_element *add_nested(struct made *made, const unsigned int *stack,
				       size_t functions, bool jumps)
{
	struct bpf_insn insns[3 * MOST];
	size_t count = 0;

	for (size_t i = 0; i < functions; i++) {
		if (i + 1 < functions)
			insns[count++] = CALL_FUNCTION(1);
		else
			insns[count++] = jumps ? CALL_HELPER(BPF_FUNC_tail_call)
					       : MOV32_IMM(BPF_REG_0, 2);
		insns[count++] = EXIT();
	}
	return add(made, insns, count, stack, functions, 1);
}

/* "i" for inlined, "c" for called. */
static const char *chosen(const struct made *made, const struct choice *choice)
{
	struct text text = TEXT(made->arena);

	for (size_t i = 0; i < choice->count; i++) {
		text_add(&text, choice->items[i].inlined ? "i" : "c");
		assert_true(choice->items[i].inlined == !choice->items[i].why);
	}
	return text_string(&text);
}

static struct choice make(struct made *made, struct stack_rules rules)
{
	return choice_make(made->arena, &made->request, rules);
}

static void shape_measures_nested_calls(void **state)
{
	static const unsigned int stack[] = { 40, 8, 0, 100 };
	struct made made;
	struct shape shape;

	(void)state;
	made_begin(&made);
	add_nested(&made, stack, 4, true);
	shape = shape_of(made.arena, &made.elements[0], fine);
	assert_int_equal(shape.main, 2);
	assert_int_equal(shape.own, 40);
	assert_int_equal(shape.below, 16 + 0 + 112);
	assert_int_equal(shape.before_jump, 16 + 0);
	assert_int_equal(shape.frames, 4);
	assert_false(shape.jumps);
	assert_null(shape.bar);
	shape = shape_of(made.arena, &made.elements[0], coarse);
	assert_int_equal(shape.below, 32 + 32 + 128);
	assert_int_equal(shape.before_jump, 32 + 32);
	arena_free(made.arena);
}

/* The verifier leaves out what nothing calls: nobody knows which figure is whose. */
static void shape_takes_the_largest_of_unclear_figures(void **state)
{
	static const unsigned int stack[] = { 40, 8, 200 };
	struct made made;
	struct figures_of_verifier figures;
	unsigned int fewer[] = { 40, 200 };

	(void)state;
	made_begin(&made);
	add_nested(&made, stack, 3, false);
	figures = *made.elements[0].figures;
	figures.stack = fewer;
	figures.count = 2;
	made.elements[0].figures = &figures;
	assert_int_equal(shape_of(made.arena, &made.elements[0], fine).below, 208 + 208);
	arena_free(made.arena);
}

static void shape_names_what_bars(void **state)
{
	static const unsigned int none[] = { 0 };
	const struct bpf_insn jump[] = { CALL_HELPER(BPF_FUNC_tail_call), EXIT() };
	const struct bpf_insn load[] = { INSN(BPF_LD | BPF_ABS | BPF_B, 0, 0, 0, 12), EXIT() };
	const struct bpf_insn indirect[] = { INSN(BPF_LD | BPF_IND | BPF_B, 0, 1, 0, 12), EXIT() };
	const struct bpf_insn itself[] = { CALL_FUNCTION(-1), EXIT() };
	/* The second half of a wide one looks like anything. */
	const struct bpf_insn wide[] = { INSN(BPF_LD | BPF_IMM | BPF_DW, 1, 0, 0, 0),
					 INSN(0, 0, 0, 0, BPF_FUNC_tail_call), EXIT() };
	struct made made;

	(void)state;
	made_begin(&made);
	add(&made, jump, 2, none, 1, 1);
	add(&made, load, 2, none, 1, 1);
	add(&made, indirect, 2, none, 1, 1);
	add(&made, itself, 2, none, 1, 1);
	add_plain(&made, 0, 2)->called = true;
	add_plain(&made, 0, 2)->figures = NULL;
	add(&made, wide, 3, none, 1, 1);
	assert_non_null(strstr(shape_of(made.arena, &made.elements[0], fine).bar, "tail call"));
	assert_non_null(strstr(shape_of(made.arena, &made.elements[1], fine).bar, "LD_ABS"));
	assert_non_null(strstr(shape_of(made.arena, &made.elements[2], fine).bar, "LD_ABS"));
	assert_non_null(strstr(shape_of(made.arena, &made.elements[3], fine).bar, "itself"));
	assert_non_null(strstr(shape_of(made.arena, &made.elements[4], fine).bar, "its own"));
	assert_non_null(strstr(shape_of(made.arena, &made.elements[5], fine).bar, "unknown"));
	assert_null(shape_of(made.arena, &made.elements[6], fine).bar);
	arena_free(made.arena);
}

static void choice_inlines_what_fits(void **state)
{
	struct made made;
	struct choice choice;

	(void)state;
	made_begin(&made);
	add_plain(&made, 12, 5);
	add_plain(&made, 0, 5);
	add_plain(&made, 60, 5)->not_inlined = "somebody said so";
	choice = make(&made, fine);
	assert_string_equal(chosen(&made, &choice), "iic");
	assert_string_equal(choice.items[2].why, "somebody said so");
	assert_int_equal(choice.frame, 16);
	assert_false(choice.keeps_verdict);
	made.manifest[0].proceed = 1u << 1 | 1u << 2;
	assert_true(make(&made, fine).keeps_verdict);
	made.manifest[0].observe = true;
	assert_false(make(&made, fine).keeps_verdict);
	arena_free(made.arena);
}

static void choice_calls_those_with_most_stack(void **state)
{
	static const unsigned int deep[] = { 8, 400 };
	struct made made;
	struct choice choice;

	(void)state;
	made_begin(&made);
	add_plain(&made, 40, 5);
	add_plain(&made, 120, 5);
	add_nested(&made, deep, 2, false);
	/* 120 and the two slots make 136, rounded 144, and 400 more are too many. */
	choice = make(&made, fine);
	assert_string_equal(chosen(&made, &choice), "ici");
	assert_non_null(strstr(choice.items[1].why, "the stack is not enough"));
	assert_int_equal(choice.frame, 40);
	arena_free(made.arena);
}

/* What is called is counted with what calls it. */
static void choice_gives_up_where_one_takes_all(void **state)
{
	struct made made;
	struct choice choice;

	(void)state;
	made_begin(&made);
	add_plain(&made, 8, 5);
	add_plain(&made, 504, 5);
	choice = make(&made, fine);
	assert_string_equal(chosen(&made, &choice), "cc");
	assert_int_equal(choice.frame, 0);
	choice = make(&made, coarse);
	assert_string_equal(chosen(&made, &choice), "cc");
	arena_free(made.arena);
}

static void choice_leaves_room_above_a_tail_call(void **state)
{
	static const unsigned int jumping[] = { 0 };
	const struct bpf_insn jump[] = { CALL_HELPER(BPF_FUNC_tail_call), EXIT() };
	struct made made;
	struct choice choice;

	(void)state;
	made_begin(&made);
	add_plain(&made, 224, 5);
	add_plain(&made, 248, 5);
	add(&made, jump, 2, jumping, 1, 1);
	choice = make(&made, fine);
	assert_string_equal(chosen(&made, &choice), "icc");
	arena_free(made.arena);
}

static void choice_keeps_to_the_reach_of_jumps(void **state)
{
	struct made made;
	struct choice choice;

	(void)state;
	made_begin(&made);
	add_plain(&made, 0, 14000);
	add_plain(&made, 0, 100);
	add_plain(&made, 0, 16000);
	add_plain(&made, 0, 31000);
	choice = make(&made, fine);
	assert_string_equal(chosen(&made, &choice), "iicc");
	assert_string_equal(choice.items[3].why, "is too long: 31000 instructions");
	arena_free(made.arena);
}

static void choice_inlines_what_is_too_deep_to_call(void **state)
{
	static const unsigned int stack[] = { 100, 8, 8, 8, 8, 8, 8, 8 };
	struct made made;
	struct choice choice;

	(void)state;
	made_begin(&made);
	add_plain(&made, 16, 5);
	add_nested(&made, stack, 8, false);
	choice = make(&made, fine);
	choice_refused_stack(&choice);
	assert_string_equal(chosen(&made, &choice), "ci");
	choice_refused_stack(&choice);
	assert_string_equal(chosen(&made, &choice), "cc");
	arena_free(made.arena);
}

/* Clearing takes its time, unless nobody was there before. */
static void choice_calls_what_takes_long_to_clear(void **state)
{
	struct made made;
	struct choice choice;

	(void)state;
	made_begin(&made);
	add_plain(&made, 208, 5);
	add_plain(&made, 8, 5);
	add_plain(&made, 208, 5);
	choice = make(&made, fine);
	assert_string_equal(chosen(&made, &choice), "iic");
	arena_free(made.arena);
	made_begin(&made);
	add_plain(&made, 8, 5);
	add_plain(&made, 208, 5);
	choice = make(&made, fine);
	assert_string_equal(chosen(&made, &choice), "ii");
	arena_free(made.arena);
}

static void choice_takes_back_half_for_steps(void **state)
{
	struct made made;
	struct choice choice;

	(void)state;
	made_begin(&made);
	for (size_t i = 0; i < 5; i++)
		add_plain(&made, 0, 5 + (i * 3) % 5);
	choice = make(&made, fine);
	assert_string_equal(chosen(&made, &choice), "iiiii");
	choice_refused_steps(&choice);
	assert_string_equal(chosen(&made, &choice), "icici");
	choice_refused_steps(&choice);
	assert_string_equal(chosen(&made, &choice), "icicc");
	choice_refused_steps(&choice);
	assert_string_equal(chosen(&made, &choice), "icccc");
	choice_refused_steps(&choice);
	assert_false(choice_inlines(&choice));
	assert_non_null(strstr(choice.items[0].why, "too many steps"));
	arena_free(made.arena);
}

static void choice_keeps_the_kernels_words(void **state)
{
	struct made made;
	struct choice choice;

	(void)state;
	made_begin(&made);
	add_plain(&made, 0, 5);
	add_plain(&made, 16, 5);
	add_plain(&made, 0, 5);
	choice = make(&made, fine);
	choice_refused(&choice, 1, "R9 !read_ok");
	assert_string_equal(chosen(&made, &choice), "ici");
	assert_non_null(strstr(choice.items[1].why, "R9 !read_ok"));
	assert_int_equal(choice.frame, 0);
	choice_refused_all(&choice, "no");
	assert_string_equal(chosen(&made, &choice), "ccc");
	assert_non_null(strstr(choice.items[1].why, "R9 !read_ok"));
	arena_free(made.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shape_measures_nested_calls),
		cmocka_unit_test(shape_takes_the_largest_of_unclear_figures),
		cmocka_unit_test(shape_names_what_bars),
		cmocka_unit_test(choice_inlines_what_fits),
		cmocka_unit_test(choice_calls_those_with_most_stack),
		cmocka_unit_test(choice_gives_up_where_one_takes_all),
		cmocka_unit_test(choice_leaves_room_above_a_tail_call),
		cmocka_unit_test(choice_keeps_to_the_reach_of_jumps),
		cmocka_unit_test(choice_inlines_what_is_too_deep_to_call),
		cmocka_unit_test(choice_calls_what_takes_long_to_clear),
		cmocka_unit_test(choice_takes_back_half_for_steps),
		cmocka_unit_test(choice_keeps_the_kernels_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
