/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/load/loaded.h"

#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "agent/link/link.h"
#include "agent/load/libbpf_log.h"
#include "agent/load/object_maps.h"
#include "agent/load/rodata.h"
#include "agent/load/verifier.h"
#include "agent/objects/elf.h"
#include "agent/objects/inspect.h"
#include "agent/objects/object_code.h"
#include "policy/model/variables.h"

struct loaded {
	struct bpf_object *object;
	struct bpf_program *function;
	bool called;
	struct modules modules;
	struct arena *arena; /* for what follows */
	struct figures_of_verifier figures;
	bool has_figures;
	const struct object_line *lines;
	bool *asks; /* beside its maps: to be shared by name in: */
	char *shared;
};

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		abort();
	return memory;
}

/* What a jump table is filled with may be any function that can run on the hook. */
static bool has_jump_table(const struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) if (bpf_map__type(map) ==
						  BPF_MAP_TYPE_PROG_ARRAY) return true;
	return false;
}

/*
 * Only the one function, as the hook wants it, and what it may jump to. NULL if the object does not
 * hold it.
 */
static struct bpf_program *choose(struct bpf_object *object, const char *name, enum hook hook)
{
	bool jumps = has_jump_table(object);
	struct bpf_program *chosen = NULL;
	struct bpf_program *candidate;

	bpf_object__for_each_program(candidate, object)
	{
		bool wanted = !strcmp(bpf_program__name(candidate), name);
		bool target = jumps && bpf_program__type(candidate) == link_program_type(hook);

		bpf_program__set_autoload(candidate, wanted || target);
		if (!wanted && !target)
			continue;
		bpf_program__set_type(candidate, link_program_type(hook));
		bpf_program__set_expected_attach_type(candidate, link_attach_type(hook));
		chosen = wanted ? candidate : chosen;
	}
	return chosen;
}

static struct diag *report(const struct manifest_element *element, enum diag_code code,
			   struct diags *diags, const char *summary)
{
	struct diag *diag = diag_error(diags, code, (struct span){ 0 }, "program '%s': %s",
				       element->name, summary);

	diag->program = element->name;
	return diag;
}

static void report_load(const struct manifest_element *element, const char *log, int result,
			struct diags *diags)
{
	struct verdict_of_verifier verdict;
	struct text detail = TEXT(diags->arena);
	struct diag *diag;

	if (!strstr(log, "-- BEGIN PROG LOAD LOG --")) {
		diag = report(element, DIAG_OBJECT_INVALID, diags,
			      arena_printf(diags->arena, "function '%s' cannot be loaded: %s",
					   element->function, strerror(-result)));
		diag->detail = *log ? log : NULL;
		return;
	}
	verdict = verifier_read(diags->arena, log);
	diag = report(element, DIAG_VERIFIER, diags,
		      arena_printf(diags->arena, "the kernel's verifier rejects function '%s': %s",
				   element->function, verdict.reason));
	if (verdict.source)
		text_printf(&detail, "at: %s\n", verdict.source);
	text_add(&detail, verdict.lines);
	diag->detail = text_string(&detail);
	diag_help(diags, diag,
		  "the program does not load on this kernel by any tool; its developers can tell "
		  "more from `bpftool -d prog load`");
}

/* They fitted when the policy was decided; a manifest from the state may be of another time. */
static bool set_variables(const struct manifest_element *element, struct bpf_object *object,
			  struct diags *diags)
{
	size_t reported = diags->count;
	struct variables variables;

	if (!element->variables)
		return true;
	if (variables_parse(diags->arena, element->variables, &variables))
		rodata_set(object, element->name, &variables, diags);
	else
		report(element, DIAG_VARIABLE, diags, "its variables cannot be understood");
	return !diags_errors_since(diags, reported);
}

/* False after a message. What is called by itself stays as libbpf loaded it. */
static bool find_modules(const struct manifest_element *element, struct loaded *loaded,
			 struct diags *diags)
{
	size_t count;
	const struct bpf_insn *insns = loaded_insns(loaded, &count);

	if (loaded->called || modules_find(loaded->object, insns, count, &loaded->modules))
		return true;
	report(element, DIAG_NOT_LINKABLE, diags,
	       "it calls a function of a kernel module that cannot be found again");
	return false;
}

/* Whoever pinned it goes on with it; what does not fit must not be opened as if it did. */
static void report_foreign(const struct manifest_element *element, const struct maps_from *from,
			   struct maps_kept *maps, struct diags *diags)
{
	struct diag *diag =
		report(element, DIAG_MAPS, diags,
		       arena_printf(diags->arena, "it cannot share what is pinned in %s: %s",
				    from->shared, text_string(&maps->foreign)));

	diag_help(diags, diag,
		  "remove the pin if nobody needs it, or take 'pin_by_name' out: then its maps are "
		  "its own");
}

static void note_shared(const struct manifest_element *element, const char *directory,
			struct maps_kept *maps, struct diags *diags)
{
	struct diag *diag;

	if (!maps->shared.length)
		return;
	diag = diag_note(diags, DIAG_MAPS, (struct span){ 0 },
			 "program '%s': shares maps by name in %s: %s", element->name, directory,
			 text_string(&maps->shared));
	diag->program = element->name;
}

static void note_maps(const struct manifest_element *element, struct maps_kept *maps,
		      struct diags *diags)
{
	struct diag *diag;

	if (!maps->kept.length && !maps->fresh.length)
		return;
	diag = diag_note(diags, DIAG_MAPS, (struct span){ 0 },
			 "program '%s': its new object keeps the maps: %s", element->name,
			 maps->kept.length ? text_string(&maps->kept) : "none");
	diag->program = element->name;
	if (maps->fresh.length)
		diag_detail(diags, diag, "anew, and empty: %s", text_string(&maps->fresh));
}

/* What goes into a load. */
struct loading {
	const struct manifest_element *element;
	enum hook hook;
	const void *bytes;
	size_t length;
	struct maps_from from;
	struct maps_kept kept;
	struct diags *diags;
};

static bool open_object(struct loading *loading, struct loaded *loaded)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = loading->element->name);
	struct text log = TEXT(loading->diags->arena);

	libbpf_log_begin(&log);
	loaded->object = bpf_object__open_mem(loading->bytes, loading->length, &options);
	libbpf_log_end();
	if (!loaded->object)
		report(loading->element, DIAG_OBJECT_INVALID, loading->diags,
		       "libbpf does not understand its object")
			->detail = log.length ? text_string(&log) : NULL;
	return loaded->object;
}

/* Everything before the load. */
static int prepare(struct loading *loading, struct loaded *loaded, struct error *ret_error)
{
	const struct manifest_element *element = loading->element;
	struct diags *diags = loading->diags;
	int result;

	loading->kept = (struct maps_kept){ TEXT(diags->arena), TEXT(diags->arena),
					    TEXT(diags->arena), TEXT(diags->arena) };
	if (!open_object(loading, loaded) || !set_variables(element, loaded->object, diags))
		return 0;
	free(loaded->asks);
	loaded->asks = allocate(object_maps_count(loaded->object) + 1, sizeof(*loaded->asks));
	result = object_maps_use(loaded->object, &loading->from, loaded->asks, &loading->kept);
	if (result)
		return error_errno(ret_error, result, "prepare the maps of '%s'", element->name);
	if (loading->kept.foreign.length) {
		report_foreign(element, &loading->from, &loading->kept, diags);
		return 0;
	}
	loaded->function = choose(loaded->object, element->function, loading->hook);
	if (!loaded->function)
		report(element, DIAG_FUNCTION_MISSING, diags,
		       arena_printf(diags->arena, "the object has no function '%s'",
				    element->function));
	return 0;
}

/* BPF_LOG_STATS of include/linux/bpf_verifier.h, and more than the figures take. */
enum { LOG_FIGURES = 4, FIGURES_BYTES = 16384 };

static int load_for_figures(struct loaded *loaded)
{
	char *words = allocate(1, FIGURES_BYTES);
	struct text ignored = TEXT(loaded->arena);
	int result;

	bpf_program__set_log_level(loaded->function, LOG_FIGURES);
	bpf_program__set_log_buf(loaded->function, words, FIGURES_BYTES);
	libbpf_log_begin(&ignored);
	result = bpf_object__load(loaded->object);
	libbpf_log_end();
	if (!result)
		loaded->has_figures = verifier_figures(loaded->arena, words, &loaded->figures);
	bpf_program__set_log_buf(loaded->function, NULL, 0);
	free(words);
	return result;
}

/* What is asked for figures tells no reasons: an object that does not load is loaded once more. */
static int load(struct loading *loading, struct loaded *loaded, struct error *ret_error)
{
	size_t reported = loading->diags->count;
	struct text log = TEXT(loading->diags->arena);
	int result = prepare(loading, loaded, ret_error);

	if (result || diags_errors_since(loading->diags, reported))
		return result;
	result = load_for_figures(loaded);
	if (result && !verifier_not_asked(result)) {
		bpf_object__close(loaded->object);
		result = prepare(loading, loaded, ret_error);
		if (result || diags_errors_since(loading->diags, reported))
			return result;
		libbpf_log_begin(&log);
		result = bpf_object__load(loaded->object);
		libbpf_log_end();
	}
	if (verifier_not_asked(result))
		return error_errno(ret_error, result, "load '%s'", loading->element->name);
	if (result)
		report_load(loading->element, text_string(&log), result, loading->diags);
	return 0;
}

/* They come from the same bytes, but libbpf may have put something else together. */
static void find_lines(const struct loading *loading, struct loaded *loaded)
{
	struct object_code code;
	struct error ignored;
	size_t count;
	const struct bpf_insn *insns = loaded_insns(loaded, &count);

	if (!object_code_read(loaded->arena, loading->bytes, loading->length,
			      loading->element->function, &code, &ignored) &&
	    object_code_matches(&code, insns, count))
		loaded->lines = code.lines;
}

int loaded_open(const struct manifest_element *element, enum hook hook, const void *bytes,
		size_t length, const struct map_sources *maps, struct diags *diags,
		struct loaded **ret, struct error *ret_error)
{
	struct loaded *loaded = allocate(1, sizeof(*loaded));
	struct loading loading = { element, hook, bytes, length, .diags = diags };
	size_t reported = diags->count;
	int result;

	*ret = NULL;
	loading.from = (struct maps_from){
		.sibling = maps->sibling ? maps->sibling->object : NULL,
		.pinned = maps->pinned,
		.replaced = maps->replaced,
		.shared = maps->shared,
	};
	loaded->arena = arena_new();
	loaded->called = !elf_is_gpl(diags->arena, bytes, length);
	loaded->shared = maps->shared ? strdup(maps->shared) : NULL;
	result = load(&loading, loaded, ret_error);
	if (!result && !diags_errors_since(diags, reported) &&
	    find_modules(element, loaded, diags)) {
		note_maps(element, &loading.kept, diags);
		note_shared(element, maps->shared, &loading.kept, diags);
		find_lines(&loading, loaded);
		*ret = loaded;
	} else {
		loaded_close(loaded);
	}
	return result;
}

void loaded_close(struct loaded *loaded)
{
	if (!loaded)
		return;
	bpf_object__close(loaded->object);
	arena_free(loaded->arena);
	modules_free(&loaded->modules);
	free(loaded->asks);
	free(loaded->shared);
	free(loaded);
}

const struct bpf_insn *loaded_insns(const struct loaded *loaded, size_t *ret_count)
{
	*ret_count = bpf_program__insn_cnt(loaded->function);
	return bpf_program__insns(loaded->function);
}

const struct modules *loaded_modules(const struct loaded *loaded)
{
	return &loaded->modules;
}

const struct figures_of_verifier *loaded_figures(const struct loaded *loaded)
{
	return loaded->has_figures ? &loaded->figures : NULL;
}

const struct object_line *loaded_lines(const struct loaded *loaded)
{
	return loaded->lines;
}

int loaded_program(const struct loaded *loaded)
{
	return loaded->called ? bpf_program__fd(loaded->function) : -1;
}

bool loaded_frags(const struct loaded *loaded)
{
	return inspect_frags(loaded->function);
}

static bool jumps(const struct bpf_insn *insns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (insns[i].code == (BPF_JMP | BPF_CALL) && !insns[i].src_reg &&
		    insns[i].imm == BPF_FUNC_tail_call)
			return true;
	return false;
}

unsigned int loaded_jumps(const struct loaded *loaded)
{
	struct bpf_map *map;
	unsigned int room = 0;
	size_t count;
	const struct bpf_insn *insns = loaded_insns(loaded, &count);

	if (!jumps(insns, count))
		return loaded->called;
	bpf_object__for_each_map(map,
				 loaded->object) if (bpf_map__type(map) == BPF_MAP_TYPE_PROG_ARRAY)
		room += bpf_map__max_entries(map);
	room += loaded->called;
	return room < LINK_MAX_JUMPS ? room : LINK_MAX_JUMPS;
}

bool loaded_has_maps(const struct loaded *loaded)
{
	return object_maps_any(loaded->object);
}

int loaded_pin_maps(const struct loaded *loaded, const char *maps_directory,
		    struct error *ret_error)
{
	int result = object_maps_pin(loaded->object, maps_directory, ret_error);

	if (!result && loaded->shared)
		result = object_maps_share(loaded->object, loaded->asks, loaded->shared, ret_error);
	return result;
}
