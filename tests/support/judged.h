/* SPDX-License-Identifier: GPL-2.0-only */
/* The programs of bpf/judged, with what is known of each: what it really does, and what it is for. */
#ifndef ORDAIN_TESTS_SUPPORT_JUDGED_H
#define ORDAIN_TESTS_SUPPORT_JUDGED_H

#include <stddef.h>

#include "effect.h"

enum judged_kind {
	JUDGED_WRITER, /* is not readonly, and must never be proven to be */
	JUDGED_INNOCENT, /* leaves packets alone, and should be proven to do so */
	JUDGED_UNTAKEN, /* tries to write; the kernel's verifier refuses it, as whatever it is loaded */
};

struct judged {
	enum judged_kind kind;
	const char *object; /* of bpf/judged in the build, "stores" for stores.bpf.o */
	const char *function;
	/*
	 * Of a writer: what a run shows of it, bits of enum effect; 0: what it does is not to be
	 * seen from outside, or needs what a test has not.
	 */
	unsigned int shows;
	/*
	 * Of a writer: words in a reason for which it has to be refuted; NULL: that it is not proven
	 * is all that is asked for.
	 */
	const char *reason;
	/* What it can return, as the answer lists it, with blanks between; NULL: nothing is asked. */
	const char *verdicts;
};

extern const struct judged judged_programs[];
extern const size_t judged_count;

#endif
