/* SPDX-License-Identifier: GPL-2.0-only */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "agent/link/link.h"
#include "agent/system/files.h"
#include "test.h"

enum { READY_SECONDS = 120 };

uint64_t bench_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a;
	const double y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_median(double *values, size_t count)
{
	if (!count)
		return 0;
	qsort(values, count, sizeof(*values), compare);
	return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

void bench_fail(int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	if (error)
		fprintf(stderr, ": %s", strerror(abs(error)));
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

void bench_need_root(void)
{
	if (geteuid() != 0)
		test_skip("network namespaces and BPF need root");
}

const char *bench_trivial_object(void)
{
	return ORDAIN_TRIVIAL;
}

const char *bench_large_object(void)
{
	return ORDAIN_LARGE;
}

const char *bench_trivial_function(enum hook hook)
{
	return hook == HOOK_XDP ? "trivial_xdp" : "trivial_tc";
}

static struct loaded *load(struct arena *arena, enum hook hook, const char *path,
			   const char *function)
{
	const struct manifest_element element = {
		.name = "bench",
		.digest = "",
		.function = function,
		.proceed = verdicts_continuing(hook),
	};
	const struct map_sources maps = { .pinned = "/nonexistent" };
	struct diags diags = DIAGS(arena);
	struct loaded *loaded = NULL;
	struct error error = { "" };
	const char *bytes;
	size_t length;
	int result = file_read(arena, path, 1 << 20, &bytes, &length);

	if (result)
		bench_fail(result, "read %s", path);
	result = loaded_open(&element, hook, bytes, length, &maps, &diags, &loaded, &error);
	if (result || !loaded)
		bench_fail(0, "load %s: %s", function,
			   diags.count ? diags.items[0].summary : error.text);
	return loaded;
}

struct loaded *bench_load_trivial(struct arena *arena, enum hook hook)
{
	return load(arena, hook, ORDAIN_TRIVIAL, bench_trivial_function(hook));
}

struct loaded *bench_load_mixture(struct arena *arena, enum hook hook, const char *source,
				  const char *function)
{
	return load(arena, hook,
		    arena_printf(arena, "%s/%s_%s.bpf.o", ORDAIN_MIXTURE, source,
				 hook == HOOK_XDP ? "xdp" : "tc"),
		    function);
}

int bench_load_bare(const struct loaded *loaded, enum hook hook)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = link_attach_type(hook));
	size_t count;
	const struct bpf_insn *insns = loaded_insns(loaded, &count);
	int fd = bpf_prog_load(link_program_type(hook), "bare", "GPL", insns, count, &options);

	if (fd < 0)
		bench_fail(fd, "load the bare program");
	return fd;
}

int bench_link(struct arena *arena, const struct loaded *loaded, enum hook hook, size_t count,
	       int counters, enum bench_form form)
{
	struct manifest_element *manifest = arena_array(arena, struct manifest_element, count);
	struct link_element *elements = arena_array(arena, struct link_element, count);
	struct link_request request = {
		.hook = hook,
		.attach_type = link_attach_type(hook),
		.items = elements,
		.count = count,
		.counters = counters,
	};
	struct diags diags = DIAGS(arena);
	struct error error = { "" };
	int program = -1;

	for (size_t i = 0; i < count; i++) {
		manifest[i].name = arena_printf(arena, "trivial-%zu", i);
		manifest[i].proceed = verdicts_continuing(hook);
		elements[i].element = &manifest[i];
		elements[i].insns = loaded_insns(loaded, &elements[i].count);
		elements[i].figures = loaded_figures(loaded);
		if (form == BENCH_CALLED || (form == BENCH_MIXED && i % 2))
			elements[i].not_inlined = "the benchmark says so";
	}
	if (link_load(&request, &diags, &program, NULL, &error) || program < 0)
		bench_fail(0, "link %zu elements: %s", count,
			   diags.count ? diags.items[0].summary : error.text);
	return program;
}

void bench_write_policy(const char *root, const char *name, const char *text)
{
	struct arena *arena = arena_new();
	const char *directory = arena_printf(arena, "%s/etc/ordain", root);
	const char *temporary = arena_printf(arena, "%s/new", root);
	int result = directory_ensure(directory, 0755);

	if (!result)
		result = file_create(temporary, text, strlen(text));
	if (!result && rename(temporary, arena_printf(arena, "%s/%s", directory, name)))
		result = -errno;
	if (result)
		bench_fail(result, "write the policy file %s", name);
	arena_free(arena);
}

/* Where the agent says READY=1: an abstract name of the network namespace, gone with the socket. */
static int open_notify(char *ret_name, size_t size)
{
	struct timeval patience = { .tv_sec = READY_SECONDS };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int length = snprintf(ret_name, size, "@ordain-bench-%d", getpid());
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path + 1, ret_name + 1, (size_t)length - 1);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address,
			   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length)))
		bench_fail(errno, "a socket for the agent's notifications");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static void run_agent(const char *root, const char *bpffs, const char *option, const char *notify)
{
	struct arena *arena = arena_new();
	int log = open(arena_printf(arena, "%s/agent.log", root), O_WRONLY | O_CREAT | O_APPEND,
		       0600);

	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	setenv("NOTIFY_SOCKET", notify, 1);
	execl(ORDAIN_BINARY, "ordain", "--root", root, "--bpffs", bpffs, "agent", option,
	      (char *)NULL);
	_exit(127);
}

pid_t bench_agent_start(const char *root, const char *bpffs)
{
	return bench_agent_start_with(root, bpffs, NULL);
}

pid_t bench_agent_start_with(const char *root, const char *bpffs, const char *option)
{
	char name[64], message[512];
	int fd = open_notify(name, sizeof(name));
	pid_t pid = fork();

	if (!pid)
		run_agent(root, bpffs, option, name);
	for (;;) {
		ssize_t length = recv(fd, message, sizeof(message) - 1, 0);

		if (length < 0) {
			kill(pid, SIGKILL);
			bench_fail(errno, "the agent is not ready; see %s/agent.log", root);
		}
		message[length] = '\0';
		if (strstr(message, "READY=1"))
			break;
	}
	close(fd);
	return pid;
}

void bench_agent_stop(pid_t pid)
{
	int status = 0;

	kill(pid, SIGTERM);
	if (waitpid(pid, &status, 0) != pid || status)
		bench_fail(0, "the agent ended with wait status %#x", (unsigned int)status);
}

void bench_apply(const char *root, const char *bpffs)
{
	int status;
	pid_t pid;

	/* What is not written yet would be written twice. */
	fflush(NULL);
	pid = fork();

	if (!pid) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(127);
		execl(ORDAIN_BINARY, "ordain", "--root", root, "--bpffs", bpffs, "apply",
		      (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		bench_fail(0, "ordain apply failed");
}
