/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/analysis/context.h"

#include <linux/bpf.h>

#include "policy/analysis/value.h"

/*
 * Offsets are the kernel's ABI; written as numbers, since the headers of an older system do not have
 * the later ones.
 */
struct field {
	const char *name;
	unsigned short offset, size, kinds;
};

static const struct field xdp_fields[] = {
	{ "data", 0, 4, KIND_PACKET },
	{ "data_end", 4, 4, KIND_PACKET_END },
	{ "data_meta", 8, 4, KIND_METADATA },
	{ "ingress_ifindex", 12, 4, KIND_SCALAR },
	{ "rx_queue_index", 16, 4, KIND_SCALAR },
	{ "egress_ifindex", 20, 4, KIND_SCALAR },
};

static const struct field skb_fields[] = {
	{ "len", 0, 4, KIND_SCALAR },
	{ "pkt_type", 4, 4, KIND_SCALAR },
	{ "mark", 8, 4, KIND_SCALAR },
	{ "queue_mapping", 12, 4, KIND_SCALAR },
	{ "protocol", 16, 4, KIND_SCALAR },
	{ "vlan_present", 20, 4, KIND_SCALAR },
	{ "vlan_tci", 24, 4, KIND_SCALAR },
	{ "vlan_proto", 28, 4, KIND_SCALAR },
	{ "priority", 32, 4, KIND_SCALAR },
	{ "ingress_ifindex", 36, 4, KIND_SCALAR },
	{ "ifindex", 40, 4, KIND_SCALAR },
	{ "tc_index", 44, 4, KIND_SCALAR },
	{ "cb[0]", 48, 4, KIND_SCALAR },
	{ "cb[1]", 52, 4, KIND_SCALAR },
	{ "cb[2]", 56, 4, KIND_SCALAR },
	{ "cb[3]", 60, 4, KIND_SCALAR },
	{ "cb[4]", 64, 4, KIND_SCALAR },
	{ "hash", 68, 4, KIND_SCALAR },
	{ "tc_classid", 72, 4, KIND_SCALAR },
	{ "data", 76, 4, KIND_PACKET },
	{ "data_end", 80, 4, KIND_PACKET_END },
	{ "napi_id", 84, 4, KIND_SCALAR },
	{ "family", 88, 4, KIND_SCALAR },
	{ "remote_ip4", 92, 4, KIND_SCALAR },
	{ "local_ip4", 96, 4, KIND_SCALAR },
	{ "remote_ip6[0]", 100, 4, KIND_SCALAR },
	{ "remote_ip6[1]", 104, 4, KIND_SCALAR },
	{ "remote_ip6[2]", 108, 4, KIND_SCALAR },
	{ "remote_ip6[3]", 112, 4, KIND_SCALAR },
	{ "local_ip6[0]", 116, 4, KIND_SCALAR },
	{ "local_ip6[1]", 120, 4, KIND_SCALAR },
	{ "local_ip6[2]", 124, 4, KIND_SCALAR },
	{ "local_ip6[3]", 128, 4, KIND_SCALAR },
	{ "remote_port", 132, 4, KIND_SCALAR },
	{ "local_port", 136, 4, KIND_SCALAR },
	{ "data_meta", 140, 4, KIND_METADATA },
	{ "flow_keys", 144, 8, KIND_OBJECT },
	{ "tstamp", 152, 8, KIND_SCALAR },
	{ "wire_len", 160, 4, KIND_SCALAR },
	{ "gso_segs", 164, 4, KIND_SCALAR },
	{ "sk", 168, 8, KIND_OBJECT },
	{ "gso_size", 176, 4, KIND_SCALAR },
	{ "tstamp_type", 180, 1, KIND_SCALAR },
	{ "hwtstamp", 184, 8, KIND_SCALAR },
};

_Static_assert(offsetof(struct xdp_md, data_meta) == 8 && offsetof(struct __sk_buff, data) == 76 &&
		       offsetof(struct __sk_buff, data_end) == 80 &&
		       offsetof(struct __sk_buff, data_meta) == 140 &&
		       offsetof(struct __sk_buff, sk) == 168,
	       "the offsets above are those of linux/bpf.h");

static const struct field *field_at(enum hook hook, int offset)
{
	const struct field *fields = hook == HOOK_XDP ? xdp_fields : skb_fields;
	size_t count = hook == HOOK_XDP ? sizeof(xdp_fields) / sizeof(*fields)
					: sizeof(skb_fields) / sizeof(*fields);

	for (size_t i = 0; i < count; i++)
		if (offset >= fields[i].offset && offset < fields[i].offset + fields[i].size)
			return &fields[i];
	return NULL;
}

const char *context_field_name(enum hook hook, int offset)
{
	const struct field *field = field_at(hook, offset);

	return field ? field->name : NULL;
}

unsigned int context_field_kinds(enum hook hook, int offset, unsigned int size)
{
	const struct field *field = field_at(hook, offset);

	if (!field)
		return KIND_UNKNOWN;
	if (field->kinds != KIND_SCALAR)
		return offset == field->offset && size == field->size ? field->kinds : KIND_UNKNOWN;
	/* Across several fields: cb[] in eight bytes is allowed. */
	for (int end = offset + (int)size - 1; end > offset; end--) {
		field = field_at(hook, end);
		if (!field || field->kinds != KIND_SCALAR)
			return KIND_UNKNOWN;
	}
	return KIND_SCALAR;
}
