/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/marks/demands.h"

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <string.h>

#include "policy/marks/marks.h"

bool demands_proof(const struct program *program)
{
	return program->readonly.value || program->shadow.value;
}

static void list_reasons(const struct judgement *judgement, struct diags *diags, struct diag *diag)
{
	struct text detail = TEXT(diags->arena);

	for (size_t i = 0; i < judgement->count; i++) {
		const struct readonly_reason *reason = &judgement->reasons[i];

		text_printf(&detail, "%s", i ? "\n" : "");
		if (reason->instruction >= 0)
			text_printf(&detail, "instruction %ld: ", reason->instruction);
		if (reason->file)
			text_printf(&detail, "%s:%u: ", reason->file, reason->line);
		text_add(&detail, reason->what);
	}
	if (judgement->kernel_words)
		text_printf(&detail, "%sthe kernel says: %s", detail.length ? "\n" : "",
			    judgement->kernel_words);
	if (detail.length)
		diag_detail(diags, diag, "%s", text_string(&detail));
}

bool demand_readonly(const struct program *program, const struct judgement *judgement,
		     struct diags *diags)
{
	bool refuted = judgement->readonly == READONLY_REFUTED;
	struct diag *diag;

	if (!program->readonly.value || judgement->readonly == READONLY_PROVEN ||
	    (judgement->analysis == OPINION_READONLY && judgement->kernel == OPINION_NOT_ASKED))
		return true;
	diag = diag_error(diags, refuted ? DIAG_READONLY_REFUTED : DIAG_READONLY_UNPROVEN,
			  program->readonly.span,
			  refuted ? "'%s' is not readonly on %s"
				  : "it cannot be proven that '%s' is readonly on %s",
			  program->name, hook_name(judgement->hook));
	diag->program = program->name;
	list_reasons(judgement, diags, diag);
	diag_help(diags, diag,
		  "say 'shadow: true' if only its verdict shall not count, or neither; "
		  "`ordain classify %s %s` tells all that is known",
		  program->object.text, judgement->function);
	return false;
}

static unsigned int redirect_slot(enum hook hook)
{
	return hook == HOOK_XDP ? XDP_REDIRECT : TC_ACT_REDIRECT;
}

static bool is_ignored(const struct program *program)
{
	return program->readonly.value || program->shadow.value;
}

/* Whatever was not understood may redirect. */
static bool may_redirect(const struct judgement *judgement)
{
	return !judgement ||
	       judgement->findings & (1u << FINDING_REDIRECTS | 1u << FINDING_TAIL_CALL |
				      1u << FINDING_UNKNOWN_CALL | 1u << FINDING_TOO_COMPLEX);
}

bool demand_shadows(const struct chain *chain, struct diags *diags)
{
	const struct program *redirects = NULL;
	bool kept = true;

	for (size_t i = 0; i < chain->count; i++) {
		const struct element *element = &chain->elements[i];
		const struct program *program = element->program;
		struct diag *diag;

		if (program_is_attached(program))
			continue;
		if (!is_ignored(program) &&
		    program->proceed[chain->hook] >> redirect_slot(chain->hook) & 1)
			redirects = program;
		if (!redirects || !program->shadow.value || program->readonly.value ||
		    !may_redirect(element->judgement))
			continue;
		kept = false;
		diag = diag_error(diags, DIAG_SHADOW_REDIRECTS, program->shadow.span,
				  "'%s' may set where the packets go that '%s' redirects before it",
				  program->name, redirects->name);
		diag->program = program->name;
		if (redirects->proceed_on.count)
			diag_place(diags, diag, redirects->proceed_on.items[0].span,
				   "the chain goes on behind '%s'", redirects->name);
		diag_help(diags, diag,
			  "put '%s' before '%s', or take 'redirect' out of its 'proceed_on'",
			  program->name, redirects->name);
	}
	return kept;
}

bool demands_input(const struct chain *chain)
{
	for (size_t i = 0; chain && i < chain->count; i++)
		if (chain->elements[i].program->unmodified_input.value)
			return true;
	return false;
}

static bool leaves_alone(const struct element *element)
{
	return element->judgement && element->judgement->analysis == OPINION_READONLY;
}

static void warn_input(const struct program *program, const struct element *writer,
		       struct diags *diags)
{
	const char *words = writer->judgement ? readonly_words(diags->arena, writer->judgement)
					      : NULL;
	struct diags found = DIAGS(diags->arena);
	struct diag *diag = diag_warn(&found, DIAG_MODIFIED_INPUT, program->unmodified_input.span,
				      "'%s' wants unmodified input, and '%s' on xdp may have "
				      "changed it before",
				      program->name, writer->program->name);

	diag->program = program->name;
	diag_place(&found, diag, writer->program->span, "'%s'%s%s", writer->program->name,
		   words ? ": " : "", words ? words : "");
	/* The same two programs meet on many interfaces. */
	diags_append_new(diags, &found);
}

void demand_inputs(const struct chain *tcx, const struct chain *xdp, struct diags *diags)
{
	for (size_t i = 0; i < tcx->count; i++) {
		const struct program *program = tcx->elements[i].program;

		for (size_t j = 0; program->unmodified_input.value && xdp && j < xdp->count; j++)
			if (!leaves_alone(&xdp->elements[j]))
				warn_input(program, &xdp->elements[j], diags);
	}
}
