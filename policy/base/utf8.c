/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/base/utf8.h"

#include <string.h>

size_t utf8_decode(const char *bytes, size_t length, uint32_t *ret_character)
{
	/* The smallest character that needs so many bytes. */
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char lead = (unsigned char)bytes[0];
	size_t size = lead < 0x80		    ? 1
		      : lead >= 0xc0 && lead < 0xe0 ? 2
		      : lead >= 0xe0 && lead < 0xf0 ? 3
		      : lead >= 0xf0 && lead < 0xf8 ? 4
						    : 0;
	uint32_t character = size <= 1 ? lead : lead & (0x7fu >> size);

	if (!size || size > length)
		return 0;
	for (size_t i = 1; i < size; i++) {
		unsigned char next = (unsigned char)bytes[i];

		if ((next & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (next & 0x3f);
	}
	if (character < smallest[size] || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	*ret_character = character;
	return size;
}

size_t utf8_mark(const char *bytes, size_t length)
{
	static const char mark[] = { '\xef', '\xbb', '\xbf' };

	return length >= sizeof(mark) && !memcmp(bytes, mark, sizeof(mark)) ? sizeof(mark) : 0;
}

bool utf8_printable(uint32_t character)
{
	static const struct {
		uint32_t from;
		uint32_t to;
	} hidden[] = {
		{ 0x00, 0x1f }, /* C0 controls */
		{ 0x7f, 0x9f }, /* DEL and C1 controls */
		{ 0xad, 0xad }, /* soft hyphen */
		{ 0x61c, 0x61c }, /* marks that turn the direction of writing, */
		{ 0x200b, 0x200f }, /* and what has no width */
		{ 0x2028, 0x202e }, { 0x2060, 0x206f },	  { 0xfeff, 0xfeff },
		{ 0xfff9, 0xffff }, { 0xe0000, 0xe0fff }, /* tags */
	};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (character >= hidden[i].from && character <= hidden[i].to)
			return false;
	return true;
}

size_t utf8_line_break(const char *bytes, size_t length)
{
	uint32_t character;
	size_t size;

	if (!length)
		return 0;
	if (bytes[0] == '\r')
		return length > 1 && bytes[1] == '\n' ? 2 : 1;
	if (bytes[0] == '\n')
		return 1;
	size = utf8_decode(bytes, length, &character);
	if (size && (character == 0x85 || character == 0x2028 || character == 0x2029))
		return size;
	return 0;
}

size_t utf8_show(struct text *out, const char *bytes, size_t length, size_t *ret_columns)
{
	uint32_t character = 0;
	size_t size = utf8_decode(bytes, length, &character);
	size_t before = out->length;

	if (size && utf8_printable(character)) {
		text_add_bytes(out, bytes, size);
		*ret_columns = 1;
		return size;
	}
	if (size && character > 0xff)
		text_printf(out, "\\u%04x", (unsigned int)character);
	else
		text_printf(out, "\\x%02x",
			    size ? (unsigned int)character : (unsigned char)bytes[0]);
	*ret_columns = out->length - before;
	return size ? size : 1;
}

void utf8_show_string(struct text *out, const char *string)
{
	size_t length = strlen(string);
	size_t columns;

	for (size_t at = 0; at < length;)
		at += utf8_show(out, string + at, length - at, &columns);
}

size_t utf8_count(const char *string)
{
	size_t count = 0;

	for (; *string; string++)
		count += ((unsigned char)*string & 0xc0) != 0x80;
	return count;
}
