/* SPDX-License-Identifier: GPL-2.0-only */
/* Values of an object's globals. What YAML readers disagree about is refused with the fix. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/language/decode_value.h"

enum { VARIABLE_MAX_LENGTH = 127 };

static const char kinds[] = "its value is a number, true, false, text or a list of numbers";

static bool is_identifier(const char *name)
{
	return *name && !strchr(DIGITS, *name) && !name[strspn(name, LETTERS DIGITS "_")] &&
	       strlen(name) <= VARIABLE_MAX_LENGTH;
}

static bool is_hexadecimal(const char *text)
{
	return text[0] == '0' && text[1] == 'x' && text[2] &&
	       !text[2 + strspn(text + 2, DIGITS "abcdefABCDEF")];
}

static struct diag *refuse(const struct value *value, const struct node *node,
			   const struct node *name, const char *what)
{
	return decoder_error(value->decoder, DIAG_WRONG_TYPE, node->span, "variable '%s' %s",
			     name->scalar, what);
}

/* Octal to YAML 1.1, decimal to others: nobody but who wrote it knows. */
static bool is_octal(const char *text)
{
	return text[0] == '0' && text[1] && !text[strspn(text, "01234567")] && strlen(text) < 20;
}

static void add_meant(struct decoder *decoder, struct diag *diag, const char *text,
		      const char *meant, bool in_list)
{
	const char *quoted = in_list ? ""
				     : arena_printf(decoder->arena, "\"%s\" if it is text", text);

	if (meant && is_octal(text))
		diag_label(decoder->diags, diag, "write %s, or %llu if it is octal%s%s", meant,
			   strtoull(text, NULL, 8), in_list ? "" : ", or ", quoted);
	else if (meant)
		diag_label(decoder->diags, diag, "write %s%s%s", meant, in_list ? "" : ", or ",
			   quoted);
	else if (!in_list)
		diag_label(decoder->diags, diag, "write %s", quoted);
	diag_help(decoder->diags, diag, "numbers are whole: 1000, -5 or 0x3e8");
}

/* Decimal, or hexadecimal behind 0x: both mean the same to every YAML reader. */
static bool read_integer(const struct value *value, const struct node *name,
			 const struct node *node, bool in_list, int64_t *ret)
{
	struct decoder *decoder = value->decoder;
	const char *meant = decimal_meant(decoder->arena, node->scalar);
	bool hexadecimal = is_hexadecimal(node->scalar);
	struct diag *diag;

	if (!hexadecimal && (!meant || strcmp(meant, node->scalar) != 0)) {
		diag = refuse(value, node, name, "is no whole decimal number");
		add_meant(decoder, diag, node->scalar, meant, in_list);
		return false;
	}
	errno = 0;
	*ret = node->scalar[0] == '-'
		       ? (int64_t)strtoll(node->scalar, NULL, 10)
		       : (int64_t)strtoull(node->scalar, NULL, hexadecimal ? 16 : 10);
	if (errno)
		diag_help(decoder->diags,
			  refuse(value, node, name, "is a number of more than 64 bits"),
			  "write a smaller one, or put it in quotes if it is text");
	return !errno;
}

static bool is_huge(const struct node *node, int64_t value)
{
	return value < 0 && node->scalar[0] != '-';
}

static bool looks_like_a_number(const char *text)
{
	return strchr(DIGITS "+-.", *text) != NULL;
}

static bool read_scalar(const struct value *value, const struct node *name, const struct node *node,
			struct variable *variable)
{
	const char *meant = boolean_meant(node->scalar);
	struct diag *diag;

	variable->kind = VARIABLE_STRING;
	variable->string = node->scalar;
	if (node->quoted)
		return true;
	if (looks_like_a_number(node->scalar)) {
		variable->kind = VARIABLE_INTEGER;
		if (!read_integer(value, name, node, false, &variable->integer))
			return false;
		variable->huge = is_huge(node, variable->integer);
		return true;
	}
	if (!meant)
		return true;
	variable->kind = VARIABLE_BOOLEAN;
	variable->integer = *meant == 't';
	if (!strcmp(meant, node->scalar))
		return true;
	diag = refuse(value, node, name, "may be text or a boolean");
	diag_label(value->decoder->diags, diag, "write %s, or \"%s\" if it is text", meant,
		   node->scalar);
	return false;
}

static bool read_list(const struct value *value, const struct node *name, const struct node *node,
		      struct variable *variable)
{
	bool good = true;

	variable->kind = VARIABLE_LIST;
	variable->list = arena_array(value->decoder->arena, int64_t, node->values.count);
	variable->list_count = node->values.count;
	for (size_t i = 0; i < node->values.count; i++) {
		const struct node *item = node->values.items[i];

		if (item->kind != NODE_SCALAR || item->quoted || !*item->scalar) {
			refuse(value, item, name, "is a list, so its items must be numbers");
			good = false;
		} else if (!read_integer(value, name, item, true, &variable->list[i])) {
			good = false;
		} else if (is_huge(item, variable->list[i])) {
			refuse(value, item, name, "is a list, and this is beyond 63 bits");
			good = false;
		}
	}
	return good;
}

static bool read_variable(const struct value *value, const struct node *name,
			  const struct node *node, struct variable *variable)
{
	struct diag *diag;

	variable->name = name->scalar;
	variable->span = node->span;
	if (!is_identifier(name->scalar)) {
		diag = decoder_error(value->decoder, DIAG_BAD_VALUE, name->span,
				     "'%s' is no name of a variable in C", name->scalar);
		diag_help(
			value->decoder->diags, diag,
			"write what the global is called in the program: letters, digits and '_'");
		return false;
	}
	if (node_is_null(node)) {
		diag = decoder_error(value->decoder, DIAG_WRONG_TYPE, name->span,
				     "variable '%s' has no value", name->scalar);
		diag_help(value->decoder->diags, diag, "%s", kinds);
		return false;
	}
	if (node->kind == NODE_SCALAR)
		return read_scalar(value, name, node, variable);
	if (node->kind == NODE_LIST)
		return read_list(value, name, node, variable);
	diag = refuse(value, node, name, "cannot be a map");
	diag_help(value->decoder->diags, diag, "%s", kinds);
	return false;
}

static int compare_variables(const void *a, const void *b)
{
	return strcmp(((const struct variable *)a)->name, ((const struct variable *)b)->name);
}

void decode_variables(const struct value *value)
{
	const struct node *node = value->node;
	struct variables variables = { 0 };
	struct variable variable;
	struct diag *diag;

	if (node->kind != NODE_MAP) {
		diag = decoder_error(value->decoder, DIAG_WRONG_TYPE, node->span,
				     "'%s' must be a map of names and values, not %s",
				     value->key->name, node_words(node));
		value_help(value, diag, value->key->example);
		return;
	}
	for (size_t i = 0; i < node->keys.count; i++) {
		if (node->keys.items[i]->refused || node->values.items[i]->refused)
			continue;
		memset(&variable, 0, sizeof(variable));
		if (read_variable(value, node->keys.items[i], node->values.items[i], &variable))
			*list_push(value->decoder->arena, &variables) = variable;
	}
	if (variables.count)
		qsort(variables.items, variables.count, sizeof(*variables.items),
		      compare_variables);
	*(struct variables *)value->member = variables;
}
