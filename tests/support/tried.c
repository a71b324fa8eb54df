/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/tried.h"

#include <sys/wait.h>

#include "tests/support/way.h"

void tried_write(const struct ordain *ordain, const char *words)
{
	policy_chain(ordain, "xdp.yaml", "eth0", HOOK_XDP, words);
}

void tried_begin(struct ordain *ordain)
{
	tried_write(ordain, "ab");
	ordain_do(ordain, "apply");
	way_open(ordain, HOOK_XDP);
	way_expect(ordain, 10, "ab");
	tried_write(ordain, "ba");
}

bool tried_guard_is_gone(void)
{
	return waitpid(-1, NULL, WNOHANG) != 0;
}
