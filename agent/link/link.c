/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/link/link.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/pkt_cls.h>

#include "agent/link/link_code.h"
#include "agent/link/link_limits.h"
#include "agent/load/verifier.h"

/* The kernel takes up to UINT_MAX >> 2. */
enum { LOG_BYTES = 1 << 20 };

/*
 * BPF_LOG_LEVEL1 and BPF_LOG_STATS of include/linux/bpf_verifier.h. A million steps written down
 * take a minute, and kernels before 6.4 would then have no room left for the last words.
 */
enum log_level { LOG_NOTHING = 0, LOG_STEPS = 1, LOG_WORDS = 4 };

enum bpf_attach_type link_attach_type(enum hook hook)
{
	/*
	 * Programs of one program array, and a link's old and new program, must agree on it. For
	 * tcx the kernel looks at the link's type alone, and old kernels know nothing but 0.
	 */
	return hook == HOOK_XDP ? BPF_XDP : 0;
}

enum bpf_prog_type link_program_type(enum hook hook)
{
	return hook == HOOK_XDP ? BPF_PROG_TYPE_XDP : BPF_PROG_TYPE_SCHED_CLS;
}

const struct bpf_insn *link_drop(enum hook hook, size_t *ret_count)
{
	static const struct bpf_insn drops[][2] = {
		[false] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = TC_ACT_SHOT },
			    { .code = BPF_JMP | BPF_EXIT } },
		[true] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_DROP },
			   { .code = BPF_JMP | BPF_EXIT } },
	};

	*ret_count = sizeof(drops[0]) / sizeof(drops[0][0]);
	return drops[hook == HOOK_XDP];
}

static unsigned int no_stack[] = { 0 };
const struct figures_of_verifier link_drop_figures = { no_stack, 1, 2 };

bool link_takes_frags(enum hook hook)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = link_attach_type(hook),
		    .prog_flags = BPF_F_XDP_HAS_FRAGS);
	const struct bpf_insn *insns;
	size_t count;
	int fd;

	if (hook != HOOK_XDP)
		return false;
	insns = link_drop(hook, &count);
	fd = bpf_prog_load(link_program_type(hook), "ordain_probe", "GPL", insns, count, &options);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

struct diag *link_error(struct diags *diags, enum diag_code code,
			const struct link_request *request, size_t element, const char *summary)
{
	struct diag *diag = diag_error(diags, code, (struct span){ 0 }, "%s", summary);

	if (element != DISPATCHER)
		diag->program = request->items[element].element->name;
	return diag;
}

static int load(const struct link_request *request, const struct link_code *code, int btf,
		const struct function_info *info, char *log, enum log_level level)
{
	static const char *const names[] = { "ordain_xdp", "ordain_ingress", "ordain_egress" };
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = request->attach_type,
		    .prog_flags = request->frags ? BPF_F_XDP_HAS_FRAGS : 0,
		    .prog_btf_fd = (__u32)btf, .func_info = info->functions,
		    .func_info_cnt = (__u32)code->functions.count,
		    .func_info_rec_size = sizeof(*info->functions), .line_info = info->lines,
		    .line_info_cnt = (__u32)info->line_count,
		    .line_info_rec_size = sizeof(*info->lines), .log_buf = log,
		    .log_size = log ? LOG_BYTES : 0, .log_level = level);

	int *modules;
	int result = modules_open(code->modules.items, code->modules.count, &modules);

	if (result)
		return result;
	options.fd_array = modules;
	result = bpf_prog_load(link_program_type(request->hook), names[request->hook], "GPL",
			       code->insns.items, code->insns.count, &options);
	modules_close(modules, code->modules.count);
	return result;
}

/* Would a chain of `count` of the elements be refused, too? */
static bool is_refused(struct arena *arena, const struct link_request *request, size_t first,
		       size_t count, int keys)
{
	struct link_request part = *request;
	struct link_code code;
	struct function_info info;
	struct error ignored;
	int btf, fd;

	part.items = &request->items[first];
	part.count = count;
	code = link_assemble(arena, &part, NULL, keys);
	btf = link_btf(arena, &part, &code, &info, &ignored);
	if (btf < 0)
		return false;
	fd = load(&part, &code, btf, &info, NULL, LOG_NOTHING);
	close(btf);
	if (fd >= 0)
		close(fd);
	return fd < 0;
}

/* The last element of the shortest chain that is refused, beginning with the first. */
static size_t find_tipping(const struct link_request *request, const struct link_code *code,
			   struct arena *arena)
{
	size_t accepted = 0;
	size_t refused = request->count;

	while (refused - accepted > 1) {
		size_t middle = accepted + (refused - accepted) / 2;

		if (is_refused(arena, request, 0, middle, code->keys))
			refused = middle;
		else
			accepted = middle;
	}
	return refused - 1;
}

/*
 * Whose instruction it was; where the verifier names none, as of the depth of calls and of stacks,
 * the first element that no chain can have. DISPATCHER if it takes several to be refused.
 */
static size_t find_culprit(const struct link_request *request, const struct link_code *code,
			   int instruction, struct arena *arena)
{
	size_t element = DISPATCHER;

	if (instruction >= 0)
		element = link_element_at(code, (size_t)instruction);
	for (size_t i = 0; element == DISPATCHER && i < request->count; i++)
		if (is_refused(arena, request, i, 1, code->keys))
			element = i;
	return element;
}

/* A load that the kernel refused. */
struct refusal {
	int result;
	struct verdict_of_verifier verdict;
	const char *reason; /* the verifier's last words, or what the error number means */
};

/* Each element loads alone, so this is about the chain: name the element that it is about. */
static void report_refusal(const struct link_request *request, const struct link_code *code,
			   const struct refusal *refusal, struct diags *diags)
{
	size_t element =
		refusal->result == -E2BIG
			? find_tipping(request, code, diags->arena)
			: find_culprit(request, code, refusal->verdict.instruction, diags->arena);
	const char *summary;
	struct diag *diag;

	if (link_report_limit(request, element, refusal->reason, diags))
		return;
	summary = element == DISPATCHER
			  ? arena_printf(diags->arena,
					 "the kernel takes each program alone but not "
					 "the chain of them: %s",
					 refusal->reason)
			  : arena_printf(diags->arena,
					 "program '%s' loads alone, but not in this chain: %s",
					 request->items[element].element->name, refusal->reason);
	diag = link_error(diags, DIAG_VERIFIER, request, element, summary);
	if (refusal->verdict.lines[0])
		diag->detail = refusal->verdict.lines;
}

/*
 * Whose instruction it was; of the dispatcher's own, the element that they stand behind: the paths
 * through it are what the verifier still has to follow there.
 */
static size_t find_inlined(const struct choice *choice, const struct link_code *code,
			   int instruction)
{
	size_t found = DISPATCHER;

	for (size_t i = 0; instruction >= 0 && i < code->pieces.count; i++)
		if (code->pieces.items[i].start <= (size_t)instruction)
			found = code->pieces.items[i].element;
	return found != DISPATCHER && choice->items[found].inlined ? found : DISPATCHER;
}

/* With fewer elements inlined it may be taken. */
static void choose_again(struct choice *choice, const struct link_code *code,
			 const struct refusal *refusal)
{
	size_t element = find_inlined(choice, code, refusal->verdict.instruction);

	if (refusal->result == -E2BIG)
		choice_refused_steps(choice);
	else if (link_is_about_stack(refusal->reason))
		choice_refused_stack(choice);
	else if (element != DISPATCHER)
		choice_refused(choice, element, refusal->reason);
	else
		choice_refused_all(choice, refusal->reason);
}

/*
 * The log costs time and memory, so it is asked for only after a refusal. 0 with *ret_program or,
 * with -1 there, *ret_refusal.
 */
static int load_or_explain(const struct link_request *request, const struct link_code *code,
			   struct arena *arena, int *ret_program, struct refusal *ret_refusal,
			   struct error *ret_error)
{
	struct function_info info = { 0 };
	int btf = link_btf(arena, request, code, &info, ret_error);
	char *log;
	int fd;

	if (btf < 0)
		return btf;
	fd = load(request, code, btf, &info, NULL, LOG_NOTHING);
	if (fd < 0 && !verifier_not_asked(fd)) {
		log = calloc(1, LOG_BYTES);
		if (!log)
			abort();
		fd = load(request, code, btf, &info, log, fd == -E2BIG ? LOG_WORDS : LOG_STEPS);
		ret_refusal->result = fd;
		ret_refusal->verdict = verifier_read(arena, log);
		ret_refusal->reason = ret_refusal->verdict.reason;
		if (fd < 0 && !ret_refusal->reason[0])
			ret_refusal->reason = strerrordesc_np(-fd);
		free(log);
	}
	close(btf);
	if (verifier_not_asked(fd))
		return error_errno(ret_error, fd, "load a chain for %s", hook_name(request->hook));
	*ret_program = fd < 0 ? -1 : fd;
	return 0;
}

/* The table that link_assemble() wants; frozen, so that nobody can make the counters lie. */
static int make_keys(struct arena *arena, const struct link_request *request,
		     struct error *ret_error)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_RDONLY_PROG);
	/* One more than none: a head needs a key, too. */
	__u32 count = (__u32)(request->count * VERDICT_SLOTS) + !request->count;
	__u32 *keys = arena_array(arena, __u32, count);
	__u32 key = 0;
	int fd, result;

	for (__u32 i = 0; i < count; i++)
		keys[i] = i;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "ordain_keys", sizeof(key), count * sizeof(*keys),
			    1, &options);
	if (fd < 0)
		return error_errno(ret_error, fd, "make the keys of a chain's counters");
	result = bpf_map_update_elem(fd, &key, keys, BPF_ANY);
	if (!result)
		result = bpf_map_freeze(fd);
	if (!result)
		return fd;
	close(fd);
	return error_errno(ret_error, result, "fill in the keys of a chain's counters");
}

/* As the elements are chosen, and then with fewer and fewer of them inlined. */
static int link_elements(struct arena *arena, const struct link_request *request, int keys,
			 struct diags *diags, int *ret_program, const struct linking **ret_linkings,
			 struct error *ret_error)
{
	struct choice choice = choice_make(diags->arena, request, stack_rules_of_kernel());
	size_t reported = diags->count;
	struct link_code code;
	struct refusal refusal = { 0 };
	int result;

	for (;;) {
		code = link_assemble(arena, request, &choice, keys);
		link_check_limits(request, &code, diags);
		if (diags_errors_since(diags, reported))
			return 0;
		result = load_or_explain(request, &code, diags->arena, ret_program, &refusal,
					 ret_error);
		if (result || *ret_program >= 0 || !choice_inlines(&choice))
			break;
		choose_again(&choice, &code, &refusal);
	}
	if (!result && *ret_program < 0)
		report_refusal(request, &code, &refusal, diags);
	if (ret_linkings)
		*ret_linkings = choice.items;
	return result;
}

int link_load(const struct link_request *request, struct diags *diags, int *ret_program,
	      const struct linking **ret_linkings, struct error *ret_error)
{
	struct arena *arena = arena_new();
	int keys = -1, result = 0;

	*ret_program = -1;
	if (request->counters >= 0) {
		keys = make_keys(arena, request, ret_error);
		result = keys < 0 ? keys : 0;
	}
	if (!result)
		result = link_elements(arena, request, keys, diags, ret_program, ret_linkings,
				       ret_error);
	if (keys >= 0)
		close(keys);
	arena_free(arena);
	return result;
}
