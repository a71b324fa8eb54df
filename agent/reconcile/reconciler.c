/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/reconcile/reconciler.h"

#include <libgen.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/decide/contents.h"
#include "agent/system/lock.h"
#include "policy/plan/plan_absorb.h"

enum { SECOND_LOOK_MS = 1000, FIGHT_REPORTED = 4, LET_GO_MS = 20 };

static struct decision *decide_now(struct reconciler *reconciler, enum decide_from from)
{
	struct decide_options options = {
		.paths = reconciler->session->paths,
		.objects = reconciler->session->objects,
		.from = from,
		.previous = reconciler->decision,
		.ask_kernel = true,
	};
	struct decision *decision;
	struct error error;

	if (decide(&options, &decision, &error)) {
		say_error_line(reconciler->session->journal, error.text);
		return NULL;
	}
	return decision;
}

bool reconciler_changed(struct reconciler *reconciler)
{
	struct decision *decision;
	bool changed;

	if (!reconciler->decision)
		return true;
	decision = decide_now(reconciler, DECIDE_NOW);
	changed = decision && !decision_same(decision, reconciler->decision);
	decision_free(decision);
	return changed;
}

static int64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What is to be there: on xdp with the programs of others, on tcx whatever a step does of it. */
static const char *chain_words(struct arena *arena, const struct planned_chain *chain)
{
	const struct manifest *manifest = chain->desired ? chain->desired->manifest : NULL;

	if (chain->hook == HOOK_XDP && chain->step)
		manifest = chain->step->manifest;
	return manifest ? manifest_text(arena, manifest) : "";
}

/* Repairs of one hook come at growing intervals. */
static bool may_put_right(const struct reconciler *reconciler, const struct planned_chain *chain)
{
	struct arena *arena = arena_new();
	bool may = holdoff_may(&reconciler->holdoffs, chain->ifindex, chain->hook,
			       chain_words(arena, chain), reconciler->now_ms);

	arena_free(arena);
	return may;
}

/* What the steps' callbacks need. */
struct carrying {
	struct reconciler *reconciler;
	const struct pass *pass;
};

/* Holding off is for repairs: what somebody has just decided is none, however often he does. */
static bool is_ordered(const struct pass *pass)
{
	return decision_is_new(pass->decision);
}

static bool may_step(void *context, const struct planned_chain *chain)
{
	const struct carrying *carrying = context;

	return is_ordered(carrying->pass) || may_put_right(carrying->reconciler, chain);
}

static bool is_repair(const struct planned_chain *chain)
{
	return chain->observed && chain->observed->own > OWN_ATTACHED;
}

static void step_done(void *context, const struct planned_chain *chain, bool success)
{
	const struct carrying *carrying = context;
	struct reconciler *reconciler = carrying->reconciler;
	struct journal *journal = reconciler->session->journal;
	const struct occasion occasion = { .before = reconciler->decision,
					   .now = carrying->pass->decision,
					   .deeds = &reconciler->deeds };
	struct arena *arena = arena_new();
	int64_t wait_ms;
	unsigned int count = 1;

	if (is_ordered(carrying->pass))
		holdoff_ordered(&reconciler->holdoffs, chain->ifindex, chain->hook,
				chain_words(arena, chain), reconciler->now_ms);
	else
		count = holdoff_taken(&reconciler->holdoffs, chain->ifindex, chain->hook,
				      chain_words(arena, chain), reconciler->now_ms, &wait_ms);

	/* Somebody who keeps on is reported once; the repairs go on in silence. */
	if (success && !is_repair(chain))
		say_change(journal, arena, chain, &occasion);
	else if (success && count < FIGHT_REPORTED)
		say_repair(journal, arena, chain, &occasion, monotonic_ms());
	if (success && count == FIGHT_REPORTED)
		say_fight(journal, arena, chain, &occasion, count - 1);
	if (success && is_repair(chain))
		tally_repair(&reconciler->tally, chain->interface, chain->hook,
			     chain->observed->own);
	if (success)
		deeds_forget_hook(&reconciler->deeds, chain->ifindex, chain->hook);
	arena_free(arena);
}

struct agent_words reconciler_words(const struct reconciler *reconciler, struct arena *arena)
{
	return (struct agent_words){
		.noticing = notice_grade_name(reconciler->grade),
		.locked_out = lockouts_list(arena, &reconciler->lockouts),
		.repairs = tally_repairs(arena, &reconciler->tally),
		.reload = reconciler->tally.reload,
	};
}

void reconciler_introduce(const struct reconciler *reconciler)
{
	const struct paths *paths = reconciler->session->paths;
	struct arena *arena = arena_new();
	struct agent_words words = reconciler_words(reconciler, arena);
	struct error error;

	if (state_set_agent(paths, getpid(), &words, &error))
		say_error_line(reconciler->session->journal, error.text);
	arena_free(arena);
}

static void take_lockouts(struct reconciler *reconciler, const struct pass *pass)
{
	struct locked_outs news;
	bool changed;

	if (!reconciler->deeds.count)
		return;
	news = lockouts_take(&reconciler->lockouts, &reconciler->deeds, pass->observed, pass->arena,
			     &changed);
	for (size_t i = 0; i < news.count; i++)
		say_locked_out(reconciler->session->journal, pass->arena, &news.items[i]);
	if (changed)
		reconciler_introduce(reconciler);
}

static bool look(const struct reconciler *reconciler, struct pass *pass, enum detail detail)
{
	struct error error;

	return !kernel_observe(reconciler->session->kernel, pass->arena,
			       &pass->decision->interfaces,
			       pass_wanted(pass->arena, pass->decision), detail, &pass->observed,
			       &error);
}

/* A step on tcx where only others are: one of them may be a chain of ours without its pins. */
static bool asks_for_names(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct planned_chain *chain = &plan->chains[i];

		if (chain->step && chain->hook != HOOK_XDP && chain->observed &&
		    chain->observed->program_count && !observed_own(chain->observed))
			return true;
	}
	return false;
}

/* Are others on the hooks than when it was said? */
static bool has_other_company(const struct reconciler *reconciler, const struct pass *pass)
{
	return plan_company(&pass->decision->desires, pass->observed) != reconciler->company;
}

/*
 * Who comes and goes all the time is news ever more rarely, as if something had to be repaired: on
 * no interface, so as not to hold up what is.
 */
static bool may_tell_company(struct reconciler *reconciler)
{
	static const char chain[] = "company";
	int64_t wait_ms;

	if (!holdoff_may(&reconciler->holdoffs, 0, HOOK_XDP, chain, reconciler->now_ms))
		return false;
	holdoff_taken(&reconciler->holdoffs, 0, HOOK_XDP, chain, reconciler->now_ms, &wait_ms);
	return true;
}

bool reconciler_has_door(const struct reconciler *reconciler)
{
	const struct decision *decision = reconciler->decision;

	for (size_t i = 0; decision && i < decision->desires.count; i++)
		if (absorb_watches(&decision->desires.items[i]))
			return true;
	return false;
}

static bool trial_is_over(const struct reconciler *reconciler)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	struct trial trial = { 0 };

	if (reconciler->decision->basis == BASIS_TRIAL)
		(void)state_trial(arena, reconciler->session->paths,
				  reconciler->decision->trial.generation, &trial);
	return trial.generation && !trial.left_ms;
}

bool reconciler_drifted(struct reconciler *reconciler)
{
	const struct decision *decision = reconciler->decision;
	struct pass pass;
	bool drifted = false;
	bool observed;
	bool changed, guests;
	bool company;
	bool pending;

	if (!decision || !decision->policy)
		return false;
	if (trial_is_over(reconciler))
		return true;
	if (owners_due(&reconciler->owners, reconciler->now_ms))
		return true;
	pass = pass_begin(reconciler->decision);
	observed = look(reconciler, &pass, DETAIL_NONE);
	guests = observed && plan_guests(&decision->desires, pass.observed) != reconciler->guests;
	changed = observed && has_other_company(reconciler, &pass);
	company = guests || (changed && may_tell_company(reconciler));
	changed |= guests;
	pending = observed && plan_pending(&decision->desires, pass.observed);
	if (observed)
		take_lockouts(reconciler, &pass);
	if (observed && !pending && !changed)
		deeds_forget(&reconciler->deeds, reconciler->now_ms);
	if (pending) {
		pass_plan(&pass);
		if (asks_for_names(pass.plan) && look(reconciler, &pass, DETAIL_NAMES))
			pass_plan(&pass);
		for (size_t i = 0; i < pass.plan->count && !drifted; i++)
			drifted = pass.plan->chains[i].step &&
				  may_put_right(reconciler, &pass.plan->chains[i]);
		drifted |= pass.plan->forget_count > 0;
	}
	pass_end(&pass);
	/* In a pause nothing is put right: what has drifted is news only once. */
	if (decision->pause.paused && drifted && reconciler->drift_said)
		return company;
	reconciler->drift_said = drifted;
	return drifted || company;
}

static bool has_source(const struct sources *sources, const struct source *wanted)
{
	for (size_t i = 0; i < sources->count; i++)
		if (sources->items[i].tier == wanted->tier &&
		    !strcmp(sources->items[i].name, wanted->name))
			return true;
	return false;
}

/*
 * Tools that replace a file may remove it first. So a set that lacks files or objects which are in
 * force counts only if it is still the same a second later.
 */
static bool is_settled(struct reconciler *reconciler, const struct decision *decision)
{
	bool lacks = decision->accepted &&
		     contents_lack(&decision->accepted->objects, &decision->contents);

	for (size_t i = 0; decision->accepted && i < decision->accepted->sources.count; i++)
		lacks |= !has_source(&decision->files, &decision->accepted->sources.items[i]);
	if (!lacks || !decision_is_new(decision) || decision->basis == BASIS_BACK) {
		reconciler->vanished[0] = '\0';
		return true;
	}
	if (!strcmp(reconciler->vanished, decision->digest))
		return reconciler->now_ms - reconciler->vanished_at_ms >= SECOND_LOOK_MS;
	memcpy(reconciler->vanished, decision->digest, sizeof(reconciler->vanished));
	reconciler->vanished_at_ms = reconciler->now_ms;
	return false;
}

static void tell_news(struct reconciler *reconciler, const struct pass *pass)
{
	bool done = !pass->failed && !pass->stale && !pass->decision->pause.paused;
	bool undone = !pass->decision->pause.paused && pass->executed < plan_changes(pass->plan);
	struct news_lines lines =
		news_tell(&reconciler->news, pass->plan, &reconciler->deeds, done, pass->arena);

	/* What is not done is looked at again: the poll does not see all of it by itself. */
	reconciler->company = undone ? 0 : plan_company(&pass->decision->desires, pass->observed);
	reconciler->guests = plan_guests(&pass->decision->desires, pass->observed);
	for (size_t i = 0; i < lines.count; i++)
		say_news(reconciler->session->journal, &lines.items[i]);
}

static int carry_out(struct reconciler *reconciler, struct pass *pass, struct error *ret_error)
{
	const struct session *session = reconciler->session;
	struct carrying carrying = { .reconciler = reconciler, .pass = pass };
	struct pass_options options = {
		.paths = session->paths,
		.kernel = session->kernel,
		.objects = session->objects,
		.may = may_step,
		.done = step_done,
		.context = &carrying,
	};
	bool accept = decision_is_new(pass->decision);
	int result = pass_try(pass, session->paths, session->kernel, ret_error);

	if (!result)
		result = pass_execute(pass, &options, ret_error);
	if (!result && accept)
		say_accepted(session->journal, pass, NULL);
	return result;
}

/* Whoever takes his program off may hold it for a moment longer. */
static int look_whole(struct reconciler *reconciler, struct pass *pass, struct error *ret_error)
{
	const unsigned int *wanted = pass_wanted(pass->arena, pass->decision);
	struct kernel *kernel = reconciler->session->kernel;
	int result = pass_look(pass, kernel, wanted, DETAIL_HOLDERS, ret_error);

	if (!result && owners_look(&reconciler->owners, pass->observed, reconciler->now_ms)) {
		usleep(LET_GO_MS * 1000);
		result = pass_look(pass, kernel, wanted, DETAIL_HOLDERS, ret_error);
		if (!result)
			owners_look(&reconciler->owners, pass->observed, reconciler->now_ms);
	}
	if (!result)
		pass_plan(pass);
	return result;
}

/* Going back was ordered when the trial began: no pause holds it up, however often it takes. */
static bool may_change(const struct reconciler *reconciler, const struct decision *decision)
{
	return decision->policy && (!decision->pause.paused || reconciler->going_back);
}

static enum look_again pass_with(struct reconciler *reconciler, struct decision *decision)
{
	struct pass pass = pass_begin(decision);
	struct journal *journal = reconciler->session->journal;
	enum look_again again = LOOK_SETTLED;
	struct error error;
	int result;

	if (decision->basis == BASIS_BACK)
		reconciler->going_back = true;
	result = look_whole(reconciler, &pass, &error);
	if (!result && may_change(reconciler, decision))
		result = carry_out(reconciler, &pass, &error);
	if (result) {
		say_failure(journal, &reconciler->said, error.text);
		again = LOOK_LATER;
	} else {
		if (decision->pause.paused && !may_change(reconciler, decision)) {
			say_what_waits(journal, &pass);
			reconciler->drift_said = true;
		}
		say_what_is_wrong(journal, &reconciler->said, &pass);
		tell_news(reconciler, &pass);
		say_state(&pass);
		reconciler->ready = true;
	}
	/* Behind the way back the files have their say again. */
	if (pass.stale || (!result && decision->basis == BASIS_BACK))
		again = LOOK_SOON;
	if (!result && !pass.stale && !pass.failed)
		reconciler->going_back = false;
	if (tally_pass(&reconciler->tally, &pass, result, time(NULL)))
		reconciler_introduce(reconciler);
	pass_end(&pass);
	objects_drop_bytes(reconciler->session->objects);
	return again;
}

enum look_again reconciler_pass(struct reconciler *reconciler)
{
	enum look_again again = LOOK_SETTLED;
	struct decision *decision;
	struct error error;
	int lock = lock_take(reconciler->session->paths, LOCK_PASS, &error);

	if (lock < 0) {
		say_error_line(reconciler->session->journal, error.text);
		return LOOK_LATER;
	}
	/* Under the lock, so that a `detach` that has just written its mark is seen. */
	decision = decide_now(reconciler, DECIDE_NOW);
	if (decision && !is_settled(reconciler, decision)) {
		decision_free(decision);
		decision = decide_now(reconciler, DECIDE_ACCEPTED);
		again = LOOK_LATER;
	}
	if (decision) {
		enum look_again overtaken;

		say_marks(reconciler->session->journal, decision->arena, reconciler->decision,
			  decision);
		overtaken = pass_with(reconciler, decision);

		if (overtaken != LOOK_SETTLED)
			again = overtaken;
		decision_free(reconciler->decision);
		reconciler->decision = decision;
		reconciler->passes++;
	}
	close(lock);
	return again;
}

const char *const *reconciler_directories(const struct reconciler *reconciler, struct arena *arena,
					  size_t *ret_count)
{
	const struct paths *paths = reconciler->session->paths;
	const struct policy *policy = reconciler->decision ? reconciler->decision->policy : NULL;
	struct {
		const char **items;
		size_t count;
	} directories = { 0 };

	*list_push(arena, &directories) = paths->etc;
	*list_push(arena, &directories) = paths->run;
	*list_push(arena, &directories) = paths->hints;
	*list_push(arena, &directories) = paths->state;
	for (size_t i = 0; policy && i < policy->program_count; i++)
		if (policy->programs[i].object.text)
			*list_push(arena, &directories) =
				dirname(arena_strdup(arena, policy->programs[i].object.text));
	*ret_count = directories.count;
	return directories.items;
}

void reconciler_free(struct reconciler *reconciler)
{
	decision_free(reconciler->decision);
	holdoffs_free(&reconciler->holdoffs);
	owners_free(&reconciler->owners);
	news_free(&reconciler->news);
	said_free(&reconciler->said);
	tally_free(&reconciler->tally);
}
