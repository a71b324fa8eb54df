/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order is that of libbpf: a function's instructions from the first to the last; what one of
 * them calls, or takes the address of, is appended behind all that is there already, unless it is,
 * and followed to its end before the next instruction is looked at.
 */
#include "agent/objects/object_code.h"

#include <errno.h>
#include <string.h>

#include "agent/objects/object_targets.h"

enum {
	INSN_SIZE = sizeof(struct bpf_insn),
	/* What the kernel takes at most (BPF_MAX_SUBPROGS, BPF_COMPLEXITY_LIMIT_INSNS). */
	FUNCTION_LIMIT = 256,
	INSN_LIMIT = 1000000,
};

/* A function, and where its instructions begin in the whole. */
struct placed {
	const struct object_symbol *symbol;
	size_t start;
	size_t count;
};

struct linker {
	struct arena *arena;
	struct object_file file;
	struct object_targets *targets;
	struct object_lines *lines;
	struct placed placed[FUNCTION_LIMIT];
	size_t placed_count;
	struct object_code code;
	size_t capacity;
	struct error *error;
};

static int refuse(struct linker *linker, const char *why)
{
	return error_set(linker->error, -EINVAL, "%s", why);
}

static bool is_wide(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

static bool is_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL);
}

static void *grown(struct linker *linker, const void *items, size_t size)
{
	unsigned char *new = arena_alloc(linker->arena, linker->capacity * size);

	if (linker->code.count)
		memcpy(new, items, linker->code.count * size);
	return new;
}

static void make_room(struct linker *linker, size_t count)
{
	struct object_code *code = &linker->code;

	if (code->count + count <= linker->capacity)
		return;
	linker->capacity = 2 * (code->count + count);
	code->insns = grown(linker, code->insns, sizeof(*code->insns));
	code->targets = grown(linker, code->targets, sizeof(*code->targets));
	code->lines = grown(linker, code->lines, sizeof(*code->lines));
	code->adjusted = grown(linker, code->adjusted, sizeof(*code->adjusted));
}

static int append(struct linker *linker, const struct object_symbol *symbol)
{
	const struct object_section *section = &linker->file.sections.items[symbol->section];
	struct object_code *code = &linker->code;
	size_t count = symbol->size / INSN_SIZE;
	size_t start = code->count;

	if (!count || symbol->size % INSN_SIZE || symbol->value % INSN_SIZE ||
	    symbol->value > section->size || symbol->size > section->size - symbol->value)
		return error_set(linker->error, -EINVAL, "function '%s' is not where it should be",
				 symbol->name);
	if (linker->placed_count == FUNCTION_LIMIT || count > INSN_LIMIT - start)
		return refuse(linker, "its code is more than the kernel takes (256 functions, a "
				      "million instructions)");
	make_room(linker, count);
	memcpy(code->insns + start, section->bytes + symbol->value, count * INSN_SIZE);
	object_lines_of(linker->lines, symbol->section, symbol->value, count, code->lines + start,
			code->adjusted + start);
	code->count += count;
	linker->placed[linker->placed_count++] = (struct placed){ symbol, start, count };
	return 0;
}

static const struct placed *find_placed(const struct linker *linker,
					const struct object_symbol *symbol)
{
	for (size_t i = 0; i < linker->placed_count; i++)
		if (linker->placed[i].symbol == symbol)
			return &linker->placed[i];
	return NULL;
}

static int follow(struct linker *linker, size_t from);

/* Points the instruction at the subprogram that starts at that offset in .text. */
static int refer(struct linker *linker, size_t insn, uint64_t offset)
{
	const struct object_symbol *symbol =
		linker->file.text ? object_file_function(&linker->file, linker->file.text, offset)
				  : NULL;
	const struct placed *placed = symbol ? find_placed(linker, symbol) : NULL;
	int result = 0;

	if (!symbol)
		return refuse(linker, "its code calls what is no function of '.text'");
	if (!placed) {
		placed = &linker->placed[linker->placed_count];
		result = append(linker, symbol);
		if (!result)
			result = follow(linker, linker->placed_count - 1);
	}
	if (!result)
		linker->code.insns[insn].imm = (__s32)(placed->start - insn - 1);
	return result;
}

/* What is no place in the program's own code. */
static int refer_outside(struct linker *linker, size_t at, const struct object_relocation *to)
{
	static const __u8 kinds[] = {
		[TARGET_MAP] = BPF_PSEUDO_MAP_FD,
		[TARGET_MAP_VALUE] = BPF_PSEUDO_MAP_VALUE,
		[TARGET_KFUNC] = BPF_PSEUDO_KFUNC_CALL,
		[TARGET_SYMBOL] = BPF_PSEUDO_BTF_ID,
	};
	const struct object_symbol *symbol = &linker->file.symbols.items[to->symbol];
	struct bpf_insn *insn = &linker->code.insns[at];
	struct insn_target *target = &linker->code.targets[at];
	int result;

	result = object_target(linker->targets, to->symbol, is_call(insn), target, linker->error);
	if (result)
		return result;
	if (target->kind == TARGET_MAP_VALUE && !symbol->external)
		insn[1].imm = (__s32)((__u32)insn->imm + (__u32)symbol->value);
	insn->src_reg = kinds[target->kind] & 0xf;
	insn->imm = 0;
	return 0;
}

static int follow_relocation(struct linker *linker, size_t at, const struct object_relocation *to)
{
	const struct object_symbol *symbol = &linker->file.symbols.items[to->symbol];
	struct bpf_insn *insn = &linker->code.insns[at];

	if (!is_wide(insn) && !is_call(insn))
		return refuse(linker, "a relocation is for an instruction that can have none");
	if (symbol->external)
		return refer_outside(linker, at, to);
	/* Of a static function only the section is named, and the rest is in the instruction. */
	if (is_call(insn) && insn->src_reg == BPF_PSEUDO_CALL &&
	    symbol->section == linker->file.text)
		return refer(linker, at,
			     symbol->value + ((uint64_t)(int64_t)insn->imm + 1) * INSN_SIZE);
	if (is_call(insn))
		return refuse(linker, "its code calls what is no function of '.text'");
	if (symbol->section != linker->file.text ||
	    (!symbol->function && !symbol->stands_for_section))
		return refer_outside(linker, at, to);
	insn->src_reg = BPF_PSEUDO_FUNC;
	return refer(linker, at, symbol->value + (uint64_t)(int64_t)insn->imm);
}

/* Within .text a static function can be called without a relocation. */
static int follow_bare(struct linker *linker, const struct placed *in, size_t at)
{
	const struct bpf_insn *insn = &linker->code.insns[at];
	uint64_t here = in->symbol->value + (at - in->start) * INSN_SIZE;

	if (is_call(insn) && insn->src_reg == BPF_PSEUDO_CALL &&
	    in->symbol->section == linker->file.text)
		return refer(linker, at, here + ((uint64_t)(int64_t)insn->imm + 1) * INSN_SIZE);
	if ((is_call(insn) || is_wide(insn)) && insn->src_reg)
		return refuse(linker, "its code refers to something without saying to what");
	return 0;
}

static int follow(struct linker *linker, size_t from)
{
	const struct placed *in = &linker->placed[from];
	int result = 0;

	for (size_t i = 0; !result && i < in->count; i++) {
		const size_t at = in->start + i;
		const bool wide = is_wide(&linker->code.insns[at]);
		const struct object_relocation *relocation = object_file_relocation(
			&linker->file, in->symbol->section, in->symbol->value + i * INSN_SIZE);

		if (wide && i + 1 == in->count)
			return refuse(linker, "its code ends within an instruction");
		result = relocation ? follow_relocation(linker, at, relocation)
				    : follow_bare(linker, in, at);
		i += wide;
	}
	return result;
}

/* A function in .text is called by others, unless it is alone there. */
static bool is_main(const struct object_file *file, const struct object_symbol *symbol)
{
	return symbol->section != file->text || file->functions.count == 1;
}

static const struct object_symbol *find_main(const struct object_file *file, const char *name)
{
	for (size_t i = 0; i < file->functions.count; i++) {
		const struct object_symbol *symbol = &file->symbols.items[file->functions.items[i]];

		if (is_main(file, symbol) && !strcmp(symbol->name, name))
			return symbol;
	}
	return NULL;
}

static int link_program(struct linker *linker, const char *function)
{
	const struct object_symbol *symbol = find_main(&linker->file, function);
	int result;

	if (!symbol)
		return error_set(linker->error, -ENOENT, "it has no function '%s'", function);
	linker->targets = object_targets_new(linker->arena, &linker->file);
	linker->lines = object_lines_new(linker->arena, &linker->file);
	result = append(linker, symbol);
	return result ? result : follow(linker, 0);
}

int object_code_read(struct arena *arena, const void *bytes, size_t length, const char *function,
		     struct object_code *ret, struct error *ret_error)
{
	struct linker *linker = arena_alloc(arena, sizeof(*linker));
	int result;

	linker->arena = arena;
	linker->error = ret_error;
	result = object_file_open(arena, bytes, length, &linker->file, ret_error);
	if (result)
		return result;
	result = link_program(linker, function);
	object_file_close(&linker->file);
	if (!result)
		*ret = linker->code;
	return result;
}
