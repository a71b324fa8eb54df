/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/metrics/metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/metrics/http.h"
#include "agent/metrics/socket.h"

enum { REQUEST_LIMIT = 4096 };

struct reader {
	int fd; /* -1: this place is free */
	int64_t until;
	size_t length; /* of the request, as far as it came */
	char request[REQUEST_LIMIT];
	struct arena *arena; /* of the answer; NULL: the request is not whole yet */
	struct text answer;
	size_t sent;
};

struct metrics {
	char *path;
	struct stat file; /* what is at the path, as long as it is ours */
	int fd;
	struct reader readers[METRICS_READERS];
	struct arena *arena; /* of the page; NULL: none was made yet */
	struct text page;
	bool told; /* there is a page */
	int64_t made_at;
};

struct metrics *metrics_open(const char *path, struct error *ret_error)
{
	struct stat file;
	struct metrics *metrics;
	int fd = socket_listen(path, &file, ret_error);

	if (fd < 0)
		return NULL;
	metrics = calloc(1, sizeof(*metrics));
	if (!metrics)
		abort();
	metrics->path = strdup(path);
	if (!metrics->path)
		abort();
	metrics->file = file;
	metrics->fd = fd;
	for (size_t i = 0; i < METRICS_READERS; i++)
		metrics->readers[i].fd = -1;
	return metrics;
}

static void dismiss(struct reader *reader)
{
	close(reader->fd);
	arena_free(reader->arena);
	*reader = (struct reader){ .fd = -1 };
}

void metrics_close(struct metrics *metrics)
{
	if (!metrics)
		return;
	for (size_t i = 0; i < METRICS_READERS; i++)
		if (metrics->readers[i].fd >= 0)
			dismiss(&metrics->readers[i]);
	socket_remove(metrics->path, &metrics->file);
	close(metrics->fd);
	arena_free(metrics->arena);
	free(metrics->path);
	free(metrics);
}

static struct reader *free_place(struct metrics *metrics)
{
	for (size_t i = 0; i < METRICS_READERS; i++)
		if (metrics->readers[i].fd < 0)
			return &metrics->readers[i];
	return NULL;
}

void metrics_fds(const struct metrics *metrics, struct pollfd ret[METRICS_FDS])
{
	bool full = true;

	for (size_t i = 0; i < METRICS_FDS; i++)
		ret[i] = (struct pollfd){ .fd = -1 };
	for (size_t i = 0; metrics && i < METRICS_READERS; i++) {
		const struct reader *reader = &metrics->readers[i];

		ret[i + 1].fd = reader->fd;
		ret[i + 1].events = reader->arena ? POLLOUT : POLLIN;
		full &= reader->fd >= 0;
	}
	/* Whoever finds no place waits in the kernel's line, and wakes nobody. */
	if (metrics && !full)
		ret[0] = (struct pollfd){ .fd = metrics->fd, .events = POLLIN };
}

int64_t metrics_due(const struct metrics *metrics)
{
	int64_t due = 0;

	for (size_t i = 0; metrics && i < METRICS_READERS; i++) {
		const struct reader *reader = &metrics->readers[i];

		if (reader->fd >= 0 && (!due || reader->until < due))
			due = reader->until;
	}
	return due;
}

static void accept_one(struct metrics *metrics, int64_t now_ms)
{
	struct reader *reader = free_place(metrics);
	int fd = reader ? accept4(metrics->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK) : -1;

	if (fd >= 0)
		*reader = (struct reader){ .fd = fd, .until = now_ms + METRICS_DEADLINE_MS };
}

static const struct text *fresh_page(struct metrics *metrics, int64_t now_ms, metrics_page page,
				     void *context)
{
	if (!metrics->arena || now_ms - metrics->made_at >= METRICS_FRESH_MS) {
		arena_free(metrics->arena);
		metrics->arena = arena_new();
		metrics->page = TEXT(metrics->arena);
		metrics->told = page(context, &metrics->page);
		metrics->made_at = now_ms;
	}
	return metrics->told ? &metrics->page : NULL;
}

/* False: he is gone, or has said more than a request is. */
static bool read_request(struct reader *reader)
{
	ssize_t count = recv(reader->fd, reader->request + reader->length,
			     REQUEST_LIMIT - reader->length, 0);

	if (count < 0)
		return errno == EAGAIN || errno == EINTR;
	reader->length += (size_t)count;
	return count > 0;
}

static void answer(struct metrics *metrics, struct reader *reader, int64_t now_ms,
		   metrics_page page, void *context)
{
	enum http_request request = http_parse(reader->request, reader->length);
	const struct text *body = NULL;

	if (request == HTTP_INCOMPLETE && reader->length < REQUEST_LIMIT)
		return;
	if (request == HTTP_INCOMPLETE)
		request = HTTP_BAD;
	if (request == HTTP_GET || request == HTTP_HEAD) {
		body = fresh_page(metrics, now_ms, page, context);
		if (!body)
			request = HTTP_UNAVAILABLE;
	}
	reader->arena = arena_new();
	reader->answer = TEXT(reader->arena);
	http_answer(&reader->answer, request, body);
}

/* False: he is gone, or has it all. */
static bool send_answer(struct reader *reader)
{
	ssize_t count = send(reader->fd, reader->answer.bytes + reader->sent,
			     reader->answer.length - reader->sent, MSG_NOSIGNAL);

	if (count < 0)
		return errno == EAGAIN || errno == EINTR;
	reader->sent += (size_t)count;
	return reader->sent < reader->answer.length;
}

static void serve_one(struct metrics *metrics, struct reader *reader, int64_t now_ms,
		      metrics_page page, void *context)
{
	bool stays = true;

	if (!reader->arena) {
		stays = read_request(reader);
		if (stays)
			answer(metrics, reader, now_ms, page, context);
	}
	if (stays && reader->arena)
		stays = send_answer(reader);
	if (!stays)
		dismiss(reader);
}

void metrics_serve(struct metrics *metrics, const struct pollfd fds[METRICS_FDS], int64_t now_ms,
		   metrics_page page, void *context)
{
	for (size_t i = 0; metrics && i < METRICS_READERS; i++) {
		struct reader *reader = &metrics->readers[i];

		if (reader->fd < 0)
			continue;
		if (fds[i + 1].revents)
			serve_one(metrics, reader, now_ms, page, context);
		if (reader->fd >= 0 && now_ms >= reader->until)
			dismiss(reader);
	}
	if (metrics && fds[0].revents)
		accept_one(metrics, now_ms);
}
