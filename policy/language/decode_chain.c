/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "policy/language/decode_section.h"

static int compare_words(const void *a, const void *b)
{
	const struct word *x = *(const struct word *const *)a;
	const struct word *y = *(const struct word *const *)b;
	int order = strcmp(x->text, y->text);

	return order ? order : (x > y) - (x < y);
}

static void check_order(struct decoder *decoder, const struct words *order)
{
	const struct word **sorted = arena_array(decoder->arena, const struct word *, order->count);

	for (size_t i = 0; i < order->count; i++)
		sorted[i] = &order->items[i];
	qsort(sorted, order->count, sizeof(*sorted), compare_words);
	for (size_t i = 1; i < order->count; i++) {
		struct diag *diag;

		if (strcmp(sorted[i]->text, sorted[i - 1]->text) != 0)
			continue;
		diag = decoder_error(decoder, DIAG_BAD_VALUE, sorted[i]->span,
				     "'%s' is twice in one order", sorted[i]->text);
		diag_label(decoder->diags, diag, "also in line %u, column %u",
			   sorted[i - 1]->span.line, sorted[i - 1]->span.column);
	}
}

static void check_mode(struct decoder *decoder, const struct chain_rule *rule)
{
	unsigned int others = rule->hooks & ~(1u << HOOK_XDP);
	struct diag *diag;

	if (!rule->mode.written || !others)
		return;
	diag = decoder_error(decoder, DIAG_BAD_VALUE, rule->mode.span,
			     "'mode' is for xdp alone, and this entry is about %s",
			     hooks_words(decoder->arena, others));
	diag_help(decoder->diags, diag,
		  "remove 'mode' here, or write it in an entry with 'hook: xdp'");
}

/* linked and libxdp are ways of XDP, tcx and clsact those of the other hooks. */
static void check_mechanism(struct decoder *decoder, const struct chain_rule *rule)
{
	bool of_xdp = rule->mechanism.value == MECHANISM_LINKED ||
		      rule->mechanism.value == MECHANISM_LIBXDP;
	unsigned int wrong = of_xdp ? rule->hooks & ~(1u << HOOK_XDP)
				    : rule->hooks & (1u << HOOK_XDP);
	struct diag *diag;

	if (rule->mechanism.value == MECHANISM_AUTO || !wrong)
		return;
	diag = decoder_error(decoder, DIAG_BAD_VALUE, rule->mechanism.span,
			     "mechanism '%s' is none for %s",
			     schema_key(&schema_chain, "mechanism")->choices[rule->mechanism.value],
			     hooks_words(decoder->arena, wrong));
	diag_help(decoder->diags, diag,
		  "xdp has auto, linked and libxdp; the other hooks have auto, tcx and clsact");
}

/* Who begins each key with '- ' has entries of one key each. */
static bool is_lone_key(const struct node *node)
{
	return node->kind == NODE_MAP && node->keys.count == 1 &&
	       schema_key(&schema_chain, node->keys.items[0]->scalar);
}

static void refuse_lone_key(struct decoder *decoder, const struct node *node)
{
	struct diag *diag = decoder_error(decoder, DIAG_MISSING_KEY, node->span,
					  "an entry of 'chains' with nothing but '%s'",
					  node->keys.items[0]->scalar);

	diag_help(decoder->diags, diag,
		  "an entry needs 'interfaces' and 'hook'; '- ' stands before the first of its "
		  "keys only");
}

static void decode_chain(struct decoder *decoder, const struct node *node, struct chain_rule *rule)
{
	struct body body = {
		.decoder = decoder,
		.schema = &schema_chain,
		.where = schema_chain.where,
		.map = node,
	};

	rule->span = node->span;
	if (node->kind == NODE_MAP) {
		body_decode(&body, rule);
		if (!is_lone_key(node))
			body_check_missing(&body, node->span, "the entry of 'chains'");
		check_order(decoder, &rule->order);
		check_mode(decoder, rule);
		check_mechanism(decoder, rule);
	} else if (!node->refused) {
		node_not_a_map(decoder, node, node->span, "an entry of 'chains'",
			       "interfaces: [eth0]");
	}
}

void decode_chains(struct decoder *decoder, const struct node *node,
		   struct declarations *declarations)
{
	if (node->kind != NODE_LIST) {
		struct diag *diag = decoder_error(decoder, DIAG_WRONG_TYPE, node->span,
						  "'chains' must be a list of entries, not %s",
						  node_words(node));

		diag_help(decoder->diags, diag,
			  "begin each entry with '- ', as in '- interfaces: [eth0]'");
		return;
	}
	for (size_t i = 0; i < node->values.count; i++) {
		const struct node *entry = node->values.items[i];

		/* Of several in a row the first tells it for all. */
		if (is_lone_key(entry) && (!i || !is_lone_key(node->values.items[i - 1])))
			refuse_lone_key(decoder, entry);
		decode_chain(decoder, entry, list_push(decoder->arena, &declarations->rules));
	}
}
