/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/objects/object_lines.h"

#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>

/*
 * Documentation/bpf/btf.rst. Offsets count from the end of the header; each part is a size of its
 * records, and then for each section of code a name, a count and the records.
 */
struct header {
	__u16 magic;
	__u8 version;
	__u8 flags;
	__u32 length;
	__u32 functions_offset;
	__u32 functions_length;
	__u32 lines_offset;
	__u32 lines_length;
	__u32 adjusted_offset; /* these two are missing in old ones */
	__u32 adjusted_length;
};

struct part_of_section {
	__u32 name;
	__u32 count;
};

/* Something said of one instruction. */
struct remark {
	size_t section;
	__u32 offset;
	__u32 file; /* offsets in the strings */
	__u32 text;
	__u32 line;
	__u32 column;
};

struct remarks {
	struct remark *items; /* by section and offset */
	size_t count;
};

struct object_lines {
	struct remarks lines;
	struct remarks adjusted;
	const char *strings; /* of the BTF, copied to the arena: ends in a NUL */
	size_t strings_length;
};

struct bytes {
	const unsigned char *at;
	size_t length;
};

static bool take(struct bytes *bytes, void *ret, size_t wanted, size_t size)
{
	if (bytes->length < size)
		return false;
	memcpy(ret, bytes->at, wanted);
	bytes->at += size;
	bytes->length -= size;
	return true;
}

static const char *string_at(const struct object_lines *lines, __u32 offset)
{
	return offset < lines->strings_length ? lines->strings + offset : NULL;
}

static void read_strings(struct arena *arena, const struct object_file *file,
			 struct object_lines *lines)
{
	size_t section = object_file_section(file, ".BTF");
	struct bytes bytes = { file->sections.items[section].bytes,
			       file->sections.items[section].size };
	struct btf_header header;

	if (!take(&bytes, &header, sizeof(header), sizeof(header)))
		return;
	bytes.at = file->sections.items[section].bytes + header.hdr_len + header.str_off;
	lines->strings = arena_memdup(arena, bytes.at, header.str_len);
	lines->strings_length = header.str_len;
}

/* libbpf has checked the header of the .BTF, but nobody that of the .BTF.ext. */
static bool read_header(struct bytes *bytes, struct header *ret)
{
	struct bytes rest = *bytes;
	struct header header = { 0 };
	const size_t least = offsetof(struct header, adjusted_offset);

	if (!take(&rest, &header, least, least) || header.magic != BTF_MAGIC ||
	    header.length < least || header.length > bytes->length)
		return false;
	if (header.length >= sizeof(header))
		memcpy(&header, bytes->at, sizeof(header));
	bytes->at += header.length;
	bytes->length -= header.length;
	*ret = header;
	return true;
}

static size_t code_section(const struct object_file *file, const char *name)
{
	for (size_t i = 1; name && i < file->sections.count; i++)
		if (file->sections.items[i].code && !strcmp(file->sections.items[i].name, name))
			return i;
	return 0;
}

static int compare_remarks(const void *a, const void *b)
{
	const struct remark *x = a;
	const struct remark *y = b;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

/* Records of either kind begin with the offset of the instruction in bytes. */
static void read_part(struct arena *arena, const struct object_file *file,
		      const struct object_lines *lines, struct bytes all, __u32 offset,
		      __u32 length, struct remarks *ret)
{
	struct bpf_line_info record = { 0 };
	struct part_of_section part;
	struct bytes bytes;
	__u32 size;

	if (offset > all.length || length > all.length - offset)
		return;
	bytes = (struct bytes){ all.at + offset, length };
	if (!take(&bytes, &size, sizeof(size), sizeof(size)) || size < sizeof(record))
		return;
	/* No more parts than sections: they are searched by name. */
	for (size_t parts = 0; parts < file->sections.count; parts++) {
		size_t section;

		if (!take(&bytes, &part, sizeof(part), sizeof(part)))
			return;
		section = code_section(file, string_at(lines, part.name));
		for (__u32 i = 0; i < part.count; i++) {
			if (!take(&bytes, &record, sizeof(record), size))
				return;
			if (!section)
				continue;
			*list_push(arena, ret) = (struct remark){
				.section = section,
				.offset = record.insn_off,
				.file = record.file_name_off,
				.text = record.line_off,
				.line = BPF_LINE_INFO_LINE_NUM(record.line_col),
				.column = BPF_LINE_INFO_LINE_COL(record.line_col),
			};
		}
	}
}

static void sort(struct remarks *remarks)
{
	if (remarks->count)
		qsort(remarks->items, remarks->count, sizeof(*remarks->items), compare_remarks);
}

struct object_lines *object_lines_new(struct arena *arena, const struct object_file *file)
{
	struct object_lines *lines = arena_alloc(arena, sizeof(*lines));
	size_t section = object_file_section(file, ".BTF.ext");
	struct bytes bytes = { file->sections.items[section].bytes,
			       file->sections.items[section].size };
	struct header header;

	if (!file->btf || !section || !read_header(&bytes, &header))
		return lines;
	read_strings(arena, file, lines);
	read_part(arena, file, lines, bytes, header.lines_offset, header.lines_length,
		  &lines->lines);
	read_part(arena, file, lines, bytes, header.adjusted_offset, header.adjusted_length,
		  &lines->adjusted);
	sort(&lines->lines);
	sort(&lines->adjusted);
	return lines;
}

static size_t first_at(const struct remarks *remarks, size_t section, uint64_t offset)
{
	size_t low = 0, high = remarks->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct remark *at = &remarks->items[middle];

		if (at->section < section || (at->section == section && at->offset < offset))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_before(const struct remarks *remarks, size_t at, size_t section, uint64_t end)
{
	return at < remarks->count && remarks->items[at].section == section &&
	       remarks->items[at].offset < end;
}

/* A line holds until the next one is named. */
static void fill_lines(const struct object_lines *lines, size_t section, uint64_t offset,
		       size_t count, struct object_line *ret)
{
	size_t next = first_at(&lines->lines, section, offset);
	struct object_line line = { 0 };

	for (size_t i = 0; i < count; i++) {
		uint64_t end = offset + (i + 1) * sizeof(struct bpf_insn);

		for (; is_before(&lines->lines, next, section, end); next++)
			line = (struct object_line){
				.file = string_at(lines, lines->lines.items[next].file),
				.text = string_at(lines, lines->lines.items[next].text),
				.line = lines->lines.items[next].line,
				.column = lines->lines.items[next].column,
			};
		ret[i] = line;
	}
}

void object_lines_of(const struct object_lines *lines, size_t section, uint64_t offset,
		     size_t count, struct object_line *ret_lines, bool *ret_adjusted)
{
	const uint64_t end = offset + count * sizeof(struct bpf_insn);

	fill_lines(lines, section, offset, count, ret_lines);
	for (size_t i = first_at(&lines->adjusted, section, offset);
	     is_before(&lines->adjusted, i, section, end); i++)
		ret_adjusted[(lines->adjusted.items[i].offset - offset) / sizeof(struct bpf_insn)] =
			true;
}
