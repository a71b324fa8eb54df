/* SPDX-License-Identifier: GPL-2.0-only */
/* Formats a text, compares it, and writes it to the trace log. */
#include "bpf/feature.h"

#include <bpf/bpf_tracing.h>

static __always_inline bool strings(void *ctx)
{
	char text[16] = "";

	(void)ctx;
	BPF_SNPRINTF(text, sizeof(text), "%s %d", "seven", 7);
	bpf_printk("ordain's corpus: %s", text);
	return !bpf_strncmp(text, sizeof(text), "seven 7");
}

FEATURE(strings);
