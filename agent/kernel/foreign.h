/* SPDX-License-Identifier: GPL-2.0-only */
/* Who a program is and who put it there, as far as the kernel tells. Needs CAP_SYS_ADMIN. */
#ifndef ORDAIN_AGENT_KERNEL_FOREIGN_H
#define ORDAIN_AGENT_KERNEL_FOREIGN_H

#include "agent/kernel/kernel.h"

/* Fills name, tag, and who loaded a program when. What cannot be found out stays as it is. */
void foreign_describe(struct arena *arena, struct observed_program *program);

/* Fills the link ids of programs that XDP links hold, in one walk over the kernel's links. */
void foreign_find_links(struct observed_program *const *programs, size_t count);

/* Fills link ids, pins and holders, in one walk over links, bpffs and /proc. */
void foreign_find_holders(struct arena *arena, const char *bpffs,
			  struct observed_program *const *programs, size_t count);

#endif
