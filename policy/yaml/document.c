/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/yaml/document.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "policy/base/utf8.h"
#include "policy/yaml/yaml_problem.h"

static const char standard_tag[] = "tag:yaml.org,2002:";

/* Nobody writes more by hand, and each alias looks at all of them. */
enum { MAX_ANCHORS = 256 };

struct anchor {
	const char *name;
	unsigned int line;
};

struct reader {
	struct arena *arena;
	const struct source *source;
	struct diags *diags;
	yaml_parser_t yaml;
	struct yaml_state state;
	bool merging; /* the value of a merge key comes next: the key is refused as a whole */
	struct {
		struct anchor *items;
		size_t count;
	} anchors; /* the first of those met so far */
};

static bool read_node(struct reader *reader, yaml_event_t *event, unsigned int depth,
		      struct node **ret);

/* The span between two marks; what goes on over several lines is cut where it is shown. */
static struct span span_between(const struct reader *reader, const yaml_mark_t *start,
				const yaml_mark_t *end)
{
	return (struct span){
		.source = reader->source,
		.line = (unsigned int)start->line + 1,
		.column = (unsigned int)start->column + 1,
		.length = end->index > start->index ? (unsigned int)(end->index - start->index) : 1,
	};
}

static struct span event_span(const struct reader *reader, const yaml_event_t *event)
{
	return span_between(reader, &event->start_mark, &event->end_mark);
}

/* What YAML knows as a character: everything but most controls. */
static bool is_text(uint32_t character)
{
	if (character < 0x20)
		return character == '\t' || character == '\n' || character == '\r';
	return character < 0x7f || character == 0x85 || (character >= 0xa0 && character < 0xfffe) ||
	       character > 0xffff;
}

/*
 * libyaml names a byte offset for what is not text, and takes UTF-16 for text: looked at first,
 * so that it meets neither. A mark of UTF-8 at the start is no character.
 */
static bool check_text(struct reader *reader, size_t start)
{
	const struct source *source = reader->source;
	struct span span = { .source = source, .line = 1, .column = 1, .length = 1 };
	struct diag *diag;
	size_t size;

	for (size_t at = start; at < source->length; at += size) {
		size_t line_break = utf8_line_break(source->text + at, source->length - at);
		uint32_t character = 0;

		size = utf8_decode(source->text + at, source->length - at, &character);
		if (line_break) {
			span.line++;
			span.column = 1;
			size = line_break;
			continue;
		}
		if (!size || !is_text(character) || character == 0xfeff) {
			diag = diag_error(reader->diags, DIAG_YAML_SYNTAX, span, "%s",
					  size ? "a control character in the file"
					       : "the file is not UTF-8 text");
			diag_help(reader->diags, diag, "policy files are plain text in UTF-8");
			return false;
		}
		span.column++;
	}
	return true;
}

/* The next event, to be deleted by the caller; false, with a diagnostic, if there is none. */
static bool next(struct reader *reader, yaml_event_t *ret)
{
	if (yaml_parser_parse(&reader->yaml, ret))
		return true;
	yaml_problem_add(reader->diags, reader->source, &reader->yaml, &reader->state);
	return false;
}

static struct diag *refuse(struct reader *reader, struct span span, const char *what)
{
	return diag_error(reader->diags, DIAG_YAML_UNSUPPORTED, span, "%s", what);
}

static void refuse_anchor(struct reader *reader, const yaml_event_t *event, const char *anchor)
{
	struct span span = event_span(reader, event);

	span.length = (unsigned int)utf8_count(anchor) + 1;
	if (reader->anchors.count < MAX_ANCHORS)
		*list_push(reader->arena, &reader->anchors) =
			(struct anchor){ arena_strdup(reader->arena, anchor), span.line };
	diag_help(
		reader->diags, refuse(reader, span, "anchors are not supported"),
		"remove '&%s', and write the value out wherever '*%s' stands; a value that begins "
		"with '&' needs quotes",
		anchor, anchor);
}

static void refuse_tag(struct reader *reader, const yaml_event_t *event, const char *tag)
{
	struct span span = event_span(reader, event);
	size_t prefix = strlen(standard_tag);
	struct diag *diag;

	if (!strncmp(tag, standard_tag, prefix)) {
		span.length = (unsigned int)utf8_count(tag + prefix) + 2;
		diag = refuse(reader, span, "tags are not supported");
		diag_help(reader->diags, diag, "remove '!!%s'", tag + prefix);
		return;
	}
	span.length = (unsigned int)utf8_count(tag);
	diag = refuse(reader, span, "tags are not supported, and '!' without quotes begins one");
	diag_help(reader->diags, diag, "put a pattern that excludes in quotes: \"%s\"",
		  tag[1] ? tag : "!lo");
}

/* Most who write one mean a pattern; who gave the name to something above means that. */
static void refuse_alias(struct reader *reader, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	struct diag *diag = refuse(reader, event_span(reader, event),
				   "aliases are not supported, and '*' without quotes begins one");

	for (size_t i = 0; i < reader->anchors.count; i++) {
		if (strcmp(reader->anchors.items[i].name, name) != 0)
			continue;
		diag_help(reader->diags, diag, "write out here what '&%s' in line %u stands for",
			  name, reader->anchors.items[i].line);
		return;
	}
	diag_help(reader->diags, diag, "put a pattern in quotes: \"*%s\"", name);
}

/* Anchors and tags of any kind of node. Only for a scalar do they leave in doubt what is meant. */
static void check_properties(struct reader *reader, const yaml_event_t *event,
			     const yaml_char_t *anchor, const yaml_char_t *tag, struct node *node)
{
	if (anchor)
		refuse_anchor(reader, event, (const char *)anchor);
	if (tag)
		refuse_tag(reader, event, (const char *)tag);
	node->refused = tag && event->type == YAML_SCALAR_EVENT;
}

static void read_scalar(struct reader *reader, const yaml_event_t *event, struct node *node)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;

	node->kind = NODE_SCALAR;
	node->scalar = arena_strndup(reader->arena, value, length);
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (event->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
	    event->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE) {
		reader->state.quoted_start = event->start_mark;
		reader->state.quoted_end = event->end_mark;
	}
	check_properties(reader, event, event->data.scalar.anchor, event->data.scalar.tag, node);
	if (memchr(value, 0, length)) {
		diag_error(reader->diags, DIAG_BAD_VALUE, node->span, "a value with a NUL in it");
		node->refused = true;
	}
}

/* Where a block ends is the start of what follows, so only one in brackets has a length. */
static void end_collection(const struct reader *reader, const yaml_mark_t *start,
			   const yaml_event_t *end, struct node *node)
{
	if (end->end_mark.index > end->start_mark.index)
		node->span = span_between(reader, start, &end->end_mark);
	else
		node->span.length = 1;
}

static bool read_list(struct reader *reader, unsigned int depth, const yaml_mark_t *start,
		      struct node *node)
{
	yaml_event_t event;

	node->kind = NODE_LIST;
	for (;;) {
		struct node *item;

		if (!next(reader, &event))
			return false;
		if (event.type == YAML_SEQUENCE_END_EVENT)
			break;
		if (!read_node(reader, &event, depth + 1, &item))
			return false;
		*list_push(reader->arena, &node->values) = item;
	}
	end_collection(reader, start, &event, node);
	yaml_event_delete(&event);
	return true;
}

static bool is_merge(const struct node *key)
{
	return key->kind == NODE_SCALAR && !key->quoted && !key->refused &&
	       !strcmp(key->scalar, "<<");
}

/* "{{ name }}", which a template leaves where nobody filled it in. */
static bool is_template(const struct node *map, const struct node *key)
{
	return key->kind == NODE_MAP && key->span.line == map->span.line &&
	       key->span.column == map->span.column + 1;
}

/* Keys that can be none: they and their values stay out of the tree. */
static bool is_key(struct reader *reader, const struct node *map, const struct node *key)
{
	if (key->refused)
		return false;
	if (is_template(map, key)) {
		diag_help(reader->diags,
			  refuse(reader, map->span,
				 "'{{' begins no value: a template that was "
				 "not filled in?"),
			  "write the value itself, or have the template rendered first");
		return false;
	}
	if (key->kind != NODE_SCALAR) {
		diag_help(reader->diags,
			  refuse(reader, key->span, "a key must be a word, not a list or a map"),
			  "a value that begins with '[' or '{' needs quotes");
		return false;
	}
	if (is_merge(key)) {
		diag_help(reader->diags, refuse(reader, key->span, "merge keys are not supported"),
			  "write out here the keys of what is merged, and remove '<<'");
		return false;
	}
	return true;
}

static int compare_keys(const void *a, const void *b)
{
	const struct node *x = *(const struct node *const *)a;
	const struct node *y = *(const struct node *const *)b;
	int order = strcmp(x->scalar, y->scalar);

	if (order)
		return order;
	if (x->span.line != y->span.line)
		return x->span.line < y->span.line ? -1 : 1;
	return (x->span.column > y->span.column) - (x->span.column < y->span.column);
}

/* Sorted, as a map may have ten thousand keys. The first of several is the one that counts. */
static void refuse_duplicates(struct reader *reader, const struct node *map)
{
	const struct nodes *keys = &map->keys;
	struct node **sorted;
	const struct node *first;

	if (keys->count < 2)
		return;
	sorted = arena_memdup(reader->arena, keys->items, keys->count * sizeof(*sorted));
	qsort(sorted, keys->count, sizeof(*sorted), compare_keys);
	first = sorted[0];
	for (size_t i = 1; i < keys->count; i++) {
		struct diag *diag;

		if (strcmp(sorted[i]->scalar, first->scalar) != 0) {
			first = sorted[i];
			continue;
		}
		diag = diag_error(reader->diags, DIAG_DUPLICATE_KEY, sorted[i]->span,
				  "key '%s' is given twice", first->scalar);
		diag_label(reader->diags, diag, "first in line %u", first->span.line);
		diag_help(reader->diags, diag, "remove one of the two, or write both as one");
		sorted[i]->refused = true;
	}
}

static bool read_map(struct reader *reader, unsigned int depth, const yaml_mark_t *start,
		     struct node *node)
{
	yaml_event_t event;

	node->kind = NODE_MAP;
	for (;;) {
		struct node *key;
		struct node *value;

		if (!next(reader, &event))
			return false;
		if (event.type == YAML_MAPPING_END_EVENT)
			break;
		if (!read_node(reader, &event, depth + 1, &key) || !next(reader, &event))
			return false;
		/* One word for `<<: *x`, which is one slip. */
		reader->merging = is_merge(key);
		if (!read_node(reader, &event, depth + 1, &value))
			return false;
		if (!is_key(reader, node, key)) {
			node->incomplete = true;
			node->refused |= is_template(node, key);
			continue;
		}
		*list_push(reader->arena, &node->keys) = key;
		*list_push(reader->arena, &node->values) = value;
	}
	end_collection(reader, start, &event, node);
	yaml_event_delete(&event);
	refuse_duplicates(reader, node);
	return true;
}

/* Builds what begins with `event`, and deletes it. False if the source ends in an error. */
static bool read_node(struct reader *reader, yaml_event_t *event, unsigned int depth,
		      struct node **ret)
{
	struct node *node = arena_alloc(reader->arena, sizeof(*node));
	const struct yaml_open open = { reader->state.open, event->start_mark };
	yaml_event_type_t type = event->type;
	struct diag *diag;
	bool merged = reader->merging;
	bool good;

	reader->merging = false;
	node->span = event_span(reader, event);
	*ret = node;
	if (type == YAML_SCALAR_EVENT) {
		read_scalar(reader, event, node);
	} else if (type == YAML_ALIAS_EVENT) {
		if (!merged)
			refuse_alias(reader, event);
		node->scalar = "";
		node->refused = true;
	} else if (type == YAML_SEQUENCE_START_EVENT) {
		check_properties(reader, event, event->data.sequence_start.anchor,
				 event->data.sequence_start.tag, node);
	} else {
		check_properties(reader, event, event->data.mapping_start.anchor,
				 event->data.mapping_start.tag, node);
	}
	yaml_event_delete(event);
	if (type == YAML_SCALAR_EVENT || type == YAML_ALIAS_EVENT)
		return true;
	if (depth > DOCUMENT_MAX_DEPTH) {
		diag = diag_error(reader->diags, DIAG_TOO_LARGE, node->span,
				  "nested more than %d levels deep", DOCUMENT_MAX_DEPTH);
		diag_help(reader->diags, diag, "no policy needs more than 6");
		return false;
	}
	reader->state.open = &open;
	good = type == YAML_SEQUENCE_START_EVENT ? read_list(reader, depth, &open.mark, node)
						 : read_map(reader, depth, &open.mark, node);
	reader->state.open = open.outer;
	return good;
}

/* The end of the stream must follow. */
static bool expect_end(struct reader *reader)
{
	yaml_event_t event;
	bool end;

	if (!next(reader, &event))
		return false;
	end = event.type == YAML_STREAM_END_EVENT;
	if (!end)
		diag_help(reader->diags,
			  refuse(reader, event_span(reader, &event),
				 "several documents in one file are not supported"),
			  "put each into a file of its own, or remove '---'");
	yaml_event_delete(&event);
	return end;
}

static void refuse_empty(struct reader *reader)
{
	struct span span = { .source = reader->source };
	struct diag *diag = diag_error(reader->diags, DIAG_MISSING_KEY, span,
				       reader->source->length
					       ? "nothing but comments in the file yet"
					       : "nothing in the file yet");

	diag_help(reader->diags, diag,
		  "begin with 'ordain: 1', or remove the file if nothing is meant");
}

static bool is_nothing(const struct node *node)
{
	return node->kind == NODE_SCALAR && !node->quoted && !node->refused && !*node->scalar;
}

static struct node *read_document(struct reader *reader)
{
	struct node *root = NULL;
	yaml_event_t event;
	yaml_event_type_t type;

	if (!next(reader, &event)) /* the start of the stream */
		return NULL;
	yaml_event_delete(&event);
	if (!next(reader, &event))
		return NULL;
	type = event.type;
	yaml_event_delete(&event);
	if (type == YAML_STREAM_END_EVENT) {
		refuse_empty(reader);
		return NULL;
	}
	if (!next(reader, &event) || !read_node(reader, &event, 1, &root) || !next(reader, &event))
		return NULL;
	yaml_event_delete(&event); /* the end of the document */
	if (!expect_end(reader))
		return NULL;
	if (is_nothing(root)) {
		refuse_empty(reader);
		return NULL;
	}
	return root;
}

const struct node *document_parse(struct arena *arena, const struct source *source,
				  struct diags *diags)
{
	struct reader reader = { .arena = arena, .source = source, .diags = diags };
	size_t start = utf8_mark(source->text, source->length);
	const struct node *root;

	if (source->length > DOCUMENT_MAX_BYTES) {
		diag_help(diags,
			  diag_error(diags, DIAG_TOO_LARGE, (struct span){ .source = source },
				     "the file is larger than %d KiB", DOCUMENT_MAX_BYTES / 1024),
			  "split it: all files of the directory together are the policy");
		return NULL;
	}
	if (!check_text(&reader, start))
		return NULL;
	if (!yaml_parser_initialize(&reader.yaml))
		abort();
	yaml_parser_set_encoding(&reader.yaml, YAML_UTF8_ENCODING);
	/* libyaml insists on an address, also of nothing. */
	yaml_parser_set_input_string(
		&reader.yaml, (const yaml_char_t *)(source->length ? source->text + start : ""),
		source->length - start);
	root = read_document(&reader);
	yaml_parser_delete(&reader.yaml);
	return root;
}
