/* SPDX-License-Identifier: GPL-2.0-only */
#include "ordain.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/system/files.h"
#include "test.h"

enum { DEADLINE_MS = 30000, PAUSE_MS = 10, LOG_LIMIT = 1 << 24 };

static const char *read_log(const struct ordain *ordain)
{
	const char *text;
	size_t length;

	if (file_read(ordain->arena, ordain->log, LOG_LIMIT, &text, &length))
		return "";
	return text;
}

int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct deadline deadline_new(void)
{
	return (struct deadline){ clock_ms() + DEADLINE_MS };
}

void deadline_wait(const struct deadline *deadline, const struct ordain *ordain, const char *what)
{
	if (clock_ms() >= deadline->at_ms) {
		/* cmocka would cut it short. */
		fprintf(stderr, "%s\n%s\n%s\n", ordain_run(ordain, "status").out,
			ordain_run(ordain, "plan").err, read_log(ordain));
		fail_msg("not so after %d s: %s", DEADLINE_MS / 1000, what);
	}
	usleep(PAUSE_MS * 1000);
}

static void run_agent(const struct ordain *ordain, const char *option)
{
	int log = open(ordain->log, O_WRONLY | O_APPEND | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (log < 0 || dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
		_exit(127);
	execl(getenv("ORDAIN"), "ordain", "--root", ordain->root, "--bpffs", ordain->bpffs, "agent",
	      option, NULL);
	_exit(127);
}

static void start(struct ordain *ordain, const char *option)
{
	assert_int_equal(ordain->agent, 0);
	ordain->agent = fork();
	assert_true(ordain->agent >= 0);
	if (!ordain->agent)
		run_agent(ordain, option);
}

void agent_start(struct ordain *ordain)
{
	start(ordain, NULL);
}

static int notify_open(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	FILE *limit = fopen("/proc/sys/net/unix/max_dgram_qlen", "w");
	int fd;

	/* Of this namespace: most cases never read, and the agent shall not wait for them. */
	assert_non_null(limit);
	assert_true(fputs("100000", limit) >= 0);
	assert_int_equal(fclose(limit), 0);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	unlink(path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

bool agent_notified(const struct ordain *ordain, const char *text)
{
	char message[512];
	bool found = false;
	ssize_t length;

	while ((length = recv(ordain->notify, message, sizeof(message) - 1, 0)) > 0) {
		message[length] = '\0';
		found |= strstr(message, text) != NULL;
	}
	return found;
}

static void start_ready(struct ordain *ordain, const char *option)
{
	const char *path = ordain_path(ordain, "notify");

	if (ordain->notify >= 0)
		close(ordain->notify);
	ordain->notify = notify_open(path);
	setenv("NOTIFY_SOCKET", path, 1);
	start(ordain, option);
	unsetenv("NOTIFY_SOCKET");
	wait_until(ordain, agent_notified(ordain, "READY=1"));
}

void agent_start_ready(struct ordain *ordain)
{
	start_ready(ordain, NULL);
}

void agent_start_ready_with(struct ordain *ordain, const char *option)
{
	start_ready(ordain, option);
}

static int reap(struct ordain *ordain)
{
	int status = 0;

	wait_until(ordain, waitpid(ordain->agent, &status, WNOHANG) == ordain->agent);
	ordain->agent = 0;
	return status;
}

void agent_signal(const struct ordain *ordain, int signal)
{
	assert_int_not_equal(ordain->agent, 0);
	assert_int_equal(kill(ordain->agent, signal), 0);
}

void agent_stop(struct ordain *ordain)
{
	int status;

	agent_signal(ordain, SIGTERM);
	status = reap(ordain);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail_msg("the agent ended with wait status %#x\n%s", (unsigned int)status,
			 read_log(ordain));
}

void agent_kill(struct ordain *ordain)
{
	agent_signal(ordain, SIGKILL);
	assert_true(WIFSIGNALED(reap(ordain)));
}

size_t agent_count(const struct ordain *ordain, const char *text)
{
	const char *at = read_log(ordain) + ordain->heard;
	size_t count = 0;

	while ((at = strstr(at, text))) {
		at += strlen(text);
		count++;
	}
	return count;
}

bool agent_said(const struct ordain *ordain, const char *text)
{
	return agent_count(ordain, text) > 0;
}

void agent_forget(struct ordain *ordain)
{
	ordain->heard = strlen(read_log(ordain));
}
