/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Helpers, by number. The list is that of include/uapi/linux/bpf.h of Linux 6.18, the last one: no
 * more are added. What each does is from the comments there, the prototypes in net/core/filter.c
 * and kernel/bpf/helpers.c, and their bodies. `writes` has every argument whose prototype is
 * ARG_PTR_TO_UNINIT_MEM, or memory that the helper may write. Only those are rated that programs of
 * type XDP and SCHED_CLS can call (xdp_func_proto, tc_cls_act_func_proto, bpf_base_func_proto).
 *
 * Harmless, though it may look otherwise: bpf_skb_pull_data makes data that the packet has
 * anyway directly readable, and changes neither its bytes nor its length. bpf_get_hash_recalc keeps
 * the hash that the stack would compute from the same bytes.
 */
#include <linux/bpf.h>

#include "policy/analysis/analysis.h"
#include "policy/analysis/callee.h"
#include "policy/analysis/value.h"

static const struct callback for_each_map_elem = {
	.function = 2,
	.data = 3,
	.data_register = 4,
	.kinds = { KIND_MAP, KIND_MEMORY, KIND_MEMORY },
};
static const struct callback loop = {
	.function = 2,
	.data = 3,
	.data_register = 2,
	.kinds = { KIND_SCALAR },
};
static const struct callback find_vma = {
	.function = 3,
	.data = 4,
	.data_register = 3,
	.kinds = { KIND_OBJECT, KIND_OBJECT },
};
static const struct callback user_ringbuf_drain = {
	.function = 2,
	.data = 3,
	.data_register = 2,
	.kinds = { KIND_OTHER_DYNPTR },
};
static const struct callback timer = {
	.function = 2,
	.later = true,
	.kinds = { KIND_MAP, KIND_MEMORY, KIND_MEMORY },
};

#define UNRATED(name)                                                                              \
	{                                                                                          \
		"bpf_" #name, .effect = EFFECT_UNKNOWN                                             \
	}
#define NONE(name)                                                                                 \
	{                                                                                          \
		"bpf_" #name, .effect = EFFECT_NONE                                                \
	}
#define FILLS(name, arguments)                                                                     \
	{                                                                                          \
		"bpf_" #name, .effect = EFFECT_NONE, .writes = (arguments)                         \
	}
#define READS(name, arguments)                                                                     \
	{                                                                                          \
		"bpf_" #name, .effect = EFFECT_READS, .writes = (arguments)                        \
	}
#define GIVES(name, what)                                                                          \
	{                                                                                          \
		"bpf_" #name, .effect = EFFECT_NONE, .result = RESULT_##what                       \
	}
#define DOES(name, what)                                                                           \
	{                                                                                          \
		"bpf_" #name, .effect = EFFECT_##what                                              \
	}
#define SETS(name, what)                                                                           \
	{                                                                                          \
		"bpf_" #name, .effect = EFFECT_WRITES_CONTEXT, .field = (what)                     \
	}
#define CALLS(name)                                                                                \
	{                                                                                          \
		"bpf_" #name, .effect = EFFECT_NONE, .callback = &name                             \
	}

static const struct callee helpers[] = {
	[1] = GIVES(map_lookup_elem, MEMORY),
	[2] = NONE(map_update_elem),
	[3] = NONE(map_delete_elem),
	[4] = FILLS(probe_read, ARGUMENT(1)),
	[5] = NONE(ktime_get_ns),
	[6] = NONE(trace_printk),
	[7] = NONE(get_prandom_u32),
	[8] = NONE(get_smp_processor_id),
	[9] = DOES(skb_store_bytes, WRITES_PACKET),
	[10] = DOES(l3_csum_replace, WRITES_PACKET),
	[11] = DOES(l4_csum_replace, WRITES_PACKET),
	[12] = DOES(tail_call, TAIL_CALL),
	[13] = DOES(clone_redirect, CLONES),
	[14] = NONE(get_current_pid_tgid),
	[15] = NONE(get_current_uid_gid),
	[16] = FILLS(get_current_comm, ARGUMENT(1)),
	[17] = NONE(get_cgroup_classid),
	[18] = DOES(skb_vlan_push, RESIZES),
	[19] = DOES(skb_vlan_pop, RESIZES),
	[20] = FILLS(skb_get_tunnel_key, ARGUMENT(2)),
	[21] = DOES(skb_set_tunnel_key, ENCAPSULATES),
	[22] = NONE(perf_event_read),
	[23] = DOES(redirect, REDIRECTS),
	[24] = NONE(get_route_realm),
	[25] = READS(perf_event_output, 0),
	[26] = READS(skb_load_bytes, ARGUMENT(3)),
	[27] = NONE(get_stackid),
	[28] = NONE(csum_diff),
	[29] = FILLS(skb_get_tunnel_opt, ARGUMENT(2)),
	[30] = DOES(skb_set_tunnel_opt, ENCAPSULATES),
	[31] = DOES(skb_change_proto, RESIZES),
	[32] = SETS(skb_change_type, "pkt_type"),
	[33] = NONE(skb_under_cgroup),
	[34] = READS(get_hash_recalc, 0),
	[35] = NONE(get_current_task),
	[36] = UNRATED(probe_write_user),
	[37] = NONE(current_task_under_cgroup),
	[38] = DOES(skb_change_tail, RESIZES),
	[39] = NONE(skb_pull_data),
	[40] = SETS(csum_update, NULL),
	[41] = SETS(set_hash_invalid, "hash"),
	[42] = NONE(get_numa_node_id),
	[43] = DOES(skb_change_head, RESIZES),
	[44] = DOES(xdp_adjust_head, RESIZES),
	[45] = FILLS(probe_read_str, ARGUMENT(1)),
	[46] = NONE(get_socket_cookie),
	[47] = NONE(get_socket_uid),
	[48] = SETS(set_hash, "hash"),
	[49] = UNRATED(setsockopt),
	[50] = DOES(skb_adjust_room, RESIZES),
	[51] = DOES(redirect_map, REDIRECTS),
	[52] = DOES(sk_redirect_map, REDIRECTS),
	[53] = UNRATED(sock_map_update),
	[54] = DOES(xdp_adjust_meta, RESIZES),
	[55] = FILLS(perf_event_read_value, ARGUMENT(3)),
	[56] = UNRATED(perf_prog_read_value),
	[57] = UNRATED(getsockopt),
	[58] = UNRATED(override_return),
	[59] = UNRATED(sock_ops_cb_flags_set),
	[60] = DOES(msg_redirect_map, REDIRECTS),
	[61] = UNRATED(msg_apply_bytes),
	[62] = UNRATED(msg_cork_bytes),
	[63] = UNRATED(msg_pull_data),
	[64] = UNRATED(bind),
	[65] = DOES(xdp_adjust_tail, RESIZES),
	[66] = FILLS(skb_get_xfrm_state, ARGUMENT(3)),
	[67] = FILLS(get_stack, ARGUMENT(2)),
	[68] = READS(skb_load_bytes_relative, ARGUMENT(3)),
	[69] = FILLS(fib_lookup, ARGUMENT(2)),
	[70] = UNRATED(sock_hash_update),
	[71] = DOES(msg_redirect_hash, REDIRECTS),
	[72] = DOES(sk_redirect_hash, REDIRECTS),
	[73] = DOES(lwt_push_encap, ENCAPSULATES),
	[74] = DOES(lwt_seg6_store_bytes, WRITES_PACKET),
	[75] = DOES(lwt_seg6_adjust_srh, RESIZES),
	[76] = DOES(lwt_seg6_action, REDIRECTS),
	[77] = UNRATED(rc_repeat),
	[78] = UNRATED(rc_keydown),
	[79] = NONE(skb_cgroup_id),
	[80] = NONE(get_current_cgroup_id),
	[81] = UNRATED(get_local_storage),
	[82] = UNRATED(sk_select_reuseport),
	[83] = NONE(skb_ancestor_cgroup_id),
	[84] = GIVES(sk_lookup_tcp, OBJECT),
	[85] = GIVES(sk_lookup_udp, OBJECT),
	[86] = NONE(sk_release),
	[87] = NONE(map_push_elem),
	[88] = FILLS(map_pop_elem, ARGUMENT(2)),
	[89] = FILLS(map_peek_elem, ARGUMENT(2)),
	[90] = UNRATED(msg_push_data),
	[91] = UNRATED(msg_pop_data),
	[92] = UNRATED(rc_pointer_rel),
	[93] = NONE(spin_lock),
	[94] = NONE(spin_unlock),
	[95] = GIVES(sk_fullsock, OBJECT),
	[96] = GIVES(tcp_sock, OBJECT),
	[97] = DOES(skb_ecn_set_ce, WRITES_PACKET),
	[98] = GIVES(get_listener_sock, OBJECT),
	[99] = GIVES(skc_lookup_tcp, OBJECT),
	[100] = NONE(tcp_check_syncookie),
	[101] = UNRATED(sysctl_get_name),
	[102] = UNRATED(sysctl_get_current_value),
	[103] = UNRATED(sysctl_get_new_value),
	[104] = UNRATED(sysctl_set_new_value),
	[105] = FILLS(strtol, ARGUMENT(4)),
	[106] = FILLS(strtoul, ARGUMENT(4)),
	[107] = GIVES(sk_storage_get, MEMORY),
	[108] = NONE(sk_storage_delete),
	[109] = UNRATED(send_signal),
	[110] = NONE(tcp_gen_syncookie),
	[111] = UNRATED(skb_output),
	[112] = FILLS(probe_read_user, ARGUMENT(1)),
	[113] = FILLS(probe_read_kernel, ARGUMENT(1)),
	[114] = FILLS(probe_read_user_str, ARGUMENT(1)),
	[115] = FILLS(probe_read_kernel_str, ARGUMENT(1)),
	[116] = UNRATED(tcp_send_ack),
	[117] = UNRATED(send_signal_thread),
	[118] = NONE(jiffies64),
	[119] = UNRATED(read_branch_records),
	[120] = FILLS(get_ns_current_pid_tgid, ARGUMENT(3)),
	[121] = UNRATED(xdp_output),
	[122] = NONE(get_netns_cookie),
	[123] = NONE(get_current_ancestor_cgroup_id),
	[124] = DOES(sk_assign, REDIRECTS),
	[125] = NONE(ktime_get_boot_ns),
	[126] = UNRATED(seq_printf),
	[127] = UNRATED(seq_write),
	[128] = NONE(sk_cgroup_id),
	[129] = NONE(sk_ancestor_cgroup_id),
	[130] = NONE(ringbuf_output),
	[131] = GIVES(ringbuf_reserve, MEMORY),
	[132] = NONE(ringbuf_submit),
	[133] = NONE(ringbuf_discard),
	[134] = NONE(ringbuf_query),
	[135] = { "bpf_csum_level", EFFECT_WRITES_CONTEXT, .asks = 2 }, /* BPF_CSUM_LEVEL_QUERY */
	[136] = GIVES(skc_to_tcp6_sock, OBJECT),
	[137] = GIVES(skc_to_tcp_sock, OBJECT),
	[138] = GIVES(skc_to_tcp_timewait_sock, OBJECT),
	[139] = GIVES(skc_to_tcp_request_sock, OBJECT),
	[140] = GIVES(skc_to_udp6_sock, OBJECT),
	[141] = FILLS(get_task_stack, ARGUMENT(2)),
	[142] = UNRATED(load_hdr_opt),
	[143] = UNRATED(store_hdr_opt),
	[144] = UNRATED(reserve_hdr_opt),
	[145] = UNRATED(inode_storage_get),
	[146] = UNRATED(inode_storage_delete),
	[147] = UNRATED(d_path),
	[148] = UNRATED(copy_from_user),
	[149] = FILLS(snprintf_btf, ARGUMENT(1)),
	[150] = UNRATED(seq_printf_btf),
	[151] = NONE(skb_cgroup_classid),
	[152] = DOES(redirect_neigh, REDIRECTS),
	[153] = GIVES(per_cpu_ptr, MEMORY),
	[154] = GIVES(this_cpu_ptr, MEMORY),
	[155] = DOES(redirect_peer, REDIRECTS),
	[156] = GIVES(task_storage_get, MEMORY),
	[157] = NONE(task_storage_delete),
	[158] = GIVES(get_current_task_btf, OBJECT),
	[159] = UNRATED(bprm_opts_set),
	[160] = NONE(ktime_get_coarse_ns),
	[161] = UNRATED(ima_inode_hash),
	[162] = UNRATED(sock_from_file),
	[163] = FILLS(check_mtu, ARGUMENT(3)),
	[164] = CALLS(for_each_map_elem),
	[165] = FILLS(snprintf, ARGUMENT(1)),
	[166] = UNRATED(sys_bpf),
	[167] = UNRATED(btf_find_by_name_kind),
	[168] = UNRATED(sys_close),
	[169] = NONE(timer_init),
	[170] = { "bpf_timer_set_callback", .effect = EFFECT_NONE, .callback = &timer },
	[171] = NONE(timer_start),
	[172] = NONE(timer_cancel),
	[173] = UNRATED(get_func_ip),
	[174] = UNRATED(get_attach_cookie),
	[175] = GIVES(task_pt_regs, OBJECT),
	[176] = UNRATED(get_branch_snapshot),
	[177] = NONE(trace_vprintk),
	[178] = GIVES(skc_to_unix_sock, OBJECT),
	[179] = UNRATED(kallsyms_lookup_name),
	[180] = CALLS(find_vma),
	[181] = CALLS(loop),
	[182] = NONE(strncmp),
	[183] = UNRATED(get_func_arg),
	[184] = UNRATED(get_func_ret),
	[185] = UNRATED(get_func_arg_cnt),
	[186] = UNRATED(get_retval),
	[187] = UNRATED(set_retval),
	[188] = NONE(xdp_get_buff_len),
	[189] = READS(xdp_load_bytes, ARGUMENT(3)),
	[190] = DOES(xdp_store_bytes, WRITES_PACKET),
	[191] = UNRATED(copy_from_user_task),
	[192] = SETS(skb_set_tstamp, "tstamp"),
	[193] = UNRATED(ima_file_hash),
	[194] = GIVES(kptr_xchg, OBJECT),
	[195] = GIVES(map_lookup_percpu_elem, MEMORY),
	[196] = GIVES(skc_to_mptcp_sock, OBJECT),
	[197] = { "bpf_dynptr_from_mem", EFFECT_NONE, .writes = ARGUMENT(1), .dynptr = 4 },
	[198] = { "bpf_ringbuf_reserve_dynptr", EFFECT_NONE, .dynptr = 4 },
	[199] = NONE(ringbuf_submit_dynptr),
	[200] = NONE(ringbuf_discard_dynptr),
	[201] = FILLS(dynptr_read, ARGUMENT(1)),
	[202] = { "bpf_dynptr_write", EFFECT_NONE, .writes_dynptr = ARGUMENT(1) },
	[203] = GIVES(dynptr_data, OF_DYNPTR),
	[204] = NONE(tcp_raw_gen_syncookie_ipv4),
	[205] = NONE(tcp_raw_gen_syncookie_ipv6),
	[206] = NONE(tcp_raw_check_syncookie_ipv4),
	[207] = NONE(tcp_raw_check_syncookie_ipv6),
	[208] = NONE(ktime_get_tai_ns),
	[209] = CALLS(user_ringbuf_drain),
	[210] = GIVES(cgrp_storage_get, MEMORY),
	[211] = NONE(cgrp_storage_delete),
};

const struct callee *callee_helper(uint32_t number)
{
	if (number >= sizeof(helpers) / sizeof(*helpers) || !helpers[number].name)
		return NULL;
	return &helpers[number];
}

const char *helper_name(uint32_t helper)
{
	const struct callee *callee = callee_helper(helper);

	return callee ? callee->name : NULL;
}
