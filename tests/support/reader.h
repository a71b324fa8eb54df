/* SPDX-License-Identifier: GPL-2.0-only */
/* Somebody who reads the agent's metrics, well-behaved or not. */
#ifndef ORDAIN_TESTS_SUPPORT_READER_H
#define ORDAIN_TESTS_SUPPORT_READER_H

#include "ordain.h"

/* Where the agent's socket is. */
const char *reader_path(const struct ordain *ordain);

/* A connection, with so much said; -1: nobody listens. The caller closes. */
int reader_connect(const struct ordain *ordain, const char *said);

/* Whatever comes until the other end is closed, with its header. */
const char *reader_hear(const struct ordain *ordain, int fd);

/* Reads the page: what is behind a header that says that it is one. Fails the test otherwise. */
const char *reader_page(const struct ordain *ordain);

#define NO_SAMPLE UINT64_MAX

/* The value of a sample: its name, with all its labels. */
uint64_t reader_value(const char *page, const char *sample);

#endif
