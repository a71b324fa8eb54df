/* SPDX-License-Identifier: GPL-2.0-only */
/* What a verifier log tells a person: the last lines, the source line, the instruction. */
#ifndef ORDAIN_AGENT_LOAD_VERIFIER_H
#define ORDAIN_AGENT_LOAD_VERIFIER_H

#include <stdbool.h>

#include "policy/base/arena.h"

struct verdict_of_verifier {
	const char *reason; /* the verifier's last line of complaint; "" if the log has none */
	const char *lines; /* the last lines before the statistics, newline-separated; "" none */
	const char *source; /* "packet->x = 1 @ prog.c:41" as the log has it; NULL without BTF */
	int instruction; /* index of the last instruction looked at; -1 unknown */
};

/* `log` may hold other output around the verifier's (libbpf's own lines). Strings in the arena. */
struct verdict_of_verifier verifier_read(struct arena *arena, const char *log);

/* What it says at the end of a log with BPF_LOG_STATS. */
struct figures_of_verifier {
	unsigned int *stack; /* bytes of each function, in the order of their instructions */
	size_t count;
	size_t steps; /* instructions that it went through */
};

/* False if the log does not have them. */
bool verifier_figures(struct arena *arena, const char *log, struct figures_of_verifier *ret);

/* True if a load failed for want of rights, memory or descriptors, whatever the log then says. */
bool verifier_not_asked(int result);

#endif
