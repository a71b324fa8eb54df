/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files kernel_*.c share: the descriptors that a kernel handle keeps. */
#ifndef ORDAIN_AGENT_KERNEL_KERNEL_STATE_H
#define ORDAIN_AGENT_KERNEL_KERNEL_STATE_H

#include "agent/judges/reentry.h"
#include "agent/kernel/chain_pins.h"
#include "agent/kernel/hook_calls.h"
#include "agent/kernel/kernel_linux.h"
#include "agent/kernel/pin_watch.h"

/*
 * A link of ours. Holding its descriptor is what lets the chain survive `rm -r` of its pins. What
 * is known of it is a cache for the poll, checked against the kernel's ids each time.
 */
struct held_link {
	struct held_link *next;
	struct pinned_hook hook;
	unsigned int number; /* among the links of ours on the hook */
	int fd;
	uint32_t id;
	bool verified; /* a full look showed it on its interface here, with all its pins */
	uint32_t program; /* the chain that `manifest` and `since` are of; 0 none */
	struct arena *arena; /* of `manifest`; NULL none */
	const struct manifest *manifest;
	int64_t since;
};

struct kept_chain;
struct held_placeholder;
struct held_marks;
struct loaded_entry;
struct prepared_entry;

enum { HELD_BUCKETS = 1024 };

struct kernel_linux {
	struct kernel kernel;
	struct pins pins;
	struct object_source objects;
	struct held_link *held[HELD_BUCKETS]; /* by ifindex */
	struct kept_chain *kept; /* kept.h */
	struct pin_watch *watch; /* tells whether pins were touched since a full look; NULL: ask */
	bool looked; /* a full look was made: every hook with pins and a live link is held */
	struct reentry reentry;
	struct held_placeholder *placeholders; /* takeover.h */
	struct held_marks *marks;
	struct loaded_entry *loaded;
	struct prepared_entry *prepared;
};

/*
 * The live link of that hook and number: the one held, or the one pinned, which is held from then
 * on. NULL if there is none; a dead one is let go. *ret_state is set for a link.
 */
struct held_link *held_get(struct kernel_linux *linux, struct pinned_hook hook, unsigned int number,
			   struct link_state *ret_state);

/* The one held, dead or alive; NULL if none is. */
struct held_link *held_find(struct kernel_linux *linux, struct pinned_hook hook,
			    unsigned int number);

/* Holds this descriptor for the hook, in place of any other; takes it over. */
struct held_link *held_set(struct kernel_linux *linux, struct pinned_hook hook, unsigned int number,
			   int fd, uint32_t id);

/* The next one after `held` in no particular order, the first one for NULL; NULL at the end. */
struct held_link *held_next(const struct kernel_linux *linux, const struct held_link *held);

/* The numbers of the links of a hook, ascending: those held, and unless `quick` those pinned. */
struct pinned_ids held_numbers(struct kernel_linux *linux, struct arena *arena,
			       struct pinned_hook hook, bool quick);

void held_drop(struct kernel_linux *linux, struct pinned_hook hook, unsigned int number);
void held_drop_all(struct kernel_linux *linux);

/* The manifest of the pinned chain `program`, cached; NULL if it cannot be read. */
const struct manifest *held_manifest(struct kernel_linux *linux, struct held_link *held,
				     uint32_t program);

int linux_observe(struct kernel *kernel, struct arena *arena, const struct interfaces *interfaces,
		  const unsigned int *wanted, enum detail detail, const struct observed **ret,
		  struct error *ret_error);

/*
 * Moves the counts of the chains `ids` that are not in force any more and removes them, dual
 * programs too. A packet
 * may still be inside one of them: wait until every CPU has left before.
 */
int counts_finish_swap(struct kernel_linux *linux, struct arena *arena, struct pinned_hook hook,
		       const struct pinned_ids *ids, const struct pinned_ids *in_force,
		       struct error *ret_error);

struct manifests {
	const struct manifest **items;
	size_t count;
};

/*
 * Finishes what was interrupted on these hooks, but for what a step has to repair first. Gathers
 * the manifests in force on the way: they say which objects are in use.
 */
int settle_hooks(struct kernel_linux *linux, struct arena *arena, const struct pinned_hooks *hooks,
		 struct manifests *used, struct error *ret_error);

/* Until every packet that is inside a program now has left it. */
void wait_for_packets(void);

/*
 * What several steps do with chains. Taken: the prepared one, or, when several hooks want the same,
 * one more like it. The program of a chain that runs, by its id: a descriptor or -errno; -EPERM if
 * it is somebody else's, and there is no CAP_SYS_ADMIN.
 */
int chain_take(struct kernel_linux *linux, const struct manifest *manifest, struct linked *ret,
	       struct error *ret_error);
/* One that is loaded with that expected_attach_type, unless an element of it decides that. */
int chain_link(struct kernel_linux *linux, const struct manifest *manifest,
	       enum bpf_attach_type attach_type, struct linked *ret, struct error *ret_error);
int chain_pin_maps(struct kernel_linux *linux, const struct manifest *manifest,
		   struct error *ret_error);
int chain_publish_maps(struct kernel_linux *linux, const struct manifest *manifest,
		       struct error *ret_error);
int chain_program(struct kernel_linux *linux, struct pinned_hook hook, uint32_t id);

/* Pins a link whose pin somebody may have removed. */
int chain_pin_again(struct kernel_linux *linux, struct pinned_hook hook,
		    const struct held_link *held, struct error *ret_error);

int linux_execute(struct kernel *kernel, const struct step *step, struct error *ret_error);

int linux_counters(struct kernel *kernel, struct arena *arena, unsigned int ifindex, enum hook hook,
		   const struct counters **ret);

#endif
