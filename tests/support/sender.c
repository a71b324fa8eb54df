/* SPDX-License-Identifier: GPL-2.0-only */
#include "traffic.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/if_packet.h>
#include <net/if.h>

enum { BATCH = 64, SECOND = 1000000000 };

/* When the next packet may go, in nanoseconds of CLOCK_MONOTONIC. */
struct pace {
	uint64_t next;
	uint64_t interval;
};

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static void sleep_until(uint64_t when)
{
	struct timespec time = { (time_t)(when / SECOND), (long)(when % SECOND) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
		;
}

static struct pace pace_start(const struct sender *sender)
{
	return (struct pace){ now(), sender->rate ? SECOND / sender->rate : 0 };
}

/* How many packets are due. At high rates a sleep lasts longer than the interval: a batch then. */
static unsigned int pace_wait(struct pace *pace)
{
	uint64_t time, due;

	if (!pace->interval)
		return BATCH;
	sleep_until(pace->next);
	time = now();
	due = 1 + (time - pace->next) / pace->interval;
	if (due > BATCH)
		due = BATCH;
	pace->next += due * pace->interval;
	/* Somebody who was kept from sending for long does not make up for it with a burst. */
	if (pace->next + SECOND / 100 < time)
		pace->next = time;
	return (unsigned int)due;
}

int sender_open(const char *interface, struct sender *ret)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET };
	int fd, error;

	address.sll_ifindex = (int)if_nametoindex(interface);
	if (!address.sll_ifindex)
		return -errno;
	/* Protocol 0: it receives nothing. Without PACKET_QDISC_BYPASS, which would also bypass
	 * tcx egress. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		error = -errno;
		close(fd);
		return error;
	}
	*ret = (struct sender){ .fd = fd, .stop = true };
	return 0;
}

/* Sends up to `count` packets (at most BATCH) with one call: the number that the kernel took. */
static int send_batch(struct sender *sender, unsigned int count)
{
	struct mmsghdr messages[BATCH] = { 0 };
	struct trace_packet packets[BATCH];
	struct iovec vectors[BATCH];
	int sent;

	for (unsigned int i = 0; i < count; i++) {
		packets[i] = (struct trace_packet){
			.destination = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
			.source = { 2, 0, 0, 0, 0, 1 }, /* locally administered */
			.ethertype = htons(TRACE_ETHERTYPE),
			.action = sender->action,
			.sequence = htobe64(sender->sent + i),
		};
		vectors[i] = (struct iovec){ &packets[i], sizeof(packets[i]) };
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	sent = sendmmsg(sender->fd, messages, count, 0);
	return sent < 0 ? -errno : sent;
}

/* Advances by at least one packet, unless the device is full and the packet is to be tried again. */
static int send_some(struct sender *sender, unsigned int count)
{
	int sent = send_batch(sender, count);

	if (sent >= 0) {
		sender->sent += (uint64_t)sent;
		return 0;
	}
	if (sent != -ENOBUFS && sent != -EAGAIN && sent != -EINTR)
		return sent;
	if (sent == -ENOBUFS && sender->once) {
		sender->sent++;
		sender->refused++;
		return 0;
	}
	sched_yield();
	return 0;
}

int sender_send(struct sender *sender, uint64_t count)
{
	struct pace pace = pace_start(sender);
	uint64_t end = sender->sent + count;
	int error;

	while (sender->sent < end) {
		uint64_t due = pace_wait(&pace);

		if (due > end - sender->sent)
			due = end - sender->sent;
		error = send_some(sender, (unsigned int)due);
		if (error < 0)
			return error;
	}
	return 0;
}

static void *send_until_stopped(void *argument)
{
	struct sender *sender = argument;
	struct pace pace = pace_start(sender);
	uint64_t end = now() + (uint64_t)SENDER_SECONDS * SECOND;

	while (!sender->stop && !sender->result && now() < end)
		sender->result = send_some(sender, pace_wait(&pace));
	return NULL;
}

int sender_start(struct sender *sender)
{
	int error;

	sender->stop = false;
	sender->result = 0;
	error = pthread_create(&sender->thread, NULL, send_until_stopped, sender);
	if (error)
		sender->stop = true;
	return -error;
}

int sender_stop(struct sender *sender)
{
	if (sender->stop)
		return 0;
	sender->stop = true;
	pthread_join(sender->thread, NULL);
	return sender->result;
}

void sender_close(struct sender *sender)
{
	sender_stop(sender);
	close(sender->fd);
}
