/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes only where a switch says so, which can be turned without a change of the code. */
#include "bpf/judged/judged.h"

struct sk_buff___local {
	int first;
	unsigned int len;
} __attribute__((preserve_access_index));

const volatile bool enabled;
volatile bool turned_on;
extern int LINUX_KERNEL_VERSION __kconfig;

static __always_inline void write(struct xdp_md *ctx)
{
	__u8 *data = DATA(ctx);

	if (HAS(ctx, data, 16))
		AS(__u8, data + 8) ^= 0xff;
}

/* A constant of the object, which `variables` sets. */
SEC("xdp")
int by_constant(struct xdp_md *ctx)
{
	if (enabled)
		write(ctx);
	return XDP_PASS;
}

/* A variable, which its owner may set while it runs. */
SEC("xdp")
int by_variable(struct xdp_md *ctx)
{
	if (turned_on)
		write(ctx);
	return XDP_PASS;
}

SEC("xdp")
int by_version(struct xdp_md *ctx)
{
	if (LINUX_KERNEL_VERSION > 0x050000)
		write(ctx);
	return XDP_PASS;
}

/* Where it is compiled, the offset is 4: only what libbpf makes of it reaches the store. */
SEC("xdp")
int by_relocation(struct xdp_md *ctx)
{
	__u64 offset = __builtin_preserve_field_info(((struct sk_buff___local *)0)->len, 0);

	HIDE(offset);
	if (offset > 16)
		write(ctx);
	return XDP_PASS;
}
