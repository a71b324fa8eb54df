/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/commands/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/kernel/kernel_linux.h"
#include "agent/load/libbpf_log.h"
#include "agent/system/caller.h"

int say_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("ordain: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	return EXIT_ERROR;
}

bool wants_colour(int fd)
{
	const char *no_colour = getenv("NO_COLOR");

	return isatty(fd) && !(no_colour && *no_colour);
}

void say_diags(const struct options *options, const struct diags *diags)
{
	struct text text = TEXT(options->arena);

	if (options->output != OUTPUT_TABLE || !diags->count)
		return;
	diags_render(diags, &text, wants_colour(STDERR_FILENO));
	fputs(text_string(&text), stderr);
}

void say_result(const struct text *text)
{
	fputs(text_string(text), stdout);
	fflush(stdout);
}

/* CAP_NET_ADMIN and CAP_BPF, or CAP_SYS_ADMIN, which stands for both. linux/capability.h. */
static bool is_privileged(void)
{
	enum { CAP_NET_ADMIN_BIT = 12, CAP_SYS_ADMIN_BIT = 21, CAP_BPF_BIT = 39 };
	const unsigned long long needed = 1ull << CAP_NET_ADMIN_BIT | 1ull << CAP_BPF_BIT;
	unsigned long long effective = 0;
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];

	if (!file)
		return geteuid() == 0;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "CapEff: %llx", &effective) == 1)
			break;
	fclose(file);
	return effective & 1ull << CAP_SYS_ADMIN_BIT || (effective & needed) == needed;
}

/* A thousand interfaces are three thousand links to hold. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static bool open_kernel(struct session *session, enum session_needs needs)
{
	struct kernel_linux_options options = {
		.bpffs = session->paths->bpffs,
		.objects = objects_source(session->objects),
	};
	struct error error;

	if (!is_privileged() && needs == WANTS_KERNEL)
		return true;
	if (!is_privileged()) {
		say_error(
			"this needs root (the capabilities BPF, NET_ADMIN and PERFMON): try sudo; "
			"`ordain check` works without");
		return false;
	}
	if (needs == NEEDS_CHANGES && bpffs_ensure(session->paths, &error)) {
		say_error("%s", error.text);
		return false;
	}
	raise_descriptor_limit();
	libbpf_log_end();
	if (kernel_linux_open(&options, &session->kernel, &error)) {
		say_error("%s", error.text);
		return false;
	}
	return true;
}

struct journal *journal_of_command(const struct options *options, const struct paths *paths)
{
	struct journal *journal = arena_alloc(options->arena, sizeof(*journal));

	journal->socket = paths->journal;
	journal->by = caller_words(options->arena);
	return journal;
}

bool session_open(const struct options *options, enum session_needs needs,
		  struct session *ret_session)
{
	*ret_session = (struct session){ .options = options, .lock = -1, .guard = -1 };
	ret_session->paths = paths_new(options->arena, options->root, options->bpffs);
	if (needs == NEEDS_CHANGES)
		ret_session->journal = journal_of_command(options, ret_session->paths);
	ret_session->objects = objects_open(ret_session->paths);
	ret_session->ask_kernel = needs != NEEDS_FILES;
	return needs == NEEDS_FILES || open_kernel(ret_session, needs);
}

void session_close(struct session *session)
{
	kernel_close(session->kernel);
	objects_close(session->objects);
}

struct decision *session_decide(const struct session *session, enum decide_from from,
				bool assume_interfaces)
{
	struct decide_options options = {
		.paths = session->paths,
		.substitutes = &session->options->substitutes,
		.objects = session->options->no_objects ? NULL : session->objects,
		.from = from,
		.assume_interfaces = assume_interfaces,
		.ask_kernel = session->ask_kernel,
		.previous = session->previous,
	};
	struct decision *decision;
	struct error error;

	if (decide(&options, &decision, &error)) {
		say_error("%s", error.text);
		return NULL;
	}
	return decision;
}

bool selection_read(const struct options *options, struct selection *ret)
{
	struct selection selection = { .interface = NULL, .hook = -1 };
	enum hook hook;

	if (options->argument_count > 0)
		selection.interface = options->arguments[0];
	if (options->argument_count > 1) {
		if (!hook_from_name(options->arguments[1], &hook)) {
			say_error("'%s' is no hook: xdp, tcx-ingress or tcx-egress",
				  options->arguments[1]);
			return false;
		}
		selection.hook = (int)hook;
	}
	*ret = selection;
	return true;
}

bool interface_known(const struct decision *decision, const char *name)
{
	const struct interfaces *interfaces = &decision->interfaces;
	const char **names = arena_array(decision->arena, const char *, interfaces->count);
	const char *near;

	for (size_t i = 0; i < interfaces->count; i++) {
		names[i] = interfaces->items[i].name;
		if (!strcmp(names[i], name))
			return true;
	}
	near = nearest_word(name, names, interfaces->count);
	say_error("there is no interface '%s'%s%s%s", name, near ? "; did you mean '" : "",
		  near ? near : "", near ? "'?" : "");
	return false;
}
