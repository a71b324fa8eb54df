/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/random_program.h"

#include <string.h>

#include "tests/support/insns.h"

/* What a register or a slot of the stack is taken for: often, not always, what it is. */
enum held { NOTHING, NUMBER, CONTEXT, PACKET, STACK, VALUE, HELD_KINDS };

enum {
	SLOTS = 8, /* from fp-8 to fp-64; dynptrs are below */
	DYNPTR = -96,
	KEPT = R6, /* the context; other registers come and go */
	CALLS = 2, /* of functions of the program, at most */
	ROOM = 64, /* instructions that one action may need */
};

struct maker {
	const struct random_means *means;
	struct random_program *program;
	enum held registers[R10];
	enum held slots[SLOTS];
	unsigned int locked; /* registers that are in use, by bits */
	unsigned int depth; /* of branches and loops */
	size_t calls[CALLS]; /* instructions that call */
	enum held arguments[CALLS][2];
	size_t call_count;
	bool inner; /* in a function that is called */
	unsigned int writes; /* how often it may yet do what plainly changes something */
};

static unsigned int below(const struct maker *maker, unsigned int limit)
{
	return maker->means->below(limit);
}

static bool one_in(const struct maker *maker, unsigned int chances)
{
	return !below(maker, chances);
}

static size_t emit(struct maker *maker, struct bpf_insn insn)
{
	struct random_program *program = maker->program;

	program->insns[program->count] = insn;
	program->targets[program->count] = (struct insn_target){ 0 };
	return program->count++;
}

static bool full(const struct maker *maker)
{
	return maker->program->count + 3 * ROOM > RANDOM_INSNS_MOST;
}

static void emit_wide(struct maker *maker, int dst, int source, int value)
{
	const struct bpf_insn pair[] = { WIDE(dst, source, value) };

	emit(maker, pair[0]);
	emit(maker, pair[1]);
}

static void emit_kfunc(struct maker *maker, int id, const char *name)
{
	size_t at = emit(maker, CALLK());

	maker->program->insns[at].imm = id;
	maker->program->targets[at] = (struct insn_target){ TARGET_KFUNC, name, 0 };
}

static bool may_write(struct maker *maker)
{
	if (!maker->writes)
		return false;
	maker->writes--;
	return true;
}

/* A register that may be written. */
static int any_free(const struct maker *maker)
{
	for (;;) {
		int reg = (int)below(maker, R10);

		if (reg != KEPT && !(maker->locked & (1u << reg)))
			return reg;
	}
}

/* One that holds it; now and then another; -1: there is none. */
static int any_holding(const struct maker *maker, enum held held)
{
	int start = (int)below(maker, R10);

	for (int i = 0; i < R10; i++)
		if (maker->registers[(start + i) % R10] == held)
			return (start + i) % R10;
	return one_in(maker, 200) ? start : -1;
}

static int any_pointer(const struct maker *maker)
{
	return any_holding(maker, (enum held)(PACKET + below(maker, HELD_KINDS - PACKET)));
}

static void clobber(struct maker *maker)
{
	for (int reg = R0; reg <= R5; reg++)
		maker->registers[reg] = NOTHING;
}

/* Behind what may move the packet, pointers into it are none. */
static void forget_packet(struct maker *maker)
{
	for (int reg = R0; reg < R10; reg++)
		if (maker->registers[reg] == PACKET)
			maker->registers[reg] = NOTHING;
	for (int slot = 0; slot < SLOTS; slot++)
		if (maker->slots[slot] == PACKET)
			maker->slots[slot] = NOTHING;
}

static int slot_offset(unsigned int slot)
{
	return -8 * (int)(slot + 1);
}

static uint8_t any_size(const struct maker *maker)
{
	static const uint8_t sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };

	return sizes[below(maker, 4)];
}

/* Small enough for all memory that pointers are to. */
static int any_offset(const struct maker *maker)
{
	return 8 * (int)below(maker, 4);
}

static void make_number(struct maker *maker)
{
	int dst = any_free(maker);
	int packet = any_holding(maker, PACKET);

	if (packet >= 0 && one_in(maker, 2))
		emit(maker, LOAD(any_size(maker), dst, packet, any_offset(maker)));
	else if (!maker->inner && one_in(maker, 2))
		emit(maker, LOAD(BPF_W, dst, KEPT, maker->program->hook == HOOK_XDP ? 12 : 8));
	else if (one_in(maker, 2))
		emit(maker, SET(dst, (int)below(maker, 9)));
	else
		emit(maker, SET32(dst, (int)below(maker, 9) - 1));
	maker->registers[dst] = NUMBER;
}

/* With its bounds checked, and the function left if it is too short. */
static void make_packet(struct maker *maker)
{
	bool xdp = maker->program->hook == HOOK_XDP;
	int dst = any_free(maker);

	if (maker->inner || dst <= R2)
		return;
	emit(maker, LOAD(BPF_W, dst, KEPT, xdp ? 0 : 76));
	emit(maker, LOAD(BPF_W, R1, KEPT, xdp ? 4 : 80));
	emit(maker, MOV(R2, dst));
	emit(maker, OPK(BPF_ADD, R2, RANDOM_PACKET_LEAST));
	emit(maker, JUMPIFX(BPF_JLE, R2, R1, 2));
	emit(maker, SET(R0, 0));
	emit(maker, EXIT());
	maker->registers[dst] = PACKET;
	maker->registers[R1] = maker->registers[R2] = NOTHING;
}

static void make_pointer(struct maker *maker)
{
	int dst = any_free(maker);

	switch (below(maker, 5)) {
	case 0:
		make_packet(maker);
		return;
	case 1:
		emit(maker, MOV(dst, R10));
		emit(maker, OPK(BPF_ADD, dst, -64));
		maker->registers[dst] = STACK;
		return;
	case 2:
		emit_wide(maker, dst, BPF_PSEUDO_MAP_VALUE, maker->means->map);
		maker->registers[dst] = VALUE;
		return;
	default:
		break;
	}
	for (int tries = 0; tries < 3; tries++) {
		int src = any_pointer(maker);

		if (src < 0)
			continue;
		emit(maker, MOV(dst, src));
		maker->registers[dst] = maker->registers[src];
		return;
	}
}

static void change_pointer(struct maker *maker)
{
	int reg = any_pointer(maker);
	int number = any_holding(maker, NUMBER);

	if (reg < 0 || maker->locked & (1u << reg))
		return;
	if (number < 0 || number == reg || maker->locked & (1u << number) || one_in(maker, 2)) {
		emit(maker, OPK(BPF_ADD, reg, (int)below(maker, 8)));
		return;
	}
	emit(maker, OPK(BPF_AND, number, 7));
	if (one_in(maker, 2)) {
		emit(maker, OP(BPF_ADD, reg, number));
		return;
	}
	emit(maker, OP(BPF_ADD, number, reg));
	maker->registers[number] = maker->registers[reg];
	if (maker->registers[number] == PACKET && may_write(maker))
		emit(maker, STOREK(BPF_W, number, any_offset(maker), (int)below(maker, 1000)));
}

static void spill(struct maker *maker)
{
	unsigned int slot = below(maker, SLOTS);
	int src = one_in(maker, 3) ? any_holding(maker, NUMBER) : any_pointer(maker);
	int stack = any_holding(maker, STACK);

	if (src < 0)
		return;
	/* A pointer to the stack is most often to its lowest slot. */
	if (stack >= 0 && one_in(maker, 2))
		emit(maker, STORE(BPF_DW, stack, 64 + slot_offset(slot), src));
	else
		emit(maker, STORE(BPF_DW, R10, slot_offset(slot), src));
	maker->slots[slot] = maker->registers[src];
}

static void fill(struct maker *maker)
{
	unsigned int slot = below(maker, SLOTS);
	int dst = any_free(maker);

	if (maker->slots[slot] == NOTHING && !one_in(maker, 10))
		return;
	emit(maker, LOAD(BPF_DW, dst, R10, slot_offset(slot)));
	maker->registers[dst] = maker->slots[slot];
}

static void store(struct maker *maker)
{
	/* Not into the packet each time: there have to be readonly programs too. */
	int base = any_holding(maker, one_in(maker, 3) ? PACKET : one_in(maker, 2) ? STACK : VALUE);
	int number = any_holding(maker, NUMBER);
	int offset = any_offset(maker);

	if (base < 0 || (maker->registers[base] == PACKET && !may_write(maker)))
		return;
	if (number < 0 || one_in(maker, 3))
		emit(maker, STOREK(any_size(maker), base, offset, (int)below(maker, 1000)));
	else
		emit(maker, STORE(any_size(maker), base, offset, number));
}

static void store_atomically(struct maker *maker)
{
	static const int operations[] = { BPF_ADD, BPF_XOR, BPF_ADD | BPF_FETCH, BPF_XCHG };
	int base = any_holding(maker, one_in(maker, 2) ? STACK : VALUE);
	int number = any_holding(maker, NUMBER);

	if (base >= 0 && number >= 0 && number != base && !(maker->locked & (1u << number)))
		emit(maker, ATOMIC(one_in(maker, 2) ? BPF_W : BPF_DW, operations[below(maker, 4)],
				   base, any_offset(maker), number));
}

static void store_context(struct maker *maker)
{
	static const int fields[] = { 8, 32, 48, 52, 64 };
	int number = any_holding(maker, NUMBER);

	if (maker->inner || number < 0 || maker->program->hook == HOOK_XDP || !one_in(maker, 4) ||
	    !may_write(maker))
		return;
	emit(maker, STORE(BPF_W, KEPT, fields[below(maker, 5)], number));
}

static void store_metadata(struct maker *maker)
{
	if (maker->inner || maker->program->hook != HOOK_XDP || !one_in(maker, 4))
		return;
	emit(maker, LOAD(BPF_W, R1, KEPT, 8));
	emit(maker, LOAD(BPF_W, R2, KEPT, 0));
	emit(maker, MOV(R3, R1));
	emit(maker, OPK(BPF_ADD, R3, 4));
	emit(maker, JUMPIFX(BPF_JGT, R3, R2, 1));
	if (one_in(maker, 2) && may_write(maker))
		emit(maker, STOREK(BPF_W, R1, 0, (int)below(maker, 1000)));
	else
		emit(maker, LOAD(BPF_W, R4, R1, 0));
	clobber(maker);
}

/* Bytes between the packet and the stack. */
static void copy(struct maker *maker)
{
	bool xdp = maker->program->hook == HOOK_XDP;
	bool write;

	if (maker->inner || maker->locked & 0x3f)
		return;
	write = one_in(maker, 4) && may_write(maker);
	emit(maker, MOV(R1, KEPT));
	emit(maker, SET(R2, any_offset(maker)));
	emit(maker, MOV(R3, R10));
	emit(maker, OPK(BPF_ADD, R3, slot_offset(below(maker, SLOTS))));
	emit(maker, SET(R4, 1 + (int)below(maker, 8)));
	emit(maker, SET(R5, 0));
	if (xdp)
		emit(maker, CALL(write ? BPF_FUNC_xdp_store_bytes : BPF_FUNC_xdp_load_bytes));
	else
		emit(maker, CALL(write ? BPF_FUNC_skb_store_bytes : BPF_FUNC_skb_load_bytes));
	clobber(maker);
	maker->registers[R0] = NUMBER;
	if (write)
		forget_packet(maker);
}

static void resize(struct maker *maker)
{
	bool xdp = maker->program->hook == HOOK_XDP;

	if (maker->inner || maker->locked & 0x3f || !one_in(maker, 6) || !may_write(maker))
		return;
	emit(maker, MOV(R1, KEPT));
	emit(maker, SET(R2, xdp ? -(int)below(maker, 9) : 70 + (int)below(maker, 100)));
	emit(maker, SET(R3, 0));
	if (xdp)
		emit(maker,
		     CALL(one_in(maker, 2) ? BPF_FUNC_xdp_adjust_head : BPF_FUNC_xdp_adjust_tail));
	else
		emit(maker,
		     CALL(one_in(maker, 2) ? BPF_FUNC_skb_change_tail : BPF_FUNC_skb_pull_data));
	clobber(maker);
	forget_packet(maker);
}

static void point_to_dynptr(struct maker *maker, int reg)
{
	emit(maker, MOV(reg, R10));
	emit(maker, OPK(BPF_ADD, reg, DYNPTR));
}

static void use_dynptr(struct maker *maker, bool write)
{
	bool rdwr = one_in(maker, 2);

	point_to_dynptr(maker, write ? R1 : R3);
	if (!write) {
		emit(maker, MOV(R1, R10));
		emit(maker, OPK(BPF_ADD, R1, slot_offset(below(maker, SLOTS))));
		emit(maker, SET(R2, 4));
		emit(maker, SET(R4, any_offset(maker)));
		emit(maker, SET(R5, 0));
		emit(maker, CALL(BPF_FUNC_dynptr_read));
	} else if (one_in(maker, 2)) {
		emit(maker, SET(R2, any_offset(maker)));
		emit(maker, MOV(R3, R10));
		emit(maker, OPK(BPF_ADD, R3, slot_offset(below(maker, SLOTS))));
		emit(maker, SET(R4, 4));
		emit(maker, SET(R5, 0));
		emit(maker, CALL(BPF_FUNC_dynptr_write));
	} else {
		emit(maker, SET(R2, any_offset(maker)));
		emit(maker, SET(R3, 0));
		emit(maker, SET(R4, 8));
		emit_kfunc(maker, rdwr ? maker->means->slice_rdwr : maker->means->slice,
			   rdwr ? "bpf_dynptr_slice_rdwr" : "bpf_dynptr_slice");
		emit(maker, JUMPIF(BPF_JEQ, R0, 0, 1));
		emit(maker,
		     rdwr ? STOREK(BPF_W, R0, 0, (int)below(maker, 1000)) : LOAD(BPF_W, R0, R0, 0));
	}
	clobber(maker);
}

static void make_dynptr(struct maker *maker)
{
	enum hook hook = maker->program->hook;
	int id = maker->means->from_packet[hook];

	if (maker->inner || maker->locked & 0x3f || !id || !maker->means->slice ||
	    !maker->means->slice_rdwr)
		return;
	if (one_in(maker, 2)) {
		emit(maker, MOV(R1, KEPT));
		emit(maker, SET(R2, 0));
		point_to_dynptr(maker, R3);
		emit_kfunc(maker, id,
			   hook == HOOK_XDP ? "bpf_dynptr_from_xdp" : "bpf_dynptr_from_skb");
		use_dynptr(maker, one_in(maker, 4) && may_write(maker));
		forget_packet(maker);
		return;
	}
	emit_wide(maker, R1, BPF_PSEUDO_MAP_FD, maker->means->ring);
	emit(maker, SET(R2, RANDOM_VALUE_SIZE));
	emit(maker, SET(R3, 0));
	point_to_dynptr(maker, R4);
	emit(maker, CALL(BPF_FUNC_ringbuf_reserve_dynptr));
	use_dynptr(maker, true);
	point_to_dynptr(maker, R1);
	emit(maker, SET(R2, 0));
	emit(maker, CALL(BPF_FUNC_ringbuf_discard_dynptr));
	clobber(maker);
}

/* Through whatever a slot has now. */
static void store_through(struct maker *maker, unsigned int slot)
{
	int dst = any_free(maker);

	emit(maker, LOAD(BPF_DW, dst, R10, slot_offset(slot)));
	emit(maker, STOREK(any_size(maker), dst, any_offset(maker), (int)below(maker, 1000)));
	maker->registers[dst] = NOTHING;
}

/* In one of two slots, by what `number` is. */
static void spill_somewhere(struct maker *maker, int packet, int other, int number)
{
	unsigned int slot = below(maker, SLOTS);
	int dst = any_free(maker);

	if (dst == packet || dst == other || dst == number)
		return;
	emit(maker, STORE(BPF_DW, R10, slot_offset(slot), other));
	maker->slots[slot] = maker->registers[other];
	emit(maker, MOV(dst, R10));
	emit(maker, OPK(BPF_ADD, dst, slot_offset(slot)));
	emit(maker, JUMPIF(BPF_JGT, number, (int)below(maker, 9), 1));
	emit(maker, OPK(BPF_ADD, dst, slot ? 8 : -8));
	emit(maker, STORE(BPF_DW, dst, 0, packet));
	maker->registers[dst] = NOTHING;
	if (one_in(maker, 2))
		store_through(maker, slot);
}

/* A pointer to the packet where something else is believed to be, on some ways or all. */
static void mislead(struct maker *maker)
{
	int packet = any_holding(maker, PACKET);
	int other = any_holding(maker, one_in(maker, 2) ? STACK : VALUE);
	int number = any_holding(maker, NUMBER);
	unsigned int slot = below(maker, SLOTS);

	if (packet < 0 || other < 0 || maker->locked & (1u << other))
		return;
	switch (number < 0 ? 2 : below(maker, 4)) {
	case 0: /* in a register, on one way */
		emit(maker, JUMPIF(BPF_JGT, number, (int)below(maker, 9), 1));
		emit(maker, MOV(other, packet));
		return;
	case 1:
		spill_somewhere(maker, packet, other, number);
		return;
	case 2: /* in a slot, through a pointer that was handed over, say */
		emit(maker, STORE(BPF_DW, other, any_offset(maker), packet));
		return;
	default: /* fetched from where it was spilled */
		if (number == packet || maker->locked & (1u << number))
			return;
		emit(maker, STORE(BPF_DW, R10, slot_offset(slot), packet));
		emit(maker, ATOMIC(BPF_DW, one_in(maker, 2) ? BPF_XCHG : BPF_ADD | BPF_FETCH, R10,
				   slot_offset(slot), number));
		maker->registers[number] = PACKET;
		maker->slots[slot] = NUMBER;
		return;
	}
}

static void act(struct maker *maker);

/* What is behind it goes on with what was believed at the end of one of the ways. */
static void branch(struct maker *maker)
{
	static const uint8_t operations[] = { BPF_JEQ, BPF_JNE, BPF_JGT, BPF_JSLT, BPF_JSET };
	int number = any_holding(maker, NUMBER);
	struct maker before = *maker;
	size_t jump;

	if (number < 0 || maker->depth > 2)
		return;
	jump = emit(maker, JUMPIF(operations[below(maker, 5)], number, (int)below(maker, 9), 0));
	maker->depth++;
	for (unsigned int i = below(maker, 4) + 1; i && !full(maker); i--)
		act(maker);
	maker->depth--;
	maker->program->insns[jump].off = (short)(maker->program->count - jump - 1);
	if (one_in(maker, 2)) {
		memcpy(maker->registers, before.registers, sizeof(before.registers));
		memcpy(maker->slots, before.slots, sizeof(before.slots));
	}
}

static void loop(struct maker *maker)
{
	int counter = R7 + (int)below(maker, 3);
	size_t start;

	if (maker->depth || maker->locked & (1u << counter) || !one_in(maker, 3))
		return;
	start = emit(maker, SET(counter, 0)) + 1;
	maker->registers[counter] = NOTHING;
	maker->locked |= 1u << counter;
	maker->depth++;
	for (unsigned int i = below(maker, 4) + 1; i && !full(maker); i--)
		act(maker);
	maker->depth--;
	maker->locked &= ~(1u << counter);
	emit(maker, OPK(BPF_ADD, counter, 1));
	emit(maker, JUMPIF(BPF_JLT, counter, 3, (short)(start - maker->program->count - 1)));
	maker->registers[counter] = NUMBER;
}

static void call(struct maker *maker)
{
	int first = any_pointer(maker);
	int second = any_pointer(maker);

	if (maker->inner || maker->locked & 0x3f || maker->call_count == CALLS || first < 0 ||
	    second < 0 || second == R1)
		return;
	maker->arguments[maker->call_count][0] = maker->registers[first];
	maker->arguments[maker->call_count][1] = maker->registers[second];
	emit(maker, MOV(R1, first));
	emit(maker, MOV(R2, second));
	maker->calls[maker->call_count++] = emit(maker, CALLF(0));
	clobber(maker);
	maker->registers[R0] = NUMBER;
	/* It may have left something in the lower slots. */
	if (maker->arguments[maker->call_count - 1][0] !=
		    maker->arguments[maker->call_count - 1][1] &&
	    one_in(maker, 2))
		store_through(maker, SLOTS / 2 + below(maker, SLOTS / 2));
}

static void act(struct maker *maker)
{
	static void (*const actions[])(struct maker *) = {
		make_number,
		make_number,
		make_pointer,
		make_pointer,
		change_pointer,
		spill,
		spill,
		fill,
		fill,
		store,
		store,
		store,
		store_atomically,
		store_context,
		store_metadata,
		copy,
		resize,
		make_dynptr,
		branch,
		branch,
		loop,
		call,
		mislead,
		mislead,
	};

	actions[below(maker, sizeof(actions) / sizeof(actions[0]))](maker);
}

static void leave(struct maker *maker)
{
	int number = any_holding(maker, NUMBER);

	if (number >= 0 && maker->registers[number] == NUMBER)
		emit(maker, MOV(R0, number));
	else
		emit(maker, SET(R0, (int)below(maker, 9) - 1));
	emit(maker, EXIT());
}

/* Both calls may be of the same function, with what each has. */
static void make_functions(struct maker *maker)
{
	size_t last = 0;

	for (size_t i = 0; i < maker->call_count; i++) {
		struct bpf_insn *insn = &maker->program->insns[maker->calls[i]];

		if (!i || one_in(maker, 2)) {
			last = maker->program->count;
			memset(maker->registers, 0, sizeof(maker->registers));
			memset(maker->slots, 0, sizeof(maker->slots));
			maker->registers[R1] = maker->arguments[i][0];
			maker->registers[R2] = maker->arguments[i][1];
			maker->inner = true;
			if (one_in(maker, 2))
				mislead(maker);
			for (unsigned int left = below(maker, 8) + 1; left && !full(maker); left--)
				act(maker);
			leave(maker);
		}
		insn->imm = (int)(last - maker->calls[i] - 1);
	}
}

void random_program(const struct random_means *means, enum hook hook, struct random_program *ret)
{
	struct maker maker = { .means = means, .program = ret };
	unsigned int actions;

	*ret = (struct random_program){ .hook = hook };
	/* Most often one thing at most: else what is hidden would be behind what is plain. */
	maker.writes = one_in(&maker, 8) ? 10 : below(&maker, 2);
	actions = 4 + below(&maker, 24);
	emit(&maker, MOV(KEPT, R1));
	maker.registers[KEPT] = CONTEXT;
	make_packet(&maker);
	for (; actions && !full(&maker); actions--)
		act(&maker);
	leave(&maker);
	make_functions(&maker);
}
