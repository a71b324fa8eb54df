/* SPDX-License-Identifier: GPL-2.0-only */
/* Grade `full`: the kernel's functions that change hooks, where it lets programs trace them. */
#ifndef ORDAIN_AGENT_NOTICE_NOTICE_FULL_H
#define ORDAIN_AGENT_NOTICE_NOTICE_FULL_H

#include "agent/notice/notice_load.h"

/* Loads and attaches. 0 or -errno. What it leaves behind, the end of the process frees. */
int notice_full_open(const struct notice_self *self, struct notice_fds *ret);

#endif
