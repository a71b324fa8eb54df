/* SPDX-License-Identifier: GPL-2.0-only */
/* The real kernel behind the seam of kernel.h, seen from the calling network namespace. */
#ifndef ORDAIN_AGENT_KERNEL_KERNEL_LINUX_H
#define ORDAIN_AGENT_KERNEL_KERNEL_LINUX_H

#include "agent/kernel/kernel.h"

struct kernel_linux_options {
	const char *bpffs; /* need not be mounted before the first execute(); kept by reference */
	struct object_source objects;
	/*
	 * Asked before each single change to the kernel or bpffs; a negative errno refuses it.
	 * NULL in production: the tests stop a pass at each of these places.
	 */
	int (*before_change)(void *context, const char *what);
	void *context;
};

int kernel_linux_open(const struct kernel_linux_options *options, struct kernel **ret,
		      struct error *ret_error);

#endif
