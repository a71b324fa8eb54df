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
#include "policy/model/variables.h"

struct loaded {
	struct bpf_object *object;
	struct bpf_program *function;
	bool called;
	struct modules modules;
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

static int load(const struct manifest_element *element, enum hook hook,
		const struct map_sources *maps, struct diags *diags, struct loaded *loaded,
		struct error *ret_error)
{
	struct maps_kept kept = { TEXT(diags->arena), TEXT(diags->arena), TEXT(diags->arena),
				  TEXT(diags->arena) };
	struct maps_from from = {
		.sibling = maps->sibling ? maps->sibling->object : NULL,
		.pinned = maps->pinned,
		.replaced = maps->replaced,
		.shared = maps->shared,
	};
	struct text log = TEXT(diags->arena);
	int result;

	if (!set_variables(element, loaded->object, diags))
		return 0;
	loaded->asks = allocate(object_maps_count(loaded->object) + 1, sizeof(*loaded->asks));
	loaded->shared = maps->shared ? strdup(maps->shared) : NULL;
	result = object_maps_use(loaded->object, &from, loaded->asks, &kept);
	if (result)
		return error_errno(ret_error, result, "prepare the maps of '%s'", element->name);
	if (kept.foreign.length) {
		report_foreign(element, &from, &kept, diags);
		return 0;
	}
	loaded->function = choose(loaded->object, element->function, hook);
	if (!loaded->function) {
		report(element, DIAG_FUNCTION_MISSING, diags,
		       arena_printf(diags->arena, "the object has no function '%s'",
				    element->function));
		return 0;
	}
	libbpf_log_begin(&log);
	result = bpf_object__load(loaded->object);
	libbpf_log_end();
	if (verifier_not_asked(result))
		return error_errno(ret_error, result, "load '%s'", element->name);
	if (result)
		report_load(element, text_string(&log), result, diags);
	if (!result && !find_modules(element, loaded, diags))
		return 0;
	if (!result) {
		note_maps(element, &kept, diags);
		note_shared(element, maps->shared, &kept, diags);
	}
	return 0;
}

int loaded_open(const struct manifest_element *element, enum hook hook, const void *bytes,
		size_t length, const struct map_sources *maps, struct diags *diags,
		struct loaded **ret, struct error *ret_error)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = element->name);
	struct loaded *loaded = allocate(1, sizeof(*loaded));
	size_t reported = diags->count;
	struct text log = TEXT(diags->arena);
	int result = 0;

	*ret = NULL;
	loaded->called = !elf_is_gpl(diags->arena, bytes, length);
	libbpf_log_begin(&log);
	loaded->object = bpf_object__open_mem(bytes, length, &options);
	libbpf_log_end();
	if (loaded->object)
		result = load(element, hook, maps, diags, loaded, ret_error);
	else
		report(element, DIAG_OBJECT_INVALID, diags, "libbpf does not understand its object")
			->detail = log.length ? text_string(&log) : NULL;
	if (result || diags_errors_since(diags, reported))
		loaded_close(loaded);
	else
		*ret = loaded;
	return result;
}

void loaded_close(struct loaded *loaded)
{
	if (!loaded)
		return;
	bpf_object__close(loaded->object);
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
