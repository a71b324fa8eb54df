/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel holds, as a value: the other input of the plan. */
#ifndef ORDAIN_POLICY_PLAN_OBSERVED_H
#define ORDAIN_POLICY_PLAN_OBSERVED_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/plan/manifest.h"

/* Our own chain on a hook, judged by the kernel and never from memory. */
enum own_state {
	OWN_NONE, /* nothing of ours */
	OWN_ATTACHED, /* our link, here, with our program */
	OWN_OVERWRITTEN, /* our link, here, but somebody updated it to another program */
	OWN_UNPINNED, /* our link and program run, but pins are missing */
	OWN_DETACHED, /* our pins exist, but the link was detached from the interface */
};

enum { OWN_STATE_COUNT = OWN_DETACHED + 1 };

/* What one of our links holds: a segment of our chain, with foreign programs around it. */
struct observed_segment {
	unsigned int number; /* of the link, among those of ours on the hook */
	uint32_t chain; /* the program in force there; 0: none, and the link is about to go */
	enum own_state own;
	const struct manifest *manifest; /* as that of the hook */
	int64_t since;
};

/* A program on a hook, in the order in which the kernel runs them. */
struct observed_program {
	uint32_t id; /* what a placeholder of ours stands for, where there is one */
	uint32_t link_id; /* 0: not attached by a link, or the kernel does not say */
	uint32_t placeholder; /* it is what is on the hook, in a link of others; 0: none is */
	unsigned int mark; /* of the placeholder */
	bool ours; /* attached by our link, whatever program that link was given meanwhile */
	/* Of ours; NULL for the only link of a hook, of which the hook itself tells all. */
	const struct observed_segment *segment;
	const char *name; /* full name where BTF has it; "" unknown */
	const char *tag; /* 16 hex digits; "" unknown */
	const char *attached; /* "link 12", "netlink, native", "fd", ... */
	const char *pins; /* "/sys/fs/bpf/x, /sys/fs/bpf/y"; "" none or not looked for */
	const char *holders; /* "xdp-tool (pid 12)"; "" none or not looked for */
	const char *reenters; /* why it may send packets over the hook again; NULL: it does not */
	uint32_t owner; /* of those the process with the lowest id; 0 none or not looked for */
	bool released; /* absorbed: its owner, who was known, is gone or has let go of it */
	const char *changes; /* what refutes that it is readonly; NULL: nothing, or not looked for */
	int64_t loaded_at; /* seconds since 1970; 0 unknown */
	uint32_t uid; /* whose process loaded it; only with loaded_at */
};

/* A tc filter, which packets meet behind tcx. */
struct observed_filter {
	const char *kind; /* "bpf", "flower", ... */
	unsigned int priority; /* of 16 bits; lower ones first */
	uint32_t handle;
	const char *name; /* of a bpf filter: mostly OBJECT:[SECTION]; "" none */
	uint32_t program; /* of a bpf filter; 0 none */
	bool direct; /* its program's verdict is the filter's */
};

struct observed_hook {
	const char *interface;
	unsigned int ifindex;
	enum hook hook;
	bool supported; /* false: this kernel has no such hook; nothing else is set */
	uint64_t revision; /* tcx only */
	struct observed_program *programs;
	size_t program_count;
	struct observed_filter *filters; /* tcx, if looked for, as packets meet them */
	size_t filter_count;
	enum own_state own; /* of several links the worst that happened to one */
	const char *mode; /* xdp: "native" or "generic"; NULL for tcx or when nothing is attached */
	bool no_native; /* xdp: the driver says that it has no native mode */
	/* Of our chain, all segments that run; NULL if there is none or it cannot be read. */
	const struct manifest *manifest;
	/* xdp: ours is not held by a link of ours, but by netlink or in the link of who was absorbed. */
	bool unlocked;
	/*
	 * xdp: what our chain calls of others, or did when it was last on the hook. Beside it the
	 * names of the elements that they are.
	 */
	struct observed_program *absorbed;
	const char **absorbed_as;
	size_t absorbed_count;
	int64_t since; /* when our chain was put in force: seconds since 1970; 0 unknown */
};

/* Pins of ours whose interface is not here any more: gone, or moved to another namespace. */
struct orphan {
	unsigned int ifindex;
	enum hook hook;
	bool attached; /* it still runs on an interface of another namespace */
};

struct observed {
	struct observed_hook *hooks; /* sorted by (interface name, hook) */
	size_t count;
	struct orphan *orphans; /* sorted by (ifindex, hook) */
	size_t orphan_count;
	bool nameless; /* names and pins of programs were not looked for */
	const char *kernel_release; /* "6.1.0-13-amd64" */
};

/* NULL if that hook was not looked at. */
const struct observed_hook *observed_find(const struct observed *observed, const char *interface,
					  enum hook hook);

/* The program on our first link, whoever put it there; NULL if there is none. */
const struct observed_program *observed_own(const struct observed_hook *hook);

/* Our chain as packets meet it now; NULL if none runs, or if its manifest cannot be read. */
const struct manifest *observed_running(const struct observed_hook *hook);

/* What is to be known of the link of ours that has this program of the hook. */
struct observed_segment observed_segment(const struct observed_hook *hook, size_t program);

/* Its chain as packets meet it now; NULL if none runs, or if its manifest cannot be read. */
const struct manifest *segment_running(const struct observed_segment *segment);

/*
 * Sets `own`, `manifest` and `since` of a hook from its segments, of which there may be none, and
 * from whether pins of a dead link are left.
 */
void observed_sum_up(struct arena *arena, struct observed_hook *hook, bool dead);

/* The order of hooks everywhere: by interface name, then hook. */
int hook_compare(const char *interface_a, enum hook a, const char *interface_b, enum hook b);

/* What an element of a chain did so far, summed over the CPUs and carried over swaps by name. */
struct element_counters {
	const char *name;
	uint64_t seen;
	uint64_t verdicts[VERDICT_SLOTS]; /* continuing ones included */
};

struct counters {
	struct element_counters *items; /* in the chain's order */
	size_t count;
};

#endif
