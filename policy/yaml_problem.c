/* SPDX-License-Identifier: GPL-2.0-only */
#include "yaml_problem.h"

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* A line of the source without its end. */
struct line {
	const char *text;
	size_t length;
	size_t number; /* from 0, as libyaml counts */
};

struct problem {
	struct diags *diags;
	const struct source *source;
	const yaml_parser_t *yaml;
};

static struct line line_at(const struct source *source, size_t number)
{
	size_t mark = utf8_mark(source->text, source->length);
	struct line line = { .text = source->text + mark, .number = number };
	size_t left = source->length - mark;

	while (left) {
		size_t line_break = utf8_line_break(line.text + line.length, left);

		if (line_break && !number--)
			return line;
		if (line_break) {
			line.text += line.length + line_break;
			line.length = 0;
		} else {
			line.length++;
		}
		left -= line_break ? line_break : 1;
	}
	if (number)
		line.length = 0;
	return line;
}

/* The byte in a line at a column that counts characters; the end of the line at most. */
static size_t byte_offset(const struct line *line, size_t column)
{
	size_t offset = 0;

	for (; column && offset < line->length; column--) {
		uint32_t character;
		size_t size = utf8_decode(line->text + offset, line->length - offset, &character);

		offset += size ? size : 1;
	}
	return offset;
}

/* 0 at the end of a line. */
static char character_at(const struct source *source, const yaml_mark_t *mark)
{
	struct line line = line_at(source, mark->line);
	size_t offset = byte_offset(&line, mark->column);

	if (offset >= line.length)
		return '\0';
	return line.text[offset];
}

static struct span span_at(const struct problem *problem, const yaml_mark_t *mark)
{
	return (struct span){
		.source = problem->source,
		.line = (unsigned int)mark->line + 1,
		.column = (unsigned int)mark->column + 1,
		.length = 1,
	};
}

static struct span span_in(const struct problem *problem, const struct line *line, size_t offset,
			   size_t length)
{
	size_t column = 1;

	for (size_t i = 0; i < offset; i++)
		column += ((unsigned char)line->text[i] & 0xc0) != 0x80;
	return (struct span){
		.source = problem->source,
		.line = (unsigned int)line->number + 1,
		.column = (unsigned int)column,
		.length = (unsigned int)length,
	};
}

static size_t blanks(const struct line *line)
{
	size_t count = 0;

	while (count < line->length && (line->text[count] == ' ' || line->text[count] == '\t'))
		count++;
	return count;
}

static bool is_blank_at(const struct line *line, size_t offset)
{
	return offset >= line->length || line->text[offset] == ' ' || line->text[offset] == '\t';
}

/* What a line says, without its comment and the blanks before that. */
static size_t content_end(const struct line *line)
{
	size_t end = 0;

	for (size_t i = 0; i < line->length; i++) {
		if (line->text[i] == '#' && (!i || is_blank_at(line, i - 1)))
			break;
		if (!is_blank_at(line, i))
			end = i + 1;
	}
	return end;
}

/* "key:value": the offset of that colon, 0 if the line has none or has a proper one as well. */
static size_t tight_colon(const struct line *line)
{
	size_t end = content_end(line);
	size_t found = 0;

	for (size_t i = blanks(line) + 1; i < end; i++) {
		if (line->text[i] != ':')
			continue;
		if (is_blank_at(line, i + 1))
			return 0;
		if (!found)
			found = i;
	}
	return found;
}

static void add_tight_colon(const struct problem *problem, const struct line *line, size_t colon)
{
	size_t start = blanks(line);
	struct diag *diag =
		diag_error(problem->diags, DIAG_YAML_SYNTAX, span_in(problem, line, colon, 1),
			   "a colon between a key and its value needs a blank behind it");

	diag_help(problem->diags, diag, "write '%.*s: %.*s'", (int)(colon - start),
		  line->text + start, (int)(content_end(line) - colon - 1), line->text + colon + 1);
}

/* The nearest line above that says anything. */
static struct line line_above(const struct problem *problem, size_t number)
{
	struct line line = { .text = "" };

	while (number--) {
		size_t start;

		line = line_at(problem->source, number);
		start = blanks(&line);
		if (start < line.length && line.text[start] != '#')
			break;
	}
	return line;
}

/* "a: b: c", or a key that continues the value above it, for one of two reasons. */
static void add_misplaced_value(const struct problem *problem)
{
	const yaml_mark_t *mark = &problem->yaml->problem_mark;
	struct line line = line_at(problem->source, mark->line);
	struct line above = line_above(problem, mark->line);
	size_t end = byte_offset(&line, mark->column);
	size_t start = blanks(&line);
	size_t colon = tight_colon(&above);
	struct diag *diag;

	for (size_t i = start; i < end; i++) {
		if (line.text[i] != ':' || !is_blank_at(&line, i + 1))
			continue;
		diag = diag_error(problem->diags, DIAG_YAML_SYNTAX, span_at(problem, mark),
				  "a second ': ' in one line");
		diag_help(problem->diags, diag,
			  "quote a value that has ': ' in it; each key begins its own line");
		return;
	}
	if (colon) {
		add_tight_colon(problem, &above, colon);
		return;
	}
	diag = diag_error(problem->diags, DIAG_YAML_SYNTAX,
			  span_in(problem, &line, start, end > start ? end - start : 1),
			  "a key is indented as if it belonged to the value above it");
	diag_help(problem->diags, diag, "keys of one map stand exactly below each other");
}

static void add_missing_colon(const struct problem *problem)
{
	const yaml_mark_t *mark = &problem->yaml->context_mark;
	struct line line = line_at(problem->source, mark->line);
	size_t colon = tight_colon(&line);
	struct diag *diag;

	if (colon > byte_offset(&line, mark->column)) {
		add_tight_colon(problem, &line, colon);
		return;
	}
	diag = diag_error(problem->diags, DIAG_YAML_SYNTAX, span_at(problem, mark),
			  "a key without a colon");
	diag_help(problem->diags, diag, "write 'key: value'");
}

/* Either the bracket is never closed, or something stands between two items. */
static void add_broken_brackets(const struct problem *problem)
{
	const yaml_mark_t *open = &problem->yaml->context_mark;
	const yaml_mark_t *here = &problem->yaml->problem_mark;
	char bracket = character_at(problem->source, open);
	struct diag *diag;

	if (open->line != here->line) {
		diag = diag_error(problem->diags, DIAG_YAML_SYNTAX, span_at(problem, open),
				  "this '%c' is not closed", bracket);
		diag_help(problem->diags, diag, "items are separated by ',', and '%c' ends them",
			  bracket == '{' ? '}' : ']');
		return;
	}
	diag = diag_error(problem->diags, DIAG_YAML_SYNTAX, span_at(problem, here),
			  "expected ',' or '%c' here", bracket == '{' ? '}' : ']');
	diag_help(problem->diags, diag, "a pattern with brackets needs quotes: \"ens[12]\"");
}

static void add_bad_start(const struct problem *problem)
{
	const yaml_mark_t *mark = &problem->yaml->problem_mark;
	char character = character_at(problem->source, mark);
	struct diag *diag;

	if (character == '\t') {
		diag = diag_error(problem->diags, DIAG_YAML_SYNTAX, span_at(problem, mark),
				  "a tab where YAML wants blanks");
		diag_help(problem->diags, diag, "indent with blanks, two for each level");
		return;
	}
	diag = diag_error(problem->diags, DIAG_YAML_SYNTAX, span_at(problem, mark),
			  "a value cannot begin with '%c'", character);
	diag_help(problem->diags, diag, "put it in quotes");
}

static void add_bad_neighbour(const struct problem *problem)
{
	const yaml_mark_t *mark = &problem->yaml->problem_mark;
	const yaml_mark_t *map = &problem->yaml->context_mark;
	struct line line = line_at(problem->source, mark->line);
	struct line above = line_above(problem, mark->line);
	size_t colon = tight_colon(&above);
	struct diag *diag;

	if (colon && above.number > map->line) {
		add_tight_colon(problem, &above, colon);
		return;
	}
	diag = diag_error(problem->diags, DIAG_YAML_SYNTAX, span_at(problem, mark),
			  "expected a key of the map that begins in line %zu", map->line + 1);

	if (blanks(&line) < byte_offset(&line, mark->column)) {
		diag_help(problem->diags, diag,
			  "nothing may follow a closing quote or bracket in its line");
		return;
	}
	diag_label(problem->diags, diag, "begins in column %zu, the map's keys in column %zu",
		   mark->column + 1, map->column + 1);
	diag_help(problem->diags, diag, "keys of one map stand exactly below each other");
}

/* What needs no look at the source. `problem` and `context` are parts of libyaml's texts. */
static const struct {
	const char *problem;
	const char *context;
	bool at_context; /* the wrong thing began there, and libyaml noticed later */
	const char *summary;
	const char *help;
} plain_words[] = {
	{ "found a tab", "", false, "a tab where YAML wants blanks",
	  "indent with blanks, two for each level" },
	{ "block sequence entries are not", "", false, "a list cannot begin here",
	  "put '- ' on a line of its own, or write the list as [a, b]" },
	{ "mapping keys are not", "", false, "a key cannot begin here",
	  "put it on a line of its own" },
	{ "found unexpected end of stream", "quoted", true, "this quote is not closed", NULL },
	{ "found unexpected document indicator", "quoted", true, "this quote is not closed", NULL },
	{ "found unknown escape", "", false, "an unknown escape in double quotes",
	  "write \\\\ for a backslash, or use single quotes" },
	{ "found invalid Unicode", "", false, "an invalid escape in double quotes",
	  "write \\\\ for a backslash, or use single quotes" },
	{ "expected hexdecimal", "", false, "an invalid escape in double quotes",
	  "write \\\\ for a backslash, or use single quotes" },
	{ "alphabetic or numeric", "alias", true, "a value cannot begin with '*' without quotes",
	  "put it in quotes: \"*\"" },
	{ "alphabetic or numeric", "anchor", true, "a value cannot begin with '&' without quotes",
	  "put it in quotes" },
	{ "", "tag", true, "a value cannot begin with '!' without quotes",
	  "put it in quotes: \"!lo\"" },
	{ "undefined tag handle", "", true, "a value cannot begin with '!' without quotes",
	  "put it in quotes: \"!lo\"" },
	{ "expected '-' indicator", "", false, "expected '- ', as for the items before",
	  "items of one list stand exactly below each other" },
	{ "expected node content", "", false, "a value is missing here",
	  "a value that begins with ',', ']' or '}' needs quotes" },
	{ "expected <document start>", "", false, "this does not belong to the lines before it",
	  "keys of the top level begin in the first column" },
	{ "", "directive", true, "a line that begins with '%' is not supported", "remove it" },
};

static bool add_plain_words(const struct problem *problem, const char *what, const char *context)
{
	for (size_t i = 0; i < sizeof(plain_words) / sizeof(plain_words[0]); i++) {
		const yaml_mark_t *mark = plain_words[i].at_context ? &problem->yaml->context_mark
								    : &problem->yaml->problem_mark;
		struct diag *diag;

		if (!strstr(what, plain_words[i].problem) ||
		    !strstr(context, plain_words[i].context))
			continue;
		diag = diag_error(problem->diags, DIAG_YAML_SYNTAX, span_at(problem, mark), "%s",
				  plain_words[i].summary);
		if (plain_words[i].help)
			diag_help(problem->diags, diag, "%s", plain_words[i].help);
		return true;
	}
	return false;
}

void yaml_problem_add(struct diags *diags, const struct source *source, const yaml_parser_t *yaml)
{
	static const struct {
		const char *problem;
		void (*add)(const struct problem *problem);
	} looked_up[] = {
		{ "mapping values are not allowed", add_misplaced_value },
		{ "could not find expected ':'", add_missing_colon },
		{ "did not find expected ',' or", add_broken_brackets },
		{ "found character that cannot start", add_bad_start },
		{ "did not find expected key", add_bad_neighbour },
	};
	const struct problem problem = { .diags = diags, .source = source, .yaml = yaml };
	const char *what = yaml->problem ? yaml->problem : "";
	const char *context = yaml->context ? yaml->context : "";

	if (yaml->error == YAML_MEMORY_ERROR)
		abort();
	for (size_t i = 0; i < sizeof(looked_up) / sizeof(looked_up[0]); i++) {
		if (strstr(what, looked_up[i].problem)) {
			looked_up[i].add(&problem);
			return;
		}
	}
	if (!add_plain_words(&problem, what, context))
		diag_error(diags, DIAG_YAML_SYNTAX, span_at(&problem, &yaml->problem_mark),
			   "this is not YAML: %s%s%s", what, *context ? ", " : "", context);
}
