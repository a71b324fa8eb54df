/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where our chains are in the BPF file system:
 *
 *	BPFFS/ordain/netns-COOKIE/			one for each network namespace
 *		IFINDEX-HOOK/				one for each hook with a chain of ours
 *			link, link-1, ...		keep its segments attached
 *			PROGRAM_ID/			one for each linked chain: the one whose
 *				program, manifest,	id the link has is in force, another one
 *				counters, carried,	is left over from an interrupted swap
 *				guard
 *			PROGRAM_ID/			one for each dual program (dual.h) of a switch
 *				program, epoch,		that goes on or was interrupted; the chains
 *				chains			that it has are among the others
 *			marks			those of the placeholders (placeholder.h) that
 *			placeholder-ID/		stand in links of others; what they stand for
 *				program, mark,	lives as long as this is pinned or held
 *				original
 *		objects/NAME@DIGEST12/MAP		maps of a program's object
 *	BPFFS/ordain/maps/NAME				symlink to the objects/ directory in use
 *
 * A new chain's directory is complete before the link is swapped to it, so whatever moment a
 * process dies in, the link alone tells what is in force.
 */
#ifndef ORDAIN_AGENT_KERNEL_CHAIN_PINS_H
#define ORDAIN_AGENT_KERNEL_CHAIN_PINS_H

#include <stdbool.h>

#include "agent/kernel/pin_watch.h"
#include "agent/link/dual.h"
#include "agent/link/linked.h"
#include "agent/link/placeholder.h"

struct pins {
	const char *bpffs;
	char *directory; /* BPFFS/ordain/netns-COOKIE */
	/* Asked before every change that is made to the kernel or bpffs; -errno refuses it. */
	int (*before_change)(void *context, const char *what);
	void *context;
};

struct pinned_hook {
	unsigned int ifindex;
	enum hook hook;
};

/* By (ifindex, hook): for qsort(3) and bsearch(3). */
int pinned_hook_compare(const void *a, const void *b);

struct pinned_hooks {
	struct pinned_hook *items; /* by (ifindex, hook) */
	size_t count;
};

struct pinned_ids {
	uint32_t *items;
	size_t count;
};

int pins_open(const char *bpffs, struct pins *ret, struct error *ret_error);
void pins_close(struct pins *pins);

/* 0 or what before_change says. */
int pins_allow(const struct pins *pins, const char *what);

/* Every hook that has a directory, whatever is in it. None if bpffs or ours is not there. */
void pins_list(struct arena *arena, const struct pins *pins, struct pinned_hooks *ret);

/* The numbers of all links pinned for a hook, ascending, whether they live or not. */
void pins_links(struct arena *arena, const struct pins *pins, struct pinned_hook hook,
		struct pinned_ids *ret);

/* A descriptor of the pinned link of that number, or -errno. */
int pins_link(const struct pins *pins, struct pinned_hook hook, unsigned int number);

/* Pins a link, in place of a dead one that may be pinned still. */
int pins_set_link(const struct pins *pins, struct pinned_hook hook, unsigned int number, int link,
		  struct error *ret_error);

/* Removes the pin of a link that may be there still. */
int pins_remove_link(const struct pins *pins, struct pinned_hook hook, unsigned int number,
		     struct error *ret_error);

/* Has the hook a directory, whatever is in it? */
bool pins_known(const struct pins *pins, struct pinned_hook hook);

/* Are all parts of that chain pinned, its link aside? */
bool pins_parts(const struct pins *pins, struct pinned_hook hook, uint32_t id);

/* Are the link and all parts of that chain pinned? */
bool pins_complete(const struct pins *pins, struct pinned_hook hook, unsigned int number,
		   uint32_t id);

/* A dual program as a switch left it. */
int pins_open_dual(const struct pins *pins, struct pinned_hook hook, uint32_t id, struct dual *ret);
int pins_add_dual(const struct pins *pins, struct pinned_hook hook, const struct dual *dual,
		  struct error *ret_error);

/* The marks of the hook's placeholders: a descriptor or -errno. Set: pinned unless they are. */
int pins_marks(const struct pins *pins, struct pinned_hook hook);
int pins_set_marks(const struct pins *pins, struct pinned_hook hook, int marks,
		   struct error *ret_error);

/* The ids of all placeholders pinned for a hook, ascending. */
void pins_placeholders(struct arena *arena, const struct pins *pins, struct pinned_hook hook,
		       struct pinned_ids *ret);

int pins_open_placeholder(const struct pins *pins, struct pinned_hook hook, uint32_t id,
			  struct placeholder *ret);

/* Pins what of it is not pinned yet. */
int pins_add_placeholder(const struct pins *pins, struct pinned_hook hook,
			 const struct placeholder *placeholder, struct error *ret_error);

/* Its link must have let go of it: what it stands for may be gone behind this. */
int pins_remove_placeholder(const struct pins *pins, struct pinned_hook hook, uint32_t id,
			    struct error *ret_error);

/* Lets `watch` tell when one of these pins is removed. */
void pins_watch(const struct pins *pins, struct pin_watch *watch, struct pinned_hook hook,
		uint32_t id);

/* When the directory of that chain was made: seconds since 1970; 0 if it is not there. */
int64_t pins_since(const struct pins *pins, struct pinned_hook hook, uint32_t id);

/* The ids of all chains and dual programs pinned for a hook, ascending. */
void pins_chains(struct arena *arena, const struct pins *pins, struct pinned_hook hook,
		 struct pinned_ids *ret);

/* Opens a chain's parts; all or none. */
int pins_open_chain(const struct pins *pins, struct pinned_hook hook, uint32_t id,
		    struct linked *ret);

/* Pins all parts; on failure what was pinned is removed again. */
int pins_add_chain(const struct pins *pins, struct pinned_hook hook, const struct linked *linked,
		   struct error *ret_error);

int pins_remove_chain(const struct pins *pins, struct pinned_hook hook, uint32_t id,
		      struct error *ret_error);

/* Removes everything pinned for a hook. Detach its link first: others may hold it. */
int pins_remove_hook(const struct pins *pins, struct pinned_hook hook, struct error *ret_error);

/* The directory for the maps of a program's object, there or not. In the arena. */
const char *pins_maps(struct arena *arena, const struct pins *pins,
		      const struct manifest_element *element);

/* That of the object which BPFFS/ordain/maps/NAME leads to, if it is another one; NULL. */
const char *pins_replaced_maps(struct arena *arena, const struct pins *pins,
			       const struct manifest_element *element);

/* Makes that directory. */
int pins_make_maps(const struct pins *pins, const struct manifest_element *element,
		   struct error *ret_error);

/* Points BPFFS/ordain/maps/NAME at that directory. */
int pins_publish_maps(const struct pins *pins, const struct manifest_element *element,
		      struct error *ret_error);

/*
 * Publishes the maps of the elements in force whose name leads to none of them: whoever swapped
 * them in may have died before it could.
 */
int pins_publish_missing(const struct pins *pins, const struct manifest *const *used, size_t count,
			 struct error *ret_error);

/* Removes the maps of every (name, digest) that none of `used` has. */
int pins_sweep_maps(const struct pins *pins, const struct manifest *const *used, size_t count,
		    struct error *ret_error);

#endif
