/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells the agent who changes the programs of network hooks, by the tracepoints around bpf(2). On
 * the way in the call's link still says where it is, on the way out it is known whether it worked.
 * Every process pays for what is here with each of its calls: others than these five leave at once.
 */
#include "bpf/notice_kernel.h"

enum { PENDING = 1024 };

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
	__u32 second; /* an interface, for a new link; a program's descriptor */
	__u32 attach_type;
};

/* Calls that have begun, by thread. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PENDING);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct notice_event);
} pending SEC(".maps");

/* A descriptor may be of anything: then the call fails, too, and nothing of this is told. */
static __always_inline bool take_call(const struct attributes *attributes,
				      struct notice_event *event)
{
	bool links = event->command == BPF_LINK_CREATE;
	const void *object;

	if (event->command == BPF_LINK_UPDATE || event->command == BPF_LINK_DETACH) {
		object = object_of(attributes->first);
		return object && take_link(object, event);
	}
	/* To detach, it may be left out, and then any descriptor may stand there. */
	object = event->command == BPF_PROG_DETACH
			 ? NULL
			 : object_of(links ? attributes->first : attributes->second);
	if (object)
		event->program = program_id(object);
	return take_interface(links ? attributes->second : attributes->first,
			      attributes->attach_type, event);
}

SEC("tracepoint/syscalls/sys_enter_bpf")
int notice_enter(const struct enter *context)
{
	struct notice_event event = { .command = (__u32)context->command };
	struct attributes attributes;
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
	if (!take_call(&attributes, &event))
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
	tell(event, context->result);
	bpf_map_delete_elem(&pending, &thread);
	return 0;
}
