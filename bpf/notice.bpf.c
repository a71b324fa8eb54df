/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells the agent who changes the programs of network hooks, by the tracepoints around bpf(2). On
 * the way in the call's link still says where it is, on the way out it is known whether it worked.
 * Every process pays for what is here with each of its calls: others than these five leave at once.
 */
#include <stdbool.h>

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "bpf/notice.h"

enum { BUSY = 16, PENDING = 1024, RING_BYTES = 64 * 1024 };

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
	struct nsproxy *nsproxy;
	struct files_struct *files;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	int ifindex;
	possible_net_t nd_net;
};

struct bpf_link {
	__u32 id;
	enum bpf_link_type type;
};

/* Since 6.17 every link knows its hook, before that each kind in its own way. */
struct bpf_link___typed {
	enum bpf_attach_type attach_type;
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

/* The kernel's formats of these tracepoints. */
struct enter {
	__u64 common;
	__u64 number;
	__u64 command;
	const void *attributes;
	__u64 size;
};

struct leave {
	__u64 common;
	__u64 number;
	__s64 result;
};

/* The beginning of union bpf_attr, as these five commands have it. */
struct attributes {
	__u32 first; /* a link's descriptor, a program's, or an interface */
	__u32 second; /* an interface, for a new link */
	__u32 attach_type;
};

const volatile struct notice_self self;

/* Calls that have begun, by thread. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PENDING);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct notice_event);
} pending SEC(".maps");

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

static __always_inline bool is_hook(__u32 attach_type)
{
	return attach_type == BPF_XDP || attach_type == BPF_TCX_INGRESS ||
	       attach_type == BPF_TCX_EGRESS;
}

/* False: of another network namespace, or detached already. */
static __always_inline bool take_device(const struct net_device *device, struct notice_event *event)
{
	if (!device || BPF_CORE_READ(device, nd_net.net, ns.inum) != self.net_namespace)
		return false;
	event->ifindex = BPF_CORE_READ(device, ifindex);
	return true;
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

/* What the calling process has under this number may be no link: then the call fails, too. */
static __always_inline const struct bpf_link *link_of(__u32 fd)
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

static __always_inline bool take_link(__u32 fd, struct notice_event *event)
{
	const struct bpf_link *link = link_of(fd);

	if (!link)
		return false;
	event->link = BPF_CORE_READ(link, id);
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

static __always_inline bool take_interface(__u32 ifindex, __u32 attach_type,
					   struct notice_event *event)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	event->ifindex = ifindex;
	event->attach_type = attach_type;
	return is_hook(attach_type) &&
	       BPF_CORE_READ(task, nsproxy, net_ns, ns.inum) == self.net_namespace;
}

SEC("tracepoint/syscalls/sys_enter_bpf")
int notice_enter(const struct enter *context)
{
	struct notice_event event = { .command = (__u32)context->command };
	struct attributes attributes;
	bool wanted = false;
	__u64 thread;

	switch (event.command) {
	case BPF_PROG_ATTACH:
	case BPF_PROG_DETACH:
	case BPF_LINK_CREATE:
	case BPF_LINK_UPDATE:
	case BPF_LINK_DETACH:
		break;
	default:
		return 0;
	}
	event.pid = process();
	if (event.pid == self.pid)
		return 0;
	__builtin_memset(&attributes, 0, sizeof(attributes));
	/* LINK_DETACH has one number, and may give no more. */
	if (bpf_probe_read_user(&attributes,
				context->size < sizeof(attributes) ? sizeof(__u32)
								   : sizeof(attributes),
				context->attributes))
		return 0;
	if (event.command == BPF_LINK_UPDATE || event.command == BPF_LINK_DETACH)
		wanted = take_link(attributes.first, &event);
	else
		wanted = take_interface(event.command == BPF_LINK_CREATE ? attributes.second
									 : attributes.first,
					attributes.attach_type, &event);
	if (!wanted)
		return 0;
	thread = bpf_get_current_pid_tgid();
	bpf_map_update_elem(&pending, &thread, &event, BPF_ANY);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_bpf")
int notice_exit(const struct leave *context)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct notice_event *event = bpf_map_lookup_elem(&pending, &thread);

	if (!event)
		return 0;
	/* What failed changed nothing; but whom our link on an XDP hook keeps out shall be told. */
	if (context->result >= 0 ||
	    (context->result == -BUSY && event->command == BPF_LINK_CREATE)) {
		event->time = bpf_ktime_get_ns();
		event->uid = (__u32)bpf_get_current_uid_gid();
		event->result = (__s32)context->result;
		bpf_get_current_comm(event->comm, sizeof(event->comm));
		bpf_ringbuf_output(&events, event, sizeof(*event), 0);
	}
	bpf_map_delete_elem(&pending, &thread);
	return 0;
}
