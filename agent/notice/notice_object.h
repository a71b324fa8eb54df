/* SPDX-License-Identifier: GPL-2.0-only */
/* The object file with the agent's own kernel programs (bpf/notice.bpf.c). */
#ifndef ORDAIN_AGENT_NOTICE_NOTICE_OBJECT_H
#define ORDAIN_AGENT_NOTICE_NOTICE_OBJECT_H

extern const char notice_object[];
extern const char notice_object_end[];

#endif
