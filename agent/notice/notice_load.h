/* SPDX-License-Identifier: GPL-2.0-only */
/* Brings the agent's own kernel programs (bpf/notice.bpf.c) into the kernel. */
#ifndef ORDAIN_AGENT_NOTICE_NOTICE_LOAD_H
#define ORDAIN_AGENT_NOTICE_NOTICE_LOAD_H

enum notice_part { NOTICE_ENTER, NOTICE_EXIT, NOTICE_EVENTS, NOTICE_PARTS };

/*
 * The descriptors of two programs, which are attached to nothing yet, and of the ring buffer that
 * they write to; the caller closes them. They leave the calling process out. 0 or -errno.
 */
int notice_load(int ret_fds[NOTICE_PARTS]);

#endif
