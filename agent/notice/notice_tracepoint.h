/* SPDX-License-Identifier: GPL-2.0-only */
/* Grade `tracepoint`: the tracepoints around bpf(2), which locked-down kernels give, too. */
#ifndef ORDAIN_AGENT_NOTICE_NOTICE_TRACEPOINT_H
#define ORDAIN_AGENT_NOTICE_NOTICE_TRACEPOINT_H

#include "agent/notice/notice_load.h"

/* Loads and attaches. 0 or -errno. What it leaves behind, the end of the process frees. */
int notice_tracepoint_open(const struct notice_self *self, struct notice_fds *ret);

#endif
