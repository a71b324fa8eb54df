/* SPDX-License-Identifier: GPL-2.0-only */
/* The agent's own kernel programs, bpf/notice_*.bpf.c: they are in its binary. */
#ifndef ORDAIN_AGENT_NOTICE_NOTICE_OBJECT_H
#define ORDAIN_AGENT_NOTICE_NOTICE_OBJECT_H

#include "bpf/notice.h"

struct bpf_object;

/* Opened for the agent that `self` is, and not loaded yet. NULL and errno if it cannot be. */
struct bpf_object *notice_object_tracepoint(const struct notice_self *self);
struct bpf_object *notice_object_full(const struct notice_self *self);

#endif
