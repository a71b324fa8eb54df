/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is read from an object without a kernel is what libbpf loads: every function of every object
 * of the build, and of xdp-tools where they are installed, instruction by instruction, and every map
 * that is referred to. What this kernel does not load is told as skipped.
 */
#include "agent/objects/object_code.h"

#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "agent/load/loaded.h"
#include "agent/system/files.h"
#include "tests/support/test.h"

enum { OBJECT_LIMIT = 64 << 20 };

static struct {
	size_t functions;
	size_t instructions;
	size_t maps;
	size_t skipped;
} seen;

static bool is_wide(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

/* The kernel cuts names at 15 characters; data are maps that libbpf names after the object. */
static void compare_map(const struct insn_target *target, int map)
{
	struct bpf_map_info info;
	__u32 size = sizeof(info);

	memset(&info, 0, sizeof(info));
	assert_int_equal(bpf_map_get_info_by_fd(map, &info, &size), 0);
	assert_int_equal(info.type, target->map_type);
	if (target->kind == TARGET_MAP)
		assert_memory_equal(info.name, target->name,
				    strnlen(target->name, sizeof(info.name) - 1));
	else
		assert_non_null(strstr(info.name, target->name));
	seen.maps++;
}

static void compare(const char *path, const char *function, const struct object_code *code,
		    const struct loaded *loaded)
{
	size_t count;
	const struct bpf_insn *insns = loaded_insns(loaded, &count);

	if (!object_code_matches(code, insns, count))
		fail_msg("%s %s: libbpf loads %zu instructions, which are not the %zu read", path,
			 function, count, code->count);
	for (size_t i = 0; i < count; i++) {
		if (code->targets[i].kind == TARGET_MAP ||
		    code->targets[i].kind == TARGET_MAP_VALUE)
			compare_map(&code->targets[i], insns[i].imm);
		else if (is_wide(&insns[i]))
			assert_int_not_equal(insns[i].src_reg, BPF_PSEUDO_MAP_FD);
		i += is_wide(&insns[i]);
	}
	seen.functions++;
	seen.instructions += count;
}

static struct bpf_insn changed_one(const struct bpf_insn *insn, int part)
{
	struct bpf_insn changed = *insn;

	switch (part) {
	case 0:
		changed.dst_reg ^= 1;
		break;
	case 1:
		changed.code ^= 0x10;
		break;
	case 2:
		changed.src_reg ^= 1;
		break;
	case 3:
		changed.off ^= 1;
		break;
	default:
		changed.imm ^= 1;
		break;
	}
	return changed;
}

/*
 * An instruction that is another one is noticed, wherever it is; one that loading changes, where it
 * may not be changed: what it does, and which register it is for.
 */
static void change_each(const char *path, const struct object_code *code,
			const struct loaded *loaded)
{
	size_t count;
	const struct bpf_insn *insns = loaded_insns(loaded, &count);
	struct bpf_insn *changed = malloc(count * sizeof(*changed));

	assert_non_null(changed);
	memcpy(changed, insns, count * sizeof(*changed));
	assert_false(object_code_matches(code, insns, count - 1));
	for (size_t i = 0; i < count && i < 500; i++) {
		bool fixed = code->targets[i].kind == TARGET_NONE && !code->adjusted[i];

		for (int part = 0; part < (fixed ? 5 : code->adjusted[i] ? 1 : 2); part++) {
			changed[i] = changed_one(&insns[i], part);
			if (object_code_matches(code, changed, count))
				fail_msg(
					"%s: a change of part %d of instruction %zu is not noticed",
					path, part, i);
		}
		changed[i] = insns[i];
		i += is_wide(&insns[i]);
	}
	free(changed);
}

static void try_function(struct arena *arena, const char *path, const void *bytes, size_t length,
			 const struct object_function *function)
{
	const struct manifest_element element = { .name = "t", .function = function->name };
	const struct map_sources maps = { 0 };
	struct diags diags = DIAGS(arena);
	struct object_code code;
	struct loaded *loaded;
	struct error error;

	if (function->hook < 0)
		return;
	if (loaded_open(&element, (enum hook)function->hook, bytes, length, &maps, &diags, &loaded,
			&error))
		fail_msg("%s: %s", path, error.text);
	if (!loaded) {
		printf("skipped: %s %s\n", path, function->name);
		seen.skipped++;
		return;
	}
	if (object_code_read(arena, bytes, length, function->name, &code, &error))
		fail_msg("%s %s: %s", path, function->name, error.text);
	compare(path, function->name, &code, loaded);
	change_each(path, &code, loaded);
	loaded_close(loaded);
}

static void try_object(const char *path)
{
	__attribute__((cleanup(arena_cleanup))) struct arena *arena = arena_new();
	struct object_functions functions;
	struct error error;
	const char *bytes;
	size_t length;

	assert_int_equal(file_read(arena, path, OBJECT_LIMIT, &bytes, &length), 0);
	if (object_code_functions(arena, bytes, length, &functions, &error))
		fail_msg("%s: %s", path, error.text);
	for (size_t i = 0; i < functions.count; i++)
		try_function(arena, path, bytes, length, &functions.items[i]);
}

static size_t try_all(const char *pattern)
{
	glob_t found;
	size_t count = 0;

	if (!glob(pattern, 0, NULL, &found))
		count = found.gl_pathc;
	for (size_t i = 0; i < count; i++)
		try_object(found.gl_pathv[i]);
	globfree(&found);
	return count;
}

static void what_is_read_is_what_libbpf_loads(void **state)
{
	static const char *const folders[] = { ".",	 "corpus", "features",
					       "broken", "judged", "opinion" };
	__attribute__((cleanup(arena_cleanup))) struct arena *arena = arena_new();
	const char *build = getenv("ORDAIN_BPF");
	size_t objects = 0;

	(void)state;
	assert_non_null(build);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		objects += try_all(arena_printf(arena, "%s/%s/*.bpf.o", build, folders[i]));
	assert_true(objects > 90);
	objects += try_all("/usr/lib/bpf/*.o");
	objects += try_all("/usr/lib/*/bpf/*.o");
	printf("%zu objects: %zu functions, %zu instructions, %zu references to maps; "
	       "%zu functions do not load here\n",
	       objects, seen.functions, seen.instructions, seen.maps, seen.skipped);
	assert_true(seen.functions > 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_what_libbpf_loads),
	};

	if (geteuid())
		test_skip("loading programs needs root");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
