/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/kernel/segments.h"
#include "agent/kernel/takeover.h"

void wait_for_packets(void)
{
	syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

int settle_hooks(struct kernel_linux *linux, struct arena *arena, const struct pinned_hooks *hooks,
		 struct manifests *used, struct error *ret_error)
{
	bool waited = false;
	int result = 0;

	for (size_t i = 0; !result && i < hooks->count; i++) {
		struct pinned_hook hook = hooks->items[i];
		struct pinned_ids ids, in_force;
		size_t unfinished;

		result = segments_finish(linux, hook, &unfinished, ret_error);
		if (!result)
			result = takeover_settle(linux, hook, ret_error);
		in_force = segments_in_force(linux, arena, hook);
		pins_chains(arena, &linux->pins, hook, &ids);
		if (!result && ids.count > in_force.count && in_force.count &&
		    !segments_lost(linux, arena, hook)) {
			if (!waited || unfinished)
				wait_for_packets();
			waited = true;
			result = counts_finish_swap(linux, arena, hook, &ids, &in_force, ret_error);
		}
		segments_manifests(linux, arena, hook, used);
	}
	return result;
}
