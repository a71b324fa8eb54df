/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions of the kernel that programs of type XDP and SCHED_CLS can call, by name, as of Linux
 * 6.18: the sets that register_btf_kfunc_id_set() gets for those types and for all (kernel/bpf,
 * net/core, net/netfilter, net/xfrm, net/ipv4). `writes` has every argument that points to data and
 * is not const: memory arguments of these functions may point into the packet. Their dynptr
 * arguments are const in name only: the cryptographic ones write the result, and their state.
 *
 * What creates or changes connection tracking entries is left out on purpose: it decides what
 * becomes of later packets.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/analysis/callee.h"
#include "policy/analysis/value.h"

static const struct callback work = {
	.function = 2,
	.later = true,
	.kinds = { KIND_MAP, KIND_MEMORY, KIND_MEMORY },
};
static const struct callback less = {
	.function = 3,
	.kinds = { KIND_MEMORY, KIND_MEMORY },
};

#define NONE(name)                                                                                 \
	{                                                                                          \
#name, .effect = EFFECT_NONE                                                       \
	}
#define FILLS(name, arguments)                                                                     \
	{                                                                                          \
#name, .effect = EFFECT_NONE, .writes = (arguments)                                \
	}
#define GIVES(name, what)                                                                          \
	{                                                                                          \
#name, .effect = EFFECT_NONE, .result = RESULT_##what                              \
	}
#define DOES(name, what)                                                                           \
	{                                                                                          \
#name, .effect = EFFECT_##what                                                     \
	}
#define CALLS(name, callback_)                                                                     \
	{                                                                                          \
#name, .effect = EFFECT_NONE, .callback = &(callback_)                             \
	}
#define LOOKS_UP(name, arguments)                                                                  \
	{                                                                                          \
#name, .effect = EFFECT_NONE, .result = RESULT_OBJECT, .writes = (arguments)       \
	}
#define ITERATES(name, what)                                                                       \
	{                                                                                          \
#name, .effect = EFFECT_NONE, .result = RESULT_##what, .writes = ARGUMENT(1)       \
	}
#define MAKES(name, argument, what)                                                                \
	{                                                                                          \
#name, .effect = EFFECT_NONE, .dynptr = (argument), .over = (what)                 \
	}
#define CHANGES(name, arguments)                                                                   \
	{                                                                                          \
#name, .effect = EFFECT_NONE, .writes_dynptr = (arguments)                         \
	}
#define SLICES(name)                                                                               \
	{                                                                                          \
#name, .effect = EFFECT_NONE, .result = RESULT_OF_DYNPTR, .writes = ARGUMENT(3)    \
	}

/* In the order of their names. */
static const struct callee kfuncs[] = {
	GIVES(bpf_arena_alloc_pages, ARENA),
	NONE(bpf_arena_free_pages),
	NONE(bpf_arena_reserve_pages),
	GIVES(bpf_cast_to_kern_ctx, OBJECT),
	GIVES(bpf_cgroup_acquire, OBJECT),
	GIVES(bpf_cgroup_ancestor, OBJECT),
	GIVES(bpf_cgroup_from_id, OBJECT),
	NONE(bpf_cgroup_release),
	GIVES(bpf_cpumask_acquire, OBJECT),
	NONE(bpf_cpumask_and),
	NONE(bpf_cpumask_any_and_distribute),
	NONE(bpf_cpumask_any_distribute),
	NONE(bpf_cpumask_clear),
	NONE(bpf_cpumask_clear_cpu),
	NONE(bpf_cpumask_copy),
	GIVES(bpf_cpumask_create, OBJECT),
	NONE(bpf_cpumask_empty),
	NONE(bpf_cpumask_equal),
	NONE(bpf_cpumask_first),
	NONE(bpf_cpumask_first_and),
	NONE(bpf_cpumask_first_zero),
	NONE(bpf_cpumask_full),
	NONE(bpf_cpumask_intersects),
	NONE(bpf_cpumask_or),
	NONE(bpf_cpumask_release),
	NONE(bpf_cpumask_set_cpu),
	NONE(bpf_cpumask_setall),
	NONE(bpf_cpumask_subset),
	NONE(bpf_cpumask_test_and_clear_cpu),
	NONE(bpf_cpumask_test_and_set_cpu),
	NONE(bpf_cpumask_test_cpu),
	NONE(bpf_cpumask_weight),
	NONE(bpf_cpumask_xor),
	GIVES(bpf_crypto_ctx_acquire, OBJECT),
	NONE(bpf_crypto_ctx_release),
	CHANGES(bpf_crypto_decrypt, ARGUMENT(3) | ARGUMENT(4)),
	CHANGES(bpf_crypto_encrypt, ARGUMENT(3) | ARGUMENT(4)),
	NONE(bpf_ct_release),
	NONE(bpf_dynptr_adjust),
	MAKES(bpf_dynptr_clone, 2, OVER_SAME),
	CHANGES(bpf_dynptr_copy, ARGUMENT(1)),
	MAKES(bpf_dynptr_from_skb, 3, OVER_PACKET),
	MAKES(bpf_dynptr_from_skb_meta, 3, OVER_PACKET),
	MAKES(bpf_dynptr_from_xdp, 3, OVER_PACKET),
	NONE(bpf_dynptr_is_null),
	NONE(bpf_dynptr_is_rdonly),
	CHANGES(bpf_dynptr_memset, ARGUMENT(1)),
	NONE(bpf_dynptr_size),
	SLICES(bpf_dynptr_slice),
	SLICES(bpf_dynptr_slice_rdwr),
	ITERATES(bpf_iter_bits_destroy, SCALAR),
	ITERATES(bpf_iter_bits_new, SCALAR),
	ITERATES(bpf_iter_bits_next, MEMORY),
	ITERATES(bpf_iter_css_destroy, SCALAR),
	ITERATES(bpf_iter_css_new, SCALAR),
	ITERATES(bpf_iter_css_next, OBJECT),
	ITERATES(bpf_iter_num_destroy, SCALAR),
	ITERATES(bpf_iter_num_new, SCALAR),
	ITERATES(bpf_iter_num_next, MEMORY),
	ITERATES(bpf_iter_task_destroy, SCALAR),
	ITERATES(bpf_iter_task_new, SCALAR),
	ITERATES(bpf_iter_task_next, OBJECT),
	GIVES(bpf_list_back, MEMORY),
	GIVES(bpf_list_front, MEMORY),
	GIVES(bpf_list_pop_back, MEMORY),
	GIVES(bpf_list_pop_front, MEMORY),
	NONE(bpf_list_push_back_impl),
	NONE(bpf_list_push_front_impl),
	FILLS(bpf_local_irq_restore, ARGUMENT(1)),
	FILLS(bpf_local_irq_save, ARGUMENT(1)),
	NONE(bpf_map_sum_elem_count),
	NONE(bpf_obj_drop_impl),
	GIVES(bpf_obj_new_impl, MEMORY),
	NONE(bpf_percpu_obj_drop_impl),
	GIVES(bpf_percpu_obj_new_impl, MEMORY),
	NONE(bpf_preempt_disable),
	NONE(bpf_preempt_enable),
	CHANGES(bpf_probe_read_kernel_dynptr, ARGUMENT(1)),
	CHANGES(bpf_probe_read_kernel_str_dynptr, ARGUMENT(1)),
	CHANGES(bpf_probe_read_user_dynptr, ARGUMENT(1)),
	CHANGES(bpf_probe_read_user_str_dynptr, ARGUMENT(1)),
	CALLS(bpf_rbtree_add_impl, less),
	GIVES(bpf_rbtree_first, MEMORY),
	GIVES(bpf_rbtree_left, MEMORY),
	GIVES(bpf_rbtree_remove, MEMORY),
	GIVES(bpf_rbtree_right, MEMORY),
	GIVES(bpf_rbtree_root, MEMORY),
	NONE(bpf_rcu_read_lock),
	NONE(bpf_rcu_read_unlock),
	GIVES(bpf_rdonly_cast, OBJECT),
	GIVES(bpf_refcount_acquire_impl, MEMORY),
	NONE(bpf_res_spin_lock),
	FILLS(bpf_res_spin_lock_irqsave, ARGUMENT(2)),
	NONE(bpf_res_spin_unlock),
	FILLS(bpf_res_spin_unlock_irqrestore, ARGUMENT(2)),
	DOES(bpf_sk_assign_tcp_reqsk, REDIRECTS),
	LOOKS_UP(bpf_skb_ct_lookup, ARGUMENT(2) | ARGUMENT(4)),
	FILLS(bpf_skb_get_fou_encap, ARGUMENT(2)),
	FILLS(bpf_skb_get_xfrm_info, ARGUMENT(2)),
	DOES(bpf_skb_set_fou_encap, ENCAPSULATES),
	DOES(bpf_skb_set_xfrm_info, ENCAPSULATES),
	NONE(bpf_strcasecmp),
	NONE(bpf_strchr),
	NONE(bpf_strchrnul),
	NONE(bpf_strcmp),
	NONE(bpf_strcspn),
	NONE(bpf_strlen),
	NONE(bpf_strnchr),
	NONE(bpf_strnlen),
	NONE(bpf_strnstr),
	NONE(bpf_strrchr),
	NONE(bpf_strspn),
	NONE(bpf_strstr),
	GIVES(bpf_task_acquire, OBJECT),
	GIVES(bpf_task_from_pid, OBJECT),
	GIVES(bpf_task_from_vpid, OBJECT),
	NONE(bpf_task_release),
	NONE(bpf_task_under_cgroup),
	DOES(bpf_throw, THROWS),
	NONE(bpf_wq_init),
	CALLS(bpf_wq_set_callback_impl, work),
	NONE(bpf_wq_start),
	LOOKS_UP(bpf_xdp_ct_lookup, ARGUMENT(2) | ARGUMENT(4)),
	LOOKS_UP(bpf_xdp_get_xfrm_state, ARGUMENT(2)),
	FILLS(bpf_xdp_metadata_rx_hash, ARGUMENT(2) | ARGUMENT(3)),
	FILLS(bpf_xdp_metadata_rx_timestamp, ARGUMENT(2)),
	FILLS(bpf_xdp_metadata_rx_vlan_tag, ARGUMENT(2) | ARGUMENT(3)),
	DOES(bpf_xdp_pull_data, RESIZES),
	NONE(bpf_xdp_xfrm_state_release),
};

static int compare(const void *name, const void *row)
{
	return strcmp(name, ((const struct callee *)row)->name);
}

const struct callee *callee_kfunc(const char *name)
{
	return bsearch(name, kfuncs, sizeof(kfuncs) / sizeof(*kfuncs), sizeof(*kfuncs), compare);
}
