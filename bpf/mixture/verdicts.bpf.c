/* SPDX-License-Identifier: GPL-2.0-only */
/* What programs return, and in which state they leave registers and stack. */
#include "bpf/mixture/mixture.h"

PROGRAM(goes_on)
{
	(void)ctx;
	return GO_ON;
}

PROGRAM(drops_some)
{
	__u8 *bytes = packet(ctx);

	return bytes && (bytes[0] & 15) == 1 ? DROPPED : GO_ON;
}

PROGRAM(redirects_some)
{
	__u8 *bytes = packet(ctx);

	return bytes && (bytes[1] & 15) == 2 ? bpf_redirect(1, 0) : GO_ON;
}

PROGRAM(every_verdict)
{
	__u8 *bytes = packet(ctx);

	return bytes ? verdict_of(bytes[2]) : GO_ON;
}

/* Any number at all, negative ones included. */
PROGRAM(any_number)
{
	__u8 *bytes = packet(ctx);

	if (!bytes || (bytes[3] & 7))
		return GO_ON;
	return *(int *)(bytes + 4);
}

PROGRAM(eleven_exits)
{
	__u8 *bytes = packet(ctx);

	if (!bytes)
		return 0;
	if (bytes[5] == 1)
		return 1;
	if (bytes[6] == 2)
		return 3;
	if (bytes[7] == 3)
		return 4;
	if (bytes[8] == 4)
		return 5;
	if (bytes[9] == 5)
		return 6;
	if (bytes[10] == 6)
		return 7;
	if (bytes[11] == 7)
		return 8;
	if (bytes[12] == 8)
		return 9;
	if (bytes[13] == 9)
		return 2;
	return GO_ON;
}

/* The upper half of r0 is nobody's business. */
PROGRAM(wide_verdict)
{
	__u8 *bytes = packet(ctx);
	__u64 verdict = (__u32)GO_ON;

	if (bytes && (bytes[14] & 7) == 1)
		verdict = (__u32)DROPPED;
	HIDE(verdict);
	verdict |= 0x5a5a5a5a00000000ull;
	HIDE(verdict);
	return (int)verdict;
}

/* What others need after it must not be in registers. */
PROGRAM(spoils_registers)
{
	__u64 other = ctx->ingress_ifindex;

	asm volatile("r6 = %[other]\n"
		     "r7 = 0x77777777 ll\n"
		     "r8 = r10\n"
		     "r9 = 9\n"
		     "r1 = 1\n"
		     "r2 = 2\n"
		     "r3 = r10\n"
		     "r4 = 4\n"
		     "r5 = 5\n"
		     :
		     : [other] "r"(other)
		     : "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9");
	return GO_ON;
}

PROGRAM(loops)
{
	__u8 *bytes = packet(ctx);
	__u32 sum = 0;

	if (!bytes)
		return GO_ON;
#pragma clang loop unroll(disable)
	for (int i = 0; i < SEEN; i++)
		sum = sum * 31 + bytes[i];
	return verdict_of((__u8)(sum >> 7));
}

#define FILLS(size)                                                                                \
	PROGRAM(fills_##size)                                                                      \
	{                                                                                          \
		__u8 room[size];                                                                   \
		__u8 *bytes = packet(ctx);                                                         \
		__u32 sum = 0;                                                                     \
                                                                                                   \
		if (!bytes)                                                                        \
			return GO_ON;                                                              \
		__builtin_memset(room, 0, sizeof(room));                                           \
		asm volatile("" : : "r"(room) : "memory");                                         \
		for (int i = 0; i < 8; i++)                                                        \
			room[(unsigned)(i * (size) / 8)] = bytes[i];                               \
		asm volatile("" : : "r"(room) : "memory");                                         \
		for (int i = 0; i < 8; i++)                                                        \
			sum += room[(unsigned)(i * (size) / 8)] * (i + 1u);                        \
		return verdict_of((__u8)sum);                                                      \
	}

FILLS(8)
FILLS(24)
FILLS(64)
FILLS(120)
FILLS(200)
FILLS(256)
FILLS(400)
FILLS(480)

/* An index that the verifier knows only roughly. */
PROGRAM(indexes_stack)
{
	__u8 room[32];
	__u8 *bytes = packet(ctx);
	__u32 at;

	if (!bytes)
		return GO_ON;
	for (int i = 0; i < 32; i++)
		room[i] = bytes[i];
	asm volatile("" : : "r"(room) : "memory");
	at = bytes[33];
	HIDE(at);
	return verdict_of(room[at & 31]);
}

PROGRAM(spills)
{
	__u8 *bytes = packet(ctx);
	__u64 a, b, c, d, e, f, g, h, i, j;

	if (!bytes)
		return GO_ON;
	a = bytes[0], b = bytes[1], c = bytes[2], d = bytes[3], e = bytes[4];
	f = bytes[5], g = bytes[6], h = bytes[7], i = bytes[8], j = bytes[9];
	HIDE(a);
	HIDE(b);
	HIDE(c);
	HIDE(d);
	HIDE(e);
	HIDE(f);
	HIDE(g);
	HIDE(h);
	HIDE(i);
	HIDE(j);
	bytes[10] = (__u8)(a * b + c * d + e * f + g * h + i * j);
	HIDE(a);
	return verdict_of((__u8)(a + c + e + g + i + (b ^ d ^ f ^ h ^ j)));
}

char _license[] SEC("license") = "GPL";
