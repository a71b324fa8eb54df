/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's calls for a hook, the same for xdp and tcx: query, attach, swap, detach. */
#ifndef ORDAIN_AGENT_KERNEL_HOOK_CALLS_H
#define ORDAIN_AGENT_KERNEL_HOOK_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/model/policy.h"

/* The kernel's limit for tcx (BPF_MPROG_MAX) is 63. */
enum { HOOK_MAX_PROGRAMS = 64 };

struct hook_state {
	bool supported; /* tcx came with 6.6 */
	uint64_t revision; /* tcx; bumps with every change, and starts again when the list empties */
	uint32_t programs[HOOK_MAX_PROGRAMS];
	uint32_t links[HOOK_MAX_PROGRAMS]; /* 0 for xdp, where the kernel does not say */
	size_t count;
	const char *mode; /* xdp: "native", "generic", "offloaded"; NULL: nothing attached */
	bool no_native; /* xdp: the kernel (>= 6.3) says that the driver has no native XDP */
};

/* 0 or -errno; -ENODEV: no such interface in this namespace. */
int hook_query(enum hook hook, unsigned int ifindex, struct hook_state *ret);

/* Where a new link goes on a tcx hook: to the head, unless something else is said. */
struct hook_place {
	uint32_t before; /* the id of a program; 0: none */
	bool tail;
	uint64_t expected_revision; /* of the list; 0: whatever it has */
};

/*
 * Creates a link; on xdp in that mode, on tcx at that place. The descriptor, or -errno: -ESTALE when somebody was faster or the
 * interface is gone.
 */
int hook_attach(enum hook hook, unsigned int ifindex, int program, enum xdp_mode mode,
		const struct hook_place *place);

/*
 * Of what hook_attach() returned for xdp: a sentence if it is the driver that does not want it,
 * else NULL.
 */
const char *hook_refusal(int error);

enum { HOOK_SWAP_ANY = -1 }; /* as `old`: whatever the link has */

/* Swaps the program of a link if it still is `old`. -ESTALE if not, or if the link is dead. */
int hook_swap(int link, int program, int old);

/*
 * On xdp, by netlink and without a link: `program` in the place of `old`, -1 for none in either.
 * The kernel compares and exchanges. -ESTALE if something else is there, or a link.
 */
int hook_exchange(unsigned int ifindex, int program, int old, enum xdp_mode mode);

/* Detaches a link from its interface, whoever else holds it. A dead link is fine. */
int hook_detach(int link);

struct link_state {
	uint32_t id;
	uint32_t program;
	unsigned int ifindex; /* 0: the link is dead */
	enum hook hook;
};

/* -EINVAL: it is a link of another kind. */
int hook_link_state(int link, struct link_state *ret);

#endif
