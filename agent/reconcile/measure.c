/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/reconcile/measure.h"

#include <string.h>
#include <unistd.h>

#include "agent/reconcile/gather.h"
#include "policy/plan/plan_absorb.h"

/* Walking all processes for who holds what is left out where nothing hangs on it. */
static enum detail detail_for(const struct decision *decision)
{
	for (size_t i = 0; decision->policy && i < decision->policy->program_count; i++)
		if (decision->policy->programs[i].attached_pin.text)
			return DETAIL_HOLDERS;
	for (size_t i = 0; i < decision->desires.count; i++)
		if (absorb_watches(&decision->desires.items[i]))
			return DETAIL_HOLDERS;
	return DETAIL_NAMES;
}

static struct decision *decide_accepted(const struct reconciler *reconciler)
{
	const struct decide_options options = {
		.paths = reconciler->session->paths,
		.objects = reconciler->session->objects,
		.from = DECIDE_ACCEPTED,
		.previous = reconciler->decision,
		.ask_kernel = true,
	};
	struct decision *decision;
	struct error error;

	return decide(&options, &decision, &error) ? NULL : decision;
}

/* Does the agent's own decision tell of another policy than the one in force? */
static bool tells_of_another(const struct decision *decision, const struct accepted *accepted)
{
	return decision->policy &&
	       (!accepted || strcmp(decision_digest(decision), accepted->digest) != 0);
}

/* What is in force. NULL: it cannot be told. */
static struct decision *decision_in_force(struct measure *measure,
					  const struct reconciler *reconciler,
					  const struct accepted *accepted)
{
	if (!tells_of_another(reconciler->decision, accepted))
		return reconciler->decision;
	if (!measure->accepted || measure->passes != reconciler->passes) {
		measure_free(measure);
		measure->accepted = decide_accepted(reconciler);
		measure->passes = reconciler->passes;
	}
	return measure->accepted;
}

/* The decision knows what was in force before its own pass. */
static struct report report_of(const struct reconciler *reconciler, const struct decision *decision,
			       const struct accepted *accepted)
{
	struct report report =
		decision_report(decision, reconciler->session->paths, getpid(), false);

	report.in_force = accepted ? accepted->digest : NULL;
	report.generation = accepted ? accepted->generation : 0;
	report.accepted_at = accepted ? accepted->time : 0;
	return report;
}

static void render(const struct reconciler *reconciler, struct pass *pass,
		   const struct accepted *accepted, struct text *out)
{
	struct agent_words words = reconciler_words(reconciler, pass->arena);
	struct report report = report_of(reconciler, pass->decision, accepted);
	struct diags all = DIAGS(pass->arena);
	struct status status = {
		.plan = pass->plan,
		.observed = pass->observed,
		.resolution = pass->decision->resolution,
	};

	diags_append(&all, &pass->decision->diags);
	diags_append(&all, &pass->diags);
	report.diags = &all;
	gather_words(pass->arena, &words, &report, &status);
	gather_counters(pass->arena, reconciler->session->kernel, &status);
	render_status(out, OUTPUT_OPENMETRICS, &report, &status);
}

bool measure_take(struct measure *measure, const struct reconciler *reconciler, struct text *out)
{
	const struct session *session = reconciler->session;
	const struct accepted *accepted;
	struct decision *decision;
	struct error error;
	struct pass pass;
	int result;

	if (!reconciler->decision || state_accepted(out->arena, session->paths, &accepted, &error))
		return false;
	decision = decision_in_force(measure, reconciler, accepted);
	if (!decision)
		return false;
	pass = pass_begin(decision);
	result = pass_look(&pass, session->kernel, pass_wanted(pass.arena, decision),
			   detail_for(decision), &error);
	if (!result)
		render(reconciler, &pass, accepted, out);
	pass_end(&pass);
	return !result;
}

void measure_free(struct measure *measure)
{
	decision_free(measure->accepted);
	*measure = (struct measure){ 0 };
}
