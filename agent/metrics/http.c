/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/metrics/http.h"

#include <string.h>

static const char page_type[] = "application/openmetrics-text; version=1.0.0; charset=utf-8";

static bool starts_with(const char *string, const char *start)
{
	return !strncmp(string, start, strlen(start));
}

/* "/metrics", with or without a query; proxies may put the host before it. */
static bool is_page(const char *target)
{
	static const char path[] = "/metrics";

	if (starts_with(target, "http://")) {
		target = strchr(target + strlen("http://"), '/');
		if (!target)
			return false;
	}
	return starts_with(target, path) && strchr("?", target[strlen(path)]);
}

static enum http_request parse_line(char *line)
{
	char *target = strchr(line, ' ');
	char *version = target ? strchr(target + 1, ' ') : NULL;

	if (!version || !starts_with(version, " HTTP/1."))
		return HTTP_BAD;
	*target++ = '\0';
	*version = '\0';
	if (strcmp(line, "GET") != 0 && strcmp(line, "HEAD") != 0)
		return HTTP_METHOD;
	if (!is_page(target))
		return HTTP_NOT_FOUND;
	return *line == 'G' ? HTTP_GET : HTTP_HEAD;
}

enum http_request http_parse(const char *bytes, size_t length)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = NULL;
	const char *end = length ? memchr(bytes, '\n', length) : NULL;

	/* The headers say nothing that matters, but who is not through with them does not listen. */
	if (!end || !(memmem(bytes, length, "\r\n\r\n", 4) || memmem(bytes, length, "\n\n", 2)))
		return HTTP_INCOMPLETE;
	arena = arena_new();
	return parse_line(arena_strndup(arena, bytes, (size_t)(end - bytes)));
}

static const struct answer {
	const char *status;
	const char *page; /* NULL: the one that is given */
	const char *header; /* one more */
} answers[] = {
	[HTTP_INCOMPLETE] = { "408 Request Timeout", "The request did not come in time.\n", "" },
	[HTTP_GET] = { "200 OK", NULL, "" },
	[HTTP_HEAD] = { "200 OK", NULL, "" },
	[HTTP_NOT_FOUND] = { "404 Not Found", "There is /metrics, and nothing else.\n", "" },
	[HTTP_METHOD] = { "405 Method Not Allowed", "It can be read, and nothing else.\n",
			  "Allow: GET, HEAD\r\n" },
	[HTTP_BAD] = { "400 Bad Request", "This is no HTTP/1.1.\n", "" },
	[HTTP_UNAVAILABLE] = { "503 Service Unavailable", "The agent cannot tell now.\n", "" },
};

void http_answer(struct text *out, enum http_request request, const struct text *page)
{
	const struct answer *answer = &answers[request];
	const char *body = answer->page ? answer->page : text_string(page);
	size_t length = answer->page ? strlen(answer->page) : page->length;

	text_printf(out,
		    "HTTP/1.1 %s\r\n"
		    "Content-Type: %s\r\n"
		    "Content-Length: %zu\r\n"
		    "%s"
		    "Connection: close\r\n"
		    "\r\n",
		    answer->status, answer->page ? "text/plain; charset=utf-8" : page_type, length,
		    answer->header);
	if (request != HTTP_HEAD)
		text_add_bytes(out, body, length);
}
