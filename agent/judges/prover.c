/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/judges/prover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "agent/judges/opinion.h"
#include "agent/objects/object_code.h"

/* One function before its judges. */
struct trial {
	struct arena *arena;
	struct object_code code;
	struct judgement judgement;
	const char *differs; /* why the analysis does not count; NULL: it does */
	const char *unloadable; /* why it does not load; NULL: it does */
};

static const struct analysis *analyse_code(const struct trial *trial, const struct bpf_insn *insns)
{
	const struct analysis_input input = {
		.hook = trial->judgement.hook,
		.insns = insns,
		.targets = trial->code.targets,
		.count = trial->code.count,
	};

	return analyse(trial->arena, &input);
}

static struct readonly_reason *add_reason(struct trial *trial, const char *what)
{
	struct {
		struct readonly_reason *items;
		size_t count;
	} list = { trial->judgement.reasons, trial->judgement.count };
	struct readonly_reason *reason = list_push(trial->arena, &list);

	*reason = (struct readonly_reason){ .instruction = -1, .what = what };
	trial->judgement.reasons = list.items;
	trial->judgement.count = list.count;
	return reason;
}

/* The findings that refute, or those that do not, as they stand: by instruction. */
static void add_findings(struct trial *trial, bool refuting)
{
	const struct analysis *details = trial->judgement.details;

	for (size_t i = 0; i < details->count; i++) {
		const struct finding *finding = &details->findings[i];
		struct readonly_reason *reason;

		if ((finding->kind <= FINDING_REFUTES) != refuting)
			continue;
		trial->judgement.findings |= 1u << finding->kind;
		reason = add_reason(trial, finding->what);
		reason->instruction = (long)finding->insn;
		if (finding->insn >= trial->code.count)
			continue;
		reason->file = trial->code.lines[finding->insn].file;
		reason->line = trial->code.lines[finding->insn].line;
	}
}

static const char *kernel_reason(const struct trial *trial)
{
	const char *words = trial->judgement.kernel_words;

	if (trial->unloadable)
		return trial->unloadable;
	switch (trial->judgement.kernel) {
	case OPINION_NOT_ASKED:
		return "the kernel was not asked: that needs root";
	case OPINION_REFUTED:
		return arena_printf(trial->arena,
				    "the kernel refuses it as one that only reads packets: %s",
				    words ? words : "it does not say why");
	case OPINION_UNKNOWN:
		return arena_printf(trial->arena, "the kernel cannot tell: %s",
				    words ? words : "it does not say why");
	default:
		return NULL;
	}
}

static void conclude(struct trial *trial)
{
	struct judgement *judgement = &trial->judgement;

	judgement->readonly = readonly_from(judgement->analysis, judgement->kernel);
	add_findings(trial, true);
	add_findings(trial, false);
	if (judgement->readonly != READONLY_UNPROVEN)
		return;
	if (trial->differs)
		add_reason(trial, trial->differs);
	else if (judgement->kernel != OPINION_READONLY)
		add_reason(trial, kernel_reason(trial));
}

static int begin(struct arena *arena, const char *function, enum hook hook, const void *bytes,
		 size_t length, struct trial *ret, struct error *ret_error)
{
	struct trial trial = {
		.arena = arena,
		.judgement = { .function = function, .hook = hook },
	};
	int result = object_code_read(arena, bytes, length, function, &trial.code, ret_error);

	if (result)
		return result;
	trial.judgement.details = analyse_code(&trial, trial.code.insns);
	trial.judgement.analysis = analysis_opinion(trial.judgement.details);
	*ret = trial;
	return 0;
}

/*
 * Which map a relocation means is found twice, here and by libbpf. An object that was made so that
 * they differ is none whose analysis can be relied on.
 */
static bool maps_are_those(const struct object_code *code, const struct bpf_insn *insns)
{
	for (size_t i = 0; i < code->count; i++) {
		struct bpf_map_info info;
		__u32 size = sizeof(info);

		if (code->targets[i].kind != TARGET_MAP &&
		    code->targets[i].kind != TARGET_MAP_VALUE)
			continue;
		memset(&info, 0, sizeof(info));
		if (bpf_map_get_info_by_fd(insns[i].imm, &info, &size) ||
		    info.type != code->targets[i].map_type)
			return false;
	}
	return true;
}

static int ask_about(struct trial *trial, const struct loaded *loaded, struct error *ret_error)
{
	struct judgement *judgement = &trial->judgement;
	size_t count;
	const struct bpf_insn *insns = loaded_insns(loaded, &count);
	int result;

	if (!object_code_matches(&trial->code, insns, count) ||
	    !maps_are_those(&trial->code, insns)) {
		judgement->analysis = OPINION_UNKNOWN;
		trial->differs = "libbpf makes other instructions of it than it holds";
		return 0;
	}
	judgement->details = analyse_code(trial, insns);
	judgement->analysis = analysis_opinion(judgement->details);
	result = opinion_ask(trial->arena, loaded, judgement->hook, judgement->details,
			     &judgement->kernel, &judgement->kernel_words, ret_error);
	return result == -EPERM ? 0 : result;
}

int prove_loaded(struct arena *arena, const struct loaded *loaded, const char *function,
		 enum hook hook, const void *bytes, size_t length, struct judgement *ret,
		 struct error *ret_error)
{
	struct trial trial;
	int result = begin(arena, function, hook, bytes, length, &trial, ret_error);

	if (!result)
		result = ask_about(&trial, loaded, ret_error);
	if (result)
		return result;
	conclude(&trial);
	*ret = trial.judgement;
	return 0;
}

/* The first error, without the name of the program in front of it. */
static const char *load_words(struct arena *arena, const struct diags *diags, const char *name)
{
	const char *prefix = arena_printf(arena, "program '%s': ", name);

	for (size_t i = 0; i < diags->count; i++) {
		const char *summary = diags->items[i].summary;

		if (diags->items[i].severity != SEVERITY_ERROR)
			continue;
		return strncmp(summary, prefix, strlen(prefix)) ? summary
								: summary + strlen(prefix);
	}
	return "it does not load";
}

/* On this kernel: elsewhere its verifier may have another opinion. */
static void does_not_load(struct trial *trial, const char *words)
{
	trial->unloadable = words;
	trial->judgement.kernel = OPINION_UNKNOWN;
	trial->judgement.kernel_words = words;
}

int prove(struct arena *arena, const struct manifest_element *element, enum hook hook,
	  bool ask_kernel, const void *bytes, size_t length, struct judgement *ret,
	  struct error *ret_error)
{
	const struct map_sources own_maps = { 0 };
	struct diags diags = DIAGS(arena);
	struct loaded *loaded = NULL;
	struct trial trial;
	int result = begin(arena, element->function, hook, bytes, length, &trial, ret_error);

	if (result)
		return result;
	if (ask_kernel)
		result = loaded_open(element, hook, bytes, length, &own_maps, &diags, &loaded,
				     ret_error);
	if (!result && loaded)
		result = ask_about(&trial, loaded, ret_error);
	else if (!result && ask_kernel)
		does_not_load(&trial, load_words(arena, &diags, element->name));
	loaded_close(loaded);
	if (result && result != -EPERM)
		return result;
	conclude(&trial);
	*ret = trial.judgement;
	return 0;
}
