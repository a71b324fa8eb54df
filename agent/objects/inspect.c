/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/objects/inspect.h"

#include <errno.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "agent/load/libbpf_log.h"
#include "agent/load/rodata.h"
#include "agent/objects/elf.h"

struct inspection {
	const struct program *program;
	enum hook hook;
	struct bpf_object *object;
	struct diags *diags;
};

static const struct word *wanted_function(const struct inspection *in)
{
	return &in->program->functions[in->hook];
}

static struct span function_span(const struct inspection *in)
{
	return wanted_function(in)->text ? wanted_function(in)->span : in->program->object.span;
}

static enum bpf_prog_type hook_type(enum hook hook)
{
	return hook == HOOK_XDP ? BPF_PROG_TYPE_XDP : BPF_PROG_TYPE_SCHED_CLS;
}

/* A section name that libbpf does not know leaves the type open: then the policy's hook says it. */
static bool fits_hook(const struct bpf_program *candidate, enum hook hook)
{
	enum bpf_prog_type type = bpf_program__type(candidate);
	enum bpf_attach_type attach = bpf_program__expected_attach_type(candidate);

	if (type == BPF_PROG_TYPE_UNSPEC)
		return true;
	return type == hook_type(hook) && attach != BPF_XDP_DEVMAP && attach != BPF_XDP_CPUMAP;
}

static const char *functions_words(struct inspection *in, bool fitting)
{
	struct text words = TEXT(in->diags->arena);
	struct bpf_program *candidate;

	bpf_object__for_each_program(candidate, in->object)
	{
		if (fitting && !fits_hook(candidate, in->hook))
			continue;
		text_printf(&words, "%s%s", words.length ? ", " : "", bpf_program__name(candidate));
	}
	return words.length ? text_string(&words) : "none";
}

static void report_type(struct inspection *in, const struct bpf_program *candidate)
{
	const char *type = libbpf_bpf_prog_type_str(bpf_program__type(candidate));
	struct diag *diag;

	diag = diag_error(in->diags, DIAG_PROGRAM_TYPE, function_span(in),
			  "program '%s': function '%s' (section '%s', type %s) cannot run on %s",
			  in->program->name, bpf_program__name(candidate),
			  bpf_program__section_name(candidate), type ? type : "unknown",
			  hook_name(in->hook));
	diag->program = in->program->name;
	diag_help(in->diags, diag, "functions of this object that fit %s: %s", hook_name(in->hook),
		  functions_words(in, true));
}

static const struct bpf_program *named_function(struct inspection *in)
{
	const char *name = wanted_function(in)->text;
	const struct bpf_program *found = bpf_object__find_program_by_name(in->object, name);
	struct diag *diag;

	if (found && fits_hook(found, in->hook))
		return found;
	if (found) {
		report_type(in, found);
		return NULL;
	}
	diag = diag_error(in->diags, DIAG_FUNCTION_MISSING, wanted_function(in)->span,
			  "program '%s': '%s' has no function '%s'", in->program->name,
			  in->program->object.text, name);
	diag->program = in->program->name;
	diag_help(in->diags, diag, "its functions: %s", functions_words(in, false));
	return NULL;
}

/* Of two with one name, each who reads the object could mean another. */
static bool is_unique(struct inspection *in, const struct bpf_program *function)
{
	const char *name = bpf_program__name(function);
	struct bpf_program *candidate;
	struct diag *diag;

	bpf_object__for_each_program(candidate, in->object)
	{
		if (candidate == function || strcmp(bpf_program__name(candidate), name) != 0)
			continue;
		diag = diag_error(in->diags, DIAG_OBJECT_INVALID, function_span(in),
				  "program '%s': two functions of '%s' are called '%s'",
				  in->program->name, in->program->object.text, name);
		diag->program = in->program->name;
		return false;
	}
	return true;
}

/* The only function, or the only one that fits the hook. */
static const struct bpf_program *only_function(struct inspection *in)
{
	const struct bpf_program *found = NULL;
	struct bpf_program *candidate;
	size_t fitting = 0;
	struct diag *diag;

	bpf_object__for_each_program(candidate, in->object)
	{
		if (!fits_hook(candidate, in->hook))
			continue;
		found = candidate;
		fitting++;
	}
	if (fitting == 1)
		return found;
	candidate = bpf_object__next_program(in->object, NULL);
	if (!fitting && candidate) {
		report_type(in, candidate);
		return NULL;
	}
	if (!candidate) {
		diag = diag_error(in->diags, DIAG_OBJECT_INVALID, in->program->object.span,
				  "program '%s': '%s' holds no BPF program", in->program->name,
				  in->program->object.text);
		diag->program = in->program->name;
		return NULL;
	}
	diag = diag_error(in->diags, DIAG_FUNCTION_AMBIGUOUS, in->program->object.span,
			  "program '%s': '%s' has %zu functions for %s", in->program->name,
			  in->program->object.text, fitting, hook_name(in->hook));
	diag->program = in->program->name;
	diag_help(in->diags, diag, "say which one with 'function': %s", functions_words(in, true));
	return NULL;
}

static void refuse(struct inspection *in, const char *what, const char *help)
{
	struct diag *diag = diag_error(in->diags, DIAG_NOT_LINKABLE, in->program->object.span,
				       "program '%s' cannot be linked into a chain yet: %s",
				       in->program->name, what);

	diag->program = in->program->name;
	diag->help = help;
}

static void check_maps(struct inspection *in)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, in->object)
	{
		enum bpf_map_type type = bpf_map__type(map);

		if (type == BPF_MAP_TYPE_ARENA)
			refuse(in,
			       arena_printf(in->diags->arena, "map '%s' is an arena",
					    bpf_map__name(map)),
			       "use an array map, with BPF_F_MMAPABLE where user space maps it");
	}
}

struct kernel_function {
	const char *prefix;
	const char *what;
	const char *help;
};

#define HELP_LOCAL_OBJECTS "keep such data as values of a hash map"

/* Kernel functions that act on the whole linked program, or need more than linking gives. */
static const struct kernel_function refused_functions[] = {
	{ "bpf_throw", "it calls bpf_throw(), which would unwind the whole chain",
	  "return a verdict instead, through all functions" },
	{ "bpf_obj_new_impl", "it allocates local objects (bpf_obj_new)", HELP_LOCAL_OBJECTS },
	{ "bpf_percpu_obj_new_impl", "it allocates local objects (bpf_percpu_obj_new)",
	  HELP_LOCAL_OBJECTS },
	{ "bpf_refcount_acquire_impl", "it uses local objects (bpf_refcount_acquire)",
	  HELP_LOCAL_OBJECTS },
	{ "bpf_xdp_metadata_", "it reads hardware metadata, so it is bound to one device",
	  "take what it needs from the packet, or attach it without ordain" },
};

static void check_kernel_function(struct inspection *in, const char *name)
{
	for (size_t i = 0; i < sizeof(refused_functions) / sizeof(refused_functions[0]); i++)
		if (!strncmp(name, refused_functions[i].prefix,
			     strlen(refused_functions[i].prefix)))
			refuse(in, refused_functions[i].what, refused_functions[i].help);
}

/*
 * Kernel functions are known to the object's BTF like its own. Neither their section .ksyms nor
 * their linkage tells them apart here: libbpf has put dummies in their place when it opened it.
 */
static void check_kernel_functions(struct inspection *in)
{
	const struct btf *btf = bpf_object__btf(in->object);

	for (__u32 id = 1; btf && id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);

		if (btf_is_func(type))
			check_kernel_function(in, btf__name_by_offset(btf, type->name_off));
	}
}

/* libbpf keeps the flag to itself; these sections are where it comes from. */
bool inspect_frags(const struct bpf_program *function)
{
	return !strncmp(bpf_program__section_name(function), "xdp.frags", strlen("xdp.frags"));
}

static void report_unreadable(const struct program *program, struct diags *diags,
			      const char *complaint, const char *detail)
{
	struct diag *diag = diag_error(diags, DIAG_OBJECT_INVALID, program->object.span,
				       "program '%s': cannot use '%s': %s", program->name,
				       program->object.text, complaint);

	diag->program = program->name;
	diag->detail = detail;
	diag_help(diags, diag, "an object is what `clang -O2 -g -target bpf -c` makes");
}

bool inspect_object(const struct program *program, enum hook hook, const void *bytes, size_t length,
		    struct diags *diags, const char **ret_function, bool *ret_frags)
{
	struct inspection in = { .program = program, .hook = hook, .diags = diags };
	const char *complaint = elf_complaint(diags->arena, bytes, length);
	const struct bpf_program *function;
	struct text log = TEXT(diags->arena);
	size_t errors = diags->count;

	if (complaint) {
		report_unreadable(program, diags, complaint, NULL);
		return false;
	}
	libbpf_log_begin(&log);
	in.object = bpf_object__open_mem(bytes, length, NULL);
	libbpf_log_end();
	if (!in.object) {
		report_unreadable(program, diags, "libbpf does not understand it",
				  log.length ? text_string(&log) : NULL);
		return false;
	}
	function = wanted_function(&in)->text ? named_function(&in) : only_function(&in);
	if (function && is_unique(&in, function)) {
		check_maps(&in);
		check_kernel_functions(&in);
		rodata_set(in.object, program->name, &program->variables, diags);
		*ret_function = arena_strdup(diags->arena, bpf_program__name(function));
		*ret_frags = inspect_frags(function);
	}
	bpf_object__close(in.object);
	return diags->count == errors;
}
