/* SPDX-License-Identifier: GPL-2.0-only */
/* Has a function called later, by a kernel thread, from Linux 6.10 on. */
#include "bpf/feature.h"

struct job {
	struct bpf_wq work;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct job);
} jobs SEC(".maps");

__u64 done;

extern int bpf_wq_init(struct bpf_wq *work, void *map, unsigned int flags) __ksym;
extern int bpf_wq_start(struct bpf_wq *work, unsigned int flags) __ksym;
extern int bpf_wq_set_callback_impl(struct bpf_wq *work, int (*callback)(void *, int *, void *),
				    unsigned int flags, void *program) __ksym;

static int work(void *map, int *key, void *value)
{
	(void)map;
	(void)key;
	(void)value;
	__sync_fetch_and_add(&done, 1);
	return 0;
}

static __always_inline bool work_queue(void *ctx)
{
	__u32 zero = 0;
	struct job *job = bpf_map_lookup_elem(&jobs, &zero);

	(void)ctx;
	/* Only the first packet finds it not yet made. */
	if (job && !bpf_wq_init(&job->work, &jobs, 0))
		bpf_wq_set_callback_impl(&job->work, work, 0, 0);
	return job && !bpf_wq_start(&job->work, 0);
}

FEATURE(work_queue);
