/* SPDX-License-Identifier: GPL-2.0-only */
/* As much of HTTP/1.1 as one page needs: GET /metrics, one request for each connection. */
#ifndef ORDAIN_AGENT_METRICS_HTTP_H
#define ORDAIN_AGENT_METRICS_HTTP_H

#include <stdbool.h>

#include "policy/base/text.h"

enum http_request {
	HTTP_INCOMPLETE, /* more is to come */
	HTTP_GET, /* of the page */
	HTTP_HEAD, /* the same, but without it */
	HTTP_NOT_FOUND,
	HTTP_METHOD, /* neither of these two */
	HTTP_BAD, /* this is no HTTP */
	HTTP_UNAVAILABLE, /* what no request is: there is no page now */
};

/* What the bytes that came so far are; they need not end in NUL. */
enum http_request http_parse(const char *bytes, size_t length);

/* The whole answer; `page` is for GET and HEAD alone. */
void http_answer(struct text *out, enum http_request request, const struct text *page);

#endif
