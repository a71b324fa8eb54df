/* SPDX-License-Identifier: GPL-2.0-only */
/* The conformance suite on the real kernel, in a network of its own. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <sha2.h>

#include "agent/kernel/interfaces.h"
#include "agent/kernel/kernel_linux.h"
#include "agent/system/files.h"
#include "tests/support/conformance.h"
#include "tests/support/foreign.h"
#include "tests/support/netns.h"
#include "tests/support/test.h"

enum { OBJECT_A, OBJECT_B, OBJECT_BAD, OBJECTS, FOREIGN_MAX = 16, OBJECT_LIMIT = 1 << 20 };

struct object {
	char digest[SHA256_DIGEST_STRING_LENGTH];
	const char *bytes;
	size_t length;
};

struct machine {
	const struct netns *netns;
	struct arena *arena;
	struct object objects[OBJECTS];
	/* Links of others, which live as long as these descriptors. */
	int foreign[FOREIGN_MAX];
	uint32_t foreign_ids[FOREIGN_MAX];
	size_t foreign_count;
	unsigned int peers; /* made so far, so that each has a name of its own */
};

static const void *object_bytes(void *context, const char *digest, size_t *ret_length)
{
	const struct machine *machine = context;

	for (size_t i = 0; i < OBJECTS; i++) {
		if (strcmp(machine->objects[i].digest, digest) != 0)
			continue;
		*ret_length = machine->objects[i].length;
		return machine->objects[i].bytes;
	}
	return NULL;
}

static void read_object(struct machine *machine, struct object *object, const char *name)
{
	const char *path = arena_printf(machine->arena, "%s/%s", getenv("ORDAIN_BPF"), name);

	if (file_read(machine->arena, path, OBJECT_LIMIT, &object->bytes, &object->length))
		fail_msg("cannot read %s", path);
	SHA256Data((const uint8_t *)object->bytes, object->length, object->digest);
}

/* Without an index the kernel takes the next one that is free. */
static void add_interface(void *context, const char *name, unsigned int ifindex)
{
	struct machine *machine = context;
	char index[32] = "";

	if (ifindex)
		snprintf(index, sizeof(index), " index %u", ifindex);
	netns_ip(machine->netns, NETNS_NEAR, "link add %s%s type veth peer name peer%u", name,
		 index, machine->peers++);
}

static void delete_interface(void *context, const char *name)
{
	netns_ip(((struct machine *)context)->netns, NETNS_NEAR, "link del %s", name);
}

static void move_interface(void *context, const char *name)
{
	const struct netns *netns = ((struct machine *)context)->netns;

	netns_ip(netns, NETNS_NEAR, "link set %s netns /proc/%d/fd/%d", name, getpid(),
		 netns->side[NETNS_FAR]);
}

static void delete_everywhere(const struct machine *machine, const char *name)
{
	for (enum netns_side side = NETNS_NEAR; side <= NETNS_FAR; side++) {
		bool there;

		netns_switch(machine->netns, side);
		there = if_nametoindex(name) != 0;
		netns_switch(machine->netns, NETNS_NEAR);
		if (there)
			netns_ip(machine->netns, side, "link del %s", name);
	}
}

static void reset(void *context)
{
	struct machine *machine = context;
	const char *pins = arena_printf(machine->arena, "%s/ordain", machine->netns->bpffs);

	while (machine->foreign_count)
		close(machine->foreign[--machine->foreign_count]);
	delete_everywhere(machine, CONFORMANCE_A);
	delete_everywhere(machine, CONFORMANCE_B);
	assert_int_equal(directory_remove(pins), 0);
	add_interface(machine, CONFORMANCE_A, 0);
	add_interface(machine, CONFORMANCE_B, 0);
}

static bool has_hook(void *context, enum hook hook)
{
	(void)context;
	return hook_exists(CONFORMANCE_A, hook);
}

static struct kernel *open_kernel(void *context,
				  int (*before_change)(void *context, const char *what),
				  void *change_context)
{
	const struct kernel_linux_options options = {
		.bpffs = ((struct machine *)context)->netns->bpffs,
		.objects = { object_bytes, context },
		.before_change = before_change,
		.context = change_context,
	};
	struct kernel *kernel = NULL;
	struct error error;

	if (kernel_linux_open(&options, &kernel, &error))
		fail_msg("%s", error.text);
	return kernel;
}

static void list(void *context, struct arena *arena, struct interfaces *ret)
{
	struct error error;

	(void)context;
	if (interfaces_list(arena, ret, &error))
		fail_msg("%s", error.text);
}

static uint32_t put_foreign(void *context, const char *interface, enum hook hook, bool at_head)
{
	struct machine *machine = context;
	int program = foreign_load(hook);
	uint32_t id = foreign_id(program);

	assert_true(machine->foreign_count < FOREIGN_MAX);
	machine->foreign[machine->foreign_count] = foreign_link(interface, hook, program, at_head);
	machine->foreign_ids[machine->foreign_count++] = id;
	close(program);
	return id;
}

static uint32_t force_foreign(void *context, const char *interface)
{
	struct machine *machine = context;
	int program = foreign_load(HOOK_XDP);
	uint32_t id = foreign_id(program);

	/* It lives on when it is not there any more: nothing but its place tells then. */
	assert_true(machine->foreign_count < FOREIGN_MAX);
	machine->foreign[machine->foreign_count] = program;
	machine->foreign_ids[machine->foreign_count++] = id;
	foreign_force(interface, program);
	return id;
}

static void take_off(void *context, const char *interface)
{
	(void)context;
	foreign_netlink_off(interface);
}

static bool is_foreign(const struct machine *machine, uint32_t program)
{
	for (size_t i = 0; i < machine->foreign_count; i++)
		if (machine->foreign_ids[i] == program)
			return true;
	return false;
}

static uint32_t own_link(const struct machine *machine, const char *interface, enum hook hook)
{
	struct holding holding = hook_holding(interface, hook);

	for (size_t i = 0; i < holding.count; i++)
		if (!is_foreign(machine, holding.programs[i]))
			return holding.links[i];
	fail_msg("%s %s has no link of ours", interface, hook_name(hook));
	return 0;
}

static void detach_ours(void *context, const char *interface, enum hook hook)
{
	foreign_detach(own_link(context, interface, hook));
}

static void overwrite_ours(void *context, const char *interface, enum hook hook)
{
	int program = foreign_load(hook);

	foreign_overwrite(own_link(context, interface, hook), program);
	close(program);
}

/* Of ours on that hook, in bpffs. */
static const char *pin_path(const struct machine *machine, const char *interface, enum hook hook)
{
	uint64_t cookie;

	assert_int_equal(netns_cookie(&cookie), 0);
	return arena_printf(machine->arena, "%s/ordain/netns-%llu/%u-%s", machine->netns->bpffs,
			    (unsigned long long)cookie, netns_ifindex(interface), hook_name(hook));
}

static void count(void *context, const char *interface, enum hook hook, uint64_t packets)
{
	const struct machine *machine = context;
	struct holding holding = hook_holding(interface, hook);
	const char *path = arena_printf(machine->arena, "%s/%u/counters",
					pin_path(machine, interface, hook), holding.programs[0]);
	int map = bpf_obj_get(path);
	uint64_t *values =
		arena_array(machine->arena, uint64_t, (size_t)libbpf_num_possible_cpus());
	__u32 exit = XDP_DROP;

	assert_true(map >= 0);
	assert_int_equal(bpf_map_lookup_elem(map, &exit, values), 0);
	values[0] += packets;
	assert_int_equal(bpf_map_update_elem(map, &exit, values, BPF_EXIST), 0);
	close(map);
}

static void remove_pins(void *context, const char *interface, enum hook hook)
{
	assert_int_equal(directory_remove(pin_path(context, interface, hook)), 0);
}

int main(void)
{
	struct machine machine = { .netns = netns_enter(), .arena = arena_new() };
	struct conformance_fixture fixture = {
		.context = &machine,
		.reset = reset,
		.has_hook = has_hook,
		.open = open_kernel,
		.list = list,
		.add_interface = add_interface,
		.delete_interface = delete_interface,
		.move_interface = move_interface,
		.put_foreign = put_foreign,
		.force_foreign = force_foreign,
		.take_off = take_off,
		.detach_ours = detach_ours,
		.overwrite_ours = overwrite_ours,
		.count = count,
		.remove_pins = remove_pins,
		.good = { { .functions = { "stamp_xdp", "stamp_tc", "stamp_tc" } },
			  { .functions = { "stamp_xdp", "stamp_tc", "stamp_tc" } } },
		.bad = { .functions = { "out_of_bounds", "out_of_bounds", "out_of_bounds" } },
	};
	int failed;

	read_object(&machine, &machine.objects[OBJECT_A], "stamp_a.bpf.o");
	read_object(&machine, &machine.objects[OBJECT_B], "stamp_b.bpf.o");
	read_object(&machine, &machine.objects[OBJECT_BAD], "broken/out_of_bounds.bpf.o");
	fixture.good[0].digest = machine.objects[OBJECT_A].digest;
	fixture.good[1].digest = machine.objects[OBJECT_B].digest;
	fixture.bad.digest = machine.objects[OBJECT_BAD].digest;
	failed = conformance_run("linux", &fixture);
	arena_free(machine.arena);
	return failed;
}
