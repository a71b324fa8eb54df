/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/language/decode.h"

#include <string.h>

#include "policy/language/decode_section.h"

/* False, with an error, if the file is of another format: no other key can then be judged. */
static bool check_format(struct decoder *decoder, const struct node *root)
{
	for (size_t i = 0; i < root->keys.count; i++) {
		const struct node *value = root->values.items[i];
		struct diag *diag;

		if (strcmp(root->keys.items[i]->scalar, "ordain") != 0)
			continue;
		if (value->refused)
			return false;
		if (value->kind == NODE_SCALAR && !value->quoted && !strcmp(value->scalar, "1"))
			return true;
		diag = decoder_error(decoder, DIAG_FORMAT_VERSION,
				     node_is_null(value) ? root->keys.items[i]->span : value->span,
				     "the format of the file must be 1");
		diag_help(decoder->diags, diag, "write 'ordain: 1'");
		return false;
	}
	return true;
}

/* A program beside `programs`, and not below it. */
static bool refuse_outsider(struct decoder *decoder, const struct node *name,
			    const struct node *value)
{
	struct diag *diag;

	if (name->refused || schema_key(&schema_top, name->scalar) || !is_like_program(value))
		return false;
	diag = decoder_error(decoder, DIAG_UNKNOWN_KEY, name->span,
			     "'%s' looks like a program, and stands at the top level",
			     name->scalar);
	diag_help(decoder->diags, diag,
		  "write it below 'programs:', indented by two blanks, and its keys by four");
	return true;
}

/* "programs:", and then the programs in the same column. */
static bool is_outdented(const struct node *root, size_t i)
{
	const struct key *key = schema_key(&schema_top, root->keys.items[i]->scalar);

	return key && key->type == KEY_PROGRAMS && node_is_null(root->values.items[i]) &&
	       i + 1 < root->keys.count &&
	       !schema_key(&schema_top, root->keys.items[i + 1]->scalar) &&
	       is_like_program(root->values.items[i + 1]);
}

/* Could a pair of the top level be something that declares names, and was not understood? */
static bool hides_names(const struct node *name, const struct node *value)
{
	const struct key *key = schema_key(&schema_top, name->scalar);

	return !key ||
	       ((key->type == KEY_PROGRAMS || key->type == KEY_LABELS) && value->kind != NODE_MAP);
}

bool decode_document(struct arena *arena, const struct node *root, struct diags *diags,
		     struct declarations *declarations)
{
	struct decoder decoder = {
		.arena = arena,
		.diags = diags,
		.tier = root->span.source->tier,
	};
	struct body body = {
		.decoder = &decoder,
		.schema = &schema_top,
		.where = schema_top.where,
		.map = root,
	};
	bool complete = true;

	if (root->kind != NODE_MAP) {
		struct diag *diag = decoder_error(&decoder, DIAG_WRONG_TYPE, root->span,
						  "a policy file is a map of keys, not %s",
						  node_words(root));

		diag_help(diags, diag, "begin with 'ordain: 1'");
		return false;
	}
	if (!check_format(&decoder, root))
		return false;
	for (size_t i = 0; i < root->keys.count; i++) {
		const struct node *value = root->values.items[i];
		const struct key *key = NULL;

		if (!refuse_outsider(&decoder, root->keys.items[i], value) &&
		    !is_outdented(root, i))
			key = body_next(&body, i);
		if (key && key->type == KEY_PROGRAMS)
			decode_programs(&decoder, value, declarations);
		else if (key && key->type == KEY_CHAINS)
			decode_chains(&decoder, value, declarations);
		else if (key && key->type == KEY_LABELS)
			decode_labels(&decoder, value, declarations);
		complete = complete && !hides_names(root->keys.items[i], value);
	}
	body_check_missing(&body, root->span, "the file");
	return complete;
}
