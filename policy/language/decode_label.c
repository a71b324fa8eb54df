/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "policy/language/decode_section.h"

static void decode_label(struct decoder *decoder, const struct node *name, const struct node *node,
			 struct label *label)
{
	struct body body = { .decoder = decoder, .schema = &schema_label, .map = node };
	struct diag *diag;

	label->name = name->scalar;
	label->span = name->span;
	if (!body_begin(&body, name, "label"))
		return;
	body_decode(&body, label);
	if (!strcmp(name->scalar, LABEL_PHYSICAL)) {
		diag = decoder_error(decoder, DIAG_BAD_VALUE, name->span, "label '%s' is built in",
				     name->scalar);
		diag_help(decoder->diags, diag,
			  "it means the interfaces with a device behind them; choose another name");
	} else if (!node->keys.count) {
		diag = decoder_error(decoder, DIAG_MISSING_KEY, name->span,
				     "label '%s' asks for nothing", name->scalar);
		diag_help(decoder->diags, diag, "give it a name, a driver or a mac");
	}
}

void decode_labels(struct decoder *decoder, const struct node *node,
		   struct declarations *declarations)
{
	if (node->kind != NODE_MAP) {
		struct diag *diag = decoder_error(decoder, DIAG_WRONG_TYPE, node->span,
						  "'labels' must be a map, not %s",
						  node_words(node));

		diag_help(decoder->diags, diag,
			  "write each label's name and a colon, and what it asks for below it");
		return;
	}
	for (size_t i = 0; i < node->keys.count; i++)
		if (!node->keys.items[i]->refused)
			decode_label(decoder, node->keys.items[i], node->values.items[i],
				     list_push(decoder->arena, &declarations->labels));
}
