/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/notice/notice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "agent/notice/notice_load.h"

struct notice {
	enum notice_grade grade;
	struct notice_fds fds;
	struct ring_buffer *ring; /* NULL: nothing is heard */
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

static int on_event(void *context, void *data, size_t size)
{
	const struct notice *notice = context;

	if (size >= sizeof(struct notice_event))
		notice->tell(notice->context, data);
	return 0;
}

static int open_grade(struct notice *notice, enum notice_grade grade)
{
	int result = notice_load(grade, &notice->fds);

	if (result)
		return result;
	notice->ring = ring_buffer__new(notice->fds.items[0], on_event, notice, NULL);
	if (notice->ring) {
		notice->grade = grade;
		return 0;
	}
	result = -errno;
	notice_fds_close(&notice->fds);
	return result;
}

struct notice *notice_open(enum notice_grade best, struct error *ret_error)
{
	static const char *const what[NOTICE_GRADE_COUNT] = {
		[NOTICE_TRACEPOINT] = "trace bpf(2)",
		[NOTICE_FULL] = "trace the kernel's functions",
	};
	struct notice *notice = calloc(1, sizeof(*notice));

	if (!notice)
		abort();
	*ret_error = (struct error){ "" };
	for (enum notice_grade grade = best; grade > NOTICE_POLL; grade--) {
		int result = open_grade(notice, grade);

		if (!result)
			break;
		error_errno(ret_error, result, "%s", what[grade]);
	}
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
	ring_buffer__free(notice->ring);
	notice_fds_close(&notice->fds);
	free(notice);
}
