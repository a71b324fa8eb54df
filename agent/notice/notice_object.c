/* SPDX-License-Identifier: GPL-2.0-only */
/* notice.bpf.o as it was built, in the binary: it is part of the agent, as is its format. */
#include "agent/notice/notice_object.h"

__asm__(".section .rodata\n"
	".balign 8\n"
	".globl notice_object\n"
	"notice_object:\n"
	".incbin \"" ORDAIN_NOTICE_OBJECT "\"\n"
	".globl notice_object_end\n"
	"notice_object_end:\n"
	".byte 0\n"
	".previous\n");
