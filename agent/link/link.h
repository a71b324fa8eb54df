/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The linker: many programs, one kernel program. Kernel >= 5.10 (global functions, map binding).
 *
 * The result is a dispatcher that calls each element as a global function, so that the verifier
 * looks at each on its own and the cost of verification is the sum:
 *
 *	r6 = ctx
 *	for each element i:	r1 = r6; call element_i; unless "go on": goto exit_i
 *	exit_i:			r1 = i * VERDICT_SLOTS; goto count
 *	count:			counters[r1 + slot of the verdict]++; return the verdict
 *
 * followed by every element's instructions as they were loaded, maps and kernel functions resolved.
 * "Go on" is one verdict: XDP_PASS on xdp and TCX_NEXT (-1) on tcx, unless the manifest says
 * otherwise. Where several verdicts go on, or the verdict never counts, the element is counted
 * where it runs:
 *
 *				r7 = verdict; counters[i * VERDICT_SLOTS + slot of it]++
 *				unless the slot goes on: return r7
 *
 * What the last element whose verdict counts returns is returned; if there is none, XDP_PASS or
 * TCX_NEXT.
 */
#ifndef ORDAIN_AGENT_LINK_LINK_H
#define ORDAIN_AGENT_LINK_LINK_H

#include <linux/bpf.h>

#include "agent/link/modules.h"
#include "agent/system/error.h"
#include "policy/diag/diag.h"
#include "policy/plan/manifest.h"

/*
 * An element that must not be linked, because its licence is none for the whole chain, is called
 * instead: its instructions are those of link_call(), which jumps to it and comes back with what it
 * returned, or with LINK_MISSED. At most LINK_MAX_JUMPS jumps a packet: the kernel (MAX_TAIL_CALL_CNT)
 * goes on behind the next one as if nothing had been there.
 */
enum { LINK_MAX_JUMPS = 33, LINK_MISSED = 0x7ffffffe };

struct link_element {
	const struct manifest_element *element; /* whose it is, and what its verdicts mean */
	const struct bpf_insn *insns; /* relocated; subprograms behind the main function */
	size_t count;
	const struct modules *modules; /* those of the module calls; NULL: there are none */
	bool called;
	unsigned int jumps; /* at most so many tail calls for a packet */
};

struct link_request {
	enum hook hook;
	enum bpf_attach_type attach_type; /* what it is loaded with: link_attach_type() mostly */
	const struct link_element *items;
	size_t count; /* 1 .. CHAIN_MAX_ELEMENTS */
	bool frags; /* the chain takes packets of several buffers, as each of its elements does */
	int counters; /* map: per-CPU array of u64, count * VERDICT_SLOTS entries; -1: no counting */
};

/* The instructions that call the program in that slot of a program array. */
const struct bpf_insn *link_call(struct arena *arena, int programs, __u32 slot, size_t *ret_count);

/* The instructions of an element that drops every packet; of static storage. */
const struct bpf_insn *link_drop(enum hook hook, size_t *ret_count);

/* Does this kernel load programs for that hook that take packets of several buffers? */
bool link_takes_frags(enum hook hook);

/* The one expected_attach_type that everything on a hook is loaded with, elements included. */
enum bpf_attach_type link_attach_type(enum hook hook);
enum bpf_prog_type link_program_type(enum hook hook);

/*
 * Links and loads. 0 with *ret_program a descriptor, or 0 with -1 there and errors in `diags` when
 * the elements do not make a chain (kernel limits, verifier): each names the element at fault as
 * far as can be known. Negative errno: the machine failed.
 */
int link_load(const struct link_request *request, struct diags *diags, int *ret_program,
	      struct error *ret_error);

#endif
