/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the benchmarks share: a clock, medians, the trivial program, and an agent of their own.
 *
 * Other work on the machine comes and goes, so a benchmark measures its variants in turns, round
 * after round in one process, and compares their medians: ratios mean something, times do not.
 * What goes wrong here ends the process with a line that says so.
 */
#ifndef ORDAIN_TESTS_SUPPORT_BENCH_H
#define ORDAIN_TESTS_SUPPORT_BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/load/loaded.h"
#include "policy/base/arena.h"

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t bench_now(void);

/* Sorts them; 0 for none. */
double bench_median(double *values, size_t count);

/* Says so on stderr and ends the process; `error` is positive, negative or 0 (none). */
void bench_fail(int error, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));

/* Ends the process as skipped unless it is root. */
void bench_need_root(void);

/* The object with trivial_xdp and trivial_tc, which let every packet go on. */
const char *bench_trivial_object(void);
const char *bench_trivial_function(enum hook hook);

/* The object with large_xdp, of 100,000 instructions. */
const char *bench_large_object(void);

/* Loaded alone; close it with loaded_close(). */
struct loaded *bench_load_trivial(struct arena *arena, enum hook hook);

/* The same of a function of bpf/mixture/SOURCE. */
struct loaded *bench_load_mixture(struct arena *arena, enum hook hook, const char *source,
				  const char *function);

/* The same as a bare kernel program of its own: a descriptor. */
int bench_load_bare(const struct loaded *loaded, enum hook hook);

/* How elements are linked: as far as they can be inlined, not at all, and every second. */
enum bench_form { BENCH_INLINED, BENCH_CALLED, BENCH_MIXED, BENCH_FORMS };

/* `count` elements of it, linked; `counters` -1: none. A descriptor. */
int bench_link(struct arena *arena, const struct loaded *loaded, enum hook hook, size_t count,
	       int counters, enum bench_form form);

/* Writes ROOT/etc/ordain/NAME, by rename() from elsewhere in ROOT. */
void bench_write_policy(const char *root, const char *name, const char *text);

/* Runs `ordain apply`; it has to succeed. */
void bench_apply(const char *root, const char *bpffs);

/*
 * Starts `ordain agent` in the caller's namespaces and returns when it is ready, that is after its
 * first full pass. What it says goes to ROOT/agent.log. _with() gives it an option.
 */
pid_t bench_agent_start(const char *root, const char *bpffs);
pid_t bench_agent_start_with(const char *root, const char *bpffs, const char *option);

/* SIGTERM, and waits for its end. */
void bench_agent_stop(pid_t pid);

#endif
