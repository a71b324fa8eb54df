/* SPDX-License-Identifier: GPL-2.0-only */
#include "foreign.h"

#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>

#include "test.h"

static enum bpf_attach_type attach_type(enum hook hook)
{
	static const enum bpf_attach_type types[] = {
		[HOOK_XDP] = BPF_XDP,
		[HOOK_TCX_INGRESS] = BPF_TCX_INGRESS,
		[HOOK_TCX_EGRESS] = BPF_TCX_EGRESS,
	};

	return types[hook];
}

static int index_of(const char *interface)
{
	unsigned int index = if_nametoindex(interface);

	if (!index)
		fail_msg("there is no interface %s", interface);
	return (int)index;
}

/* The kernel does not tell the link of an XDP program, but links tell their programs. */
static uint32_t xdp_link(unsigned int ifindex, uint32_t program)
{
	__u32 id = 0;

	while (!bpf_link_get_next_id(id, &id)) {
		struct bpf_link_info info;
		__u32 length = sizeof(info);
		int fd = bpf_link_get_fd_by_id(id);
		bool found;

		if (fd < 0)
			continue;
		memset(&info, 0, sizeof(info));
		found = !bpf_link_get_info_by_fd(fd, &info, &length) &&
			info.type == BPF_LINK_TYPE_XDP && info.prog_id == program &&
			info.xdp.ifindex == ifindex;
		close(fd);
		if (found)
			return id;
	}
	return 0;
}

static struct holding xdp_holding(int ifindex)
{
	struct holding holding = { 0 };
	uint32_t program = 0;

	assert_int_equal(bpf_xdp_query_id(ifindex, 0, &program), 0);
	if (program) {
		holding.count = 1;
		holding.programs[0] = program;
		holding.links[0] = xdp_link((unsigned int)ifindex, program);
	}
	return holding;
}

struct holding hook_holding(const char *interface, enum hook hook)
{
	struct holding holding = { 0 };
	LIBBPF_OPTS(bpf_prog_query_opts, query, .prog_ids = holding.programs,
		    .link_ids = holding.links, .prog_cnt = 64);

	if (hook == HOOK_XDP)
		return xdp_holding(index_of(interface));
	assert_int_equal(bpf_prog_query_opts(index_of(interface), attach_type(hook), &query), 0);
	holding.count = query.prog_cnt;
	return holding;
}

uint32_t hook_program(const char *interface, enum hook hook)
{
	struct holding holding = hook_holding(interface, hook);

	assert_in_range(holding.count, 0, 1);
	return holding.programs[0];
}

bool hook_exists(const char *interface, enum hook hook)
{
	LIBBPF_OPTS(bpf_prog_query_opts, query);

	return hook == HOOK_XDP ||
	       !bpf_prog_query_opts(index_of(interface), attach_type(hook), &query);
}

int foreign_load(enum hook hook)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = hook == HOOK_XDP ? 2 : -1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options,
		    .expected_attach_type = hook == HOOK_XDP ? BPF_XDP : 0);
	int fd = bpf_prog_load(hook == HOOK_XDP ? BPF_PROG_TYPE_XDP : BPF_PROG_TYPE_SCHED_CLS,
			       "foreign", "GPL", insns, sizeof(insns) / sizeof(*insns), &options);

	if (fd < 0)
		fail_msg("load a foreign program: %s", strerror(-fd));
	return fd;
}

uint32_t foreign_id(int program)
{
	struct bpf_prog_info info;
	__u32 length = sizeof(info);

	memset(&info, 0, sizeof(info));
	assert_int_equal(bpf_prog_get_info_by_fd(program, &info, &length), 0);
	return info.id;
}

int foreign_link(const char *interface, enum hook hook, int program, bool at_head)
{
	LIBBPF_OPTS(bpf_link_create_opts, options);
	int link;

	if (hook != HOOK_XDP)
		options.flags = at_head ? BPF_F_BEFORE : BPF_F_AFTER;
	link = bpf_link_create(program, index_of(interface), attach_type(hook), &options);
	if (link < 0)
		fail_msg("link a foreign program: %s", strerror(-link));
	return link;
}

int foreign_open(const char *path, const char *function, const char *pin)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	const struct bpf_program *program;
	int fd;

	if (!object || bpf_object__load(object))
		fail_msg("load %s", path);
	program = bpf_object__find_program_by_name(object, function);
	fd = program ? dup(bpf_program__fd(program)) : -1;
	if (fd < 0 || (pin && bpf_obj_pin(fd, pin)))
		fail_msg("%s of %s: %s", function, path, strerror(errno));
	bpf_object__close(object);
	return fd;
}

int foreign_link_beside(const char *interface, enum hook hook, int program, bool before,
			uint32_t other)
{
	LIBBPF_OPTS(bpf_link_create_opts, options,
		    .flags = BPF_F_ID | (before ? BPF_F_BEFORE : BPF_F_AFTER),
		    .tcx.relative_id = other);
	int link = bpf_link_create(program, index_of(interface), attach_type(hook), &options);

	if (link < 0)
		fail_msg("link a foreign program beside %u: %s", other, strerror(-link));
	return link;
}

void foreign_attach(const char *interface, enum hook hook, int program)
{
	LIBBPF_OPTS(bpf_prog_attach_opts, options, .flags = BPF_F_AFTER);

	assert_int_equal(
		bpf_prog_attach_opts(program, index_of(interface), attach_type(hook), &options), 0);
}

void foreign_attach_off(const char *interface, enum hook hook, int program)
{
	LIBBPF_OPTS(bpf_prog_detach_opts, options);

	assert_int_equal(
		bpf_prog_detach_opts(program, index_of(interface), attach_type(hook), &options), 0);
}

void foreign_netlink(const char *interface, int program)
{
	assert_int_equal(
		bpf_xdp_attach(index_of(interface), program, XDP_FLAGS_UPDATE_IF_NOEXIST, NULL), 0);
}

void foreign_netlink_off(const char *interface)
{
	assert_int_equal(bpf_xdp_detach(index_of(interface), 0, NULL), 0);
}

void foreign_force(const char *interface, int program)
{
	assert_int_equal(bpf_xdp_attach(index_of(interface), program, 0, NULL), 0);
}

void foreign_xdp_off(const char *interface)
{
	bpf_xdp_detach(index_of(interface), XDP_FLAGS_DRV_MODE, NULL);
	bpf_xdp_detach(index_of(interface), XDP_FLAGS_SKB_MODE, NULL);
}

static int open_link(uint32_t link)
{
	int fd = bpf_link_get_fd_by_id(link);

	if (fd < 0)
		fail_msg("open link %u: %s", link, strerror(-fd));
	return fd;
}

void foreign_detach(uint32_t link)
{
	int fd = open_link(link);

	assert_int_equal(bpf_link_detach(fd), 0);
	close(fd);
}

void foreign_overwrite(uint32_t link, int program)
{
	int fd = open_link(link);

	assert_int_equal(bpf_link_update(fd, program, NULL), 0);
	close(fd);
}
