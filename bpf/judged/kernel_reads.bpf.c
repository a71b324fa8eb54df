/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads what lies in the kernel, by functions of the kernel that take and give back. */
#include "bpf/judged/watch.h"

struct cgroup {
	int level;
} __attribute__((preserve_access_index));

struct sk_buff {
	unsigned int len;
	unsigned int data_len;
} __attribute__((preserve_access_index));

extern struct cgroup *bpf_cgroup_from_id(__u64 id) __ksym;
extern void bpf_cgroup_release(struct cgroup *cgroup) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern void *bpf_cast_to_kern_ctx(void *ctx) __ksym;

__u64 sums;

static __always_inline void cgroup(void *ctx, __u8 *data, __u8 *end)
{
	struct cgroup *root = bpf_cgroup_from_id(1);

	(void)ctx;
	(void)data;
	(void)end;
	bpf_rcu_read_lock();
	if (root)
		sums += root->level;
	bpf_rcu_read_unlock();
	if (root)
		bpf_cgroup_release(root);
}
WATCH(cgroup)

/* The kernel's own structure behind the context. */
SEC("tc")
int tc_kernel_context(struct __sk_buff *ctx)
{
	struct sk_buff *skb = bpf_cast_to_kern_ctx(ctx);

	sums += skb->len - skb->data_len;
	return TCX_NEXT;
}
