/* SPDX-License-Identifier: GPL-2.0-only */
/* Any kernel, with one call that fails. */
#ifndef ORDAIN_TESTS_SUPPORT_KERNEL_FAULTY_H
#define ORDAIN_TESTS_SUPPORT_KERNEL_FAULTY_H

#include "agent/kernel/kernel.h"

struct fault {
	size_t call; /* which call of observe, prepare, execute, settle or counters, from 1; 0 none */
	bool after; /* the call has its effect, and only its result is lost */
	int error; /* negative errno */
};

/* Takes `inner` over: closing the result closes both. */
struct kernel *kernel_faulty_open(struct kernel *inner, struct fault fault);

/* How many calls were made so far: fewer than fault.call means that nothing failed. */
size_t kernel_faulty_calls(const struct kernel *kernel);

#endif
