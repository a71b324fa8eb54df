/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A loader that is not ours: a process of its own, which loads a program that stamps packets with
 * one letter, attaches it to the XDP hook of an interface in its own way, and holds what a loader
 * holds. It knows nothing of ordain.
 */
#ifndef ORDAIN_TESTS_SUPPORT_VENDOR_H
#define ORDAIN_TESTS_SUPPORT_VENDOR_H

#include <stdint.h>
#include <sys/types.h>

#include <linux/bpf.h>

struct vendor {
	pid_t pid; /* 0: it has ended */
	int words; /* to it */
	int answers; /* from it */
};

/* Its program is named "vendor_LETTER", and is loaded with that expected attach type. */
struct vendor vendor_start(const char *interface, char letter, enum bpf_attach_type type);

/* What it can be told. Each is answered with 0 or the negative errno of the call. */
enum vendor_word {
	VENDOR_FORCE, /* attach by netlink, whatever is there */
	VENDOR_FORCE_GENERIC, /* the same in generic mode */
	VENDOR_ASK, /* attach by netlink if nothing is there */
	VENDOR_LINK, /* attach by a link */
	VENDOR_RELOAD, /* load the program anew, which attaches nothing */
	VENDOR_REPLACE, /* by netlink, naming the program that it attached before */
	VENDOR_UPDATE, /* its link, whatever program that has */
	VENDOR_UPDATE_OWN, /* its link, naming the program that it attached before */
	VENDOR_DETACH, /* by netlink, whatever is there */
	VENDOR_DETACH_GENERIC,
	VENDOR_CLOSE, /* its link */
	VENDOR_ID, /* answers with the id of the program that it holds now */
};

int vendor_do(struct vendor *loader, enum vendor_word word);

/* It ends: at once and without a word, as SIGKILL has it. */
void vendor_kill(struct vendor *loader);

#endif
