/* SPDX-License-Identifier: GPL-2.0-only */
/* What words without quotes are to readers of YAML 1.1, and what they were meant to be. */
#include <string.h>

#include "policy/language/decode_value.h"

bool node_is_null(const struct node *node)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };

	if (node->kind != NODE_SCALAR || node->quoted || node->refused)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(node->scalar, words[i]))
			return true;
	return false;
}

/* YAML 1.1 had 22 ways to say yes and no. */
const char *boolean_meant(const char *text)
{
	static const char *const words[] = { "false", "no",  "off", "n", "0",
					     "true",  "yes", "on",  "y", "1" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcasecmp(text, words[i]))
			return i < 5 ? "false" : "true";
	return NULL;
}

const char *decimal_meant(struct arena *arena, const char *text)
{
	bool negative = *text == '-';
	char *digits = arena_strdup(arena, text);
	size_t count = 0;

	for (text += *text == '-' || *text == '+'; *text; text++) {
		if (*text == '_' || (*text == '0' && !count && text[1]))
			continue;
		if (!strchr(DIGITS, *text))
			return NULL;
		digits[count++] = *text;
	}
	digits[count] = '\0';
	return count ? arena_printf(arena, "%s%s", negative ? "-" : "", digits) : NULL;
}

/* Digits, with at most one '.', and an exponent: YAML readers differ about some of them. */
static bool is_decimal(const char *text)
{
	size_t digits = strspn(text, DIGITS "_");

	text += digits;
	if (*text == '.') {
		text++;
		digits += strspn(text, DIGITS "_");
		text += strspn(text, DIGITS "_");
	}
	if (digits && (*text == 'e' || *text == 'E')) {
		text += 1 + (text[1] == '-' || text[1] == '+');
		digits = strspn(text, DIGITS);
		text += digits;
	}
	return digits && !*text;
}

/* What the word is to some reader of YAML 1.1, and thus to Ansible; NULL: text. */
static const char *yaml_type(const struct node *node)
{
	const char *text = node->scalar;

	if (node_is_null(node))
		return "nothing";
	if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0 && boolean_meant(text))
		return "a boolean";
	text += *text == '-' || *text == '+';
	if (is_decimal(text))
		return "a number";
	if (text[0] == '0' && strchr("xob", text[1]) && text[1])
		return text[2 + strspn(text + 2, DIGITS "abcdefABCDEF_")] ? NULL : "a number";
	if (strchr(DIGITS, *text) && strchr(text, ':'))
		return text[strspn(text, DIGITS ":")] ? NULL : "a number";
	return NULL;
}

bool node_check_text(struct decoder *decoder, const struct node *node)
{
	const char *type = node->quoted ? NULL : yaml_type(node);
	struct diag *diag;

	if (!type)
		return true;
	diag = decoder_error(decoder, DIAG_WRONG_TYPE, node->span,
			     "'%s' without quotes is %s to YAML", node->scalar, type);
	diag_label(decoder->diags, diag, "write \"%s\"", node->scalar);
	return false;
}
