/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/notice/notice_object.h"

#include <errno.h>
#include <stddef.h>

#include <bpf/libbpf.h>

/* As they were built: they are part of the agent, as is their format. */
#define EMBED(name, file)                                                                          \
	__asm__(".section .rodata\n"                                                               \
		".balign 8\n" name ":\n"                                                           \
		".incbin \"" file "\"\n" name "_end:\n"                                            \
		".byte 0\n"                                                                        \
		".previous\n")

EMBED("notice_tracepoint_bytes", ORDAIN_NOTICE_OBJECTS "/notice_tracepoint.bpf.o");
EMBED("notice_full_bytes", ORDAIN_NOTICE_OBJECTS "/notice_full.bpf.o");

extern const char notice_tracepoint_bytes[], notice_tracepoint_bytes_end[];
extern const char notice_full_bytes[], notice_full_bytes_end[];

static struct bpf_object *open_object(const char *bytes, const char *end,
				      const struct notice_self *self)
{
	struct bpf_object *object = bpf_object__open_mem(bytes, (size_t)(end - bytes), NULL);
	int result;

	if (!object)
		return NULL;
	result = bpf_map__set_initial_value(bpf_object__find_map_by_name(object, ".rodata"), self,
					    sizeof(*self));
	if (!result)
		return object;
	bpf_object__close(object);
	errno = -result;
	return NULL;
}

struct bpf_object *notice_object_tracepoint(const struct notice_self *self)
{
	return open_object(notice_tracepoint_bytes, notice_tracepoint_bytes_end, self);
}

struct bpf_object *notice_object_full(const struct notice_self *self)
{
	return open_object(notice_full_bytes, notice_full_bytes_end, self);
}
