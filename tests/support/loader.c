/* SPDX-License-Identifier: GPL-2.0-only */
#include "loader.h"

#include <stdlib.h>

#include "test.h"

void need_command(const char *name)
{
	char command[64];

	snprintf(command, sizeof(command), "command -v %s >/dev/null", name);
	if (!system(command))
		return;
	print_message("SKIP: %s is not installed\n", name);
	skip();
}

static struct outcome run(const struct ordain *ordain, const char *command)
{
	return ordain_shell(ordain,
			    "OBJECTS=$ORDAIN_BPF unshare --mount sh -c "
			    "'mount -t bpf bpf /sys/fs/bpf && { %s; }'",
			    command);
}

struct outcome loader_run(const struct ordain *ordain, const char *format, ...)
{
	const char *command;
	va_list args;

	va_start(args, format);
	command = arena_vprintf(ordain->arena, format, args);
	va_end(args);
	return run(ordain, command);
}

const char *loader_do(const struct ordain *ordain, const char *format, ...)
{
	struct outcome outcome;
	const char *command;
	va_list args;

	va_start(args, format);
	command = arena_vprintf(ordain->arena, format, args);
	va_end(args);
	outcome = run(ordain, command);
	if (outcome.code)
		fail_msg("%s: %d\n%s%s", command, outcome.code, outcome.out, outcome.err);
	return outcome.out;
}

void filter_add_or_skip(const struct ordain *ordain, char letter)
{
	struct outcome outcome = loader_run(ordain,
					    "tc qdisc add dev eth0 clsact && tc filter add dev "
					    "eth0 ingress bpf direct-action "
					    "obj $OBJECTS/stamp_%c.bpf.o sec tc",
					    letter);

	if (!outcome.code)
		return;
	loader_run(ordain, "tc qdisc del dev eth0 clsact");
	print_message("SKIP: this kernel has no clsact, or no cls_bpf: %s", outcome.err);
	skip();
}

void clsact_delete(const struct ordain *ordain)
{
	loader_do(ordain, "tc qdisc del dev eth0 clsact");
}
