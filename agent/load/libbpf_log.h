/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What libbpf says while it works, verifier logs included, as text instead of on stderr. Begin and
 * end enclose the calls of interest; what libbpf prints outside of them is dropped.
 */
#ifndef ORDAIN_AGENT_LOAD_LIBBPF_LOG_H
#define ORDAIN_AGENT_LOAD_LIBBPF_LOG_H

#include "policy/base/text.h"

/* Collects into `text` until libbpf_log_end(). Not reentrant. */
void libbpf_log_begin(struct text *text);

/* From here on libbpf is silent: also the way to begin a program that uses it. */
void libbpf_log_end(void);

#endif
