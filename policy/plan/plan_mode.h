/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mode of XDP on one hook: what is wanted, what runs, and what is in the way. Native and
 * generic cannot be attached together, so to change one for the other there is only detaching and
 * attaching, with a gap between the two.
 */
#ifndef ORDAIN_POLICY_PLAN_PLAN_MODE_H
#define ORDAIN_POLICY_PLAN_PLAN_MODE_H

#include "policy/plan/plan.h"

/* What a change of mode does to packets, in words. */
extern const char mode_gap[];

/* "auto", "native", "generic". */
const char *mode_name(enum xdp_mode mode);

/* What the policy says; MODE_AUTO where it leaves it to the kernel, and on tcx. */
enum xdp_mode mode_wanted(const struct desired *desired);

/* Does our chain run there in another mode than it should? Either will do for auto. */
bool mode_differs(const struct desired *desired, const struct observed_hook *observed);

/* Is native wanted where neither the driver has it nor our chain has it already? */
bool mode_is_missing(const struct desired *desired, const struct observed_hook *observed);

/*
 * Will the driver refuse `manifest`, since its programs take packets of one buffer and the MTU is
 * larger than that? What fits is each driver's own, so this is no more than likely.
 */
bool mode_fears_mtu(const struct desired *desired, const struct observed_hook *observed);
void mode_warn_mtu(const struct desired *desired, struct diags *diags);

/* What is blocked, in a line: by a change that needs a gap, and by a driver without native XDP. */
const char *mode_gap_words(struct arena *arena, const struct desired *desired,
			   const struct observed_hook *observed);
const char *mode_missing_words(struct arena *arena, const struct desired *desired);

/* An error for the hooks of a plan that are blocked by either; those that are alike share it. */
void mode_report(const struct plan *plan, struct diags *diags);

/*
 * Adds an error at the place of the mode: the driver refused the chain as it was attached. `words`:
 * what the kernel said; too_large: its word was that the MTU is.
 */
void mode_report_refused(const struct desired *desired, const char *words, bool too_large,
			 struct diags *diags);

#endif
