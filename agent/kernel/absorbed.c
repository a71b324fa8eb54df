/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/kernel/absorbed.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

/* Whether a program that was loaded so may be called by whoever calls `slots`[0]: 0 or -errno. */
static int try_beside(int slots, enum hook hook, enum bpf_attach_type type, bool frags)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = type,
		    .prog_flags = frags ? BPF_F_XDP_HAS_FRAGS : 0);
	__u32 key = 1;
	size_t count;
	const struct bpf_insn *insns = link_drop(hook, &count);
	int fd = bpf_prog_load(link_program_type(hook), "ordain_probe", "GPL", insns, count,
			       &options);
	int result = fd < 0 ? fd : bpf_map_update_elem(slots, &key, &fd, BPF_ANY);

	if (fd >= 0)
		close(fd);
	return result;
}

/*
 * The kernel tells nobody what a program was loaded with, but it keeps unlike programs out of one
 * array: the one that it lets in beside it is like it.
 */
static bool find_likeness(int slots, enum hook hook, struct linked_element *element)
{
	static const enum bpf_attach_type types[HOOK_COUNT][2] = {
		[HOOK_XDP] = { BPF_XDP, 0 },
		[HOOK_TCX_INGRESS] = { 0, BPF_TCX_INGRESS },
		[HOOK_TCX_EGRESS] = { 0, BPF_TCX_EGRESS },
	};

	for (size_t i = 0; i < 2; i++) {
		for (int frags = 0; frags <= (hook == HOOK_XDP); frags++) {
			if (try_beside(slots, hook, types[hook][i], frags))
				continue;
			element->attach_type = types[hook][i];
			element->frags = frags;
			return true;
		}
	}
	return false;
}

static const char *probe(enum hook hook, struct linked_element *element)
{
	int slots = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "ordain_probe", sizeof(__u32),
				   sizeof(__u32), 2, NULL);
	__u32 key = 0;
	const char *why = NULL;
	int result;

	if (slots < 0)
		return strerrordesc_np(-slots);
	result = bpf_map_update_elem(slots, &key, &element->program, BPF_ANY);
	if (result == -EBUSY)
		why = "another program extends it, as the members of a libxdp dispatcher do, and "
		      "the kernel lets nobody call it then";
	else if (result)
		why = strerrordesc_np(-result);
	else if (!find_likeness(slots, hook, element))
		why = "no program that ordain can load goes into one program array with it";
	close(slots);
	return why;
}

int absorbed_attach_type(int program, enum hook hook, enum bpf_attach_type *ret)
{
	struct linked_element element = { .program = program };

	if (probe(hook, &element))
		return -EINVAL;
	*ret = element.attach_type;
	return 0;
}

void absorbed_open(const struct manifest_element *element, enum hook hook, struct diags *diags,
		   struct linked_element *ret)
{
	struct linked_element opened = { .absorbed = true, .jumps = 1 };
	const char *why = NULL;
	struct diag *diag;

	opened.program = bpf_prog_get_fd_by_id(element->program);
	if (opened.program < 0)
		why = opened.program == -ENOENT ? "it is not loaded any more"
						: strerrordesc_np(-opened.program);
	else
		why = probe(hook, &opened);
	if (why) {
		diag = diag_error(diags, DIAG_NOT_LINKABLE, (struct span){ 0 },
				  "'%s' (id %u) cannot be absorbed: %s", element->name,
				  element->program, why);
		diag->program = element->name;
		if (opened.program >= 0)
			close(opened.program);
		opened.program = -1;
	}
	*ret = opened;
}
