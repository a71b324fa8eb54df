/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/notice/notice.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "agent/notice/notice_load.h"
#include "agent/system/files.h"

struct notice {
	enum notice_grade grade;
	int begins, ends; /* the events that the programs hang on; -1 none */
	int events; /* the ring buffer's map; -1 none */
	struct ring_buffer *ring;
	void (*tell)(void *context, const struct notice_event *event);
	void *context;
};

#define NOTICE_GRADE_NAME(symbol, name) name,
static const char *const grade_names[] = { NOTICE_GRADES(NOTICE_GRADE_NAME) };
#undef NOTICE_GRADE_NAME

const char *notice_grade_name(enum notice_grade grade)
{
	return grade_names[grade];
}

bool notice_grade_from_name(const char *name, enum notice_grade *ret)
{
	for (enum notice_grade grade = 0; grade < NOTICE_GRADE_COUNT; grade++) {
		if (strcmp(grade_names[grade], name) != 0)
			continue;
		*ret = grade;
		return true;
	}
	return false;
}

/*
 * The root of tracefs. Containers and small systems do not have it mounted; a mount that is attached
 * nowhere will do, and nobody else sees it.
 */
static int open_tracefs(void)
{
	int context __attribute__((cleanup(fd_cleanup))) = -1;
	int fd = open("/sys/kernel/tracing/events", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		fd = open("/sys/kernel/tracing", O_PATH | O_DIRECTORY | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	context = fsopen("tracefs", FSOPEN_CLOEXEC);
	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -errno;
	fd = fsmount(context, FSMOUNT_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

/* The kernel's number of a tracepoint; -errno. */
static int tracepoint_number(int tracefs, const char *name)
{
	int fd __attribute__((cleanup(fd_cleanup))) = -1;
	char path[128], text[32];
	ssize_t length;

	snprintf(path, sizeof(path), "events/syscalls/%s/id", name);
	fd = openat(tracefs, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	length = read(fd, text, sizeof(text) - 1);
	if (length < 0)
		return -errno;
	text[length] = '\0';
	return atoi(text);
}

/* With a program attached, the event of one processor stands for all of them. A descriptor. */
static int attach(int tracefs, const char *tracepoint, int program)
{
	struct perf_event_attr attributes = { .type = PERF_TYPE_TRACEPOINT,
					      .size = sizeof(attributes) };
	int fd __attribute__((cleanup(fd_cleanup))) = -1;
	int number = tracepoint_number(tracefs, tracepoint);

	if (number < 0)
		return number;
	attributes.config = (uint64_t)number;
	fd = (int)syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0 || ioctl(fd, PERF_EVENT_IOC_SET_BPF, program))
		return -errno;
	return fd_take(&fd);
}

static int attach_all(struct notice *notice, const int parts[NOTICE_PARTS])
{
	int tracefs __attribute__((cleanup(fd_cleanup))) = open_tracefs();

	if (tracefs < 0)
		return tracefs;
	/* The end first: what a call's beginning leaves behind is taken away there. */
	notice->ends = attach(tracefs, "sys_exit_bpf", parts[NOTICE_EXIT]);
	if (notice->ends < 0)
		return notice->ends;
	notice->begins = attach(tracefs, "sys_enter_bpf", parts[NOTICE_ENTER]);
	return notice->begins < 0 ? notice->begins : 0;
}

static int on_event(void *context, void *data, size_t size)
{
	const struct notice *notice = context;

	if (size >= sizeof(struct notice_event))
		notice->tell(notice->context, data);
	return 0;
}

static int open_tracepoints(struct notice *notice)
{
	int parts[NOTICE_PARTS];
	int result = notice_load(parts);

	if (result)
		return result;
	notice->ring = ring_buffer__new(parts[NOTICE_EVENTS], on_event, notice, NULL);
	result = notice->ring ? attach_all(notice, parts) : -errno;
	close(parts[NOTICE_ENTER]);
	close(parts[NOTICE_EXIT]);
	notice->events = parts[NOTICE_EVENTS];
	return result;
}

static void drop(struct notice *notice)
{
	const int fds[] = { notice->begins, notice->ends, notice->events };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	ring_buffer__free(notice->ring);
	*notice = (struct notice){ .begins = -1, .ends = -1, .events = -1 };
}

struct notice *notice_open(enum notice_grade best, struct error *ret_error)
{
	struct notice *notice = calloc(1, sizeof(*notice));
	int result;

	if (!notice)
		abort();
	*notice = (struct notice){ .begins = -1, .ends = -1, .events = -1 };
	*ret_error = (struct error){ "" };
	if (best < NOTICE_TRACEPOINT)
		return notice;
	result = open_tracepoints(notice);
	if (!result) {
		notice->grade = NOTICE_TRACEPOINT;
		return notice;
	}
	error_errno(ret_error, result, "trace bpf(2)");
	drop(notice);
	return notice;
}

enum notice_grade notice_grade(const struct notice *notice)
{
	return notice->grade;
}

int notice_fd(const struct notice *notice)
{
	return notice->ring ? ring_buffer__epoll_fd(notice->ring) : -1;
}

void notice_drain(struct notice *notice,
		  void (*tell)(void *context, const struct notice_event *event), void *context)
{
	if (!notice->ring)
		return;
	notice->tell = tell;
	notice->context = context;
	ring_buffer__consume(notice->ring);
}

void notice_close(struct notice *notice)
{
	drop(notice);
	free(notice);
}
