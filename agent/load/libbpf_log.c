/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/load/libbpf_log.h"

#include <stdio.h>
#include <stdlib.h>

#include <bpf/libbpf.h>

/* libbpf's print callback carries no context. */
static struct text *collector;

static int collect(enum libbpf_print_level level, const char *format, va_list args)
{
	char *line;

	if (!collector || level == LIBBPF_DEBUG)
		return 0;
	if (vasprintf(&line, format, args) < 0)
		return 0;
	text_add(collector, line);
	free(line);
	return 0;
}

void libbpf_log_begin(struct text *text)
{
	collector = text;
	libbpf_set_print(collect);
}

void libbpf_log_end(void)
{
	collector = NULL;
	libbpf_set_print(collect);
}
