/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs of bpf/mixture, each twice: loaded alone, to be run by itself, and loaded as an
 * element of chains; and what a run of either does, as values that can be compared.
 */
#ifndef ORDAIN_TESTS_SUPPORT_MIXTURE_H
#define ORDAIN_TESTS_SUPPORT_MIXTURE_H

#include <linux/bpf.h>
#include <stdbool.h>

#include "agent/link/link.h"
#include "agent/load/loaded.h"

struct bpf_object;

enum { MIXTURE_ROOM = 512 };

/* A packet and what the kernel knows of it; after a run, what became of them. */
struct shipment {
	unsigned char bytes[MIXTURE_ROOM]; /* XDP: metadata in front */
	unsigned int length;
	struct xdp_md xdp;
	struct __sk_buff skb;
	unsigned int verdict;
};

struct mixture_map {
	int chained;
	int alone;
	unsigned int type;
	unsigned int entries;
	unsigned int value_size;
	void *initial; /* of entry 0 */
};

struct mixture_program {
	const char *name;
	struct manifest_element manifest;
	struct loaded *loaded;
	struct link_element element; /* without marks of its own */
	struct bpf_object *object;
	int alone;
	struct mixture_map *maps;
	size_t map_count;
};

struct mixture {
	enum hook hook;
	struct mixture_program *items; /* those that this kernel takes */
	size_t count;
};

struct mixture mixture_load(struct arena *arena, enum hook hook);
void mixture_close(struct mixture *mixture);

/* NULL: there is none. */
const struct mixture_program *mixture_find(const struct mixture *mixture, const char *name);

/* Its maps, of that side, to what they were at first. */
void mixture_reset(const struct mixture_program *program, bool alone);

/* What its maps hold. */
void mixture_add_state(struct text *text, const struct mixture_program *program, bool alone);

/* Runs a program; `shipment` is what goes in, and what comes out. */
void mixture_run(int program, enum hook hook, struct shipment *shipment);

/* NULL if both are the same; else what differs. */
const char *mixture_difference(enum hook hook, const struct shipment *a, const struct shipment *b);

#endif
