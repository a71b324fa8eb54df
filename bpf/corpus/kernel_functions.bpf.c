/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions of the kernel that are no helpers: locks, and objects that are taken and given back. */
#include "bpf/feature.h"

struct cgroup {
	int level;
} __attribute__((preserve_access_index));

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern struct cgroup *bpf_cgroup_from_id(__u64 id) __ksym;
extern void bpf_cgroup_release(struct cgroup *cgroup) __ksym;

static __always_inline bool kernel_functions(void *ctx)
{
	struct cgroup *root = bpf_cgroup_from_id(1);
	bool is_root = false;

	(void)ctx;
	bpf_rcu_read_lock();
	if (root)
		is_root = root->level == 0;
	bpf_rcu_read_unlock();
	if (root)
		bpf_cgroup_release(root);
	return is_root;
}

FEATURE(kernel_functions);
