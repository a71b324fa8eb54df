/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The linker: many programs, one kernel program. Kernel >= 5.10 (global functions, map binding).
 *
 * The result is a dispatcher that has each element's main function in itself (inlined) or calls the
 * element as a global function (called). Which is which is a matter of choice.h; if the kernel
 * refuses the chain as chosen, it is linked again with fewer inlined, at last with none:
 *
 *	keep the context and a zero on the stack
 *	for each element i:	r1 = context; clear the stack that it shares with those before it;
 *				its main function, each exit a jump to the end of it;  or: call it
 *				unless r0 is "go on": goto exit_i
 *	exit_i:			r1 = i * VERDICT_SLOTS; goto count
 *	count:			counters[r1 + slot of the verdict]++; return the verdict
 *
 * followed by the subprograms of the inlined elements and the whole of the called ones, as they
 * were loaded, maps and kernel functions resolved. If none is inlined, the context is in r6, and
 * the dispatcher uses no stack.
 *
 * "Go on" is one verdict: XDP_PASS on xdp and TCX_NEXT (-1) on tcx, unless the manifest says
 * otherwise. Where several verdicts go on, or the verdict never counts, the element is counted
 * where it runs:
 *
 *				r7 = verdict; counters[i * VERDICT_SLOTS + slot of it]++
 *				unless the slot goes on: return r7
 *
 * What the last element whose verdict counts returns is returned; if there is none, XDP_PASS or
 * TCX_NEXT.
 *
 * Verification takes the sum of the elements. A called one is verified on its own. For an inlined
 * one two things are done, so that all its paths meet again at its end: what it returned is made
 * unknown to the verifier (by the zero, of which it does not know that it is one), and the stack is
 * cleared before each, which also keeps what one program left there from the next.
 */
#ifndef ORDAIN_AGENT_LINK_LINK_H
#define ORDAIN_AGENT_LINK_LINK_H

#include <linux/bpf.h>

#include "agent/link/modules.h"
#include "agent/load/verifier.h"
#include "agent/objects/object_lines.h"
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
	const struct figures_of_verifier *figures; /* NULL: unknown, and it is called */
	const struct object_line *lines; /* of each instruction; NULL: unknown */
	bool called; /* by the instructions of link_call() */
	const char *not_inlined; /* why it must not be, whatever it holds; NULL: it may */
	unsigned int jumps; /* at most so many tail calls for a packet */
};

/* How an element was linked. */
struct linking {
	bool inlined;
	const char *why; /* called: "has a tail call", in the arena of the diags; NULL: inlined */
};

struct link_request {
	enum hook hook;
	enum bpf_attach_type attach_type; /* what it is loaded with: link_attach_type() mostly */
	const struct link_element *items;
	size_t count; /* 1 .. CHAIN_MAX_ELEMENTS; with a head it may be 0 */
	bool frags; /* the chain takes packets of several buffers, as each of its elements does */
	bool head; /* it takes all of `marks` away from each packet that goes on */
	int marks; /* map (placeholder.h), where there is a head */
	int counters; /* map: per-CPU array of u64, count * VERDICT_SLOTS entries; -1: no counting */
};

/* The instructions that call the program in that slot of a program array. */
const struct bpf_insn *link_call(struct arena *arena, int programs, __u32 slot, size_t *ret_count);

/* The same for a program that is run only for packets that have a mark; others go on. For tcx. */
struct link_mark {
	int marks; /* map (placeholder.h) */
	unsigned int number; /* below 64 */
};

const struct bpf_insn *link_call_marked(struct arena *arena, int programs, __u32 slot,
					const struct link_mark *mark, size_t *ret_count);

/* The instructions of an element that drops every packet; of static storage. */
const struct bpf_insn *link_drop(enum hook hook, size_t *ret_count);
extern const struct figures_of_verifier link_drop_figures;

/* Does this kernel load programs for that hook that take packets of several buffers? */
bool link_takes_frags(enum hook hook);

/* The one expected_attach_type that everything on a hook is loaded with, elements included. */
enum bpf_attach_type link_attach_type(enum hook hook);
enum bpf_prog_type link_program_type(enum hook hook);

/*
 * Links and loads. 0 with *ret_program a descriptor and *ret_linkings one for each element (NULL:
 * not asked for), or 0 with -1 there and errors in `diags` when
 * the elements do not make a chain (kernel limits, verifier): each names the element at fault as
 * far as can be known. Negative errno: the machine failed.
 */
int link_load(const struct link_request *request, struct diags *diags, int *ret_program,
	      const struct linking **ret_linkings, struct error *ret_error);

#endif
