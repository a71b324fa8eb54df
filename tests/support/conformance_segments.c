/* SPDX-License-Identifier: GPL-2.0-only */
/* Our elements around programs of others: several links, and what becomes of each. */
#include "conformance_trial.h"

#include "policy/base/text.h"

#define A CONFORMANCE_A

static const enum hook IN = HOOK_TCX_INGRESS;

static uint32_t put(struct trial *trial, bool at_head)
{
	return trial->fixture->put_foreign(trial->fixture->context, A, IN, at_head);
}

/* "a+b @7 c": what runs there, as packets meet it. */
static const char *running(struct trial *trial)
{
	const struct observed_hook *seen = trial_look(trial, A, IN);
	struct text out = TEXT(trial->arena);

	for (size_t i = 0; i < seen->program_count; i++) {
		struct observed_segment segment = { 0 };
		const struct manifest *manifest = NULL;

		text_add(&out, i ? " " : "");
		if (!seen->programs[i].ours) {
			text_printf(&out, "@%u", seen->programs[i].id);
			continue;
		}
		segment = observed_segment(seen, i);
		manifest = segment_running(&segment);
		for (size_t j = 0; manifest && j < manifest->count; j++)
			text_printf(&out, "%s%s", j ? "+" : "", manifest->items[j].name);
	}
	return text_string(&out);
}

static void assert_running(struct trial *trial, const char *words, uint32_t id)
{
	assert_string_equal(running(trial), arena_printf(trial->arena, words, id));
}

void conformance_segments_are_around_others(void **state)
{
	static const struct {
		const char *wish;
		const char *runs;
	} cases[] = {
		{ "a @ b:1", "a @%u b" },   { "@ a b:1", "@%u a+b" },	{ "a b:1 @", "a+b @%u" },
		{ "b:1 @ a", "b @%u a" },   { "a c @ b", "a+c @%u b" }, { "a @ b", "a @%u b" },
		{ "c @ a b", "c @%u a+b" }, { "@ c", "@%u c" },
	};
	struct trial *trial = *state;
	uint32_t id;

	trial_need(trial, IN);
	id = put(trial, true);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		trial_wish(trial, A, IN, cases[i].wish);
		trial_settle(trial);
		assert_running(trial, cases[i].runs, id);
		trial_restart(trial);
		trial_assert_converged(trial);
	}
	trial_wish(trial, A, IN, NULL);
	trial_settle(trial);
	assert_running(trial, "@%u", id);
}

/* Only the one that was lost comes again: the other link is as it was. */
void conformance_segment_is_repaired_alone(void **state)
{
	struct trial *trial = *state;
	void (*const drifts[])(void *context, const char *interface, enum hook hook) = {
		trial->fixture->detach_ours,
		trial->fixture->overwrite_ours,
	};

	trial_need(trial, IN);
	put(trial, true);
	trial_wish(trial, A, IN, "a @ b:1");
	for (size_t i = 0; i < sizeof(drifts) / sizeof(*drifts); i++) {
		uint32_t link;

		trial_settle(trial);
		link = trial_look(trial, A, IN)->programs[2].link_id;
		drifts[i](trial->fixture->context, A, IN);
		trial_restart(trial);
		trial_settle(trial);
		assert_int_equal(trial_look(trial, A, IN)->programs[2].link_id, link);
	}
}

static uint64_t dropped(struct trial *trial, const char *name)
{
	const struct observed_hook *seen = trial_look(trial, A, IN);
	const struct counters *counters;

	assert_int_equal(kernel_counters(trial->kernel, trial->arena, seen->ifindex, IN, &counters),
			 0);
	for (size_t i = 0; i < counters->count; i++)
		if (!strcmp(counters->items[i].name, name))
			return counters->items[i].seen;
	fail_msg("%s is not in the chain", name);
	return 0;
}

void conformance_counters_move_with_their_element(void **state)
{
	static const char *const wishes[] = { "b @ a", "@ b a", "a b @", "a @ b" };
	struct trial *trial = *state;

	trial_need(trial, IN);
	put(trial, true);
	trial_wish(trial, A, IN, "a @ b");
	trial_settle(trial);
	trial->fixture->count(trial->fixture->context, A, IN, 5);
	assert_int_equal(dropped(trial, "a"), 5);
	for (size_t i = 0; i < sizeof(wishes) / sizeof(*wishes); i++) {
		trial_wish(trial, A, IN, wishes[i]);
		trial_settle(trial);
		assert_int_equal(dropped(trial, "a"), 5);
		assert_int_equal(dropped(trial, "b"), 0);
	}
}
