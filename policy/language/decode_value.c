/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/language/decode_value.h"

#include <stdlib.h>
#include <string.h>

enum { PATH_MAX_LENGTH = 4095, FUNCTION_MAX_LENGTH = 255, SHA256_DIGITS = 64 };

struct diag *decoder_error(struct decoder *decoder, enum diag_code code, struct span span,
			   const char *format, ...)
{
	struct diag *diag;
	va_list args;

	va_start(args, format);
	diag = diag_error(decoder->diags, code, span, "%s",
			  arena_vprintf(decoder->arena, format, args));
	va_end(args);
	diag->program = decoder->program;
	return diag;
}

const char *node_words(const struct node *node)
{
	if (node->kind == NODE_LIST)
		return "a list";
	return node->kind == NODE_MAP ? "a map" : "text";
}

void value_help(const struct value *value, struct diag *diag, const char *text)
{
	diag_help(value->decoder->diags, diag, "write '%s: %s'", value->key->name, text);
}

void value_label_meant(const struct value *value, struct diag *diag, const char *meant)
{
	diag_label(value->decoder->diags, diag, "write %s%s", meant,
		   value->node->quoted ? ", without quotes" : "");
}

const char *value_text(const struct value *value, const char *wanted)
{
	struct diag *diag;

	if (value->node->kind == NODE_SCALAR)
		return value->node->scalar;
	diag = decoder_error(value->decoder, DIAG_WRONG_TYPE, value->node->span,
			     "'%s' must be %s, not %s", value->key->name, wanted,
			     node_words(value->node));
	value_help(value, diag, value->key->example);
	return NULL;
}

struct word word_of(const struct node *node)
{
	return (struct word){ .text = node->scalar, .span = node->span };
}

/* What other tools call the words of ours; of those of one word, the first that is possible. */
static const struct {
	const char *word;
	const char *meant;
} others_say[] = {
	{ "ingress", "tcx-ingress" }, { "egress", "tcx-egress" }, { "clsact", "tcx-ingress" },
	{ "monitor", "tap" },	      { "observe", "tap" },	  { "ddos", "scrub" },
	{ "firewall", "filter" },     { "nat", "rewrite" },	  { "lb", "route" },
	{ "forward", "route" },	      { "count", "account" },	  { "skb", "generic" },
	{ "drv", "native" },	      { "driver", "native" },	  { "allow", "keep" },
	{ "ignore", "keep" },	      { "deny", "refuse" },	  { "reject", "refuse" },
	{ "dispatcher", "libxdp" },   { "tc", "clsact" },	  { "open", "skip" },
	{ "closed", "drop" },	      { "close", "drop" },	  { "block", "drop" },
};

/* The one of the names that may have been meant; NULL if none is near. */
static const char *name_meant(const char *text, const char *const *names, size_t count)
{
	const char *nearest = nearest_word(text, names, count);

	for (size_t i = 0; !nearest && i < sizeof(others_say) / sizeof(others_say[0]); i++) {
		if (strcasecmp(text, others_say[i].word) != 0)
			continue;
		for (size_t j = 0; j < count; j++)
			if (!strcmp(names[j], others_say[i].meant))
				nearest = names[j];
	}
	return nearest;
}

/* "xdp // fast", "tap#why", "xdp, tcx-ingress": more than a word. */
static const char *surplus_help(const char *text)
{
	if (strstr(text, " //"))
		return "a comment begins with '#'";
	if (strchr(text, '#'))
		return "a comment needs a blank before its '#'";
	return strchr(text, ',') || strchr(text, ' ') ? "one word is expected" : NULL;
}

void value_vocabulary(const struct value *value, const struct node *node, const char *what,
		      const char *const *names, size_t count)
{
	struct decoder *decoder = value->decoder;
	struct diag *diag = decoder_error(decoder, DIAG_BAD_VALUE, node->span,
					  "no %s is called '%s'", what, node->scalar);
	const char *surplus = surplus_help(node->scalar);
	const char *word = arena_strndup(decoder->arena, node->scalar,
					 strcspn(node->scalar, surplus ? " ,#" : ""));
	const char *meant = name_meant(word, names, count);
	const char *list = names[0];

	if (meant)
		diag_label(decoder->diags, diag, "did you mean '%s'?", meant);
	if (surplus)
		diag_help(decoder->diags, diag, "%s", surplus);
	if (meant || surplus)
		return;
	for (size_t i = 1; i < count; i++)
		list = arena_printf(decoder->arena, "%s%s%s", list, i + 1 < count ? ", " : " or ",
				    names[i]);
	diag_help(decoder->diags, diag, "it is one of %s", list);
}

bool value_hook(const struct value *value, const struct node *node, enum hook *ret)
{
	const char *names[HOOK_COUNT];

	if (hook_from_name(node->scalar, ret))
		return true;
	for (int i = 0; i < HOOK_COUNT; i++)
		names[i] = hook_name((enum hook)i);
	value_vocabulary(value, node, "hook", names, HOOK_COUNT);
	return false;
}

static void decode_hook(const struct value *value)
{
	enum hook hook;

	if (value->node->kind == NODE_LIST) {
		struct diag *diag = decoder_error(value->decoder, DIAG_WRONG_TYPE,
						  value->node->span, "'hook' is one hook");

		diag_help(
			value->decoder->diags, diag,
			"for several hooks write 'functions', as in 'functions: {tcx-ingress: in, "
			"tcx-egress: out}'");
		return;
	}
	if (value_text(value, "a hook") && value_hook(value, value->node, &hook))
		*(unsigned int *)value->member = 1u << hook;
}

bool value_check_item(const struct value *value, const struct node *item, const char *what)
{
	struct diag *diag;

	if (item->refused)
		return false;
	if (item->kind == NODE_SCALAR && (item->quoted || *item->scalar))
		return true;
	diag = decoder_error(value->decoder, DIAG_WRONG_TYPE, item->span,
			     "an item of '%s' must be %s, not %s", value->key->name, what,
			     item->kind == NODE_SCALAR ? "empty" : node_words(item));
	if (item->kind == NODE_MAP && item->keys.count == 1 &&
	    item->values.items[0]->kind == NODE_SCALAR)
		diag_label(value->decoder->diags, diag, "write \"%s:%s\"",
			   item->keys.items[0]->scalar, item->values.items[0]->scalar);
	else if (item->kind == NODE_SCALAR)
		diag_help(value->decoder->diags, diag, "write an item there, or remove it");
	else if (item->kind == NODE_LIST && item->span.length == 1)
		diag_help(value->decoder->diags, diag, "each item has one '- '");
	else if (item->kind == NODE_LIST && value->key->type == KEY_PATTERNS)
		diag_help(value->decoder->diags, diag,
			  "a pattern with brackets needs quotes: \"ens[12]\"");
	else if (item->kind == NODE_LIST)
		diag_help(value->decoder->diags, diag, "write the items into one list");
	return false;
}

static void decode_hook_item(const struct value *value, const struct node *item)
{
	unsigned int *hooks = value->member;
	enum hook hook;

	if (value_check_item(value, item, "a hook") && value_hook(value, item, &hook))
		*hooks |= 1u << hook;
}

static void decode_hooks(const struct value *value)
{
	const struct node *node = value->node;
	struct diag *diag;

	if (node->kind != NODE_LIST) {
		if (value_text(value, "a hook or a list of hooks"))
			decode_hook_item(value, node);
		return;
	}
	for (size_t i = 0; i < node->values.count; i++)
		decode_hook_item(value, node->values.items[i]);
	if (!node->values.count) {
		diag = decoder_error(value->decoder, DIAG_BAD_VALUE, node->span,
				     "'%s' names no hook", value->key->name);
		value_help(value, diag, value->key->example);
	}
}

static void decode_stage(const struct value *value)
{
	struct number *number = value->member;
	const char *names[STAGE_COUNT];
	const char *text = value_text(value, "a stage");
	enum stage stage;

	if (!text)
		return;
	if (stage_from_name(text, &stage)) {
		*number = (struct number){ (int)stage, true, value->node->span };
		return;
	}
	for (int i = 0; i < STAGE_COUNT; i++)
		names[i] = stage_name((enum stage)i);
	value_vocabulary(value, value->node, "stage", names, STAGE_COUNT);
}

static void decode_boolean(const struct value *value)
{
	static const char *const booleans[] = { "true", "false" };
	struct flag *flag = value->member;
	const char *text = value_text(value, "true or false");
	const char *meant;
	struct diag *diag;

	if (!text)
		return;
	meant = boolean_meant(text);
	if (meant && !strcmp(text, meant) && !value->node->quoted) {
		*flag = (struct flag){ *meant == 't', true, value->name->span };
		return;
	}
	diag = decoder_error(value->decoder, DIAG_WRONG_TYPE, value->node->span,
			     "'%s' must be true or false", value->key->name);
	if (!meant)
		meant = nearest_word(text, booleans, 2);
	if (meant)
		value_label_meant(value, diag, meant);
	else
		value_help(value, diag, value->key->example);
}

static void decode_priority(const struct value *value)
{
	struct number *number = value->member;
	const char *text = value_text(value, "a number");
	struct decoder *decoder = value->decoder;
	const char *meant;
	struct diag *diag;
	long parsed;

	if (!text)
		return;
	meant = decimal_meant(decoder->arena, text);
	if (!meant || strcmp(meant, text) != 0 || value->node->quoted) {
		diag = decoder_error(decoder, DIAG_WRONG_TYPE, value->node->span,
				     "'%s' must be a whole decimal number", value->key->name);
		if (meant)
			value_label_meant(value, diag, meant);
		else
			value_help(value, diag, value->key->example);
		return;
	}
	/* Saturates at the ends of long, which are out of range as well. */
	parsed = strtol(text, NULL, 10);
	if (parsed < PRIORITY_MIN || parsed > PRIORITY_MAX) {
		diag = decoder_error(decoder, DIAG_BAD_VALUE, value->node->span,
				     "'%s' must be from %d to %d", value->key->name, PRIORITY_MIN,
				     PRIORITY_MAX);
		diag_help(decoder->diags, diag,
			  "for an order that must hold, use 'before' or 'after'");
		return;
	}
	*number = (struct number){ (int)parsed, true, value->node->span };
}

/*
 * The list that a text was meant to be, "[eth0, eth1]" of "eth0, eth1" or "-eth0 -eth1", with
 * quotes where YAML would need them.
 */
static const char *list_meant(struct arena *arena, const char *string)
{
	static const char between[] = " \t\n,[]'\"";
	struct text text = TEXT(arena);

	text_add(&text, "[");
	for (string += strspn(string, between); *string; string += strspn(string, between)) {
		size_t length;
		bool safe;

		string += *string == '-';
		length = strcspn(string, between);
		safe = strspn(string, LETTERS DIGITS "_.-") >= length;
		if (length)
			text_printf(&text, safe ? "%s%.*s" : "%s\"%.*s\"",
				    text.length > 1 ? ", " : "", (int)length, string);
		string += length;
	}
	text_add(&text, "]");
	return text_string(&text);
}

void value_words(const struct value *value, const char *items, const char *item,
		 bool (*check)(const struct value *value, const struct node *item))
{
	const struct node *node = value->node;
	struct words words = { 0 };
	struct diag *diag;

	if (node->kind != NODE_LIST) {
		diag = decoder_error(value->decoder, DIAG_WRONG_TYPE, node->span,
				     "'%s' must be a list of %s, not %s", value->key->name, items,
				     node_words(node));
		value_help(value, diag,
			   node->kind == NODE_SCALAR
				   ? list_meant(value->decoder->arena, node->scalar)
				   : value->key->example);
		return;
	}
	for (size_t i = 0; i < node->values.count; i++)
		if (value_check_item(value, node->values.items[i], item) &&
		    (!check || check(value, node->values.items[i])))
			*list_push(value->decoder->arena, &words) = word_of(node->values.items[i]);
	*(struct words *)value->member = words;
}

static bool check_name(const struct value *value, const struct node *item)
{
	return node_check_text(value->decoder, item);
}

static void decode_names(const struct value *value)
{
	value_words(value, "programs", "a program", check_name);
}

static void decode_path(const struct value *value)
{
	struct word *word = value->member;
	const char *text = value_text(value, "a path");
	const char *problem = NULL;
	struct diag *diag;

	if (!text)
		return;
	if (*text != '/')
		problem = "must be an absolute path";
	else if (strlen(text) > PATH_MAX_LENGTH)
		problem = "is longer than a path can be";
	else if (text[strcspn(text, "\n\r\t\033")])
		problem = "is a path with control characters in it";
	if (!problem) {
		*word = word_of(value->node);
		return;
	}
	diag = decoder_error(value->decoder, DIAG_BAD_VALUE, value->node->span, "'%s' %s",
			     value->key->name, problem);
	if (*text == '~' || *text == '$')
		diag_help(value->decoder->diags, diag,
			  "write it out: '~' and variables stand for nothing here");
	else
		diag_help(value->decoder->diags, diag,
			  "write the whole path, from '/' on, as in '%s: %s'", value->key->name,
			  value->key->example);
}

void decode_function(const struct value *value)
{
	struct word *word = value->member;
	const char *text = value_text(value, "the name of a function");
	struct diag *diag;

	if (!text)
		return;
	if (*text && !strchr(DIGITS, *text) && !text[strspn(text, LETTERS DIGITS "_.$")] &&
	    strlen(text) <= FUNCTION_MAX_LENGTH) {
		if (node_check_text(value->decoder, value->node))
			*word = word_of(value->node);
		return;
	}
	diag = decoder_error(value->decoder, DIAG_BAD_VALUE, value->node->span,
			     "'%s' is no name of a function", text);
	diag_help(value->decoder->diags, diag,
		  "write what the function is called in C, such as xdp_main, not its section");
}

/* Every YAML 1.1 reader would make a number of it, and lose its leading zeros. */
static bool refuse_number(const struct value *value, const struct node *node)
{
	size_t digits = strspn(node->scalar, DIGITS);
	const char *rest = node->scalar + digits;
	struct diag *diag;

	rest += digits && (*rest == 'e' || *rest == 'E');
	if (node->quoted || !digits || rest[strspn(rest, DIGITS)])
		return false;
	diag = decoder_error(value->decoder, DIAG_WRONG_TYPE, node->span,
			     "'%s' without quotes is a number to YAML", value->key->name);
	value_help(value, diag, arena_printf(value->decoder->arena, "\"%s\"", node->scalar));
	return true;
}

static void decode_sha256(const struct value *value)
{
	struct word *word = value->member;
	const char *text = value_text(value, "64 hexadecimal digits");
	size_t good;
	char *digits;
	struct diag *diag;

	if (!text || refuse_number(value, value->node))
		return;
	good = strspn(text, DIGITS "abcdefABCDEF");
	if (text[good] || good != SHA256_DIGITS) {
		diag = decoder_error(value->decoder, DIAG_BAD_VALUE, value->node->span,
				     "'%s' must be 64 hexadecimal digits", value->key->name);
		if (text[good])
			diag_label(value->decoder->diags, diag, "character %zu is no such digit",
				   good + 1);
		else
			diag_label(value->decoder->diags, diag, "these are %zu", good);
		diag_help(value->decoder->diags, diag,
			  "write what 'sha256sum FILE' prints before the name of the file");
		return;
	}
	digits = arena_strdup(value->decoder->arena, text);
	for (char *digit = digits; *digit; digit++)
		if (*digit >= 'A' && *digit <= 'F')
			*digit = (char)(*digit - 'A' + 'a');
	*word = (struct word){ digits, value->node->span };
}

static void decode_choice(const struct value *value)
{
	const char *const *choices = value->key->choices;
	struct number *number = value->member;
	const char *text = value_text(value, "a word");
	size_t count = 0;

	if (!text)
		return;
	for (; choices[count]; count++) {
		if (strcmp(choices[count], text) != 0)
			continue;
		*number = (struct number){ (int)count, true, value->node->span };
		return;
	}
	value_vocabulary(value, value->node,
			 arena_printf(value->decoder->arena, "'%s'", value->key->name), choices,
			 count);
}

static void decode_glob(const struct value *value)
{
	const char *text = value_text(value, "a glob");

	if (text && !*text)
		decoder_error(value->decoder, DIAG_BAD_VALUE, value->node->span,
			      "'%s' matches nothing", value->key->name);
	else if (text)
		*(struct word *)value->member = word_of(value->node);
}

static void decode_verdicts(const struct value *value)
{
	value_words(value, "verdicts", "a verdict", NULL);
}

void value_decode(struct decoder *decoder, const struct key *key, const struct node *name,
		  const struct node *node, void *target)
{
	static void (*const decoders[])(const struct value *value) = {
		[KEY_HOOK] = decode_hook,	  [KEY_HOOKS] = decode_hooks,
		[KEY_STAGE] = decode_stage,	  [KEY_PRIORITY] = decode_priority,
		[KEY_BOOLEAN] = decode_boolean,	  [KEY_PATTERNS] = decode_patterns,
		[KEY_NAMES] = decode_names,	  [KEY_PATH] = decode_path,
		[KEY_FUNCTION] = decode_function, [KEY_SHA256] = decode_sha256,
		[KEY_CHOICE] = decode_choice,	  [KEY_FUNCTIONS] = decode_functions,
		[KEY_ATTACHED] = decode_attached, [KEY_VARIABLES] = decode_variables,
		[KEY_VERDICTS] = decode_verdicts, [KEY_OVERRIDES] = decode_overrides,
		[KEY_GLOBS] = decode_globs,	  [KEY_WORDS] = decode_one_or_more,
		[KEY_MACS] = decode_macs,	  [KEY_GLOB] = decode_glob,
		[KEY_GLOB_PATH] = decode_path,
	};
	const struct value value = {
		.decoder = decoder,
		.key = key,
		.name = name,
		.node = node,
		.member = (char *)target + key->offset,
	};

	decoders[key->type](&value);
}
