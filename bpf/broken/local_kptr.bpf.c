/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocates an object of its own type: the type's number is written into an instruction and means
 * something only beside the object's own BTF. */
#include "bpf/stamp.h"

#include <bpf/bpf_core_read.h>

struct node {
	__u64 value;
};

extern void *bpf_obj_new_impl(__u64 local_type_id, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *object, void *meta) __ksym;

SEC("tc")
int local_kptr(struct __sk_buff *ctx)
{
	struct node *node = bpf_obj_new_impl(bpf_core_type_id_local(struct node), 0);

	if (!node)
		return TCX_NEXT;
	node->value = ctx->len;
	bpf_obj_drop_impl(node, 0);
	return TCX_NEXT;
}

char _license[] SEC("license") = "GPL";
