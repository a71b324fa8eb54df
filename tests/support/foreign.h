/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Somebody else on the same hooks: programs and links that ordain knows nothing about, and hands
 * that reach for its links by their ids. Asks the kernel with calls of its own, so that a test sees
 * what is there and not what ordain believes. All of it fails the test where it cannot do what it
 * is asked for; hooks are those of the calling thread's network namespace.
 */
#ifndef ORDAIN_TESTS_SUPPORT_FOREIGN_H
#define ORDAIN_TESTS_SUPPORT_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/model/hook.h"

/* What a hook holds, in the order in which it runs. */
struct holding {
	size_t count;
	uint32_t programs[64];
	uint32_t links[64]; /* 0: no link */
};

struct holding hook_holding(const char *interface, enum hook hook);

/* The program of the only link or program on that hook; 0: it is empty. */
uint32_t hook_program(const char *interface, enum hook hook);

/* False where the kernel has no such hook: tcx before 6.6. */
bool hook_exists(const char *interface, enum hook hook);

/* Loads a program named "foreign" that lets every packet go on. A descriptor. */
int foreign_load(enum hook hook);
uint32_t foreign_id(int program);

/* Links a program; on tcx at the head or at the tail. The link lives as long as the descriptor. */
int foreign_link(const char *interface, enum hook hook, int program, bool at_head);

/* Loads that program of an object file, and pins it if `pin` is not NULL. A descriptor. */
int foreign_open(const char *path, const char *function, const char *pin);

/* Links a program on tcx in front of another one, or behind it, found by its id. */
int foreign_link_beside(const char *interface, enum hook hook, int program, bool before,
			uint32_t other);

/* Attaches to tcx without a link, at the tail, and takes it off again. */
void foreign_attach(const char *interface, enum hook hook, int program);
void foreign_attach_off(const char *interface, enum hook hook, int program);

/* Attaches by netlink, as `ip link set xdp` does, and takes it off again. */
void foreign_netlink(const char *interface, int program);
void foreign_netlink_off(const char *interface);

/* The same, whatever netlink attached there before. */
void foreign_force(const char *interface, int program);

/* Takes off whatever netlink attached, in any mode, if there is anything. */
void foreign_xdp_off(const char *interface);

/* On the link with that id, whoever made it: BPF_LINK_DETACH, and BPF_LINK_UPDATE by force. */
void foreign_detach(uint32_t link);
void foreign_overwrite(uint32_t link, int program);

#endif
