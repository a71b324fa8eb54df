/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/system/journal.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "policy/base/text.h"
#include "policy/base/utf8.h"

/*
 * A datagram takes about 200 KiB unless somebody allowed for more, and no entry has more than a few
 * long fields. Longer entries could go in a memory file, and would be no better to read.
 */
enum { VALUE_MAX = 16 * 1024 };

static const char cut_short[] = "...";

const char *journal_field_name(enum journal_field field)
{
	static const char *const names[] = {
#define JOURNAL_NAME(symbol, name) name,
		JOURNAL_FIELDS(JOURNAL_NAME)
#undef JOURNAL_NAME
	};

	return names[field];
}

/* How much of the value is told: all, or up to a whole character. */
static size_t fitting(const char *value)
{
	size_t length = strnlen(value, VALUE_MAX + 1);

	if (length <= VALUE_MAX)
		return length;
	length = VALUE_MAX - strlen(cut_short);
	while (length && ((unsigned char)value[length] & 0xc0) == 0x80)
		length--;
	return length;
}

/* "NAME=value", or with newlines within the name, a length of 64 bits and the value. */
static void add_field(struct text *out, const char *name, const char *value)
{
	size_t length = fitting(value);
	const char *end = value[length] ? cut_short : "";

	text_add(out, name);
	if (memchr(value, '\n', length)) {
		uint64_t size = htole64(length + strlen(end));

		text_add(out, "\n");
		text_add_bytes(out, (const char *)&size, sizeof(size));
	} else {
		text_add(out, "=");
	}
	text_add_bytes(out, value, length);
	text_add(out, end);
	text_add(out, "\n");
}

static void add_entry(struct text *out, const struct journal *journal,
		      const struct journal_entry *entry)
{
	char priority[16];

	snprintf(priority, sizeof(priority), "%d", entry->priority);
	add_field(out, "MESSAGE", entry->message);
	add_field(out, "PRIORITY", priority);
	add_field(out, "SYSLOG_IDENTIFIER", "ordain");
	for (enum journal_field i = 0; i < JOURNAL_FIELD_COUNT; i++)
		if (entry->fields[i])
			add_field(out, journal_field_name(i), entry->fields[i]);
	if (entry->fields[JOURNAL_CHANGE])
		add_field(out, journal_field_name(JOURNAL_BY), journal->by ? journal->by : "agent");
}

static bool send_to(const struct journal *journal, const struct text *datagram)
{
	const struct timeval patience = { .tv_sec = 1 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(journal->socket);
	bool sent;
	int fd;

	if (length >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, journal->socket, length);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	sent = !setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) &&
	       sendto(fd, datagram->bytes, datagram->length,
		      MSG_NOSIGNAL | (journal->deaf ? MSG_DONTWAIT : 0),
		      (const struct sockaddr *)&address, sizeof(address)) >= 0;
	close(fd);
	return sent;
}

/* Whoever started us may have made stderr a way into the journal, and says so: systemd.exec(5). */
static bool is_journal(int fd)
{
	const char *words = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat st;

	return words && sscanf(words, "%ju:%ju", &device, &inode) == 2 && !fstat(fd, &st) &&
	       st.st_dev == device && st.st_ino == inode;
}

/* Names come from others, and stderr may be a terminal; what is plain was rendered for one. */
static void write_plain(struct arena *arena, const struct journal_entry *entry)
{
	struct text line = TEXT(arena);

	if (entry->plain) {
		fputs(entry->plain, stderr);
		return;
	}
	text_add(&line, "ordain: ");
	utf8_show_string(&line, entry->message);
	text_add(&line, "\n");
	fputs(text_string(&line), stderr);
}

void journal_write(struct journal *journal, const struct journal_entry *entry)
{
	struct arena *arena = arena_new();
	struct text datagram = TEXT(arena);
	bool sent;

	add_entry(&datagram, journal, entry);
	sent = send_to(journal, &datagram);
	journal->deaf = !sent;
	if (journal->aloud && !(sent && is_journal(STDERR_FILENO)))
		write_plain(arena, entry);
	arena_free(arena);
}
