/* SPDX-License-Identifier: GPL-2.0-only */
/* What an element may use of the stack and of nested calls, and who is named when it is too much. */
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "agent/link/link.h"
#include "agent/load/loaded.h"
#include "agent/system/files.h"
#include "policy/plan/observed.h"
#include "tests/support/netns.h"
#include "tests/support/test.h"

enum { ELEMENTS = 2, MAX_OBJECT = 1 << 20 };

struct trial {
	struct arena *arena;
	struct diags diags;
	struct loaded *loaded[ELEMENTS];
	struct manifest_element manifest[ELEMENTS];
	struct link_element elements[ELEMENTS];
	int counters;
	int program; /* -1: refused, see diags */
};

static void load(struct trial *trial, size_t at, const char *name, const char *function,
		 const char *object)
{
	const struct map_sources maps = { .pinned = "/nonexistent" };
	struct manifest_element *element = &trial->manifest[at];
	struct error error;
	const char *path = arena_printf(trial->arena, "%s/%s.bpf.o", getenv("ORDAIN_BPF"), object);
	const char *bytes;
	size_t length;

	assert_int_equal(file_read(trial->arena, path, MAX_OBJECT, &bytes, &length), 0);
	*element = (struct manifest_element){ .name = name,
					      .digest = "",
					      .function = function,
					      .proceed = verdicts_continuing(HOOK_XDP) };
	assert_int_equal(loaded_open(element, HOOK_XDP, bytes, length, &maps, &trial->diags,
				     &trial->loaded[at], &error),
			 0);
	assert_non_null(trial->loaded[at]);
	trial->elements[at].element = element;
	trial->elements[at].insns = loaded_insns(trial->loaded[at], &trial->elements[at].count);
	trial->elements[at].figures = loaded_figures(trial->loaded[at]);
}

/* A program that nobody could object to, and `object` behind it under the name "last". */
static struct trial *trial_link(const char *function, const char *object)
{
	struct trial *trial = calloc(1, sizeof(*trial));
	struct link_request request = { .hook = HOOK_XDP,
					.attach_type = link_attach_type(HOOK_XDP),
					.count = ELEMENTS };
	struct error error;

	assert_non_null(trial);
	trial->arena = arena_new();
	trial->diags = DIAGS(trial->arena);
	load(trial, 0, "harmless", "stamp_xdp", "stamp_a");
	load(trial, 1, "last", function, object);
	trial->counters = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "counters", sizeof(__u32),
					 sizeof(__u64), ELEMENTS * VERDICT_SLOTS, NULL);
	assert_true(trial->counters >= 0);
	request.items = trial->elements;
	request.counters = trial->counters;
	assert_int_equal(link_load(&request, &trial->diags, &trial->program, NULL, &error), 0);
	return trial;
}

static void trial_close(struct trial *trial)
{
	if (trial->program >= 0)
		close(trial->program);
	close(trial->counters);
	for (size_t i = 0; i < ELEMENTS; i++)
		loaded_close(trial->loaded[i]);
	arena_free(trial->arena);
	free(trial);
}

static void blames_the_last(const struct trial *trial, enum diag_code code, const char *words)
{
	assert_int_equal(trial->program, -1);
	assert_int_equal(trial->diags.count, 1);
	assert_int_equal(trial->diags.items[0].code, code);
	assert_string_equal(trial->diags.items[0].program, "last");
	if (!strstr(trial->diags.items[0].summary, words))
		fail_msg("'%s' does not speak of %s", trial->diags.items[0].summary, words);
}

/* From 6.8 on, a caller that uses no stack costs none. */
static bool callers_stack_is_free(void)
{
	struct utsname name;
	int major, minor;

	assert_int_equal(uname(&name), 0);
	assert_int_equal(sscanf(name.release, "%d.%d", &major, &minor), 2);
	return major > 6 || (major == 6 && minor >= 8);
}

static void depth_an_element_has_the_whole_stack(void **state)
{
	struct trial *trial = trial_link("whole_stack", "features/whole_stack");

	(void)state;
	if (callers_stack_is_free())
		assert_true(trial->program >= 0);
	else
		blames_the_last(trial, DIAG_KERNEL_LIMIT, "too much stack");
	trial_close(trial);
}

/* Nobody calls what is inlined. */
static void depth_an_inlined_element_has_all_calls(void **state)
{
	struct trial *trial = trial_link("nested_calls", "features/nested_calls");

	(void)state;
	assert_true(trial->program >= 0);
	trial_close(trial);
}

static void depth_names_the_element_that_calls_too_deep(void **state)
{
	struct trial *trial = trial_link("deep_calls", "broken/deep_calls");

	(void)state;
	blames_the_last(trial, DIAG_KERNEL_LIMIT, "call each other too deep");
	trial_close(trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(depth_an_element_has_the_whole_stack),
		cmocka_unit_test(depth_an_inlined_element_has_all_calls),
		cmocka_unit_test(depth_names_the_element_that_calls_too_deep),
	};

	netns_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
