/* SPDX-License-Identifier: GPL-2.0-only */
#include "loaded.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "libbpf_log.h"
#include "link.h"
#include "policy/variables.h"
#include "rodata.h"
#include "verifier.h"

struct loaded {
	struct bpf_object *object;
	struct bpf_program *function;
};

/*
 * Two maps of an object must not share a pin. Those that are not named by an identifier of C are
 * named by a section (".data.x", "name.rodata"), and bpffs allows no dots: a dot becomes a hyphen,
 * and whatever else a section may be called %XX.
 */
static void map_path(const struct bpf_map *map, const char *directory, char ret_path[PATH_MAX])
{
	int used = snprintf(ret_path, PATH_MAX, "%s/", directory);

	for (const char *name = bpf_map__name(map); *name && used < PATH_MAX - 4; name++) {
		unsigned char c = (unsigned char)*name;

		if (isalnum(c) || c == '_')
			ret_path[used++] = *name;
		else if (c == '.')
			ret_path[used++] = '-';
		else
			used += snprintf(ret_path + used, PATH_MAX - (size_t)used, "%%%02x", c);
	}
	ret_path[used] = '\0';
}

/*
 * Constants are those of the variables that it was loaded with, and no state: each load makes them
 * anew. Their names end like the sections that they are.
 */
static bool is_kept(const struct bpf_map *map)
{
	return !bpf_map__is_internal(map) || !strstr(bpf_map__name(map), ".rodata");
}

static int use_pinned_maps(struct bpf_object *object, const char *directory)
{
	struct bpf_map *map;
	char path[PATH_MAX];
	int fd, result;

	bpf_object__for_each_map(map, object)
	{
		/* An object must not open or write other applications' maps by name. */
		result = bpf_map__set_pin_path(map, NULL);
		if (result)
			return result;
		if (!is_kept(map))
			continue;
		map_path(map, directory, path);
		fd = bpf_obj_get(path);
		if (fd < 0)
			continue;
		result = bpf_map__reuse_fd(map, fd);
		close(fd);
		if (result)
			return result;
	}
	return 0;
}

/* Only the one function, as the hook wants it. NULL if the object does not hold it. */
static struct bpf_program *choose(struct bpf_object *object, const char *name, enum hook hook)
{
	struct bpf_program *chosen = NULL;
	struct bpf_program *candidate;

	bpf_object__for_each_program(candidate, object)
	{
		bool wanted = !strcmp(bpf_program__name(candidate), name);

		bpf_program__set_autoload(candidate, wanted);
		if (!wanted)
			continue;
		bpf_program__set_type(candidate, link_program_type(hook));
		bpf_program__set_expected_attach_type(candidate, link_attach_type(hook));
		chosen = candidate;
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
	return diags->count == reported;
}

static int load(const struct manifest_element *element, enum hook hook, const char *directory,
		struct diags *diags, struct loaded *loaded, struct error *ret_error)
{
	struct text log = TEXT(diags->arena);
	int result;

	if (!set_variables(element, loaded->object, diags))
		return 0;
	result = use_pinned_maps(loaded->object, directory);
	if (result)
		return error_errno(ret_error, result, "prepare the maps of '%s'", element->name);
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
	return 0;
}

int loaded_open(const struct manifest_element *element, enum hook hook, const void *bytes,
		size_t length, const char *maps_directory, struct diags *diags, struct loaded **ret,
		struct error *ret_error)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = element->name);
	struct loaded *loaded = calloc(1, sizeof(*loaded));
	size_t reported = diags->count;
	struct text log = TEXT(diags->arena);
	int result = 0;

	if (!loaded)
		abort();
	*ret = NULL;
	libbpf_log_begin(&log);
	loaded->object = bpf_object__open_mem(bytes, length, &options);
	libbpf_log_end();
	if (loaded->object)
		result = load(element, hook, maps_directory, diags, loaded, ret_error);
	else
		report(element, DIAG_OBJECT_INVALID, diags, "libbpf does not understand its object")
			->detail = log.length ? text_string(&log) : NULL;
	if (result || diags->count != reported)
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
	free(loaded);
}

const struct bpf_insn *loaded_insns(const struct loaded *loaded, size_t *ret_count)
{
	*ret_count = bpf_program__insn_cnt(loaded->function);
	return bpf_program__insns(loaded->function);
}

bool loaded_has_maps(const struct loaded *loaded)
{
	return bpf_object__next_map(loaded->object, NULL) != NULL;
}

int loaded_pin_maps(const struct loaded *loaded, const char *maps_directory,
		    struct error *ret_error)
{
	struct bpf_map *map;
	char path[PATH_MAX];

	bpf_object__for_each_map(map, loaded->object)
	{
		if (bpf_map__fd(map) < 0 || !is_kept(map))
			continue;
		map_path(map, maps_directory, path);
		if (bpf_obj_pin(bpf_map__fd(map), path) && errno != EEXIST)
			return error_errno(ret_error, -errno, "pin %s", path);
	}
	return 0;
}
