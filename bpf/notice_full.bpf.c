/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells the agent who changes the programs of network hooks, and who removes the pins of links, at
 * the functions of the kernel that do it, whatever they are called by. A link that goes is told of
 * under the lock that a look waits for: before that is let go, its hook is as it will be.
 */
#include "bpf/notice_kernel.h"

#include <bpf/bpf_tracing.h>

enum { KERNEL_THREAD = 0x00200000, BPFFS = 0xcafe4a11 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct super_block {
	unsigned long s_magic;
};

struct inode {
	struct super_block *i_sb;
	const void *i_op;
	void *i_private;
};

struct dentry {
	struct inode *d_inode;
};

#pragma clang attribute pop

/* What an inode of the BPF file system has when a link is pinned there. */
extern const void bpf_link_iops __ksym __weak;

/*
 * What is left over, a link whose last descriptor was closed say, the kernel's own threads clear
 * away: for whom, nobody knows. False: the agent itself.
 */
static __always_inline bool begin(struct notice_event *event, __u32 command)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	__builtin_memset(event, 0, sizeof(*event));
	event->command = command;
	if (!(BPF_CORE_READ(task, flags) & KERNEL_THREAD))
		event->pid = process();
	return event->pid != self.pid;
}

/* Its program is one that is there, or was until now. */
static __always_inline int link_changed(__u32 command, const struct bpf_link *link, int result)
{
	struct notice_event event;

	if (begin(&event, command) && take_link(link, &event))
		tell(&event, result);
	return 0;
}

static __always_inline int program_changed(__u32 command, __u32 ifindex, __u32 attach_type,
					   const struct bpf_prog *program, int result)
{
	struct notice_event event;

	if (!begin(&event, command) || !take_interface(ifindex, attach_type, &event))
		return 0;
	event.program = program_id(program);
	tell(&event, result);
	return 0;
}

/* By netlink: attached, or kept out by our link. */
SEC("fexit/dev_change_xdp_fd")
int BPF_PROG(notice_xdp_netlink, struct net_device *device, void *extack, int fd, int expected_fd,
	     __u32 flags, int result)
{
	struct notice_event event;
	const struct bpf_prog *program;

	if (fd < 0 || !begin(&event, BPF_PROG_ATTACH) || !take_device(device, &event))
		return 0;
	event.attach_type = BPF_XDP;
	program = object_of(fd);
	if (program)
		event.program = program_id(program);
	tell(&event, result);
	return 0;
}

/* No program any more: the interface still says what it had until now. */
SEC("fexit/dev_xdp_install")
int BPF_PROG(notice_xdp_install, struct net_device *device, unsigned int mode, void *bpf_op,
	     void *extack, __u32 flags, struct bpf_prog *program, int result)
{
	struct notice_event event;
	struct bpf_xdp_entity gone;

	if (program || mode >= sizeof(device->xdp_state) / sizeof(gone))
		return 0;
	bpf_probe_read_kernel(&gone, sizeof(gone),
			      (const char *)device->xdp_state + mode * sizeof(gone));
	if (gone.link)
		return link_changed(BPF_LINK_DETACH, &gone.link->link, result);
	if (!begin(&event, BPF_PROG_DETACH) || !take_device(device, &event))
		return 0;
	event.attach_type = BPF_XDP;
	event.program = program_id(gone.prog);
	tell(&event, result);
	return 0;
}

SEC("fexit/bpf_xdp_link_attach")
int BPF_PROG(notice_xdp_link, const union bpf_attr *attributes, struct bpf_prog *program,
	     int result)
{
	return program_changed(BPF_LINK_CREATE, attributes->link_create.target_ifindex, BPF_XDP,
			       program, result);
}

SEC("fexit/bpf_xdp_link_update")
int BPF_PROG(notice_xdp_update, struct bpf_link *link, struct bpf_prog *program,
	     struct bpf_prog *old, int result)
{
	return link_changed(BPF_LINK_UPDATE, link, result);
}

SEC("fexit/tcx_link_attach")
int BPF_PROG(notice_tcx_link, const union bpf_attr *attributes, struct bpf_prog *program,
	     int result)
{
	return program_changed(BPF_LINK_CREATE, attributes->link_create.target_ifindex,
			       attributes->link_create.attach_type, program, result);
}

SEC("fexit/tcx_prog_attach")
int BPF_PROG(notice_tcx_attach, const union bpf_attr *attributes, struct bpf_prog *program,
	     int result)
{
	return program_changed(BPF_PROG_ATTACH, attributes->target_ifindex, attributes->attach_type,
			       program, result);
}

SEC("fexit/tcx_prog_detach")
int BPF_PROG(notice_tcx_detach, const union bpf_attr *attributes, struct bpf_prog *program,
	     int result)
{
	return program_changed(BPF_PROG_DETACH, attributes->target_ifindex, attributes->attach_type,
			       program, result);
}

SEC("fexit/tcx_link_update")
int BPF_PROG(notice_tcx_update, struct bpf_link *link, struct bpf_prog *program,
	     struct bpf_prog *old, int result)
{
	return link_changed(BPF_LINK_UPDATE, link, result);
}

/* A tcx link goes, or one of another kind of hook; without a link it is tcx_prog_detach(). */
SEC("fexit/bpf_mprog_detach")
int BPF_PROG(notice_tcx_release, void *entry, void *new_entry, struct bpf_prog *program,
	     struct bpf_link *link, __u32 flags, __u32 anchor, __u64 revision, int result)
{
	return link ? link_changed(BPF_LINK_DETACH, link, result) : 0;
}

SEC("fexit/simple_unlink")
int BPF_PROG(notice_unpin, struct inode *directory, struct dentry *dentry, int result)
{
	struct inode *inode = dentry->d_inode;

	if (inode->i_sb->s_magic != BPFFS || inode->i_op != &bpf_link_iops)
		return 0;
	return link_changed(NOTICE_UNPIN, inode->i_private, result);
}
