/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/analysis/value.h"

#include <linux/bpf.h>

struct value value_constant(struct constants *constants, int64_t constant)
{
	return (struct value){ .kinds = KIND_SCALAR,
			       .constants = constants_one(constants, constant) & 0xfffffff };
}

static uint32_t join_constants(struct constants *constants, struct value a, struct value b)
{
	if (!(a.kinds & KINDS_WITH_CONSTANTS))
		return b.constants;
	if (!(b.kinds & KINDS_WITH_CONSTANTS))
		return a.constants;
	return constants_join(constants, a.constants, b.constants);
}

static int16_t join_offsets(struct value a, struct value b)
{
	if (!(a.kinds & KINDS_WITH_OFFSET))
		return b.offset;
	if (!(b.kinds & KINDS_WITH_OFFSET))
		return a.offset;
	return a.offset == b.offset ? a.offset : OFFSET_ANY;
}

static unsigned int join_frames(struct value a, struct value b)
{
	if (!(a.kinds & KIND_STACK))
		return b.frame;
	if (!(b.kinds & KIND_STACK))
		return a.frame;
	return a.frame == b.frame ? a.frame : FRAME_ANY;
}

struct value value_join(struct constants *constants, struct value a, struct value b)
{
	if (value_equal(a, b))
		return a;
	return (struct value){ .kinds = a.kinds | b.kinds,
			       .offset = join_offsets(a, b),
			       .constants = join_constants(constants, a, b) & 0xfffffff,
			       .frame = join_frames(a, b) & 15 };
}

static int16_t moved(int offset, int64_t by)
{
	if (offset == OFFSET_ANY || by <= INT16_MIN || by > INT16_MAX)
		return OFFSET_ANY;
	by += offset;
	return by <= INT16_MIN || by > INT16_MAX ? OFFSET_ANY : (int16_t)by;
}

int value_offset(struct value pointer, int more)
{
	return moved(pointer.offset, more);
}

/* What of two known numbers a compiler leaves to be computed; the rest may have any result. */
static bool fold(unsigned int operation, unsigned int bits, uint64_t a, uint64_t b, uint64_t *ret)
{
	switch (operation) {
	case BPF_ADD:
		*ret = a + b;
		return true;
	case BPF_SUB:
		*ret = a - b;
		return true;
	case BPF_MUL:
		*ret = a * b;
		return true;
	case BPF_OR:
		*ret = a | b;
		return true;
	case BPF_AND:
		*ret = a & b;
		return true;
	case BPF_XOR:
		*ret = a ^ b;
		return true;
	case BPF_LSH:
		*ret = a << (b % bits);
		return true;
	case BPF_RSH:
		*ret = (bits == 32 ? (uint32_t)a : a) >> (b % bits);
		return true;
	default:
		return false;
	}
}

static struct value compute_scalars(struct constants *constants, unsigned int operation, bool is_64,
				    struct value a, struct value b)
{
	uint64_t result;
	int64_t x;
	int64_t y;

	if (!constants_single(constants, a.constants, &x) ||
	    !constants_single(constants, b.constants, &y) ||
	    !fold(operation, is_64 ? 64 : 32, (uint64_t)x, (uint64_t)y, &result))
		return value_of(KIND_SCALAR);
	return value_constant(constants, (int64_t)(is_64 ? result : (uint32_t)result));
}

/* What is unknown may be a scalar too. */
static bool can_be_scalar(struct value value)
{
	return value.kinds & (KIND_SCALAR | KIND_UNKNOWN);
}

static unsigned int add_kinds(bool subtract, struct value a, struct value b)
{
	unsigned int a_pointer = a.kinds & ~KIND_SCALAR;
	unsigned int b_pointer = b.kinds & ~KIND_SCALAR;
	unsigned int kinds = (a.kinds | b.kinds) & KIND_ARENA;

	/* The kernel takes a pointer and a scalar, two scalars, and the distance of two pointers. */
	if (can_be_scalar(b))
		kinds |= a_pointer;
	if (can_be_scalar(a) && !subtract)
		kinds |= b_pointer;
	if (can_be_scalar(a) && can_be_scalar(b))
		kinds |= KIND_SCALAR;
	if (subtract && a_pointer && b_pointer)
		kinds |= KIND_SCALAR;
	return kinds ? kinds : KIND_UNKNOWN;
}

static struct value add(struct constants *constants, bool subtract, struct value a, struct value b)
{
	struct value result = value_of(add_kinds(subtract, a, b));
	bool a_points = a.kinds & KINDS_WITH_OFFSET;
	bool b_points = b.kinds & KINDS_WITH_OFFSET;
	bool known = !((a.kinds | b.kinds) & KIND_UNKNOWN);
	int64_t by;

	if (!(result.kinds & KINDS_WITH_OFFSET))
		return result;
	result.frame = join_frames(a, b) & 15;
	result.offset = OFFSET_ANY;
	if (known && a_points && !b_points && constants_single(constants, b.constants, &by))
		result.offset = moved(a.offset, subtract ? -(uint64_t)by : (uint64_t)by);
	else if (known && b_points && !a_points && constants_single(constants, a.constants, &by))
		result.offset = moved(b.offset, by);
	if (!(result.kinds & KIND_STACK))
		result.frame = 0;
	return result;
}

/* No program that the kernel took does that to a pointer. */
static struct value mangle(struct constants *constants, struct value a, struct value b)
{
	struct value result = value_join(constants, a, b);

	result.kinds |= KIND_SCALAR;
	result.constants = CONSTANTS_ANY;
	if (result.kinds & KINDS_WITH_OFFSET)
		result.offset = OFFSET_ANY;
	return result;
}

struct value value_compute(struct constants *constants, unsigned int operation, bool is_64,
			   struct value a, struct value b)
{
	if (value_only(a, KIND_SCALAR) && value_only(b, KIND_SCALAR))
		return compute_scalars(constants, operation, is_64, a, b);
	/* Half a pointer is none; an address in an arena is only half to begin with. */
	if (!is_64)
		return value_of(KIND_SCALAR | ((a.kinds | b.kinds) & KIND_ARENA));
	if (operation == BPF_ADD || operation == BPF_SUB)
		return add(constants, operation == BPF_SUB, a, b);
	return mangle(constants, a, b);
}

static int64_t extend(uint64_t value, unsigned int bits, bool is_signed, bool is_64)
{
	uint64_t sign = 1ull << (bits - 1);

	value &= (sign << 1) - 1;
	if (is_signed)
		value = (value ^ sign) - sign;
	return (int64_t)(is_64 ? value : (uint32_t)value);
}

struct value value_extend(struct constants *constants, struct value value, unsigned int bits,
			  bool is_signed, bool is_64)
{
	struct value result = value_of(KIND_SCALAR | (value.kinds & KIND_ARENA));
	int64_t extended[CONSTANTS_MOST];
	const int64_t *values;
	size_t count = constants_list(constants, value.constants, &values);

	if (!value_only(value, KIND_SCALAR) || !count)
		return result;
	for (size_t i = 0; i < count; i++)
		extended[i] = extend((uint64_t)values[i], bits, is_signed, is_64);
	result.constants = constants_of(constants, extended, count) & 0xfffffff;
	return result;
}
