/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's functions around dynptrs. */
#ifndef ORDAIN_BPF_DYNPTR_H
#define ORDAIN_BPF_DYNPTR_H

#include "bpf/judged/judged.h"

extern int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags, struct bpf_dynptr *ret) __ksym;
extern int bpf_dynptr_from_xdp(struct xdp_md *xdp, __u64 flags, struct bpf_dynptr *ret) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *from, __u32 at, void *buffer,
			      __u32 size) __ksym;
extern void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *from, __u32 at, void *buffer,
				   __u32 size) __ksym;
extern int bpf_dynptr_adjust(const struct bpf_dynptr *of, __u32 start, __u32 end) __ksym;
extern int bpf_dynptr_clone(const struct bpf_dynptr *of, struct bpf_dynptr *ret) __ksym;
extern __u32 bpf_dynptr_size(const struct bpf_dynptr *of) __ksym;
extern bool bpf_dynptr_is_rdonly(const struct bpf_dynptr *of) __ksym;
extern int bpf_dynptr_copy(struct bpf_dynptr *to, __u32 to_at, struct bpf_dynptr *from,
			   __u32 from_at, __u32 size) __ksym;
extern int bpf_dynptr_memset(struct bpf_dynptr *of, __u32 at, __u32 size, __u8 value) __ksym;
extern int bpf_dynptr_from_skb_meta(struct __sk_buff *skb, __u64 flags,
				    struct bpf_dynptr *ret) __ksym;
extern int bpf_probe_read_kernel_dynptr(struct bpf_dynptr *to, __u32 at, __u32 size,
					const void *from) __ksym;

#endif
