/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fail anywhere, run again: it converges, and the next plan is empty. Tried for each call of a pass
 * and for each single change that the pass makes, on the way between any two policies of a list.
 */
#include <errno.h>

#include "conformance_trial.h"
#include "kernel_faulty.h"

enum { HOOKS = 3, POLICIES = 6 };

static const struct {
	const char *interface;
	enum hook hook;
} places[HOOKS] = {
	{ CONFORMANCE_A, HOOK_XDP },
	{ CONFORMANCE_A, HOOK_TCX_INGRESS },
	{ CONFORMANCE_B, HOOK_XDP },
};

/* Attach, update, reorder, replace and detach, alone and at the same time. */
static const char *const policies[POLICIES][HOOKS] = {
	{ NULL, NULL, NULL },	  { "a b:1", "a", NULL },     { "b:1 a", "a b", "c" },
	{ "a:1", NULL, "c d:1" }, { NULL, "x:1 y z", "d:1" }, { "a b:1", "z y", NULL },
};

/* The mode of all XDP in each of them, so that every fault also hits a change of it. */
static const enum xdp_mode modes[POLICIES] = { MODE_AUTO,   MODE_AUTO,	  MODE_GENERIC,
					       MODE_NATIVE, MODE_GENERIC, MODE_NATIVE };

static void wish_for(struct trial *trial, size_t policy)
{
	trial->wishes.allow_gap = true;
	for (size_t i = 0; i < HOOKS; i++)
		if (trial->fixture->has_hook(trial->fixture->context, places[i].hook))
			trial_wish(trial, places[i].interface, places[i].hook, policies[policy][i]);
	trial_wish_mode(trial, CONFORMANCE_A, modes[policy]);
	trial_wish_mode(trial, CONFORMANCE_B, modes[policy]);
}

/* From one policy to the next with a fault. False if the pass was over before the fault came. */
static bool call_fails(struct trial *trial, size_t from, size_t to, struct fault fault)
{
	struct kernel *kernel;
	bool reached;

	wish_for(trial, from);
	trial_settle(trial);
	kernel_close(trial->kernel);
	kernel = kernel_faulty_open(trial->fixture->open(trial->fixture->context, NULL, NULL),
				    fault);
	wish_for(trial, to);
	trial_converge(trial, kernel);
	reached = kernel_faulty_calls(kernel) >= fault.call;
	kernel_close(kernel);
	trial->kernel = trial->fixture->open(trial->fixture->context, NULL, NULL);
	trial_settle(trial);
	return reached;
}

void conformance_call_fails(void **state)
{
	struct trial *trial = *state;

	for (size_t from = 0; from < POLICIES; from++)
		for (unsigned int after = 0; after < 2; after++) {
			struct fault fault = { .after = after, .error = -ENOMEM };

			do
				fault.call++;
			while (call_fails(trial, from, (from + 1) % POLICIES, fault));
			assert_true(fault.call > 2);
		}
}

/* Refuses all changes from one on, as if the process was gone. */
struct death {
	size_t change;
	size_t seen;
};

static int refuse_from(void *context, const char *what)
{
	struct death *death = context;

	(void)what;
	return ++death->seen >= death->change ? -EIO : 0;
}

static bool pass_dies(struct trial *trial, size_t from, size_t to, size_t change)
{
	struct death death = { .change = change };
	struct kernel *kernel;

	wish_for(trial, from);
	trial_settle(trial);
	kernel_close(trial->kernel);
	kernel = trial->fixture->open(trial->fixture->context, refuse_from, &death);
	wish_for(trial, to);
	trial_converge(trial, kernel);
	kernel_close(kernel);
	trial->kernel = trial->fixture->open(trial->fixture->context, NULL, NULL);
	trial_settle(trial);
	return death.seen >= change;
}

/* The same around programs of others: links that come, move and go together with their fellows. */
static const char *const around[] = { "a @ b:1", "@ b:1 a", "a b:1 @", "b @ a c", "@", "a:1 @ c" };

enum { AROUND = sizeof(around) / sizeof(*around) };

static void wish_around(struct trial *trial, size_t at)
{
	bool none = !strcmp(around[at], WISH_FOREIGN);

	trial_wish(trial, CONFORMANCE_A, HOOK_TCX_INGRESS, none ? NULL : around[at]);
}

static bool switch_dies(struct trial *trial, size_t from, size_t to, size_t change)
{
	struct death death = { .change = change };
	struct kernel *kernel;

	wish_around(trial, from);
	trial_settle(trial);
	kernel_close(trial->kernel);
	kernel = trial->fixture->open(trial->fixture->context, refuse_from, &death);
	wish_around(trial, to);
	trial_converge(trial, kernel);
	kernel_close(kernel);
	trial->kernel = trial->fixture->open(trial->fixture->context, NULL, NULL);
	/* What is half done is finished first, and then the rest is planned anew. */
	trial_converge(trial, trial->kernel);
	trial_settle(trial);
	return death.seen >= change;
}

void conformance_switch_dies(void **state)
{
	struct trial *trial = *state;

	trial_need(trial, HOOK_TCX_INGRESS);
	trial->fixture->put_foreign(trial->fixture->context, CONFORMANCE_A, HOOK_TCX_INGRESS, true);
	for (size_t from = 0; from < AROUND; from++) {
		size_t change = 1;

		while (switch_dies(trial, from, (from + 1) % AROUND, change))
			change++;
		assert_true(change > 1);
	}
}

void conformance_pass_dies(void **state)
{
	struct trial *trial = *state;

	for (size_t from = 0; from < POLICIES; from++) {
		size_t change = 1;

		while (pass_dies(trial, from, (from + 1) % POLICIES, change))
			change++;
		assert_true(change > 1);
	}
}
