/* SPDX-License-Identifier: GPL-2.0-only */
/* What linux/bpf.h of an older system does not have. The numbers are the kernel's ABI. */
#ifndef ORDAIN_POLICY_ANALYSIS_OPCODES_H
#define ORDAIN_POLICY_ANALYSIS_OPCODES_H

#include <linux/bpf.h>
#include <linux/bpf_common.h>

#ifndef BPF_MEMSX
#define BPF_MEMSX 0x80
#endif
#ifndef BPF_JCOND
#define BPF_JCOND 0xe0
#endif
#ifndef BPF_LOAD_ACQ
#define BPF_LOAD_ACQ 0x100
#define BPF_STORE_REL 0x110
#endif

/* BPF_MOV with this offset: between an arena's addresses here and in user space. */
#define ORDAIN_ADDR_SPACE_CAST 1

/* BPF_MAP_TYPE_ARENA */
#define ORDAIN_MAP_ARENA 33

#endif
