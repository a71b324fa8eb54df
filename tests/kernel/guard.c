/* SPDX-License-Identifier: GPL-2.0-only */
/* Nobody can put a function of his own in the place of an element of a chain (freplace). */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "agent/kernel/chain_pins.h"
#include "agent/kernel/hook_calls.h"
#include "agent/system/files.h"
#include "tests/support/netns.h"
#include "tests/support/test.h"

static const struct netns *netns;

/* A chain that the agent's process has left behind, and a program that would replace its element. */
struct attack {
	struct pins pins;
	struct pinned_hook hook;
	struct linked chain;
	struct bpf_object *object;
	struct bpf_program *program;
	struct bpf_link *link;
};

/* Called, since what is inlined is no function that could be replaced. */
static void write_policy(enum hook hook)
{
	const char *function = hook == HOOK_XDP ? "stamp_xdp" : "stamp_tc";
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/etc/ordain", netns->scratch);
	assert_int_equal(directory_ensure(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/etc/ordain/guard.yaml", netns->scratch);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file,
		"ordain: 1\nprograms:\n  alpha:\n    hook: %s\n    interfaces: [%s]\n"
		"    object: %s/stamp_a.bpf.o\n    function: %s\n"
		"chains:\n  - {interfaces: [%s], hook: %s, linking: called}\n",
		hook_name(hook), NETNS_INTERFACE, getenv("ORDAIN_BPF"), function, NETNS_INTERFACE,
		hook_name(hook));
	assert_int_equal(fclose(file), 0);
}

static void apply(enum hook hook)
{
	char command[512];

	write_policy(hook);
	snprintf(command, sizeof(command), "%s --root %s --bpffs %s apply >/dev/null",
		 getenv("ORDAIN"), netns->scratch, netns->bpffs);
	/* NOLINTNEXTLINE(bugprone-command-processor): as an administrator types it. */
	assert_int_equal(system(command), 0);
}

static void open_chain(struct attack *attack)
{
	struct hook_state state;
	struct error error;

	assert_int_equal(pins_open(netns->bpffs, &attack->pins, &error), 0);
	assert_int_equal(hook_query(attack->hook.hook, attack->hook.ifindex, &state), 0);
	assert_int_equal(state.count, 1);
	assert_int_equal(
		pins_open_chain(&attack->pins, attack->hook, state.programs[0], &attack->chain), 0);
}

static void load_replacement(struct attack *attack)
{
	const char *function = attack->hook.hook == HOOK_XDP ? "replace_xdp" : "replace_tc";
	char path[4096];
	struct bpf_program *other;
	int result;

	snprintf(path, sizeof(path), "%s/broken/replace.bpf.o", getenv("ORDAIN_BPF"));
	attack->object = bpf_object__open_file(path, NULL);
	assert_non_null(attack->object);
	bpf_object__for_each_program(other, attack->object) bpf_program__set_autoload(other, false);
	attack->program = bpf_object__find_program_by_name(attack->object, function);
	assert_non_null(attack->program);
	bpf_program__set_autoload(attack->program, true);
	assert_int_equal(bpf_program__set_attach_target(
				 attack->program, attack->chain.fds[LINKED_PROGRAM], "alpha_1"),
			 0);
	result = bpf_object__load(attack->object);
	if (result == -EPERM)
		test_skip("this kernel is locked down: it takes no programs of type EXT");
	assert_int_equal(result, 0);
}

static struct attack *attack_open(enum hook hook)
{
	struct attack *attack = calloc(1, sizeof(*attack));
	struct hook_state state;

	assert_non_null(attack);
	attack->hook = (struct pinned_hook){ netns_ifindex(NETNS_INTERFACE), hook };
	assert_int_equal(hook_query(hook, attack->hook.ifindex, &state), 0);
	if (!state.supported) {
		free(attack);
		print_message("no %s on this kernel\n", hook_name(hook));
		return NULL;
	}
	apply(hook);
	open_chain(attack);
	load_replacement(attack);
	return attack;
}

static void attack_close(struct attack *attack)
{
	bpf_link__destroy(attack->link);
	bpf_object__close(attack->object);
	linked_close(&attack->chain);
	pins_close(&attack->pins);
	free(attack);
}

/* What the chain says of a packet. */
static int verdict(const struct attack *attack)
{
	unsigned char packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = 1);

	assert_int_equal(bpf_prog_test_run_opts(attack->chain.fds[LINKED_PROGRAM], &options), 0);
	return (int)options.retval;
}

static void guard_refuses_a_replacement(void **state)
{
	(void)state;
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
		struct attack *attack = attack_open(hook);

		if (!attack)
			continue;
		attack->link = bpf_program__attach_freplace(attack->program, 0, NULL);
		assert_null(attack->link);
		assert_int_equal(errno, EBUSY);
		assert_int_equal(verdict(attack), hook == HOOK_XDP ? XDP_PASS : TCX_NEXT);
		attack_close(attack);
	}
}

/* The guard is what refuses it, nothing else: without it, the same attack drops every packet. */
static void guard_is_all_that_refuses_it(void **state)
{
	__u32 key = 0;

	(void)state;
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
		struct attack *attack = attack_open(hook);

		if (!attack)
			continue;
		assert_int_equal(bpf_map_delete_elem(attack->chain.fds[LINKED_GUARD], &key), 0);
		attack->link = bpf_program__attach_freplace(attack->program, 0, NULL);
		assert_non_null(attack->link);
		assert_int_equal(verdict(attack), hook == HOOK_XDP ? XDP_DROP : TCX_DROP);
		attack_close(attack);
	}
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guard_refuses_a_replacement),
		cmocka_unit_test(guard_is_all_that_refuses_it),
	};

	libbpf_set_print(quiet);
	netns = netns_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
