/* SPDX-License-Identifier: GPL-2.0-only */
#include "kernel_faulty.h"

#include <stdlib.h>

struct kernel_faulty {
	struct kernel kernel;
	struct kernel *inner;
	struct fault fault;
	size_t calls;
};

static struct kernel_faulty *faulty_of(struct kernel *kernel)
{
	return (struct kernel_faulty *)kernel;
}

/* Counts a call. True if it is to fail, and at once. */
static bool fails_before(struct kernel_faulty *faulty)
{
	return ++faulty->calls == faulty->fault.call && !faulty->fault.after;
}

static int fail(const struct kernel_faulty *faulty, struct error *ret_error)
{
	return error_errno(ret_error, faulty->fault.error, "call %zu", faulty->calls);
}

/* What the caller gets to see of a call that was made. */
static int outcome(const struct kernel_faulty *faulty, int result, struct error *ret_error)
{
	if (!result && faulty->calls == faulty->fault.call)
		return fail(faulty, ret_error);
	return result;
}

static int faulty_observe(struct kernel *kernel, struct arena *arena,
			  const struct interfaces *interfaces, const unsigned int *wanted,
			  enum detail detail, const struct observed **ret, struct error *ret_error)
{
	struct kernel_faulty *faulty = faulty_of(kernel);

	if (fails_before(faulty))
		return fail(faulty, ret_error);
	return outcome(faulty,
		       kernel_observe(faulty->inner, arena, interfaces, wanted, detail, ret,
				      ret_error),
		       ret_error);
}

static int faulty_prepare(struct kernel *kernel, const struct manifest *manifest,
			  struct diags *diags, struct error *ret_error)
{
	struct kernel_faulty *faulty = faulty_of(kernel);

	if (fails_before(faulty))
		return fail(faulty, ret_error);
	return outcome(faulty, kernel_prepare(faulty->inner, manifest, diags, ret_error),
		       ret_error);
}

static int faulty_execute(struct kernel *kernel, const struct step *step, struct error *ret_error)
{
	struct kernel_faulty *faulty = faulty_of(kernel);

	if (fails_before(faulty))
		return fail(faulty, ret_error);
	return outcome(faulty, kernel_execute(faulty->inner, step, ret_error), ret_error);
}

static int faulty_settle(struct kernel *kernel, struct error *ret_error)
{
	struct kernel_faulty *faulty = faulty_of(kernel);

	if (fails_before(faulty))
		return fail(faulty, ret_error);
	return outcome(faulty, kernel_settle(faulty->inner, ret_error), ret_error);
}

static int faulty_counters(struct kernel *kernel, struct arena *arena, unsigned int ifindex,
			   enum hook hook, const struct counters **ret)
{
	struct kernel_faulty *faulty = faulty_of(kernel);
	struct error ignored;

	if (fails_before(faulty))
		return fail(faulty, &ignored);
	return outcome(faulty, kernel_counters(faulty->inner, arena, ifindex, hook, ret), &ignored);
}

static const char *faulty_refute(struct kernel *kernel, struct arena *arena, uint32_t program)
{
	return kernel_refute(faulty_of(kernel)->inner, arena, program);
}

static void faulty_close(struct kernel *kernel)
{
	struct kernel_faulty *faulty = faulty_of(kernel);

	kernel_close(faulty->inner);
	free(faulty);
}

static const struct kernel_ops faulty_ops = {
	.observe = faulty_observe,
	.prepare = faulty_prepare,
	.execute = faulty_execute,
	.settle = faulty_settle,
	.counters = faulty_counters,
	.refute = faulty_refute,
	.close = faulty_close,
};

struct kernel *kernel_faulty_open(struct kernel *inner, struct fault fault)
{
	struct kernel_faulty *faulty = calloc(1, sizeof(*faulty));

	if (!faulty)
		abort();
	faulty->kernel.ops = &faulty_ops;
	faulty->inner = inner;
	faulty->fault = fault;
	return &faulty->kernel;
}

size_t kernel_faulty_calls(const struct kernel *kernel)
{
	return ((const struct kernel_faulty *)kernel)->calls;
}
