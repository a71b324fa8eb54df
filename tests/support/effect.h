/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a loaded program does to packets, as a run of it shows (BPF_PROG_TEST_RUN): over frames with
 * TCP, DNS, VLAN tags, extension headers and options, and a mark that rare cases may ask for.
 */
#ifndef ORDAIN_TESTS_SUPPORT_EFFECT_H
#define ORDAIN_TESTS_SUPPORT_EFFECT_H

#include "policy/model/hook.h"

enum effect {
	EFFECT_DATA = 1, /* other bytes of packet or metadata */
	EFFECT_SIZE = 2, /* more or fewer of them */
	EFFECT_CONTEXT = 4, /* a field of the context that a run gives back */
	/*
	 * It sends the packet elsewhere, or says that it has read back what it changed
	 * (EFFECT_SEEN, which bpf/judged/judged.h has too).
	 */
	EFFECT_VERDICT = 8,
};

enum { EFFECT_SEEN = 42 };

struct effects {
	unsigned int effects; /* of all frames together */
	unsigned int verdicts; /* bit (1 << slot) for each that was returned */
};

/* Negative errno if it cannot be run. */
int effect_run(int program, enum hook hook, struct effects *ret);

#endif
