/* SPDX-License-Identifier: GPL-2.0-only */
/* Sections of all the names under which programs for tcx and clsact are kept. */
#include "bpf/stamp.h"

#define NAMED(name, section)                                                                       \
	SEC(section)                                                                               \
	int name(struct __sk_buff *ctx)                                                            \
	{                                                                                          \
		trace_pull(ctx);                                                                   \
		trace_stamp(ctx, '+');                                                             \
		return TCX_NEXT;                                                                   \
	}

NAMED(in_tcx_ingress, "tcx/ingress")
NAMED(in_tcx_egress, "tcx/egress")
NAMED(in_tc_ingress, "tc/ingress")
NAMED(in_tc_egress, "tc/egress")
NAMED(in_classifier, "classifier")

char _license[] SEC("license") = "GPL";
