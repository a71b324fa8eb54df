/* SPDX-License-Identifier: GPL-2.0-only */
#include "mixture.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "agent/link/functions.h"
#include "agent/system/files.h"
#include "policy/base/text.h"
#include "tests/support/alone.h"
#include "tests/support/test.h"

enum { MAX_OBJECT = 1 << 20, HASH_KEYS = 128, MAX_CPUS = 1024 };

static const char *const sources[] = { "verdicts", "packets", "state", "functions", "unwritten" };

static void load_element(struct arena *arena, enum hook hook, const char *path,
			 struct mixture_program *program)
{
	const struct map_sources maps = { .pinned = "/nonexistent" };
	struct diags diags = DIAGS(arena);
	struct error error = { "" };
	const char *bytes;
	size_t length;

	assert_int_equal(file_read(arena, path, MAX_OBJECT, &bytes, &length), 0);
	program->manifest = (struct manifest_element){
		.name = program->name,
		.digest = "",
		.function = program->name,
		.proceed = verdicts_continuing(hook),
	};
	if (loaded_open(&program->manifest, hook, bytes, length, &maps, &diags, &program->loaded,
			&error) ||
	    !program->loaded)
		fail_msg("%s: %s", program->name,
			 diags.count ? diags.items[0].summary : error.text);
	program->element.insns = loaded_insns(program->loaded, &program->element.count);
	program->element.modules = loaded_modules(program->loaded);
	program->element.figures = loaded_figures(program->loaded);
	program->element.lines = loaded_lines(program->loaded);
}

static bool is_known(const struct mixture_program *program, int map)
{
	for (size_t i = 0; i < program->map_count; i++)
		if (program->maps[i].chained == map)
			return true;
	return false;
}

static void add_map(struct arena *arena, struct mixture_program *program, int chained, int alone)
{
	struct {
		struct mixture_map *items;
		size_t count;
	} maps = { program->maps, program->map_count };
	struct mixture_map *map;
	struct bpf_map_info info;
	__u32 size = sizeof(info);
	__u32 key = 0;

	memset(&info, 0, sizeof(info));
	assert_int_equal(bpf_map_get_info_by_fd(chained, &info, &size), 0);
	if (info.map_flags & BPF_F_RDONLY_PROG)
		return;
	map = list_push(arena, &maps);
	*map = (struct mixture_map){
		chained,	 alone,
		info.type,	 info.max_entries,
		info.value_size, arena_alloc(arena, info.value_size + MAX_CPUS * 8)
	};
	if (info.type == BPF_MAP_TYPE_ARRAY)
		assert_int_equal(bpf_map_lookup_elem(chained, &key, map->initial), 0);
	program->maps = maps.items;
	program->map_count = maps.count;
}

/* Both were made from the same bytes: what one has at an instruction, the other has there, too. */
static void find_maps(struct arena *arena, struct mixture_program *program)
{
	const struct bpf_program *alone =
		bpf_object__find_program_by_name(program->object, program->name);
	const struct bpf_insn *insns = bpf_program__insns(alone);

	assert_int_equal(bpf_program__insn_cnt(alone), program->element.count);
	for (size_t i = 0; i < program->element.count; i++) {
		const struct bpf_insn *insn = &program->element.insns[i];

		if (!is_wide(insn))
			continue;
		if ((insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE) &&
		    !is_known(program, insn->imm))
			add_map(arena, program, insn->imm, insns[i].imm);
		i++;
	}
}

static void load_source(struct arena *arena, const char *source, struct mixture *mixture)
{
	const char *path = arena_printf(arena, "%s/mixture/%s_%s.bpf.o", getenv("ORDAIN_BPF"),
					source, mixture->hook == HOOK_XDP ? "xdp" : "tc");
	char *names = arena_strdup(arena, alone_functions(arena, path, mixture->hook));
	const char *name;

	while ((name = strsep(&names, " "))) {
		struct mixture_program program = { .name = name };

		program.object = alone_load(path, mixture->hook);
		if (!program.object) {
			print_message("SKIP: this kernel does not take %s: %s\n", path,
				      strerror(errno));
			return;
		}
		program.alone = alone_program(program.object, name);
		load_element(arena, mixture->hook, path, &program);
		find_maps(arena, &program);
		*list_push(arena, mixture) = program;
	}
}

struct mixture mixture_load(struct arena *arena, enum hook hook)
{
	struct mixture mixture = { .hook = hook };

	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++)
		load_source(arena, sources[i], &mixture);
	for (size_t i = 0; i < mixture.count; i++)
		mixture.items[i].element.element = &mixture.items[i].manifest;
	return mixture;
}

void mixture_close(struct mixture *mixture)
{
	for (size_t i = 0; i < mixture->count; i++) {
		loaded_close(mixture->items[i].loaded);
		bpf_object__close(mixture->items[i].object);
	}
	*mixture = (struct mixture){ 0 };
}

const struct mixture_program *mixture_find(const struct mixture *mixture, const char *name)
{
	for (size_t i = 0; i < mixture->count; i++)
		if (!strcmp(mixture->items[i].name, name))
			return &mixture->items[i];
	return NULL;
}

static void reset_map(const struct mixture_map *map, int fd)
{
	static const char zeroes[MAX_CPUS * 8];

	if (map->type == BPF_MAP_TYPE_HASH) {
		for (__u32 key = 0; key < HASH_KEYS; key++)
			bpf_map_delete_elem(fd, &key);
		return;
	}
	for (__u32 key = 0; key < map->entries; key++) {
		if (map->type == BPF_MAP_TYPE_ARRAY)
			bpf_map_update_elem(fd, &key, key ? zeroes : map->initial, BPF_ANY);
		else if (map->type == BPF_MAP_TYPE_PERCPU_ARRAY)
			bpf_map_update_elem(fd, &key, zeroes, BPF_ANY);
	}
}

void mixture_reset(const struct mixture_program *program, bool alone)
{
	for (size_t i = 0; i < program->map_count; i++)
		reset_map(&program->maps[i],
			  alone ? program->maps[i].alone : program->maps[i].chained);
}

static void add_map_state(struct text *text, const struct mixture_map *map, int fd)
{
	unsigned char value[MAX_CPUS * 8];
	__u32 keys = map->type == BPF_MAP_TYPE_HASH ? HASH_KEYS : map->entries;
	size_t size = map->value_size;

	if (map->type != BPF_MAP_TYPE_HASH && map->type != BPF_MAP_TYPE_ARRAY &&
	    map->type != BPF_MAP_TYPE_PERCPU_ARRAY)
		return;
	if (map->type == BPF_MAP_TYPE_PERCPU_ARRAY)
		size = (size_t)libbpf_num_possible_cpus() * 8;
	for (__u32 key = 0; key < keys; key++) {
		if (bpf_map_lookup_elem(fd, &key, value))
			continue;
		text_printf(text, " %u:", key);
		for (size_t i = 0; i < size; i++)
			if (value[i])
				text_printf(text, "%zu=%02x,", i, value[i]);
	}
}

void mixture_add_state(struct text *text, const struct mixture_program *program, bool alone)
{
	for (size_t i = 0; i < program->map_count; i++)
		add_map_state(text, &program->maps[i],
			      alone ? program->maps[i].alone : program->maps[i].chained);
}

void mixture_run(int program, enum hook hook, struct shipment *shipment)
{
	struct shipment out = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = shipment->bytes,
		    .data_size_in = shipment->length, .data_out = out.bytes,
		    .data_size_out = sizeof(out.bytes), .repeat = 1);

	shipment->xdp.data_end = shipment->length;
	if (hook == HOOK_XDP) {
		options.ctx_in = &shipment->xdp;
		options.ctx_size_in = sizeof(shipment->xdp);
		options.ctx_out = &out.xdp;
		options.ctx_size_out = sizeof(out.xdp);
	} else {
		options.ctx_in = &shipment->skb;
		options.ctx_size_in = sizeof(shipment->skb);
		options.ctx_out = &out.skb;
		options.ctx_size_out = sizeof(out.skb);
	}
	assert_int_equal(bpf_prog_test_run_opts(program, &options), 0);
	out.length = options.data_size_out;
	out.verdict = options.retval;
	/* Of the rest the kernel wants zeroes. */
	shipment->skb.mark = out.skb.mark;
	shipment->skb.priority = out.skb.priority;
	memcpy(shipment->skb.cb, out.skb.cb, sizeof(out.skb.cb));
	out.skb = shipment->skb;
	*shipment = out;
}

const char *mixture_difference(enum hook hook, const struct shipment *a, const struct shipment *b)
{
	if (a->verdict != b->verdict)
		return "the verdict";
	if (a->length != b->length)
		return "the length";
	if (memcmp(a->bytes, b->bytes, a->length) != 0)
		return "the packet";
	if (hook == HOOK_XDP)
		return a->xdp.data - a->xdp.data_meta == b->xdp.data - b->xdp.data_meta
			       ? NULL
			       : "the metadata";
	if (a->skb.mark != b->skb.mark)
		return "the mark";
	if (a->skb.priority != b->skb.priority)
		return "the priority";
	return memcmp(a->skb.cb, b->skb.cb, sizeof(a->skb.cb)) ? "the control block" : NULL;
}
