/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/kernel/hook_calls.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

/* NETDEV_XDP_ACT_BASIC of <linux/netdev.h>, which is not everywhere yet. */
enum { FEATURE_NATIVE = 1 << 0 };

static const enum bpf_attach_type attach_types[] = {
	[HOOK_XDP] = BPF_XDP,
	[HOOK_TCX_INGRESS] = BPF_TCX_INGRESS,
	[HOOK_TCX_EGRESS] = BPF_TCX_EGRESS,
};

static const char *xdp_mode(unsigned int attached)
{
	switch (attached) {
	case XDP_ATTACHED_DRV:
		return "native";
	case XDP_ATTACHED_SKB:
		return "generic";
	case XDP_ATTACHED_HW:
		return "offloaded";
	default:
		return NULL;
	}
}

/* Before 6.3 the kernel does not tell, and libbpf has the same answer for every driver. */
static bool kernel_tells_features(void)
{
	struct utsname name;
	unsigned int major, minor;

	return !uname(&name) && sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 3));
}

static int query_xdp(unsigned int ifindex, struct hook_state *state)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, options);
	int result = bpf_xdp_query((int)ifindex, 0, &options);

	if (result)
		return result;
	state->supported = true;
	state->mode = xdp_mode(options.attach_mode);
	state->no_native = !(options.feature_flags & FEATURE_NATIVE) && kernel_tells_features();
	if (options.prog_id)
		state->programs[state->count++] = options.prog_id;
	return 0;
}

/* A kernel without tcx answers EINVAL, as does nothing else about a query that is well formed. */
static int query_tcx(enum hook hook, unsigned int ifindex, struct hook_state *state)
{
	LIBBPF_OPTS(bpf_prog_query_opts, options, .prog_ids = state->programs,
		    .link_ids = state->links, .count = HOOK_MAX_PROGRAMS);
	int result = bpf_prog_query_opts((int)ifindex, attach_types[hook], &options);

	if (result == -EINVAL)
		return 0;
	if (result)
		return result;
	state->supported = true;
	state->revision = options.revision;
	state->count = options.count;
	return 0;
}

int hook_query(enum hook hook, unsigned int ifindex, struct hook_state *ret)
{
	struct hook_state state = { 0 };
	int result = hook == HOOK_XDP ? query_xdp(ifindex, &state)
				      : query_tcx(hook, ifindex, &state);

	if (!result)
		*ret = state;
	return result;
}

/* What all means: it is not as it was when we looked. */
static int stale(int result)
{
	switch (result) {
	case -EBUSY:
	case -EEXIST:
	case -ENODEV:
	case -ENOENT:
	case -ENOLINK:
		return -ESTALE;
	default:
		return result;
	}
}

static const __u32 mode_flags[] = {
	[MODE_AUTO] = 0,
	[MODE_NATIVE] = XDP_FLAGS_DRV_MODE,
	[MODE_GENERIC] = XDP_FLAGS_SKB_MODE,
};

/* An XDP link to an interface that is not there any more is no more than an invalid argument. */
static bool is_gone(unsigned int ifindex)
{
	char name[IF_NAMESIZE];

	return !if_indextoname(ifindex, name);
}

int hook_attach(enum hook hook, unsigned int ifindex, int program, enum xdp_mode mode,
		const struct hook_place *place)
{
	LIBBPF_OPTS(bpf_link_create_opts, options);
	int result;

	if (hook == HOOK_XDP) {
		options.flags = mode_flags[mode];
	} else {
		options.flags = place->tail ? BPF_F_AFTER : BPF_F_BEFORE;
		options.flags |= place->before ? BPF_F_ID : 0;
		options.tcx.relative_id = place->before;
		options.tcx.expected_revision = place->expected_revision;
	}
	result = stale(bpf_link_create(program, (int)ifindex, attach_types[hook], &options));
	return result == -EINVAL && is_gone(ifindex) ? -ESTALE : result;
}

/*
 * The kernel has a sentence of its own (an extended ack), but for a link it gives it to a tracepoint
 * alone: what is left for us is the number.
 */
const char *hook_refusal(int error)
{
	switch (error) {
	case -EOPNOTSUPP:
		return "it has no XDP in this mode, or not with all of the interface's features";
	case -ERANGE:
	case -EMSGSIZE:
		return "the interface's MTU (of a veth: its peer's) is too large for packets of "
		       "one "
		       "buffer";
	case -EINVAL:
	case -ENOSPC:
		return "the interface's MTU, queues or features do not go with it";
	default:
		return NULL;
	}
}

int hook_swap(int link, int program, int old)
{
	LIBBPF_OPTS(bpf_link_update_opts, options);
	int result;

	if (old != HOOK_SWAP_ANY) {
		options.flags = BPF_F_REPLACE;
		options.old_prog_fd = (__u32)old;
	}
	result = bpf_link_update(link, program, &options);

	/* EPERM is the kernel's word for "old_prog is another program". */
	return result == -EPERM ? -ESTALE : stale(result);
}

int hook_exchange(unsigned int ifindex, int program, int old, enum xdp_mode mode)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, options);
	__u32 flags = mode_flags[mode];

	/* Without REPLACE the kernel ignores which program is expected, and says nothing. */
	if (old >= 0) {
		options.old_prog_fd = old;
		flags |= XDP_FLAGS_REPLACE;
	} else {
		flags |= XDP_FLAGS_UPDATE_IF_NOEXIST;
	}
	return stale(bpf_xdp_attach((int)ifindex, program, flags, &options));
}

int hook_detach(int link)
{
	int result = bpf_link_detach(link);

	return result == -ENOLINK ? 0 : result;
}

int hook_link_state(int link, struct link_state *ret)
{
	struct bpf_link_info info;
	__u32 size = sizeof(info);
	int result;

	memset(&info, 0, sizeof(info));
	result = bpf_link_get_info_by_fd(link, &info, &size);
	if (result)
		return result;
	if (info.type == BPF_LINK_TYPE_XDP) {
		ret->hook = HOOK_XDP;
		ret->ifindex = info.xdp.ifindex;
	} else if (info.type == BPF_LINK_TYPE_TCX) {
		ret->hook = info.tcx.attach_type == BPF_TCX_INGRESS ? HOOK_TCX_INGRESS
								    : HOOK_TCX_EGRESS;
		ret->ifindex = info.tcx.ifindex;
	} else {
		return -EINVAL;
	}
	ret->id = info.id;
	ret->program = info.prog_id;
	return 0;
}
