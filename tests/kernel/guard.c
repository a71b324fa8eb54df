/* SPDX-License-Identifier: GPL-2.0-only */
/* Nobody replaces an element inside a chain of ours behind its back (BPF_PROG_TYPE_EXT). */
#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "tests/support/test.h"
#include "tests/support/way.h"

enum { INT_BYTES = 4, INT_BITS = 32, LOG_BYTES = 1 << 16 };

/* The id of the function in a loaded program's BTF that an XDP element has, "int f(ctx)". */
static int find_function(int program, const char *name)
{
	struct bpf_prog_info info;
	__u32 length = sizeof(info);
	struct btf *btf;
	int id;

	memset(&info, 0, sizeof(info));
	assert_int_equal(bpf_prog_get_info_by_fd(program, &info, &length), 0);
	btf = btf__load_from_kernel_by_id(info.btf_id);
	assert_non_null(btf);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
	btf__free(btf);
	return id;
}

/* BTF with one function, "int replacement(struct xdp_md *ctx)", whose id is returned. */
static int make_btf(struct btf **ret)
{
	struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "int", INT_BYTES, BTF_INT_SIGNED);
	int context = btf__add_struct(btf, "xdp_md", INT_BYTES);
	int pointer, prototype;

	btf__add_field(btf, "data", number, 0, 0);
	pointer = btf__add_ptr(btf, context);
	prototype = btf__add_func_proto(btf, number);
	btf__add_func_param(btf, "ctx", pointer);
	*ret = btf;
	return btf__add_func(btf, "replacement", BTF_FUNC_GLOBAL, prototype);
}

/* A replacement for a function of `target` that drops everything. A descriptor, or -errno. */
static int load_replacement(int target, int function)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	static char log[LOG_BYTES];
	struct bpf_func_info functions = { 0 };
	LIBBPF_OPTS(bpf_prog_load_opts, options, .log_level = 1, .log_buf = log,
		    .log_size = sizeof(log));
	struct btf *btf;
	int fd;

	functions.type_id = (__u32)make_btf(&btf);
	assert_int_equal(btf__load_into_kernel(btf), 0);
	options.prog_btf_fd = (__u32)btf__fd(btf);
	options.func_info = &functions;
	options.func_info_cnt = 1;
	options.func_info_rec_size = sizeof(functions);
	options.attach_prog_fd = (__u32)target;
	options.attach_btf_id = (__u32)function;
	fd = bpf_prog_load(BPF_PROG_TYPE_EXT, "replacement", "GPL", insns, 2, &options);
	btf__free(btf);
	if (fd < 0 && fd != -EPERM)
		print_message("%s\n", log);
	return fd;
}

static void element_cannot_be_replaced(void **state)
{
	struct ordain *ordain = *state;
	int target, function, replacement, link;

	policy_chain(ordain, "p.yaml", "eth0", HOOK_XDP, "ab");
	ordain_do(ordain, "apply");
	target = bpf_prog_get_fd_by_id(hook_program("eth0", HOOK_XDP));
	assert_true(target >= 0);
	function = find_function(target, "a_1");
	assert_true(function > 0);
	replacement = load_replacement(target, function);
	if (replacement == -EPERM)
		test_skip("this kernel lets nobody load freplace programs (lockdown)");
	assert_true(replacement >= 0);
	link = bpf_raw_tracepoint_open(NULL, replacement);
	assert_int_equal(link, -EBUSY);
	close(replacement);
	close(target);
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, 10, "ab");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDAIN_TEST(element_cannot_be_replaced),
	};

	ordain_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
