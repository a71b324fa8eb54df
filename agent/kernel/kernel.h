/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The seam between what is decided and what is done. kernel_linux.c is the real one; the tests
 * have one in memory and one that fails on demand, and one suite holds them all to this contract.
 *
 * Errors: a negative errno means that the kernel or the machine refused; `ret_error` then holds
 * one line of context that names the object and the operation. What is wrong with somebody's
 * program is no error: it goes into `diags`.
 */
#ifndef ORDAIN_AGENT_KERNEL_KERNEL_H
#define ORDAIN_AGENT_KERNEL_KERNEL_H

#include "agent/system/error.h"
#include "policy/plan/plan.h"

struct kernel;

/* Where an object's bytes come from; NULL if they are not to be had. They stay valid and unchanged
 * as long as the kernel is open. */
struct object_source {
	const void *(*bytes)(void *context, const char *digest, size_t *ret_length);
	void *context;
};

/* How much observe() finds out about programs that are not ours. */
enum detail {
	/* Ids: what a poll needs. Its manifests are those of a cache, valid until the next call. */
	DETAIL_NONE,
	DETAIL_NAMES, /* names, tags, how attached */
	DETAIL_HOLDERS, /* pins and processes too: walks bpffs and /proc */
	DETAIL_ALL, /* of ours as well, and the tc filters behind tcx */
};

struct kernel_ops {
	/*
	 * What hooks hold, and what of ours is left over. `interfaces` is all that this network
	 * namespace has; of items[i], the hooks with bit (1 << hook) in wanted[i] are looked at, and
	 * every hook that has pins of ours. wanted NULL: all. Changes nothing, not even when bpffs
	 * is not mounted (nothing of ours can be there then).
	 */
	int (*observe)(struct kernel *kernel, struct arena *arena,
		       const struct interfaces *interfaces, const unsigned int *wanted,
		       enum detail detail, const struct observed **ret, struct error *ret_error);

	/*
	 * Makes a chain ready to run: each object loaded alone, then all linked. No hook changes.
	 * A program that cannot run goes into `diags` (with diag.program set, and no place) and
	 * the result is 0: ask diags_have_errors(). The prepared chain is kept until close, or
	 * until a step has used it; the manifest's elements say how each was linked, in the arena
	 * of `diags`.
	 */
	int (*prepare)(struct kernel *kernel, const struct manifest *manifest, struct diags *diags,
		       struct error *ret_error);

	/*
	 * Carries out one step, for all that attach chains after a successful prepare() of each of
	 * its manifests (step_manifest()). Whatever it returns, the hook runs the old chain or the
	 * new one, and another observe-plan-execute converges; only a rearrangement may be left
	 * half done. -ESTALE: the hook is not as it was seen; look again. -EOPNOTSUPP: the driver
	 * does not take XDP in the step's mode, or not as the interface is set up; -EMSGSIZE: for
	 * its MTU, packets of one buffer are too small. The hook is as it was. A reattach that
	 * fails half-way puts the old chain back in its old mode; where even that fails, the hook
	 * is left empty, and the error says so.
	 */
	int (*execute)(struct kernel *kernel, const struct step *step, struct error *ret_error);

	/*
	 * After the last step of a pass, and after a start: finishes what an interrupted pass left
	 * half done (links of a switch, counters to carry over, old chains to remove), and lets go
	 * of objects and maps that no chain uses any more. Packets notice nothing.
	 */
	int (*settle)(struct kernel *kernel, struct error *ret_error);

	/* Of our chain on that hook. -ENOENT: there is none. */
	int (*counters)(struct kernel *kernel, struct arena *arena, unsigned int ifindex,
			enum hook hook, const struct counters **ret);

	/*
	 * What refutes that a program which somebody else loaded leaves packets alone: "it calls
	 * bpf_skb_store_bytes", in the arena. NULL: nothing was found, which proves nothing.
	 */
	const char *(*refute)(struct kernel *kernel, struct arena *arena, uint32_t program);

	void (*close)(struct kernel *kernel);
};

/* The first member of every implementation. */
struct kernel {
	const struct kernel_ops *ops;
};

static inline int kernel_observe(struct kernel *kernel, struct arena *arena,
				 const struct interfaces *interfaces, const unsigned int *wanted,
				 enum detail detail, const struct observed **ret,
				 struct error *ret_error)
{
	return kernel->ops->observe(kernel, arena, interfaces, wanted, detail, ret, ret_error);
}

static inline int kernel_prepare(struct kernel *kernel, const struct manifest *manifest,
				 struct diags *diags, struct error *ret_error)
{
	return kernel->ops->prepare(kernel, manifest, diags, ret_error);
}

static inline int kernel_execute(struct kernel *kernel, const struct step *step,
				 struct error *ret_error)
{
	return kernel->ops->execute(kernel, step, ret_error);
}

static inline int kernel_settle(struct kernel *kernel, struct error *ret_error)
{
	return kernel->ops->settle(kernel, ret_error);
}

static inline int kernel_counters(struct kernel *kernel, struct arena *arena, unsigned int ifindex,
				  enum hook hook, const struct counters **ret)
{
	return kernel->ops->counters(kernel, arena, ifindex, hook, ret);
}

static inline const char *kernel_refute(struct kernel *kernel, struct arena *arena,
					uint32_t program)
{
	return kernel->ops->refute(kernel, arena, program);
}

/* NULL is fine. */
static inline void kernel_close(struct kernel *kernel)
{
	if (kernel)
		kernel->ops->close(kernel);
}

/* For __attribute__((cleanup(kernel_cleanup))). */
static inline void kernel_cleanup(struct kernel **kernel)
{
	kernel_close(*kernel);
}

#endif
