/* SPDX-License-Identifier: GPL-2.0-only */
/* The conformance suite on the kernel in memory: what the other tests rely on behaves like one. */
#include <linux/bpf.h>

#include "tests/support/conformance.h"
#include "tests/support/kernel_memory.h"
#include "tests/support/test.h"

#define HEX(digit) digit digit digit digit digit digit digit digit
#define DIGEST(digit)                                                                              \
	HEX(digit) HEX(digit) HEX(digit) HEX(digit) HEX(digit) HEX(digit) HEX(digit) HEX(digit)

#define BAD DIGEST("f")

struct memory {
	struct machine *machine;
};

static const void *object_bytes(void *context, const char *digest, size_t *ret_length)
{
	(void)context;
	*ret_length = strlen(digest);
	return digest;
}

static struct machine *machine_of(void *context)
{
	return ((struct memory *)context)->machine;
}

static void reset(void *context)
{
	struct memory *memory = context;

	if (memory->machine)
		machine_free(memory->machine);
	memory->machine = machine_new();
	machine_refuse(memory->machine, BAD);
	machine_add_interface(memory->machine, CONFORMANCE_A, 0);
	machine_add_interface(memory->machine, CONFORMANCE_B, 0);
	machine_add_interface(memory->machine, CONFORMANCE_PLAIN, 0);
	machine_interface(memory->machine, CONFORMANCE_PLAIN)->no_native = true;
}

static bool has_hook(void *context, enum hook hook)
{
	(void)context;
	(void)hook;
	return true;
}

static struct kernel *open_kernel(void *context,
				  int (*before_change)(void *context, const char *what),
				  void *change_context)
{
	return kernel_memory_open(machine_of(context), (struct object_source){ object_bytes, NULL },
				  before_change, change_context);
}

static void list(void *context, struct arena *arena, struct interfaces *ret)
{
	machine_list(machine_of(context), arena, ret);
}

static void add_interface(void *context, const char *name, unsigned int ifindex)
{
	machine_add_interface(machine_of(context), name, ifindex);
}

static void delete_interface(void *context, const char *name)
{
	machine_delete_interface(machine_of(context), name);
}

static void move_interface(void *context, const char *name)
{
	machine_move_interface(machine_of(context), name);
}

static uint32_t put_foreign(void *context, const char *interface, enum hook hook, bool at_head)
{
	struct machine *machine = machine_of(context);
	struct machine_program *program = machine_load(machine, "foreign", NULL);
	struct machine_link *link;

	assert_int_equal(machine_attach(machine, machine_interface(machine, interface)->ifindex,
					hook, program, 0, at_head, &link),
			 0);
	return program->id;
}

static uint32_t force_foreign(void *context, const char *interface)
{
	struct machine *machine = machine_of(context);
	struct machine_program *program = machine_load(machine, "foreign", NULL);

	assert_int_equal(machine_exchange(machine, machine_interface(machine, interface)->ifindex,
					  program, NULL, true, false),
			 0);
	return program->id;
}

static void take_off(void *context, const char *interface)
{
	struct machine *machine = machine_of(context);

	assert_int_equal(machine_exchange(machine, machine_interface(machine, interface)->ifindex,
					  NULL, NULL, true, false),
			 0);
}

static struct machine_link *own_link(struct machine *machine, const char *interface, enum hook hook)
{
	const struct machine_pins *pins =
		machine_pins(machine, machine_interface(machine, interface)->ifindex, hook);

	assert_non_null(pins);
	assert_non_null(pins->links[0]);
	return pins->links[0];
}

static void detach_ours(void *context, const char *interface, enum hook hook)
{
	machine_detach(own_link(machine_of(context), interface, hook));
}

static void overwrite_ours(void *context, const char *interface, enum hook hook)
{
	struct machine *machine = machine_of(context);
	struct machine_link *link = own_link(machine, interface, hook);

	assert_int_equal(machine_swap(link, machine_load(machine, "intruder", NULL), link->program),
			 0);
}

static void count(void *context, const char *interface, enum hook hook, uint64_t packets)
{
	struct machine *machine = machine_of(context);
	const struct manifest *manifest =
		machine_interface(machine, interface)->hooks[hook].items[0].program->manifest;

	machine_count(machine, interface, hook, manifest->items[0].name, XDP_DROP, packets);
}

static void remove_pins(void *context, const char *interface, enum hook hook)
{
	struct machine *machine = machine_of(context);

	machine_remove_pins(machine, machine_interface(machine, interface)->ifindex, hook);
}

int main(void)
{
	struct memory memory = { NULL };
	const struct conformance_fixture fixture = {
		.context = &memory,
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
		.good = { { DIGEST("0"), { "run_xdp", "run_tc", "run_tc" } },
			  { DIGEST("1"), { "run_xdp", "run_tc", "run_tc" } } },
		.bad = { BAD, { "run_xdp", "run_tc", "run_tc" } },
	};
	int failed = conformance_run("memory", &fixture);

	if (memory.machine)
		machine_free(memory.machine);
	return failed;
}
