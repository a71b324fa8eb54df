/* SPDX-License-Identifier: GPL-2.0-only */
#include "reader.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "policy/base/text.h"
#include "test.h"

const char *reader_path(const struct ordain *ordain)
{
	return ordain_path(ordain, "run/ordain-agent/metrics.sock");
}

int reader_connect(const struct ordain *ordain, const char *said)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct timeval patience = { .tv_sec = 20 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", reader_path(ordain));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return -1;
	}
	/* It may be over before all is said. */
	(void)!send(fd, said, strlen(said), MSG_NOSIGNAL);
	return fd;
}

const char *reader_hear(const struct ordain *ordain, int fd)
{
	struct text text = TEXT(ordain->arena);
	char bytes[4096];
	ssize_t count;

	while ((count = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		text_add_bytes(&text, bytes, (size_t)count);
	return text_string(&text);
}

const char *reader_page(const struct ordain *ordain)
{
	static const char type[] = "\r\nContent-Type: application/openmetrics-text; version=1.0.0; "
				   "charset=utf-8\r\n";
	int fd = reader_connect(ordain, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
	const char *answer, *page, *length;

	assert_true(fd >= 0);
	answer = reader_hear(ordain, fd);
	close(fd);
	page = strstr(answer, "\r\n\r\n");
	length = strstr(answer, "\r\nContent-Length: ");
	if (strncmp(answer, "HTTP/1.1 200 OK\r\n", 17) != 0 || !strstr(answer, type) || !page ||
	    !length)
		fail_msg("not the page: %s", answer);
	page += 4;
	assert_int_equal(strtoull(length + strlen("\r\nContent-Length: "), NULL, 10), strlen(page));
	return page;
}

uint64_t reader_value(const char *page, const char *sample)
{
	size_t length = strlen(sample);

	for (const char *line = page; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, sample, length) && line[length] == ' ')
			return strtoull(line + length + 1, NULL, 10);
	}
	return NO_SAMPLE;
}
