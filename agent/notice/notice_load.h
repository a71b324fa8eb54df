/* SPDX-License-Identifier: GPL-2.0-only */
/* Brings the agent's own kernel programs (bpf/notice_*.bpf.c) into the kernel. */
#ifndef ORDAIN_AGENT_NOTICE_NOTICE_LOAD_H
#define ORDAIN_AGENT_NOTICE_NOTICE_LOAD_H

#include <stddef.h>

#include "agent/notice/notice.h"

enum { NOTICE_FDS_MAX = 16 };

/* The ring buffer's descriptor, and behind it those that keep the programs attached. */
struct notice_fds {
	int items[NOTICE_FDS_MAX];
	size_t count;
};

void notice_fds_add(struct notice_fds *fds, int fd);
void notice_fds_close(struct notice_fds *fds);

/*
 * Loads and attaches what that grade, which is not `poll`, hears with; notice_fds_close() ends it.
 * The calling process is left out. 0 or -errno, and then there is nothing to be closed.
 */
int notice_load(enum notice_grade grade, struct notice_fds *ret);

#endif
