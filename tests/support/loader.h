/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loaders that are not ours, as an administrator calls them: ip, tc, bpftool, xdp-loader and
 * xdp-filter. Some of them want a bpffs at its usual place, where this network of tests has none,
 * and leave pins there: each call gets one of its own, which is gone with it.
 */
#ifndef ORDAIN_TESTS_SUPPORT_LOADER_H
#define ORDAIN_TESTS_SUPPORT_LOADER_H

#include "ordain.h"

/* Skips the case, with a line that says so, where that command is not installed. */
void need_command(const char *name);

/*
 * Runs a shell command without single quotes in it, in the test's network namespace, with $OBJECTS
 * for the directory of the build's objects. $ROOT and $BPFFS are not to be seen from there.
 */
struct outcome loader_run(const struct ordain *ordain, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Fails the test unless it exits with 0. Returns its output. */
const char *loader_do(const struct ordain *ordain, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Puts a tc filter of kind bpf with stamp_LETTER on ingress of eth0, and the clsact that it needs.
 * Skips the case on a kernel without them.
 */
void filter_add_or_skip(const struct ordain *ordain, char letter);

/* With all its filters. */
void clsact_delete(const struct ordain *ordain);

#endif
