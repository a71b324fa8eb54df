/* SPDX-License-Identifier: GPL-2.0-only */
/* What the auditor counts; shared by kernel and user space. */
#ifndef ORDAIN_BPF_AUDIT_H
#define ORDAIN_BPF_AUDIT_H

#include <linux/types.h>

enum {
	AUDIT_WORDS = 1 << 20, /* of the map `arrived`, one bit for each sequence number */
	AUDIT_SEQUENCES = AUDIT_WORDS * 64,
	AUDIT_TRACES = 1024, /* different ones in the map `traces` */
};

struct audit_totals {
	__u64 packets; /* all, those below included */
	__u64 duplicates; /* their sequence number had come before */
	__u64 unaccounted; /* too short, too high a sequence number, or one trace too many */
};

#endif
