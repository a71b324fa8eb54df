/* SPDX-License-Identifier: GPL-2.0-only */
/* The reconcile loop at its smallest: what tests of a kernel need of it, and no files. */
#ifndef ORDAIN_TESTS_SUPPORT_CONVERGE_H
#define ORDAIN_TESTS_SUPPORT_CONVERGE_H

#include "agent/kernel/kernel.h"

/* All programs that others attached. */
#define WISH_FOREIGN "@"

/* What should be on a hook of an interface, whatever number it has today. */
struct wish {
	const char *interface;
	enum hook hook;
	const struct manifest *manifest;
	const char *order; /* "a:1 @ b": with programs of others; NULL: of the manifest alone */
	enum xdp_mode mode;
	bool door; /* xdp: `others: absorb` */
};

struct wishes {
	struct wish *items; /* sorted by (interface, hook) */
	size_t count;
	bool allow_gap;
};

/* Observes with all details and plans; nothing is changed. 0 or the error of observe(). */
int converge_plan(struct kernel *kernel, struct arena *arena, const struct interfaces *interfaces,
		  const struct wishes *wishes, struct diags *diags, const struct plan **ret,
		  struct error *ret_error);

/*
 * One pass: observe, plan, prepare, execute, settle. Every hook is tried, and a program that cannot
 * run (in `diags`) holds up its own hook only. 0, or the first error.
 */
int converge(struct kernel *kernel, struct arena *arena, const struct interfaces *interfaces,
	     const struct wishes *wishes, struct diags *diags, struct error *ret_error);

#endif
