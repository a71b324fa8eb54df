/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files kernel_memory*.c share. */
#ifndef ORDAIN_TESTS_SUPPORT_KERNEL_MEMORY_STATE_H
#define ORDAIN_TESTS_SUPPORT_KERNEL_MEMORY_STATE_H

#include "kernel_memory.h"

/* A descriptor of a link of ours. */
struct held {
	unsigned int ifindex;
	enum hook hook;
	unsigned int number;
	struct machine_link *link; /* NULL: none held any more */
	struct machine_program *kept; /* our chain, where no link of ours holds it; NULL */
};

struct kernel_memory {
	struct kernel kernel;
	struct machine *machine;
	struct arena *arena;
	struct object_source objects;
	int (*before_change)(void *context, const char *what);
	void *context;
	struct {
		struct held *items;
		size_t count;
	} held;
	struct {
		const struct manifest **items;
		size_t count;
	} prepared;
};

/* 0 or what before_change says. */
int memory_allow(const struct kernel_memory *memory, const char *what);

struct held *memory_held(struct kernel_memory *memory, unsigned int ifindex, enum hook hook,
			 unsigned int number);

void memory_hold(struct kernel_memory *memory, unsigned int ifindex, enum hook hook,
		 unsigned int number, struct machine_link *link);

/* The live link of a hook with that number, held or pinned; NULL if there is none. */
struct machine_link *memory_own_link(struct kernel_memory *memory, unsigned int ifindex,
				     enum hook hook, unsigned int number);

bool memory_is_pinned(const struct machine_pins *pins, const struct machine_program *program);

const struct manifest **memory_find_prepared(struct kernel_memory *memory,
					     const struct manifest *manifest);

int memory_execute(struct kernel *kernel, const struct step *step, struct error *ret_error);
int memory_settle(struct kernel *kernel, struct error *ret_error);

/* Adds what the elements of `from` counted to those of the same name in `to`. */
void memory_carry(const struct machine_program *from, struct element_counters *to, size_t count);

/*
 * What a switch left half done: each link with a dual program gets what it chooses, or goes.
 * *ret_count: how many there were. Packets meet the same before and after.
 */
int memory_finish_switch(struct kernel_memory *memory, unsigned int ifindex, enum hook hook,
			 size_t *ret_count);

/* The links of the parts change at once; what is to come is pinned and loaded by this. */
int memory_switch(struct kernel_memory *memory, const struct step *step);

/* Our chain on an XDP hook that no link of ours holds; NULL: none. */
struct machine_program *memory_unlocked(struct kernel_memory *memory, unsigned int ifindex,
					enum hook hook);

/* What there is of it, where no link of ours lives. */
void memory_look_unlocked(struct kernel_memory *memory, struct arena *arena,
			  const struct machine_interface *interface, enum detail detail,
			  struct observed_hook *ret);

/* As unlocked.h has them. */
int memory_put_unlocked(struct kernel_memory *memory, const struct step *step,
			struct machine_pins *pins, struct machine_program *program);
int memory_leave_unlocked(struct kernel_memory *memory, const struct step *step);

/* Somebody else's link that a part is about, as it was seen; NULL. */
struct machine_link *memory_link_of_others(struct kernel_memory *memory, const struct step *step,
					   const struct step_part *part);

/* What such a link gets in the place of `program`: a new placeholder, or with mark 0 the original. */
struct machine_program *memory_for_others(struct kernel_memory *memory,
					  struct machine_program *program, unsigned int mark);

/* One link that was not there, with its pin. */
int memory_attach(struct kernel_memory *memory, const struct step *step,
		  const struct step_part *part, uint64_t revision, struct machine_program *program,
		  enum xdp_mode mode);

#endif
