/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/judges/opinion.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "agent/judges/opinion_code.h"
#include "agent/load/verifier.h"

/* BPF_LOG_STATS of include/linux/bpf_verifier.h: the last words, without the steps before them. */
enum { LOG_WORDS = 4, LOG_BYTES = 64 * 1024 };

struct question {
	const struct loaded *loaded;
	const struct analysis *analysis;
	struct opinion_source source;
	int metadata; /* map; -1: none */
};

static bool calls_helper(const struct bpf_insn *insn, long helper)
{
	return insn->code == (BPF_JMP | BPF_CALL) && !insn->src_reg && insn->imm == helper;
}

/*
 * A jump table belongs to programs of one type, and to the type of whoever is loaded first with it:
 * nobody is loaded with one here. What it jumps to would be for others to judge anyway.
 */
static bool jumps(const struct opinion_source *source)
{
	for (size_t i = 0; i < source->count; i++)
		if (calls_helper(&source->insns[i], BPF_FUNC_tail_call))
			return true;
	return false;
}

/*
 * The context as the kernel itself has it (bpf_cast_to_kern_ctx) is another structure there: what is
 * read from it, and what the verifier knows of that, has nothing to do with what is asked about.
 */
static bool reads_kernel_context(const struct question *question)
{
	for (size_t i = 0;
	     question->source.hook == HOOK_XDP && i < question->analysis->helper_count; i++)
		if (!strcmp(question->analysis->helpers[i], "bpf_cast_to_kern_ctx"))
			return true;
	return false;
}

/* What cannot be asked at all, in words; NULL: it can. */
static const char *cannot_be_asked(const struct question *question)
{
	if (jumps(&question->source))
		return "it jumps to other programs, which cannot be followed";
	if (reads_kernel_context(question))
		return "it reads the kernel's own context, which cannot be translated";
	return NULL;
}

static int make_metadata(struct error *ret_error)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_RDONLY_PROG);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "ordain_metadata", sizeof(__u32),
				OPINION_METADATA_BYTES, 1, &options);

	return fd < 0 ? error_errno(ret_error, fd, "make a map to ask the verifier with") : fd;
}

/* Under the licence that it has: what is asked must not be more than what runs. */
static int load(const struct question *question, const struct opinion_code *code, int btf,
		const struct bpf_func_info *info, char *log)
{
	const char *licence = loaded_program(question->loaded) < 0 ? "GPL" : "Proprietary";
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_btf_fd = (__u32)btf, .func_info = info,
		    .func_info_cnt = (__u32)code->functions.count,
		    .func_info_rec_size = sizeof(*info), .log_buf = log,
		    .log_size = log ? LOG_BYTES : 0, .log_level = log ? LOG_WORDS : 0);

	return bpf_prog_load(BPF_PROG_TYPE_LWT_IN, "ordain_opinion", licence, code->insns.items,
			     code->insns.count, &options);
}

static bool starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* Does the analysis say that this instruction does what readonly programs do not? */
static bool is_refuted(const struct question *question, const struct finding *finding)
{
	return finding->kind <= FINDING_REFUTES && finding->insn < question->source.count;
}

/* "invalid bpf_context access off=128 size=4": the same words for reading and for writing. */
static bool writes_context(const struct question *question, const char *words)
{
	const char *offset = strstr(words, " off=");
	const struct analysis *analysis = question->analysis;

	for (size_t i = 0; offset && i < analysis->count; i++)
		if (analysis->findings[i].kind == FINDING_WRITES_CONTEXT &&
		    is_refuted(question, &analysis->findings[i]) &&
		    question->source.insns[analysis->findings[i].insn].off ==
			    strtol(offset + strlen(" off="), NULL, 10))
			return true;
	return false;
}

/* The same refusal in the words of older and of newer kernels; behind them, "bpf_redirect#23". */
static const char *refused_helper(const char *words)
{
	static const char *const prefixes[] = { "program of this type cannot use helper ",
						"unknown func " };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (starts_with(words, prefixes[i]) && strchr(words, '#'))
			return words + strlen(prefixes[i]);
	return NULL;
}

static bool writes_with(const struct question *question, long helper)
{
	const struct analysis *analysis = question->analysis;

	for (size_t i = 0; i < analysis->count; i++)
		if (is_refuted(question, &analysis->findings[i]) &&
		    calls_helper(&question->source.insns[analysis->findings[i].insn], helper))
			return true;
	return false;
}

/* What is left as it is because nobody knows whether the context is read there; -1: nothing. */
static long unclear_read(const struct question *question)
{
	for (size_t i = 0; i < question->source.count; i++)
		if (question->source.context_reads[i] == CONTEXT_UNCLEAR)
			return (long)i;
	return -1;
}

/*
 * The verifier stops at the first thing that this type may not have. Only what surely is a write, or
 * what the analysis of the instructions calls one, refutes; all else may be innocent elsewhere.
 */
static enum opinion read_words(struct arena *arena, const struct question *question,
			       const char **words)
{
	const char *helper = refused_helper(*words);
	long unclear = unclear_read(question);

	if (helper) {
		long number = strtol(strchr(helper, '#') + 1, NULL, 10);

		*words = arena_printf(arena, "cannot use helper %.*s", (int)strcspn(helper, "#"),
				      helper);
		return writes_with(question, number) ? OPINION_REFUTED : OPINION_UNKNOWN;
	}
	if (question->metadata >= 0 && starts_with(*words, "write into map forbidden")) {
		*words = "cannot write into the metadata in front of the packet";
		return OPINION_REFUTED;
	}
	if (starts_with(*words, "cannot write into packet") ||
	    (starts_with(*words, "BPF_ATOMIC stores into") && strstr(*words, " pkt ")) ||
	    starts_with(*words, "the prog does not allow writes to packet data"))
		return OPINION_REFUTED;
	if (starts_with(*words, "invalid bpf_context access") && writes_context(question, *words))
		return OPINION_REFUTED;
	if (unclear >= 0)
		*words = arena_printf(arena,
				      "%s (instruction %ld may read its context, and is not "
				      "translated)",
				      *words, unclear);
	return OPINION_UNKNOWN;
}

/* The log costs time and memory, so it is asked for only after a refusal. */
static int load_or_explain(struct arena *arena, const struct question *question,
			   const struct opinion_code *code, int btf,
			   const struct bpf_func_info *info, enum opinion *ret,
			   const char **ret_words, struct error *ret_error)
{
	int fd = load(question, code, btf, info, NULL);
	const char *words = NULL;
	char *log;

	if (verifier_not_asked(fd))
		return error_errno(ret_error, fd, "ask the verifier");
	if (fd < 0) {
		log = calloc(1, LOG_BYTES);
		if (!log)
			abort();
		fd = load(question, code, btf, info, log);
		words = verifier_read(arena, log).reason;
		free(log);
	}
	if (fd < 0) {
		words = words[0] ? words : strerrordesc_np(-fd);
		*ret = read_words(arena, question, &words);
		*ret_words = words;
	} else {
		close(fd);
		*ret = OPINION_READONLY;
		*ret_words = NULL;
	}
	return 0;
}

static int ask(struct arena *arena, struct arena *scratch, const struct question *question,
	       enum opinion *ret, const char **ret_words, struct error *ret_error)
{
	struct function_info info;
	struct opinion_code code;
	int btf, result;

	if (!opinion_translate(scratch, &question->source, question->metadata, &code)) {
		*ret = OPINION_UNKNOWN;
		*ret_words = "its jumps are too long for a translation";
		return 0;
	}
	btf = function_btf(scratch, "__sk_buff", code.functions.items, code.functions.count, NULL,
			   &info, ret_error);
	if (btf < 0)
		return btf;
	result = load_or_explain(arena, question, &code, btf, info.functions, ret, ret_words,
				 ret_error);
	close(btf);
	return result;
}

int opinion_ask(struct arena *arena, const struct loaded *loaded, enum hook hook,
		const struct analysis *analysis, enum opinion *ret, const char **ret_words,
		struct error *ret_error)
{
	struct question question = { .loaded = loaded, .analysis = analysis, .metadata = -1 };
	struct arena *scratch;
	const char *words;
	int result;

	question.source.hook = hook;
	question.source.insns = loaded_insns(loaded, &question.source.count);
	question.source.context_reads = analysis->context_reads;
	words = cannot_be_asked(&question);
	if (words) {
		*ret = OPINION_UNKNOWN;
		*ret_words = words;
		return 0;
	}
	if (opinion_reads_metadata(&question.source)) {
		question.metadata = make_metadata(ret_error);
		if (question.metadata < 0)
			return question.metadata;
	}
	scratch = arena_new();
	result = ask(arena, scratch, &question, ret, ret_words, ret_error);
	arena_free(scratch);
	if (question.metadata >= 0)
		close(question.metadata);
	return result;
}
