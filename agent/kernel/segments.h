/* SPDX-License-Identifier: GPL-2.0-only */
/* The links of ours on one hook, and what a switch of several of them left to be done. */
#ifndef ORDAIN_AGENT_KERNEL_SEGMENTS_H
#define ORDAIN_AGENT_KERNEL_SEGMENTS_H

#include "agent/kernel/kernel_state.h"

/* The chains that packets meet at the links that live, those of a switch that goes on included. */
struct pinned_ids segments_in_force(struct kernel_linux *linux, struct arena *arena,
				    struct pinned_hook hook);

/* Adds their manifests, and keeps them with the links: pins may go, and what runs is then known. */
void segments_manifests(struct kernel_linux *linux, struct arena *arena, struct pinned_hook hook,
			struct manifests *manifests);

/* Are there links with pins that nobody means to go, and that are dead? */
bool segments_lost(struct kernel_linux *linux, struct arena *arena, struct pinned_hook hook);

/*
 * Gives each link that has a dual program the chain that is in force there, or removes it where
 * none is: packets notice nothing. Before the flip that is the way back, after it the way on.
 * *ret_count: how many there were.
 */
int segments_finish(struct kernel_linux *linux, struct pinned_hook hook, size_t *ret_count,
		    struct error *ret_error);

/* Removes the pins of links that are dead. */
int segments_bury(struct kernel_linux *linux, struct pinned_hook hook, struct error *ret_error);

/* Carries out a step with several parts: each packet meets all of it or none. */
int segments_switch(struct kernel_linux *linux, const struct step *step, struct error *ret_error);

#endif
