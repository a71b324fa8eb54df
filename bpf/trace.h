/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet that remembers its way: each sample program appends its letter, and whoever receives
 * the packet reads the order in which the programs ran. Shared by kernel and user space.
 */
#ifndef ORDAIN_BPF_TRACE_H
#define ORDAIN_BPF_TRACE_H

#include <linux/types.h>

/* IEEE 802: for local experiments. */
#define TRACE_ETHERTYPE 0x88b5

enum { TRACE_LETTERS = 40 };

struct trace_packet {
	__u8 destination[6];
	__u8 source[6];
	__be16 ethertype;
	__u8 action; /* for programs that decide: what to do with this packet */
	__u8 length; /* letters written so far */
	__be64 sequence; /* set by the sender, never changed on the way */
	char letters[TRACE_LETTERS];
} __attribute__((packed));

#endif
