/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/yaml/yaml_problem.h"

#include <stdlib.h>
#include <string.h>

#include "policy/yaml/yaml_line.h"

struct problem {
	struct diags *diags;
	const struct source *source;
	const yaml_parser_t *yaml;
	const struct yaml_state *state;
};

static struct diag *add(const struct problem *problem, struct span span, const char *summary,
			const char *help)
{
	struct diag *diag = diag_error(problem->diags, DIAG_YAML_SYNTAX, span, "%s", summary);

	if (help)
		diag_help(problem->diags, diag, "%s", help);
	return diag;
}

static struct diag *add_at(const struct problem *problem, const yaml_mark_t *mark,
			   const char *summary, const char *help)
{
	return add(problem, mark_span(problem->source, mark), summary, help);
}

/* "key:value": the offset of that colon, 0 if the line has none or has a proper one as well. */
static size_t tight_colon(const struct line *line)
{
	size_t end = line_content_end(line);
	size_t found = 0;

	for (size_t i = line_blanks(line) + 1; i < end; i++) {
		if (line->text[i] != ':')
			continue;
		if (line_is_blank_at(line, i + 1))
			return 0;
		if (!found)
			found = i;
	}
	return found;
}

static void add_tight_colon(const struct problem *problem, const struct line *line, size_t colon)
{
	size_t start = line_blanks(line);
	struct diag *diag = add(problem, line_span(problem->source, line, colon, 1),
				"a colon between a key and its value needs a blank behind it",
				NULL);

	diag_help(problem->diags, diag, "write '%.*s: %.*s'", (int)(colon - start),
		  line->text + start, (int)(line_content_end(line) - colon - 1),
		  line->text + colon + 1);
}

/* Does the line consist of words, with nothing that would make a key of the first? */
static bool is_keyless(const struct line *line)
{
	size_t start = line_blanks(line);
	size_t end = line_content_end(line);

	if (start >= end || memchr(line->text + start, ':', end - start))
		return false;
	return !strchr("-\"'[{]}|>&*!", line->text[start]) &&
	       (line->text[start] != '/' || line_begins(line, "//"));
}

static bool is_conflict(const struct line *line)
{
	return line_begins(line, "<<<<<<<") || line_begins(line, "=======") ||
	       line_begins(line, ">>>>>>>");
}

/* "hook xdp", "hook = xdp", "lb", "// a comment" */
static void add_keyless(const struct problem *problem, const struct line *line)
{
	size_t start = line_blanks(line);
	size_t end = line_content_end(line);
	struct span span = line_span(problem->source, line, start, end - start);
	size_t key = start;
	size_t value;

	if (is_conflict(line)) {
		add(problem, span, "a line that a merge of two versions left behind",
		    "decide for one version, and remove this line and its kin");
		return;
	}
	if (line_begins(line, "//") || line_begins(line, "/*") || line_begins(line, ";")) {
		add(problem, span, "this is no comment", "a comment begins with '#'");
		return;
	}
	while (key < end && !line_is_blank_at(line, key) && line->text[key] != '=')
		key++;
	value = key;
	while (value < end && (line_is_blank_at(line, value) || line->text[value] == '='))
		value++;
	diag_help(problem->diags, add(problem, span, "a key without a colon", NULL),
		  "write '%.*s:%s%.*s'", (int)(key - start), line->text + start,
		  value < end ? " " : "", (int)(end - value), line->text + value);
}

/* "a: b: c", or a key that continues the value above it, for one of several reasons. */
static void add_misplaced_value(const struct problem *problem)
{
	const yaml_mark_t *mark = &problem->yaml->problem_mark;
	struct line line = line_at(problem->source, mark->line);
	struct line above = line_above(problem->source, mark->line);
	size_t end = line_offset(&line, mark->column);
	size_t start = line_blanks(&line);
	size_t colon = tight_colon(&above);

	for (size_t i = start; i < end; i++) {
		if (line.text[i] != ':' || !line_is_blank_at(&line, i + 1))
			continue;
		add_at(problem, mark, "a second ': ' in one line",
		       "quote a value that has ': ' in it; each key begins its own line");
		return;
	}
	if (colon)
		add_tight_colon(problem, &above, colon);
	else if (is_keyless(&above))
		add_keyless(problem, &above);
	else
		add(problem,
		    line_span(problem->source, &line, start, end > start ? end - start : 1),
		    "a key is indented as if it belonged to the value above it",
		    "keys of one map stand exactly below each other");
}

/* A text in quotes that ended in the line of the problem and began in one above it. */
static bool add_open_quote(const struct problem *problem)
{
	const struct yaml_state *state = problem->state;

	if (!state->quoted_end.index || state->quoted_start.line == state->quoted_end.line ||
	    state->quoted_end.line != problem->yaml->problem_mark.line)
		return false;
	diag_label(problem->diags,
		   add_at(problem, &state->quoted_start, "this quote is not closed in its line",
			  "close it where the value ends"),
		   "the next one is in line %zu", state->quoted_end.line + 1);
	return true;
}

static char closing(char bracket)
{
	return bracket == '{' ? '}' : ']';
}

/* The innermost list or map in brackets; NULL if there is none. */
static const yaml_mark_t *open_bracket(const struct problem *problem)
{
	for (const struct yaml_open *open = problem->state->open; open; open = open->outer) {
		char bracket = mark_character(problem->source, &open->mark);

		if (bracket == '[' || bracket == '{')
			return &open->mark;
	}
	return NULL;
}

/* False if the bracket that opens there is closed. */
static bool add_unclosed(const struct problem *problem, const yaml_mark_t *open)
{
	char bracket = mark_character(problem->source, open);
	struct diag *diag;

	if ((bracket != '[' && bracket != '{') || mark_is_closed(problem->source, open))
		return false;
	diag = diag_error(problem->diags, DIAG_YAML_SYNTAX, mark_span(problem->source, open),
			  "this '%c' is not closed", bracket);
	diag_help(problem->diags, diag, "items are separated by ',', and '%c' ends them",
		  closing(bracket));
	return true;
}

/* Where brackets are open, what libyaml stumbles upon is mostly the line behind them. */
static bool add_open_bracket(const struct problem *problem)
{
	const yaml_mark_t *here = &problem->yaml->problem_mark;
	const yaml_mark_t *open = open_bracket(problem);
	char found = mark_character(problem->source, here);
	struct diag *diag;
	char bracket;

	if (!open)
		return false;
	bracket = mark_character(problem->source, open);
	if ((found == ']' || found == '}') && found != closing(bracket)) {
		diag = diag_error(problem->diags, DIAG_YAML_SYNTAX,
				  mark_span(problem->source, here), "'%c' where '%c' is expected",
				  found, closing(bracket));
		diag_label(problem->diags, diag, "'%c' of line %zu, column %zu is still open",
			   bracket, open->line + 1, open->column + 1);
		diag_help(problem->diags, diag, "close it with '%c' first", closing(bracket));
		return true;
	}
	return add_unclosed(problem, open);
}

static void add_missing_colon(const struct problem *problem)
{
	const yaml_mark_t *mark = &problem->yaml->context_mark;
	struct line line = line_at(problem->source, mark->line);
	size_t colon = tight_colon(&line);

	if (colon > line_offset(&line, mark->column))
		add_tight_colon(problem, &line, colon);
	else if (is_keyless(&line))
		add_keyless(problem, &line);
	else if (!add_unclosed(problem, mark))
		add_at(problem, mark, "a key without a colon", "write 'key: value'");
}

/* Something between two items of brackets that are closed further on. */
static void add_bad_item(const struct problem *problem)
{
	const yaml_mark_t *here = &problem->yaml->problem_mark;
	char bracket = mark_character(problem->source, &problem->yaml->context_mark);
	char found = mark_character(problem->source, here);
	struct diag *diag;

	diag = diag_error(problem->diags, DIAG_YAML_SYNTAX, mark_span(problem->source, here),
			  "expected ',' or '%c' here", closing(bracket));
	if (found == '[' || found == '{')
		diag_help(problem->diags, diag,
			  "a pattern with brackets needs quotes: \"ens[12]\"");
	else if (found == ':')
		diag_help(problem->diags, diag,
			  "a ',' belongs between two keys, as in "
			  "{hook: xdp, interfaces: [eth0]}");
	else
		diag_help(problem->diags, diag,
			  "a ',' belongs between two items, and each quote needs its partner");
}

static void add_bad_start(const struct problem *problem)
{
	const yaml_mark_t *mark = &problem->yaml->problem_mark;
	struct line line = line_at(problem->source, mark->line);
	size_t start = line_offset(&line, mark->column);
	size_t length = 0;
	struct diag *diag;

	if (line.text[start] == '\t') {
		add_at(problem, mark, "a tab where YAML wants blanks",
		       "indent with blanks, two for each level");
		return;
	}
	while (start + length < line.length && !strchr(" \t,[]{}\"'", line.text[start + length]))
		length++;
	diag = diag_error(problem->diags, DIAG_YAML_SYNTAX, mark_span(problem->source, mark),
			  "a value cannot begin with '%c' without quotes", line.text[start]);
	diag_help(problem->diags, diag, "put it in quotes: \"%.*s\"", (int)length,
		  line.text + start);
}

/* Something behind what already is a whole value. */
static void add_trailing(const struct problem *problem)
{
	const yaml_mark_t *mark = &problem->yaml->problem_mark;
	char found = mark_character(problem->source, mark);
	struct diag *diag;

	if (found == ',') {
		add_at(problem, mark, "a ',' that separates nothing",
		       "remove it: only items in brackets have ',' between them");
		return;
	}
	if (found == ']' || found == '}') {
		diag = diag_error(problem->diags, DIAG_YAML_SYNTAX,
				  mark_span(problem->source, mark), "this '%c' closes nothing",
				  found);
		diag_help(problem->diags, diag, "remove it, or open it with '%c'",
			  found == ']' ? '[' : '{');
		return;
	}
	add_at(problem, mark, "nothing may follow a closing quote or bracket in its line",
	       "put the whole value in quotes, as in \"[ab]c\", or remove what follows");
}

static bool is_tight_dash(const struct line *line)
{
	size_t start = line_blanks(line);

	return line_begins(line, "-") && !line_begins(line, "--") &&
	       !line_is_blank_at(line, start + 1);
}

static void add_tight_dash(const struct problem *problem, const struct line *line)
{
	size_t start = line_blanks(line);
	struct diag *diag = add(problem, line_span(problem->source, line, start, 1),
				"a '-' that begins an item needs a blank behind it", NULL);

	diag_help(problem->diags, diag, "write '- %.*s'", (int)(line_content_end(line) - start - 1),
		  line->text + start + 1);
}

/* The indentation of the lines above that stand deeper than `start`: where a key was expected. */
static size_t deeper_above(const struct problem *problem, size_t number, size_t start)
{
	struct line line = line_first(problem->source);
	size_t deeper = 0;

	do {
		size_t blanks = line_blanks(&line);

		if (line.number >= number)
			break;
		if (blanks >= line_content_end(&line))
			continue;
		if (blanks <= start)
			deeper = 0;
		else if (!deeper)
			deeper = blanks;
	} while (line_next(problem->source, &line));
	return deeper;
}

static void add_bad_neighbour(const struct problem *problem)
{
	const yaml_mark_t *mark = &problem->yaml->problem_mark;
	const yaml_mark_t *map = &problem->yaml->context_mark;
	struct line line = line_at(problem->source, mark->line);
	struct line above = line_above(problem->source, mark->line);
	size_t start = line_blanks(&line);
	size_t colon = tight_colon(&above);
	size_t deeper;
	struct diag *diag;

	if (colon && above.number > map->line) {
		add_tight_colon(problem, &above, colon);
		return;
	}
	if (is_tight_dash(&above)) {
		add_tight_dash(problem, &above);
		return;
	}
	if (start < line_offset(&line, mark->column)) {
		add_trailing(problem);
		return;
	}
	if (line_begins(&line, "-"))
		diag = add_at(problem, mark, "this item stands below none of those above it",
			      "items of one list stand exactly below each other");
	else
		diag = add_at(problem, mark, "this key stands below none of those above it",
			      "keys of one map stand exactly below each other");
	deeper = deeper_above(problem, mark->line, start);
	if (deeper && deeper != map->column)
		diag_label(problem->diags, diag,
			   "begins in column %zu, those above in columns %zu and %zu",
			   mark->column + 1, deeper + 1, map->column + 1);
	else
		diag_label(problem->diags, diag, "begins in column %zu, those above in column %zu",
			   mark->column + 1, map->column + 1);
}

/* Not an item of the list above. */
static void add_bad_list_line(const struct problem *problem)
{
	const yaml_mark_t *mark = &problem->yaml->problem_mark;
	const yaml_mark_t *list = &problem->yaml->context_mark;
	struct line line = line_at(problem->source, mark->line);
	struct diag *diag;

	if (line_blanks(&line) < line_offset(&line, mark->column)) {
		add_trailing(problem);
	} else if (is_tight_dash(&line)) {
		add_tight_dash(problem, &line);
	} else if (line_begins(&line, "-")) {
		diag = add_at(problem, mark, "this item stands below none of those above it",
			      "items of one list stand exactly below each other");
		diag_label(problem->diags, diag,
			   "begins in column %zu, the items above in column %zu", mark->column + 1,
			   list->column + 1);
	} else {
		diag = add_at(problem, mark, "expected '- ', as for the items before", NULL);
		diag_help(problem->diags, diag,
			  "begin an item with '- '; a key of the item above belongs in column %zu, "
			  "below its first key",
			  list->column + 3);
	}
}

/* The first line of the file that says something, but for `---`. */
static struct line first_line(const struct problem *problem)
{
	struct line line = line_first(problem->source);

	while (line_blanks(&line) >= line_content_end(&line) || line_begins(&line, "---"))
		if (!line_next(problem->source, &line))
			break;
	return line;
}

/* What stands in the first column is right: what stands before it was indented. */
static void add_second_root(const struct problem *problem)
{
	const yaml_mark_t *mark = &problem->yaml->problem_mark;
	struct line line = line_at(problem->source, mark->line);
	struct line first = first_line(problem);
	size_t start = line_blanks(&first);

	if (line_blanks(&line) < line_offset(&line, mark->column))
		add_trailing(problem);
	else if (start && first.number < mark->line)
		add(problem, line_span(problem->source, &first, 0, start),
		    "the first key of the file is indented, and others are not",
		    "keys of the top level begin in the first column");
	else
		add_at(problem, mark, "this does not belong to the lines before it",
		       "keys of the top level begin in the first column");
}

/* A blank to the eye, and none to YAML: web pages and word processors have them. */
static bool add_no_break_space(const struct problem *problem)
{
	static const char space[] = "\xc2\xa0";
	struct line line = line_first(problem->source);

	do {
		size_t end = line_content_end(&line);

		for (size_t i = 0; i + 1 < end; i++) {
			if (memcmp(line.text + i, space, sizeof(space) - 1) != 0)
				continue;
			add(problem, line_span(problem->source, &line, i, 1),
			    "a no-break space (U+00A0), which is no blank to YAML",
			    "replace it with a blank; they come with what is copied from web "
			    "pages");
			return true;
		}
	} while (line.number < problem->yaml->problem_mark.line &&
		 line_next(problem->source, &line));
	return false;
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
	{ "found unexpected end of stream", "quoted", true, "this quote is not closed",
	  "close it where the value ends" },
	{ "found unexpected document indicator", "quoted", true, "this quote is not closed",
	  "close it where the value ends" },
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
	{ "expected node content", "", false, "a value is missing here",
	  "remove the ',' that is one too many; a value that begins with ',', ']' or '}' needs "
	  "quotes" },
	{ "", "directive", true, "a line that begins with '%' is not supported", "remove it" },
};

static bool add_plain_words(const struct problem *problem, const char *what, const char *context)
{
	for (size_t i = 0; i < sizeof(plain_words) / sizeof(plain_words[0]); i++) {
		const yaml_mark_t *mark = plain_words[i].at_context ? &problem->yaml->context_mark
								    : &problem->yaml->problem_mark;

		if (!strstr(what, plain_words[i].problem) ||
		    !strstr(context, plain_words[i].context))
			continue;
		add_at(problem, mark, plain_words[i].summary, plain_words[i].help);
		return true;
	}
	return false;
}

void yaml_problem_add(struct diags *diags, const struct source *source, const yaml_parser_t *yaml,
		      const struct yaml_state *state)
{
	static const struct {
		const char *problem;
		bool open; /* what is wrong may be that a quote or a bracket is */
		void (*add)(const struct problem *problem);
	} looked_up[] = {
		{ "mapping values are not allowed", true, add_misplaced_value },
		{ "could not find expected ':'", true, add_missing_colon },
		{ "did not find expected ',' or", true, add_bad_item },
		{ "found character that cannot start", false, add_bad_start },
		{ "did not find expected key", true, add_bad_neighbour },
		{ "did not find expected '-' indicator", true, add_bad_list_line },
		{ "did not find expected <document start>", true, add_second_root },
	};
	const struct problem problem = {
		.diags = diags, .source = source, .yaml = yaml, .state = state
	};
	const char *what = yaml->problem ? yaml->problem : "";
	const char *context = yaml->context ? yaml->context : "";

	if (yaml->error == YAML_MEMORY_ERROR)
		abort();
	if (add_no_break_space(&problem))
		return;
	for (size_t i = 0; i < sizeof(looked_up) / sizeof(looked_up[0]); i++) {
		if (!strstr(what, looked_up[i].problem))
			continue;
		if (!looked_up[i].open || !(add_open_quote(&problem) || add_open_bracket(&problem)))
			looked_up[i].add(&problem);
		return;
	}
	if ((strstr(what, "expected node content") || strstr(what, "sequence entries are not")) &&
	    (add_open_quote(&problem) || add_open_bracket(&problem)))
		return;
	if (!add_plain_words(&problem, what, context))
		diag_error(diags, DIAG_YAML_SYNTAX, mark_span(source, &yaml->problem_mark),
			   "this is not YAML: %s%s%s", what, *context ? ", " : "", context);
}
