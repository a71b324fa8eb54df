/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What it costs every other process that the agent hears of changes at once: a bpf(2) call of
 * another kind, and a system call that has nothing to do with it. And how long the news takes.
 */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include "agent/load/libbpf_log.h"
#include "agent/notice/notice.h"
#include "tests/support/bench.h"
#include "tests/support/foreign.h"
#include "tests/support/netns.h"

enum { ROUNDS = 31, CALLS = 20000, UPDATES = 300, PAUSE_US = 2000 };

static double per_call(void (*call)(void))
{
	uint64_t start = bench_now();

	for (int i = 0; i < CALLS; i++)
		call();
	return (double)(bench_now() - start) / CALLS;
}

/* Fails at once: no such descriptor. */
static void other_command(void)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.info.bpf_fd = (__u32)-1;
	syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attributes, sizeof(attributes));
}

static void other_call(void)
{
	syscall(SYS_getppid);
}

/* NULL, once said why, where the kernel does not give that grade. */
static struct notice *open_grade(enum notice_grade grade)
{
	struct error error;
	struct notice *notice = notice_open(grade, &error);

	if (notice_grade(notice) == grade)
		return notice;
	printf("SKIP: %s: %s\n", notice_grade_name(grade), error.text);
	notice_close(notice);
	return NULL;
}

/* Which of the grades can be measured here. */
static void find_grades(bool ret_given[NOTICE_GRADE_COUNT])
{
	for (enum notice_grade grade = 0; grade < NOTICE_GRADE_COUNT; grade++) {
		struct notice *notice = open_grade(grade);

		ret_given[grade] = notice != NULL;
		if (notice)
			notice_close(notice);
	}
}

static void measure_calls(const bool given[NOTICE_GRADE_COUNT])
{
	static void (*const calls[])(void) = { other_command, other_call };
	static const char *const names[] = { "bpf(2) of another kind", "getppid(2)" };
	double times[2][NOTICE_GRADE_COUNT][ROUNDS];

	for (size_t round = 0; round < ROUNDS; round++) {
		for (enum notice_grade grade = 0; grade < NOTICE_GRADE_COUNT; grade++) {
			struct notice *notice = given[grade] ? open_grade(grade) : NULL;

			if (!notice)
				continue;
			for (size_t call = 0; call < 2; call++)
				times[call][grade][round] = per_call(calls[call]);
			notice_close(notice);
		}
	}
	for (size_t call = 0; call < 2; call++)
		for (enum notice_grade grade = 0; grade < NOTICE_GRADE_COUNT; grade++)
			if (given[grade])
				printf("%-24s %-12s %8.0f ns\n", names[call],
				       notice_grade_name(grade),
				       bench_median(times[call][grade], ROUNDS));
}

struct delays {
	double us[UPDATES];
	size_t count;
};

static void take(void *context, const struct notice_event *event)
{
	struct delays *delays = context;

	if (delays->count < UPDATES)
		delays->us[delays->count++] = (double)(bench_now() - event->time) / 1000;
}

static void update(int link, const int programs[2])
{
	for (int i = 0; i < UPDATES; i++) {
		bpf_link_update(link, programs[i % 2], NULL);
		usleep(PAUSE_US);
	}
	_exit(0);
}

static void measure_delay(enum notice_grade grade)
{
	const int programs[] = { foreign_load(HOOK_TCX_INGRESS), foreign_load(HOOK_TCX_INGRESS) };
	int link = foreign_link(NETNS_INTERFACE, HOOK_TCX_INGRESS, programs[0], true);
	struct notice *notice = open_grade(grade);
	struct pollfd fd = { .fd = notice_fd(notice), .events = POLLIN };
	struct delays delays = { .count = 0 };
	pid_t child = fork();
	double median;

	if (!child)
		update(link, programs);
	while (waitpid(child, NULL, WNOHANG) == 0) {
		poll(&fd, 1, 10);
		notice_drain(notice, take, &delays);
	}
	median = bench_median(delays.us, delays.count); /* and they are sorted from now on */
	printf("%-24s %-12s %8.0f us, at worst %.0f us, of %zu\n", "the news",
	       notice_grade_name(grade), median, delays.us[delays.count - 1], delays.count);
	notice_close(notice);
	close(link);
	close(programs[0]);
	close(programs[1]);
}

int main(void)
{
	bool given[NOTICE_GRADE_COUNT];

	bench_need_root();
	netns_enter();
	libbpf_log_end();
	setbuf(stdout, NULL);
	find_grades(given);
	measure_calls(given);
	for (enum notice_grade grade = NOTICE_TRACEPOINT; grade < NOTICE_GRADE_COUNT; grade++)
		if (given[grade])
			measure_delay(grade);
	return 0;
}
