/* SPDX-License-Identifier: GPL-2.0-only */
/* An address of the kernel's own, and a variable and a function that no kernel has. */
#include "bpf/feature.h"

extern const void _stext __ksym;
extern const int ordain_variable_of_no_kernel __ksym __weak;
extern void ordain_function_of_no_kernel(void) __ksym __weak;

static __always_inline bool kernel_variables(void *ctx)
{
	(void)ctx;
	if (&ordain_variable_of_no_kernel)
		return false;
	if (bpf_ksym_exists(ordain_function_of_no_kernel)) {
		ordain_function_of_no_kernel();
		return false;
	}
	return &_stext != (const void *)1;
}

FEATURE(kernel_variables);
