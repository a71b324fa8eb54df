/* SPDX-License-Identifier: GPL-2.0-only */
/* One line of context for a failure of the machine. The errno travels beside it, negative. */
#ifndef ORDAIN_AGENT_SYSTEM_ERROR_H
#define ORDAIN_AGENT_SYSTEM_ERROR_H

struct error {
	char text[512];
};

/* Writes the line and returns `result`, so that a caller can `return error_set(...)`. */
int error_set(struct error *error, int result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same, with ": " and the text of the errno appended: "attach to eth0 xdp: Device or ...". */
int error_errno(struct error *error, int result, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
