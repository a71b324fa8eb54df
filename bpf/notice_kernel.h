/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs of both grades of noticing share: what they read of the kernel, and the telling. */
#ifndef ORDAIN_BPF_NOTICE_KERNEL_H
#define ORDAIN_BPF_NOTICE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "bpf/notice.h"

enum { BUSY = 16, EXISTS = 17, RING_BYTES = 64 * 1024 };

/* What is read of the kernel's structures; where it is, libbpf finds out when it loads. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

struct nsproxy {
	struct net *net_ns;
};

struct file {
	void *private_data;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct task_struct {
	unsigned int flags;
	struct nsproxy *nsproxy;
	struct files_struct *files;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct bpf_prog_aux {
	__u32 id;
};

struct bpf_prog {
	struct bpf_prog_aux *aux;
};

struct bpf_link {
	__u32 id;
	enum bpf_link_type type;
	struct bpf_prog *prog;
};

/* Since 6.17 every link knows its hook, before that each kind in its own way. */
struct bpf_link___typed {
	enum bpf_attach_type attach_type;
};

struct bpf_xdp_link;

struct bpf_xdp_entity {
	struct bpf_prog *prog;
	struct bpf_xdp_link *link;
};

struct net_device {
	int ifindex;
	possible_net_t nd_net;
	struct bpf_xdp_entity xdp_state[3];
};

struct bpf_xdp_link {
	struct bpf_link link;
	struct net_device *dev;
};

struct tcx_link {
	struct bpf_link link;
	struct net_device *dev;
};

struct tcx_link___located {
	__u32 location;
};

#pragma clang attribute pop

const volatile struct notice_self self;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} events SEC(".maps");

char _license[] SEC("license") = "GPL";

static __always_inline __u32 process(void)
{
	struct bpf_pidns_info ids;

	if (!bpf_get_ns_current_pid_tgid(self.pid_namespace_device, self.pid_namespace, &ids,
					 sizeof(ids)))
		return ids.tgid;
	return bpf_get_current_pid_tgid() >> 32;
}

/* False: of another network namespace, or detached already. */
static __always_inline bool take_device(const struct net_device *device, struct notice_event *event)
{
	if (!device || BPF_CORE_READ(device, nd_net.net, ns.inum) != self.net_namespace)
		return false;
	event->ifindex = BPF_CORE_READ(device, ifindex);
	return true;
}

static __always_inline bool take_interface(__u32 ifindex, __u32 attach_type,
					   struct notice_event *event)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	event->ifindex = ifindex;
	event->attach_type = attach_type;
	return (attach_type == BPF_XDP || attach_type == BPF_TCX_INGRESS ||
		attach_type == BPF_TCX_EGRESS) &&
	       BPF_CORE_READ(task, nsproxy, net_ns, ns.inum) == self.net_namespace;
}

static __always_inline __u32 tcx_location(const struct bpf_link *link)
{
	const struct bpf_link___typed *typed = (const void *)link;
	const struct tcx_link___located *located = (const void *)link;

	if (bpf_core_field_exists(typed->attach_type))
		return BPF_CORE_READ(typed, attach_type);
	if (bpf_core_field_exists(located->location))
		return BPF_CORE_READ(located, location);
	return 0;
}

static __always_inline __u32 program_id(const struct bpf_prog *program)
{
	return BPF_CORE_READ(program, aux, id);
}

/* Where that link is, and which program it has; false as above, or because it is on no such hook. */
static __always_inline bool take_link(const struct bpf_link *link, struct notice_event *event)
{
	event->link = BPF_CORE_READ(link, id);
	event->program = program_id(BPF_CORE_READ(link, prog));
	switch (BPF_CORE_READ(link, type)) {
	case BPF_LINK_TYPE_XDP:
		event->attach_type = BPF_XDP;
		return take_device(BPF_CORE_READ((const struct bpf_xdp_link *)link, dev), event);
	case BPF_LINK_TYPE_TCX:
		/* On kernels without tcx nothing is of this type, and nothing can be read. */
		if (!bpf_core_type_exists(struct tcx_link))
			return false;
		event->attach_type = tcx_location(link);
		return take_device(BPF_CORE_READ((const struct tcx_link *)link, dev), event);
	default:
		return false;
	}
}

/* What the calling process has under this number, a link or a program; or anything else. */
static __always_inline void *object_of(__u32 fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd);
	struct file *file = NULL;

	if (fd >= BPF_CORE_READ(table, max_fds) ||
	    bpf_probe_read_kernel(&file, sizeof(file), files + fd) || !file)
		return NULL;
	return BPF_CORE_READ(file, private_data);
}

/* What failed changed nothing; but whom our link on an XDP hook keeps out shall be told. */
static __always_inline bool is_told(const struct notice_event *event, __s64 result)
{
	if (result >= 0)
		return true;
	if (event->command == BPF_LINK_CREATE)
		return result == -BUSY;
	/* By netlink, which has another word for the other of the modes. */
	return event->command == BPF_PROG_ATTACH && event->attach_type == BPF_XDP &&
	       (result == -BUSY || result == -EXISTS);
}

static __always_inline void tell(struct notice_event *event, __s64 result)
{
	if (!is_told(event, result))
		return;
	event->time = bpf_ktime_get_ns();
	event->result = (__s32)result;
	if (event->pid) {
		event->uid = (__u32)bpf_get_current_uid_gid();
		bpf_get_current_comm(event->comm, sizeof(event->comm));
	}
	bpf_ringbuf_output(&events, event, sizeof(*event), 0);
}

#endif
