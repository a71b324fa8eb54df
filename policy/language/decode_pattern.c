/* SPDX-License-Identifier: GPL-2.0-only */
/* Which interfaces are meant: patterns, and what labels ask for. */
#include <string.h>

#include "policy/language/decode_value.h"

static struct diag *bad_pattern(const struct value *value, const struct node *item,
				const char *problem)
{
	return decoder_error(value->decoder, DIAG_BAD_VALUE, item->span, "'%s' %s", item->scalar,
			     problem);
}

/* Whether it exists is judged when all files are read. */
static bool check_label_name(const struct value *value, const struct node *item)
{
	const char *name = pattern_label(item->scalar);
	struct diag *diag;

	if (name_is_good(name))
		return true;
	diag = bad_pattern(value, item,
			   "names no label: a-z, 0-9, '-' and '_' may stand behind 'label:'");
	name += strspn(name, " ");
	if (name_is_good(name))
		diag_label(value->decoder->diags, diag, "write \"label:%s\"", name);
	return false;
}

static void help_blank(const struct value *value, const struct node *item, struct diag *diag)
{
	if (strstr(item->scalar, " - "))
		diag_help(value->decoder->diags, diag,
			  "each '- ' begins in the column of the first one");
	else if (!strchr(item->scalar, '/'))
		diag_help(value->decoder->diags, diag,
			  "items are separated by ',', as in [eth0, eth1]");
}

/* What no interface can be called is a slip: better said than silently matched by nothing. */
static bool check_pattern(const struct value *value, const struct node *item)
{
	const char *pattern = item->scalar + (*item->scalar == '!');

	if (pattern_label(item->scalar))
		return check_label_name(value, item);
	if (!*pattern)
		bad_pattern(value, item, "names no interface");
	else if (strlen(item->scalar) > PATTERN_MAX_LENGTH)
		bad_pattern(value, item, "is longer than 64 characters");
	else if (strpbrk(pattern, " \t\n\r/"))
		help_blank(value, item,
			   bad_pattern(value, item,
				       "is no pattern: interface names have no blank and no '/' in "
				       "them"));
	else if (strchr(pattern, ':') && !strchr(pattern, '['))
		diag_help(value->decoder->diags,
			  bad_pattern(value, item,
				      "is no pattern: interface names have no ':' in them"),
			  "for a label write \"label:NAME\"; for a MAC address define a label with "
			  "'mac'");
	else
		return node_check_text(value->decoder, item);
	return false;
}

void decode_patterns(const struct value *value)
{
	const struct words *patterns = value->member;
	size_t negatives = 0;
	struct diag *diag;

	value_words(value, "patterns", "a pattern", check_pattern);
	while (negatives < patterns->count && *patterns->items[negatives].text == '!')
		negatives++;
	/* Judged only if nothing else is wrong with the list. */
	if (!negatives || negatives < value->node->values.count)
		return;
	diag = decoder_error(value->decoder, DIAG_BAD_VALUE, value->node->span,
			     "'%s' only excludes, which leaves nothing", value->key->name);
	value_help(value, diag,
		   arena_printf(value->decoder->arena, "[\"*\", \"%s\"]", patterns->items[0].text));
}

/* One word counts as a list of it. */
static void one_or_more(const struct value *value, const char *items, const char *item,
			bool (*check)(const struct value *value, const struct node *item))
{
	struct words words = { 0 };

	if (value->node->kind != NODE_SCALAR) {
		value_words(value, items, item, check);
		return;
	}
	if (!value_check_item(value, value->node, item) || (check && !check(value, value->node)))
		return;
	*list_push(value->decoder->arena, &words) = word_of(value->node);
	*(struct words *)value->member = words;
}

static bool check_glob(const struct value *value, const struct node *item)
{
	if (pattern_excludes(item->scalar) || pattern_label(item->scalar)) {
		bad_pattern(value, item, "cannot stand in a label: only globs of names can");
		return false;
	}
	return check_pattern(value, item);
}

void decode_globs(const struct value *value)
{
	one_or_more(value, "globs", "a glob", check_glob);
}

static bool check_word(const struct value *value, const struct node *item)
{
	return node_check_text(value->decoder, item);
}

void decode_one_or_more(const struct value *value)
{
	one_or_more(value, "words", "a word", check_word);
}

static bool is_mac(const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++)
		if (i % 3 == 2 ? text[i] != ':' : !strchr(DIGITS "abcdefABCDEF", text[i]))
			return false;
	return length == strlen("02:00:5e:00:53:01");
}

/* The same digits in our notation: "02-00-5e-00-53-01", "0200.5e00.5301". NULL if they are none. */
static const char *mac_meant(struct arena *arena, const char *text)
{
	struct text meant = TEXT(arena);
	size_t digits = 0;

	for (; *text; text++) {
		if (strchr("-.: ", *text))
			continue;
		if (!strchr(DIGITS "abcdefABCDEF", *text))
			return NULL;
		if (digits && digits % 2 == 0)
			text_add(&meant, ":");
		text_add_bytes(&meant, text, 1);
		digits++;
	}
	return digits == 12 ? text_string(&meant) : NULL;
}

/* YAML 1.1 takes 12:30:45:10:20:30 for a number to the base of 60. */
static bool check_mac(const struct value *value, const struct node *item)
{
	const char *meant;
	struct diag *diag;

	if (!is_mac(item->scalar)) {
		diag = decoder_error(value->decoder, DIAG_BAD_VALUE, item->span,
				     "'%s' is no MAC address", item->scalar);
		meant = mac_meant(value->decoder->arena, item->scalar);
		if (meant)
			diag_label(value->decoder->diags, diag, "write \"%s\"", meant);
		else
			diag_help(value->decoder->diags, diag,
				  "it has six pairs of hexadecimal digits, as in %s",
				  value->key->example);
		return false;
	}
	if (item->quoted || item->scalar[strspn(item->scalar, DIGITS ":")])
		return true;
	diag = decoder_error(value->decoder, DIAG_WRONG_TYPE, item->span,
			     "a MAC address of digits is a number to YAML");
	diag_label(value->decoder->diags, diag, "write \"%s\"", item->scalar);
	return false;
}

void decode_macs(const struct value *value)
{
	struct words *words = value->member;

	one_or_more(value, "MAC addresses", "a MAC address", check_mac);
	for (size_t i = 0; i < words->count; i++) {
		char *lower = arena_strdup(value->decoder->arena, words->items[i].text);

		for (char *digit = lower; *digit; digit++)
			if (*digit >= 'A' && *digit <= 'F')
				*digit = (char)(*digit - 'A' + 'a');
		words->items[i].text = lower;
	}
}
