/* SPDX-License-Identifier: GPL-2.0-only */
/* Atomic operations, with and without an old value that is returned. */
#include "bpf/feature.h"

static __always_inline bool atomics(void *ctx)
{
	__u64 value = 1;
	__u32 word = 1;

	(void)ctx;
	if (__sync_fetch_and_add(&value, 2) != 1 || __sync_val_compare_and_swap(&value, 3, 8) != 3)
		return false;
	if (__sync_fetch_and_or(&value, 1) != 8 || __sync_fetch_and_and(&value, 9) != 9 ||
	    __sync_fetch_and_xor(&value, 1) != 9)
		return false;
	return __sync_lock_test_and_set(&word, 5) == 1 && value == 8 && word == 5;
}

FEATURE(atomics);
