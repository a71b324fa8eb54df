/* SPDX-License-Identifier: GPL-2.0-only */
/* Native and generic XDP: as wished, changed with a gap and only so, and refused by a driver. */
#include <errno.h>

#include "conformance_trial.h"

static const char A[] = CONFORMANCE_A;
static const char PLAIN[] = CONFORMANCE_PLAIN;
static const enum hook XDP = HOOK_XDP;

/* The link of our chain there, which has to be the only program. */
static uint32_t link_in(struct trial *trial, const char *interface, const char *mode)
{
	const struct observed_hook *seen = trial_look(trial, interface, XDP);

	assert_int_equal(seen->own, OWN_ATTACHED);
	assert_int_equal(seen->program_count, 1);
	assert_string_equal(seen->mode, mode);
	return seen->programs[0].link_id;
}

void conformance_mode_is_as_wished(void **state)
{
	static const enum xdp_mode modes[] = { MODE_NATIVE, MODE_GENERIC, MODE_AUTO };
	struct trial *trial = *state;

	assert_false(trial_look(trial, A, XDP)->no_native);
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		trial_wish(trial, A, XDP, "a");
		trial_wish_mode(trial, A, modes[i]);
		trial_settle(trial);
		link_in(trial, A, modes[i] == MODE_GENERIC ? "generic" : "native");
		/* Whatever it is, auto takes it. */
		trial_wish_mode(trial, A, MODE_AUTO);
		assert_int_equal(plan_changes(trial_plan(trial)), 0);
		trial_wish(trial, A, XDP, NULL);
		trial_settle(trial);
	}
}

void conformance_mode_waits_for_the_gap(void **state)
{
	struct trial *trial = *state;
	const struct step *step;
	uint32_t link;

	trial_wish(trial, A, XDP, "a b:1");
	trial_settle(trial);
	link = link_in(trial, A, "native");
	trial_wish(trial, A, XDP, "b:1 a c");
	trial_wish_mode(trial, A, MODE_GENERIC);
	assert_int_equal(trial_converge(trial, trial->kernel), 0);
	assert_int_equal(plan_blocked(trial_plan(trial)), 1);
	assert_int_equal(plan_changes(trial_plan(trial)), 0);
	assert_int_equal(link_in(trial, A, "native"), link);
	assert_true(manifest_equal(trial_look(trial, A, XDP)->manifest,
				   trial_manifest(trial, XDP, "b:1 a c")));
	trial->wishes.allow_gap = true;
	step = trial_step(trial);
	assert_int_equal(step->kind, STEP_REATTACH);
	trial_settle(trial);
	assert_int_not_equal(link_in(trial, A, "generic"), link);
	trial_wish_mode(trial, A, MODE_NATIVE);
	trial_restart(trial);
	trial_settle(trial);
	link_in(trial, A, "native");
}

void conformance_stale_reattach_is_refused(void **state)
{
	struct trial *trial = *state;
	const struct step *step;

	trial->wishes.allow_gap = true;
	trial_wish(trial, A, XDP, "a");
	trial_settle(trial);
	trial_wish_mode(trial, A, MODE_GENERIC);
	step = trial_step(trial);
	trial->fixture->overwrite_ours(trial->fixture->context, A, XDP);
	assert_int_equal(trial_execute(trial, step), -ESTALE);
	assert_int_equal(trial_look(trial, A, XDP)->own, OWN_OVERWRITTEN);
	trial_settle(trial);
	trial_wish_mode(trial, A, MODE_NATIVE);
	step = trial_step(trial);
	trial->fixture->detach_ours(trial->fixture->context, A, XDP);
	assert_int_equal(trial_execute(trial, step), -ESTALE);
	trial_settle(trial);
}

/* What a plan would never ask of a driver that says so; others only tell when they are asked. */
static struct step native_step(struct trial *trial, enum step_kind kind)
{
	const struct observed_hook *seen = trial_look(trial, PLAIN, XDP);
	struct step step = { .kind = kind,
			     .interface = PLAIN,
			     .ifindex = seen->ifindex,
			     .hook = XDP,
			     .manifest = trial_manifest(trial, XDP, "b a"),
			     .mode = MODE_NATIVE };

	if (seen->program_count)
		step.expected_program = seen->programs[0].id;
	assert_int_equal(kernel_prepare(trial->kernel, step.manifest, &trial->diags, &trial->error),
			 0);
	return step;
}

void conformance_native_without_driver_is_refused(void **state)
{
	struct trial *trial = *state;
	struct step step;

	assert_true(trial_look(trial, PLAIN, XDP)->no_native);
	trial_wish(trial, PLAIN, XDP, "a");
	trial_wish_mode(trial, PLAIN, MODE_NATIVE);
	assert_int_equal(trial_converge(trial, trial->kernel), 0);
	assert_int_equal(plan_blocked(trial_plan(trial)), 1);
	assert_int_equal(trial->diags.items[0].code, DIAG_XDP_MODE);
	step = native_step(trial, STEP_ATTACH);
	assert_int_equal(trial_execute(trial, &step), -EOPNOTSUPP);
	trial_wish(trial, PLAIN, XDP, NULL);
	trial_settle(trial);
	trial_wish(trial, PLAIN, XDP, "a");
	trial_wish_mode(trial, PLAIN, MODE_AUTO);
	trial_settle(trial);
	link_in(trial, PLAIN, "generic");
	trial_wish(trial, PLAIN, XDP, NULL);
	trial_settle(trial);
}

void conformance_mode_that_fails_is_put_back(void **state)
{
	struct trial *trial = *state;
	struct step step;
	uint32_t id;

	trial_wish(trial, PLAIN, XDP, "a b:1");
	trial_settle(trial);
	id = trial_look(trial, PLAIN, XDP)->programs[0].id;
	step = native_step(trial, STEP_REATTACH);
	assert_int_equal(trial_execute(trial, &step), -EOPNOTSUPP);
	trial_assert_converged(trial);
	link_in(trial, PLAIN, "generic");
	assert_int_equal(trial_look(trial, PLAIN, XDP)->programs[0].id, id);
	trial_restart(trial);
	trial_assert_converged(trial);
	trial_wish(trial, PLAIN, XDP, NULL);
	trial_settle(trial);
}
