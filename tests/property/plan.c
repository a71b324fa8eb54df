/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * plan_pending() is the poll's short way to what plan_build() comes to, so they have to agree: for
 * every state of one hook, and for random hosts with several.
 *
 * ORDAIN_SEED=N repeats a run.
 */
#include <stdlib.h>
#include <time.h>

#include "tests/support/test.h"
#include "tests/support/values.h"

enum { HOSTS = 5000, INTERFACES = 3, OWN_STATES = (int)OWN_DETACHED + 1 };

/* What is wanted of a hook. */
enum wish {
	WISH_UNHEARD, /* no such entry */
	WISH_NOTHING,
	WISH_SAME,
	WISH_OTHER,
	WISH_BLOCKED, /* with no last good chain */
	WISH_LAST_GOOD_SAME,
	WISH_LAST_GOOD_OTHER,
	WISH_SKIPS, /* what cannot run and does not run there */
	WISH_SKIPS_RUNNING, /* what cannot run and does run there, if anything does */
	WISH_DROPS_RUNNING,
	WISH_EMPTY,
	WISHES,
};

struct state {
	enum hook hook;
	enum own_state own;
	enum wish wish;
	bool supported;
	bool foreign;
	bool readable; /* the manifest of ours */
	enum xdp_mode mode; /* that is wanted */
	bool generic; /* ours runs so, on xdp */
	bool no_native;
};

struct host {
	struct arena *arena;
	struct desires desires;
	struct observed observed;
};

static const char *words_of(enum wish wish)
{
	switch (wish) {
	case WISH_SAME:
	case WISH_LAST_GOOD_SAME:
		return "a b";
	case WISH_OTHER:
	case WISH_LAST_GOOD_OTHER:
		return "b a";
	default:
		return NULL;
	}
}

static void miss(struct host *host, struct desired *desired, enum wish wish)
{
	static const struct missing_program missing[] = {
		[WISH_SKIPS] = { "c", IF_MISSING_SKIP, DIAG_VERIFIER, "" },
		[WISH_SKIPS_RUNNING] = { "a", IF_MISSING_SKIP, DIAG_VERIFIER, "" },
		[WISH_DROPS_RUNNING] = { "b", IF_MISSING_DROP, DIAG_VERIFIER, "" },
		[WISH_EMPTY] = { "c", IF_MISSING_EMPTY, DIAG_VERIFIER, "" },
	};

	desired->whole = manifest_of(host->arena, desired->hook, "a b c");
	*list_push(host->arena, &desired->missing) = missing[wish];
	desired_fall_back(host->arena, desired);
}

static void wish(struct host *host, const char *interface, const struct state *state)
{
	struct chain *chain = arena_alloc(host->arena, sizeof(*chain));
	struct desired *desired;

	if (state->wish == WISH_UNHEARD)
		return;
	desired = desires_add(host->arena, &host->desires, interface, 2, state->hook,
			      words_of(state->wish));
	chain->hook = state->hook;
	chain->mode.value = (int)state->mode;
	desired->chain = chain;
	if (state->wish >= WISH_SKIPS) {
		miss(host, desired, state->wish);
		return;
	}
	desired->blocked = state->wish >= WISH_BLOCKED;
	desired->code = DIAG_ORDER_CYCLE;
	desired->reason = "no order satisfies its statements";
}

static void show(struct host *host, const char *interface, const struct state *state)
{
	struct observed_hook *hook =
		observed_add(host->arena, &host->observed, interface, 2, state->hook);

	hook->supported = state->supported;
	if (!state->supported)
		return;
	if (state->own != OWN_NONE && state->own != OWN_DETACHED)
		observed_put_ours(host->arena, hook, "a b");
	hook->own = state->own;
	hook->no_native = state->hook == HOOK_XDP && state->no_native;
	if (hook->mode && state->generic)
		hook->mode = "generic";
	if (!state->readable)
		hook->manifest = NULL;
	if (state->foreign)
		observed_put(host->arena, hook, 7, "foreign");
}

static void assert_agreement(struct host *host)
{
	struct diags diags = DIAGS(host->arena);
	const struct plan *plan = plan_build(host->arena, &host->desires, &host->observed, &diags);

	assert_int_equal(plan_pending(&host->desires, &host->observed), plan_changes(plan) > 0);
}

static void try_state(const struct state *state, bool allow_gap)
{
	struct host host = { .arena = arena_new(), .desires.allow_gap = allow_gap };

	wish(&host, "eth0", state);
	show(&host, "eth0", state);
	assert_agreement(&host);
	arena_free(host.arena);
}

static void try_modes(struct state state)
{
	for (unsigned int bits = 0; bits < 8; bits++) {
		state.generic = bits & 1;
		state.no_native = bits & 2;
		for (state.mode = MODE_AUTO; state.mode <= MODE_GENERIC; state.mode++)
			try_state(&state, bits & 4);
	}
}

static void pending_agrees_with_the_plan_in_every_state(void **state)
{
	(void)state;
	for (enum hook hook = 0; hook < HOOK_COUNT; hook++)
		for (int own = 0; own < OWN_STATES; own++)
			for (enum wish wished = 0; wished < WISHES; wished++)
				for (unsigned int bits = 0; bits < 8; bits++)
					try_modes((struct state){ .hook = hook,
								  .own = (enum own_state)own,
								  .wish = wished,
								  .supported = bits & 1,
								  .foreign = bits & 2,
								  .readable = bits & 4 });
}

static bool one_in(int count)
{
	return rand() % count == 0;
}

/* Mostly well, so that pending and not pending both come up often enough. */
static struct state random_state(enum hook hook)
{
	bool well = !one_in(6);

	return (struct state){ .hook = hook,
			       .own = well ? OWN_ATTACHED : (enum own_state)(rand() % OWN_STATES),
			       .wish = well ? WISH_SAME : (enum wish)(rand() % WISHES),
			       .supported = well || !one_in(4),
			       .foreign = one_in(4),
			       .readable = well || !one_in(4),
			       .mode = well ? MODE_AUTO : (enum xdp_mode)(rand() % 3),
			       .generic = one_in(3),
			       .no_native = one_in(3) };
}

static void add_orphan(struct host *host)
{
	host->observed.orphans = arena_array(host->arena, struct orphan, 1);
	host->observed.orphans[0] = (struct orphan){ .ifindex = 9 };
	host->observed.orphan_count = 1;
}

/* An interface that is wanted need not be there, and one that is there need not be wanted. */
static void pending_agrees_with_the_plan_on_random_hosts(void **state)
{
	static const char *const names[INTERFACES] = { "eth0", "eth1", "eth2" };

	(void)state;
	for (int i = 0; i < HOSTS; i++) {
		struct host host = { .arena = arena_new(), .desires.allow_gap = one_in(2) };

		for (int at = 0; at < INTERFACES; at++) {
			for (enum hook hook = 0; hook < HOOK_COUNT; hook++) {
				struct state some = random_state(hook);

				if (!one_in(8))
					wish(&host, names[at], &some);
				if (!one_in(8))
					show(&host, names[at], &some);
			}
		}
		if (one_in(20))
			add_orphan(&host);
		assert_agreement(&host);
		arena_free(host.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pending_agrees_with_the_plan_in_every_state),
		cmocka_unit_test(pending_agrees_with_the_plan_on_random_hosts),
	};
	const char *seed = getenv("ORDAIN_SEED");
	unsigned int value = seed ? (unsigned int)strtoul(seed, NULL, 10)
				  : (unsigned int)time(NULL);

	printf("ORDAIN_SEED=%u\n", value);
	srand(value);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
