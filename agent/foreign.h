/* SPDX-License-Identifier: GPL-2.0-only */
/* Who a program is and who put it there, as far as the kernel tells. Needs CAP_SYS_ADMIN. */
#ifndef ORDAIN_AGENT_FOREIGN_H
#define ORDAIN_AGENT_FOREIGN_H

#include "kernel.h"

/*
 * Fills name, tag and, with DETAIL_HOLDERS, pins and holders of a program whose id and link_id are
 * set. What cannot be found out stays "".
 */
void foreign_describe(struct arena *arena, enum detail detail, const char *bpffs,
		      struct observed_program *program);

#endif
