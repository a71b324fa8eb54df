/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs in this directory share. Each of them is judged by tests/kernel/judged.c, where
 * a table says what has to come out. A writer changes every packet that is long enough. What is
 * changed where nobody outside can see it, the writer reads back, and returns SEEN if it is there.
 */
#ifndef ORDAIN_BPF_JUDGED_H
#define ORDAIN_BPF_JUDGED_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdbool.h>
#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

enum { SEEN = 42 };

/* For any context with these fields. */
#define DATA(ctx) ((__u8 *)(long)(ctx)->data)
#define DATA_END(ctx) ((__u8 *)(long)(ctx)->data_end)
#define DATA_META(ctx) ((__u8 *)(long)(ctx)->data_meta)

/* Has the packet `size` bytes at `at`? */
#define HAS(ctx, at, size) ((__u8 *)(at) + (size) <= DATA_END(ctx))

/* An access that the compiler neither leaves out nor makes into another one. */
#define AS(type, at) (*(volatile type *)(at))

/* What the compiler may know nothing of. */
#define HIDE(value) asm volatile("" : "+r"(value))

char _license[] SEC("license") = "GPL";

#endif
