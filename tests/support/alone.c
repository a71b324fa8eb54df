/* SPDX-License-Identifier: GPL-2.0-only */
#include "alone.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "agent/link/link.h"
#include "policy/base/text.h"

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static struct bpf_object *open_quietly(const char *path)
{
	libbpf_set_print(quiet);
	return bpf_object__open_file(path, NULL);
}

static bool fits(const struct bpf_program *program, enum hook hook)
{
	return bpf_program__type(program) == link_program_type(hook);
}

const char *alone_functions(struct arena *arena, const char *path, enum hook hook)
{
	struct bpf_object *object = open_quietly(path);
	struct text functions = TEXT(arena);
	struct bpf_program *program;

	if (!object)
		return "";
	bpf_object__for_each_program(program, object) if (fits(program, hook)) text_printf(
		&functions, "%s%s", functions.length ? " " : "", bpf_program__name(program));
	bpf_object__close(object);
	return text_string(&functions);
}

static void unpin(struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) bpf_map__set_pin_path(map, NULL);
}

static struct bpf_object *loaded(struct bpf_object *object)
{
	int result = bpf_object__load(object);

	if (!result)
		return object;
	bpf_object__close(object);
	errno = -result;
	return NULL;
}

struct bpf_object *alone_load(const char *path, enum hook hook)
{
	struct bpf_object *object = open_quietly(path);
	struct bpf_program *program;

	if (!object)
		return NULL;
	unpin(object);
	bpf_object__for_each_program(program, object)
	{
		bpf_program__set_autoload(program, fits(program, hook));
		bpf_program__set_expected_attach_type(program, link_attach_type(hook));
	}
	return loaded(object);
}

static enum hook hook_of(const struct bpf_program *program)
{
	if (bpf_program__type(program) == BPF_PROG_TYPE_XDP)
		return HOOK_XDP;
	return bpf_program__expected_attach_type(program) == BPF_TCX_EGRESS ? HOOK_TCX_EGRESS
									    : HOOK_TCX_INGRESS;
}

struct bpf_object *alone_load_function(const char *path, const char *function, enum hook *ret_hook)
{
	struct bpf_object *object = open_quietly(path);
	struct bpf_program *program;

	*ret_hook = HOOK_XDP;
	if (!object)
		return NULL;
	unpin(object);
	bpf_object__for_each_program(program, object)
	{
		bool wanted = !strcmp(bpf_program__name(program), function);

		bpf_program__set_autoload(program, wanted);
		if (!wanted)
			continue;
		*ret_hook = hook_of(program);
		bpf_program__set_expected_attach_type(program, link_attach_type(*ret_hook));
	}
	return loaded(object);
}

int alone_program(const struct bpf_object *object, const char *function)
{
	return bpf_program__fd(bpf_object__find_program_by_name(object, function));
}

int alone_map(const struct bpf_object *object, const char *map)
{
	return bpf_object__find_map_fd_by_name(object, map);
}
