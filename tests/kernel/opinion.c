/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel says of small programs, bpf/opinion: that of each function in them is in a table
 * here. A function that this kernel does not take for its hook is left out, and told.
 */
#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "agent/judges/opinion.h"
#include "agent/link/functions.h"
#include "agent/system/files.h"
#include "tests/support/alone.h"
#include "tests/support/netns.h"
#include "tests/support/test.h"

enum { OBJECT_LIMIT = 1 << 20 };

static const struct expected {
	const char *object;
	const char *functions; /* with blanks between them */
	enum opinion opinion;
	const char *words; /* NULL: none */
} table[] = {
	{ "writers", "xdp_direct xdp_subprogram xdp_callback tc_direct tc_lent", OPINION_REFUTED,
	  "cannot write into packet" },
	{ "writers", "xdp_metadata tc_metadata", OPINION_REFUTED,
	  "cannot write into the metadata in front of the packet" },
	{ "writers", "tc_lent_atomic", OPINION_REFUTED,
	  "BPF_ATOMIC stores into R1 pkt is not allowed" },
	{ "writers", "xdp_store_bytes", OPINION_REFUTED, "cannot use helper bpf_xdp_store_bytes" },
	{ "writers", "xdp_adjust_head", OPINION_REFUTED, "cannot use helper bpf_xdp_adjust_head" },
	{ "writers", "xdp_adjust_tail", OPINION_REFUTED, "cannot use helper bpf_xdp_adjust_tail" },
	{ "writers", "xdp_adjust_meta", OPINION_REFUTED, "cannot use helper bpf_xdp_adjust_meta" },
	{ "writers", "xdp_redirect tc_redirect", OPINION_REFUTED,
	  "cannot use helper bpf_redirect" },
	{ "writers", "tc_store_bytes", OPINION_REFUTED, "cannot use helper bpf_skb_store_bytes" },
	{ "writers", "tc_change_tail", OPINION_REFUTED, "cannot use helper bpf_skb_change_tail" },
	{ "writers", "tc_vlan_push", OPINION_REFUTED, "cannot use helper bpf_skb_vlan_push" },
	{ "writers", "tc_clone_redirect", OPINION_REFUTED, "cannot use helper bpf_clone_redirect" },
	{ "writers", "tc_classid", OPINION_REFUTED, "invalid bpf_context access off=72 size=4" },
	{ "writers", "tc_tstamp", OPINION_REFUTED, "invalid bpf_context access off=152 size=8" },
	{ "writers", "tc_queue_mapping", OPINION_REFUTED,
	  "invalid bpf_context access off=12 size=4" },
	/* What the type that is asked about may do, too: for the analysis to find. */
	{ "writers", "tc_mark", OPINION_READONLY, NULL },
	{ "functions", "tc_dynptr_written tc_dynptr_copied tc_dynptr_set tc_dynptr_buffer",
	  OPINION_READONLY, NULL },

	{ "innocents",
	  "xdp_counter xdp_parser xdp_packet_key xdp_lpm xdp_ringbuf xdp_perf xdp_loop "
	  "xdp_subprogram xdp_timer xdp_checksum xdp_global xdp_frags",
	  OPINION_READONLY, NULL },
	{ "innocents",
	  "tc_counter tc_parser tc_packet_key tc_lpm tc_ringbuf tc_perf tc_loop tc_subprogram "
	  "tc_timer tc_checksum",
	  OPINION_READONLY, NULL },
	{ "licence", "xdp_licence", OPINION_READONLY, NULL },

	{ "context",
	  "xdp_ingress_ifindex xdp_rx_queue_index xdp_length xdp_metadata xdp_metadata_length "
	  "xdp_metadata_among_functions",
	  OPINION_READONLY, NULL },
	{ "context",
	  "tc_len tc_pkt_type tc_mark tc_queue_mapping tc_protocol tc_vlan_present tc_vlan_tci "
	  "tc_vlan_proto tc_priority tc_ingress_ifindex tc_ifindex tc_tc_index tc_hash "
	  "tc_tc_classid tc_napi_id tc_tstamp tc_wire_len tc_gso_segs tc_gso_size tc_hwtstamp "
	  "tc_tstamp_type tc_cb tc_byte_of_mark tc_half_of_mark tc_sk tc_metadata",
	  OPINION_READONLY, NULL },

	{ "helpers",
	  "xdp_get_buff_len xdp_load_bytes xdp_fib_lookup xdp_check_mtu xdp_clocks xdp_printk",
	  OPINION_READONLY, NULL },
	{ "helpers",
	  "tc_load_bytes tc_load_bytes_relative tc_socket_cookie tc_socket_uid tc_netns_cookie "
	  "tc_cgroup_classid tc_skb_cgroup_classid tc_skb_cgroup_id tc_ancestor_cgroup_id "
	  "tc_route_realm tc_hash_recalc tc_tunnel_key tc_tunnel_opt tc_xfrm_state tc_fib_lookup "
	  "tc_check_mtu tc_clocks tc_printk tc_ld_abs tc_ld_ind",
	  OPINION_READONLY, NULL },
	{ "helpers", "xdp_sk_lookup tc_sk_lookup", OPINION_UNKNOWN,
	  "cannot use helper bpf_sk_lookup_tcp" },
	{ "helpers", "tc_sk_fullsock", OPINION_UNKNOWN, "cannot use helper bpf_sk_fullsock" },
	{ "helpers", "tc_ld_abs_in_subprogram", OPINION_UNKNOWN,
	  "BPF_LD_[ABS|IND] instructions not allowed for this program type" },
	{ "functions", "xdp_kernel_context", OPINION_UNKNOWN,
	  "it reads the kernel's own context, which cannot be translated" },
	{ "jump", "xdp_jump tc_jump", OPINION_UNKNOWN,
	  "it jumps to other programs, which cannot be followed" },

	{ "functions", "tc_slice xdp_iterator tc_iterator", OPINION_READONLY, NULL },
	{ "functions", "tc_slice_written", OPINION_REFUTED,
	  "the prog does not allow writes to packet data" },
	{ "functions", "xdp_slice", OPINION_UNKNOWN,
	  "calling kernel function bpf_dynptr_from_xdp is not allowed" },
};

/* BTF of the running kernel, whose functions programs call. */
static struct btf *kernel_types;

/* What an instruction refers to, as its object would have said it. */
static struct insn_target target_of(struct arena *arena, const struct bpf_insn *insn)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);

	if (insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_KFUNC_CALL) {
		const struct btf_type *function = btf__type_by_id(kernel_types, (__u32)insn->imm);

		return (struct insn_target){
			.kind = TARGET_KFUNC,
			.name = btf__name_by_offset(kernel_types, function->name_off),
		};
	}
	if (!is_wide(insn) ||
	    (insn->src_reg != BPF_PSEUDO_MAP_FD && insn->src_reg != BPF_PSEUDO_MAP_VALUE))
		return (struct insn_target){ .kind = TARGET_NONE };
	assert_int_equal(bpf_map_get_info_by_fd(insn->imm, &info, &size), 0);
	return (struct insn_target){
		.kind = insn->src_reg == BPF_PSEUDO_MAP_FD ? TARGET_MAP : TARGET_MAP_VALUE,
		.name = arena_strdup(arena, info.name),
		.map_type = info.type,
	};
}

/* One function of an object, loaded for its hook. */
struct subject {
	struct arena *arena;
	enum hook hook;
	struct loaded *loaded;
	struct analysis analysis; /* to be changed by a test */
};

/* NULL: this kernel does not take it. */
static struct loaded *load(struct arena *arena, const char *object, const char *function,
			   enum hook hook)
{
	const char *path = arena_printf(arena, "%s/opinion/%s.bpf.o", getenv("ORDAIN_BPF"), object);
	struct manifest_element element = { .name = "opinion", .function = function };
	struct diags diags = { .arena = arena };
	struct map_sources maps = { 0 };
	struct loaded *loaded;
	struct error error;
	const char *bytes;
	size_t length;

	assert_int_equal(file_read(arena, path, OBJECT_LIMIT, &bytes, &length), 0);
	if (loaded_open(&element, hook, bytes, length, &maps, &diags, &loaded, &error))
		fail_msg("%s %s: %s", object, function, error.text);
	if (!loaded)
		print_message("left out: %s %s: %s\n", object, function, diags.items[0].summary);
	return loaded;
}

static const struct analysis *look_at(const struct subject *subject)
{
	struct analysis_input input = { .hook = subject->hook };
	struct insn_target *targets;

	input.insns = loaded_insns(subject->loaded, &input.count);
	targets = arena_array(subject->arena, struct insn_target, input.count);
	for (size_t i = 0; i < input.count; i++) {
		targets[i] = target_of(subject->arena, &input.insns[i]);
		if (is_wide(&input.insns[i]))
			i++;
	}
	input.targets = targets;
	return analyse(subject->arena, &input);
}

static bool subject_open(struct subject *subject, const char *object, const char *function,
			 enum hook hook)
{
	*subject = (struct subject){ .arena = arena_new(), .hook = hook };
	subject->loaded = load(subject->arena, object, function, hook);
	if (subject->loaded) {
		subject->analysis = *look_at(subject);
		return true;
	}
	arena_free(subject->arena);
	return false;
}

static void subject_close(struct subject *subject)
{
	loaded_close(subject->loaded);
	arena_free(subject->arena);
}

static enum opinion ask(const struct subject *subject, const char **ret_words)
{
	enum opinion opinion;
	struct error error;

	*ret_words = NULL;
	if (opinion_ask(subject->arena, subject->loaded, subject->hook, &subject->analysis,
			&opinion, ret_words, &error))
		fail_msg("%s", error.text);
	return opinion;
}

static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += length)
		if ((at == words || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

static const struct expected *expected_of(const char *object, const char *function)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strcmp(table[i].object, object) && has_word(table[i].functions, function))
			return &table[i];
	fail_msg("%s %s is not in the table", object, function);
	return NULL;
}

static void expect(const char *object, const char *function, enum hook hook)
{
	const struct expected *expected = expected_of(object, function);
	struct subject subject;
	enum opinion opinion;
	const char *words;

	if (!subject_open(&subject, object, function, hook))
		return;
	opinion = ask(&subject, &words);
	if (opinion != expected->opinion || !words != !expected->words ||
	    (words && strcmp(words, expected->words)))
		fail_msg("%s %s: opinion %d, '%s'", object, function, opinion, words ? words : "");
	subject_close(&subject);
}

static void expect_all(struct arena *arena, const char *object, enum hook hook)
{
	const char *path = arena_printf(arena, "%s/opinion/%s.bpf.o", getenv("ORDAIN_BPF"), object);
	char *rest = arena_strdup(arena, alone_functions(arena, path, hook));
	char *function;

	while ((function = strsep(&rest, " ")))
		if (*function)
			expect(object, function, hook);
}

static void programs_are_what_the_table_says(void **state)
{
	const char *directory;
	struct names names;
	struct arena *arena = arena_new();

	(void)state;
	directory = arena_printf(arena, "%s/opinion", getenv("ORDAIN_BPF"));
	assert_int_equal(directory_names(arena, directory, &names), 0);
	for (size_t i = 0; i < names.count; i++) {
		char *object = arena_strdup(arena, names.items[i]);
		char *end = strstr(object, ".bpf.o");

		if (!end || strcmp(end, ".bpf.o"))
			continue;
		*end = '\0';
		expect_all(arena, object, HOOK_XDP);
		expect_all(arena, object, HOOK_TCX_INGRESS);
	}
	arena_free(arena);
}

/* The analysis may lose sight of the context. Then nothing may be accepted that writes. */
static void reads_that_are_unclear_accept_no_writer(void **state)
{
	static const char *const writers[] = {
		"xdp_direct",	"xdp_metadata",	   "xdp_subprogram",
		"xdp_callback", "xdp_store_bytes", "xdp_adjust_head"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(writers) / sizeof(*writers); i++) {
		struct subject subject;
		const char *words;
		size_t count;
		int *unclear;

		if (!subject_open(&subject, "writers", writers[i], HOOK_XDP))
			continue;
		loaded_insns(subject.loaded, &count);
		unclear = arena_array(subject.arena, int, count);
		for (size_t j = 0; j < count; j++)
			unclear[j] = CONTEXT_UNCLEAR;
		subject.analysis.context_reads = unclear;
		assert_int_not_equal(ask(&subject, &words), OPINION_READONLY);
		assert_non_null(words);
		subject_close(&subject);
	}
}

static void unclear_reads_are_named(void **state)
{
	struct subject subject;
	const char *words;
	size_t count;
	int *reads;

	(void)state;
	assert_true(subject_open(&subject, "innocents", "xdp_parser", HOOK_XDP));
	loaded_insns(subject.loaded, &count);
	reads = arena_memdup(subject.arena, subject.analysis.context_reads, count * sizeof(*reads));
	for (size_t i = 0; i < count; i++)
		if (reads[i] >= 0)
			reads[i] = CONTEXT_UNCLEAR;
	subject.analysis.context_reads = reads;
	assert_int_equal(ask(&subject, &words), OPINION_UNKNOWN);
	assert_non_null(strstr(words, "may read its context"));
	subject_close(&subject);
}

/* A helper that is refused is a reason to refute only where the analysis says that it writes. */
static void words_alone_refute_nothing(void **state)
{
	static const char *const writers[] = { "xdp_adjust_head", "tc_store_bytes", "tc_classid" };

	(void)state;
	for (size_t i = 0; i < sizeof(writers) / sizeof(*writers); i++) {
		struct subject subject;
		const char *words;

		assert_true(subject_open(&subject, "writers", writers[i],
					 writers[i][0] == 'x' ? HOOK_XDP : HOOK_TCX_INGRESS));
		subject.analysis.count = 0;
		assert_int_equal(ask(&subject, &words), OPINION_UNKNOWN);
		assert_non_null(words);
		subject_close(&subject);
	}
}

#define CAPABILITY(number) (1ULL << (number))

/* Takes these away until they are given back; returns what is to be given back. */
static uint64_t drop_capabilities(uint64_t dropped)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	uint64_t before;

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	before = data[0].effective | (uint64_t)data[1].effective << 32;
	data[0].effective = (uint32_t)(before & ~dropped);
	data[1].effective = (uint32_t)((before & ~dropped) >> 32);
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
	return before;
}

static void give_capabilities(uint64_t effective)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	data[0].effective = (uint32_t)effective;
	data[1].effective = (uint32_t)(effective >> 32);
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

/* Of everything, and of what the type of the program takes, but not its type information. */
static void who_may_not_ask_is_told(void **state)
{
	static const uint64_t dropped[] = { ~0ULL,
					    CAPABILITY(CAP_NET_ADMIN) | CAPABILITY(CAP_SYS_ADMIN) };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(dropped) / sizeof(*dropped); i++) {
		enum opinion opinion = OPINION_NOT_ASKED;
		struct error error = { "" };
		const char *words = NULL;
		struct subject subject;
		uint64_t before;
		int result;

		assert_true(subject_open(&subject, "context", i % 2 ? "xdp_length" : "xdp_metadata",
					 HOOK_XDP));
		before = drop_capabilities(dropped[i / 2]);
		result = opinion_ask(subject.arena, subject.loaded, subject.hook, &subject.analysis,
				     &opinion, &words, &error);
		give_capabilities(before);
		assert_int_equal(result, -EPERM);
		assert_int_equal(opinion, OPINION_NOT_ASKED);
		assert_null(words);
		assert_non_null(strstr(error.text, strerror(EPERM)));
		subject_close(&subject);
	}
}

/* It can ask, and the verifier then takes less: no mistake is made in the program's favour. */
static void who_may_not_compare_pointers_learns_less(void **state)
{
	struct subject subject;
	const char *words;
	uint64_t before;
	enum opinion opinion;

	(void)state;
	assert_true(subject_open(&subject, "context", "xdp_metadata", HOOK_XDP));
	before = drop_capabilities(CAPABILITY(CAP_PERFMON) | CAPABILITY(CAP_SYS_ADMIN));
	opinion = ask(&subject, &words);
	give_capabilities(before);
	assert_int_equal(opinion, OPINION_UNKNOWN);
	assert_non_null(words);
	subject_close(&subject);
}

static size_t open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static void nothing_stays_open(void **state)
{
	static const char *const functions[] = { "xdp_length", "xdp_metadata" };

	(void)state;
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		struct subject subject;
		const char *words;
		size_t before;

		assert_true(subject_open(&subject, "context", functions[i], HOOK_XDP));
		before = open_descriptors();
		assert_int_equal(ask(&subject, &words), OPINION_READONLY);
		assert_int_equal(open_descriptors(), before);
		subject_close(&subject);
	}
}

static int load_kernel_types(void **state)
{
	(void)state;
	kernel_types = btf__load_vmlinux_btf();
	return kernel_types ? 0 : -1;
}

static int free_kernel_types(void **state)
{
	(void)state;
	btf__free(kernel_types);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_are_what_the_table_says),
		cmocka_unit_test(reads_that_are_unclear_accept_no_writer),
		cmocka_unit_test(unclear_reads_are_named),
		cmocka_unit_test(words_alone_refute_nothing),
		cmocka_unit_test(who_may_not_ask_is_told),
		cmocka_unit_test(who_may_not_compare_pointers_learns_less),
		cmocka_unit_test(nothing_stays_open),
	};

	/* Root, as an agent in a container has it: in a network namespace. */
	netns_enter();
	return cmocka_run_group_tests(tests, load_kernel_types, free_kernel_types);
}
