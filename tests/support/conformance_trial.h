/* SPDX-License-Identifier: GPL-2.0-only */
/* What the cases of the conformance suite share. */
#ifndef ORDAIN_TESTS_SUPPORT_CONFORMANCE_TRIAL_H
#define ORDAIN_TESTS_SUPPORT_CONFORMANCE_TRIAL_H

#include "conformance.h"
#include "converge.h"
#include "test.h"

/* One case: a clean machine, an open kernel, and what is wished for. */
struct trial {
	const struct conformance_fixture *fixture;
	struct arena *arena;
	struct kernel *kernel;
	struct wishes wishes;
	struct diags diags;
	struct error error;
};

/* cmocka set-up and tear-down; the fixture comes in as the case's initial state. */
int trial_open(void **state);
int trial_close(void **state);

/* Skips the case where the kernel has no such hook. */
void trial_need(struct trial *trial, enum hook hook);

/* As if the agent had died and was started again. */
void trial_restart(struct trial *trial);

/*
 * "a b:1 c:bad d:missing": elements by name, of the first good object unless another one is named
 * (0, 1, bad), or that cannot run. With an @ among them, others run there: all that are on the hook.
 */
const struct manifest *trial_manifest(struct trial *trial, enum hook hook, const char *words);

/* From now on these elements should be on that hook; NULL: nothing of ours. */
void trial_wish(struct trial *trial, const char *interface, enum hook hook, const char *words);

/* What is on the xdp hook of a wish should be so from now on: auto unless said. */
void trial_wish_mode(struct trial *trial, const char *interface, enum xdp_mode mode);

/* Is what comes to the xdp hook of a wish to become an element from now on? */
void trial_wish_door(struct trial *trial, const char *interface, bool door);

/* One pass over fresh lists of interfaces. */
int trial_converge(struct trial *trial, struct kernel *kernel);

const struct plan *trial_plan(struct trial *trial);

/* What is on that hook; fails the test if it cannot be seen. */
const struct observed_hook *trial_look(struct trial *trial, const char *interface, enum hook hook);

/*
 * The heart of every case: each wish whose interface is here is what runs, well pinned, nothing of
 * ours is anywhere else, and there is nothing left to do.
 */
void trial_assert_converged(struct trial *trial);

/* One pass without any error, and then that. */
void trial_settle(struct trial *trial);

/* The step of the only chain to change, prepared. */
const struct step *trial_step(struct trial *trial);
int trial_execute(struct trial *trial, const struct step *step);

/* The cases about the mode of XDP. */
void conformance_mode_is_as_wished(void **state);
void conformance_mode_waits_for_the_gap(void **state);
void conformance_stale_reattach_is_refused(void **state);
void conformance_native_without_driver_is_refused(void **state);
void conformance_mode_that_fails_is_put_back(void **state);

/* The cases about programs of others as elements. */
void conformance_door_is_attached_without_a_link(void **state);
void conformance_forced_program_becomes_an_element(void **state);
void conformance_emptied_hook_withdraws_it(void **state);
void conformance_what_was_there_is_given_back(void **state);
void conformance_stale_exchange_is_refused(void **state);
void conformance_unlocked_pins_are_restored(void **state);
void conformance_exchange_may_die_anywhere(void **state);

/* The cases in which something fails half-way. */
void conformance_call_fails(void **state);
void conformance_pass_dies(void **state);
void conformance_switch_dies(void **state);

/* The cases about segments around programs of others. */
void conformance_segments_are_around_others(void **state);
void conformance_segment_is_repaired_alone(void **state);
void conformance_counters_move_with_their_element(void **state);

#endif
