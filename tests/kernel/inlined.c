/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random chains of random programs (bpf/mixture) in every form that they can be linked in: all
 * called, inlined as far as they can be, and mixed. What a chain does to a packet is compared with
 * what its programs do one after the other, each run alone: the verdict, the packet, what the
 * kernel knows of it, the programs' maps, and the chain's counters.
 *
 * ORDAIN_INLINED_SECONDS says for how long, each hook half of it; ORDAIN_SEED repeats a run.
 */
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/pkt_cls.h>

#include "policy/base/text.h"
#include "tests/support/mixture.h"
#include "tests/support/netns.h"
#include "tests/support/test.h"

enum { SECONDS = 20, LONGEST = 16, PACKETS = 8, LEAST_PROGRAMS = 45 };

enum form { CALLED, INLINED, MIXED, FORMS };

static const char *const form_names[] = { "called", "inlined", "mixed" };

/* One chain in one form. */
struct linked_form {
	int program;
	int counters;
	size_t inlined;
};

struct chain_of {
	const struct mixture_program *programs[LONGEST];
	struct manifest_element manifest[LONGEST];
	size_t count;
	uint64_t expected[LONGEST * VERDICT_SLOTS]; /* what the counters have to say */
};

static struct {
	struct arena *arena; /* of all */
	struct mixture mixture;
	unsigned int seed;
	struct arena *scratch; /* of one chain */
	size_t chains;
	size_t compared;
	size_t inlined;
	size_t elements;
	size_t goes_on;
} run;

static unsigned int below(unsigned int end)
{
	return (unsigned int)rand_r(&run.seed) % end;
}

static unsigned int slot_of(unsigned int verdict)
{
	if (run.mixture.hook == HOOK_XDP)
		return verdict <= XDP_REDIRECT ? verdict : VERDICT_OTHER;
	if (verdict == (unsigned int)TC_ACT_UNSPEC)
		return VERDICT_NEXT;
	return verdict < VERDICT_OTHER ? verdict : VERDICT_OTHER;
}

/* What `proceed_on` can say. */
static unsigned int random_proceed(void)
{
	const unsigned int other = 1u << 1 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 6 |
				   1u << VERDICT_OTHER;
	unsigned int slots = 0;

	if (run.mixture.hook == HOOK_XDP)
		return below(1u << (XDP_REDIRECT + 1));
	slots |= below(2) ? 1u << TC_ACT_OK : 0;
	slots |= below(2) ? 1u << TC_ACT_SHOT : 0;
	slots |= below(2) ? 1u << TC_ACT_REDIRECT : 0;
	slots |= below(2) ? other : 0;
	return slots | 1u << VERDICT_NEXT;
}

static void random_chain(struct chain_of *chain)
{
	*chain = (struct chain_of){ .count = 1 + below(LONGEST) };
	for (size_t i = 0; i < chain->count; i++) {
		chain->programs[i] = &run.mixture.items[below((unsigned int)run.mixture.count)];
		chain->manifest[i] = chain->programs[i]->manifest;
		chain->manifest[i].name = arena_printf(run.scratch, "p%zu", i);
		chain->manifest[i].observe = !below(6);
		if (!below(4))
			chain->manifest[i].proceed = random_proceed();
	}
}

static void describe(const struct chain_of *chain, struct text *text)
{
	for (size_t i = 0; i < chain->count; i++) {
		text_printf(text, " %s", chain->programs[i]->name);
		if (chain->manifest[i].observe)
			text_add(text, "(observe)");
		else if (chain->manifest[i].proceed != verdicts_continuing(run.mixture.hook))
			text_printf(text, "(proceed %x)", chain->manifest[i].proceed);
	}
}

static void fail_about(const struct chain_of *chain, const char *what, const char *words)
{
	struct text text = TEXT(run.scratch);

	describe(chain, &text);
	fail_msg("%s: %s: %s; %s", what, words, text_string(&text), hook_name(run.mixture.hook));
}

static struct linked_form link_form(const struct chain_of *chain, enum form form)
{
	struct link_element elements[LONGEST];
	struct linked_form linked = { 0 };
	const struct linking *linkings;
	struct diags diags = DIAGS(run.scratch);
	struct error error = { "" };
	struct link_request request = {
		.hook = run.mixture.hook,
		.attach_type = link_attach_type(run.mixture.hook),
		.items = elements,
		.count = chain->count,
	};

	linked.counters = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "counters", sizeof(__u32),
					 sizeof(__u64), (__u32)chain->count * VERDICT_SLOTS, NULL);
	assert_true(linked.counters >= 0);
	request.counters = linked.counters;
	for (size_t i = 0; i < chain->count; i++) {
		elements[i] = chain->programs[i]->element;
		elements[i].element = &chain->manifest[i];
		if (form == CALLED || (form == MIXED && below(2)))
			elements[i].not_inlined = "the test says so";
	}
	if (link_load(&request, &diags, &linked.program, &linkings, &error) || linked.program < 0)
		fail_about(chain, form_names[form],
			   diags.count ? diags.items[0].summary : error.text);
	for (size_t i = 0; i < chain->count; i++)
		linked.inlined += linkings[i].inlined;
	if (form == CALLED)
		assert_int_equal(linked.inlined, 0);
	return linked;
}

static void random_packet(struct shipment *shipment)
{
	unsigned int spread = below(3) ? 256 : 16;

	memset(shipment, 0, sizeof(*shipment));
	shipment->length = 62 + below(60);
	for (unsigned int i = 0; i < shipment->length; i++)
		shipment->bytes[i] = (unsigned char)below(spread);
	shipment->bytes[12] = 0x88; /* of an Ethernet type that nobody looks into */
	shipment->bytes[13] = 0xb5;
	shipment->skb.mark = below(50);
	shipment->skb.cb[0] = below(50);
	if (run.mixture.hook == HOOK_XDP && !below(4))
		shipment->xdp.data = 4;
}

/* Where the chain's own counting is done, as agent/link/link.h says. */
static void expect_count(struct chain_of *chain, size_t at, unsigned int verdict)
{
	chain->expected[at * VERDICT_SLOTS + slot_of(verdict)]++;
}

/* Each program alone, one after the other. */
static void run_in_turn(struct chain_of *chain, struct shipment *shipment)
{
	unsigned int counted = run.mixture.hook == HOOK_XDP ? XDP_PASS
							    : (unsigned int)TC_ACT_UNSPEC;

	for (size_t i = 0; i < chain->count; i++) {
		const struct manifest_element *element = &chain->manifest[i];
		unsigned int slot;

		mixture_run(chain->programs[i]->alone, run.mixture.hook, shipment);
		slot = slot_of(shipment->verdict);
		if (manifest_counts_itself(element) || i + 1 == chain->count)
			expect_count(chain, i, shipment->verdict);
		if (element->observe)
			continue;
		counted = shipment->verdict;
		if (!(element->proceed >> slot & 1)) {
			if (!manifest_counts_itself(element) && i + 1 < chain->count)
				expect_count(chain, i, shipment->verdict);
			break;
		}
		run.goes_on++;
	}
	shipment->verdict = counted;
}

static void reset(const struct chain_of *chain, bool alone)
{
	for (size_t i = 0; i < chain->count; i++)
		mixture_reset(chain->programs[i], alone);
}

static const char *state(const struct chain_of *chain, bool alone)
{
	struct text text = TEXT(run.scratch);

	for (size_t i = 0; i < chain->count; i++)
		mixture_add_state(&text, chain->programs[i], alone);
	return text_string(&text);
}

static void compare(const struct chain_of *chain, const struct linked_form *linked, enum form form,
		    const struct shipment *in, const struct shipment *expected,
		    const char *expected_state)
{
	struct shipment shipment = *in;
	const char *difference;
	const char *found;

	reset(chain, false);
	mixture_run(linked->program, run.mixture.hook, &shipment);
	difference = mixture_difference(run.mixture.hook, expected, &shipment);
	if (difference)
		fail_about(chain, form_names[form],
			   arena_printf(run.scratch, "%s (%d, alone %d)", difference,
					(int)shipment.verdict, (int)expected->verdict));
	found = state(chain, false);
	if (strcmp(found, expected_state) != 0)
		fail_about(chain, form_names[form],
			   arena_printf(run.scratch, "maps: %s, alone %s", found, expected_state));
	run.compared++;
}

static void compare_counters(const struct chain_of *chain, const struct linked_form *linked,
			     enum form form)
{
	uint64_t *values = arena_array(run.scratch, uint64_t, (size_t)libbpf_num_possible_cpus());

	for (__u32 slot = 0; slot < chain->count * VERDICT_SLOTS; slot++) {
		uint64_t sum = 0;

		assert_int_equal(bpf_map_lookup_elem(linked->counters, &slot, values), 0);
		for (int cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++)
			sum += values[cpu];
		if (sum != chain->expected[slot])
			fail_about(chain, form_names[form],
				   arena_printf(run.scratch,
						"counter %u of element %u: %lu, not %lu",
						slot % VERDICT_SLOTS, slot / VERDICT_SLOTS, sum,
						chain->expected[slot]));
	}
}

static void try_chain(void)
{
	struct linked_form linked[FORMS];
	struct chain_of chain;

	run.scratch = arena_new();
	random_chain(&chain);
	for (enum form form = 0; form < FORMS; form++)
		linked[form] = link_form(&chain, form);
	for (size_t i = 0; i < PACKETS; i++) {
		struct shipment in, expected;
		const char *expected_state;

		random_packet(&in);
		expected = in;
		reset(&chain, true);
		run_in_turn(&chain, &expected);
		expected_state = state(&chain, true);
		for (enum form form = 0; form < FORMS; form++)
			compare(&chain, &linked[form], form, &in, &expected, expected_state);
	}
	for (enum form form = 0; form < FORMS; form++) {
		compare_counters(&chain, &linked[form], form);
		close(linked[form].program);
		close(linked[form].counters);
	}
	run.chains++;
	run.elements += chain.count;
	run.inlined += linked[INLINED].inlined;
	arena_free(run.scratch);
}

static time_t seconds(void)
{
	const char *said = getenv("ORDAIN_INLINED_SECONDS");

	return said ? atol(said) : SECONDS;
}

static void stay_on_one_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	assert_int_equal(sched_setaffinity(0, sizeof(cpus), &cpus), 0);
}

/* Two objects for each program, and all their maps. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void try_hook(enum hook hook)
{
	const char *seed = getenv("ORDAIN_SEED");
	time_t end = time(NULL) + (seconds() + 1) / 2;

	memset(&run, 0, sizeof(run));
	run.seed = seed ? (unsigned int)atol(seed) : (unsigned int)(time(NULL) ^ getpid());
	print_message("%s: ORDAIN_SEED=%u\n", hook_name(hook), run.seed);
	run.arena = arena_new();
	run.mixture = mixture_load(run.arena, hook);
	assert_true(run.mixture.count >= LEAST_PROGRAMS);
	do
		try_chain();
	while (time(NULL) < end);
	print_message("%s: %zu programs, %zu chains, %zu comparisons; %zu of %zu elements inlined, "
		      "%zu verdicts went on\n",
		      hook_name(hook), run.mixture.count, run.chains, run.compared, run.inlined,
		      run.elements, run.goes_on);
	assert_true(run.inlined > run.elements / 2);
	mixture_close(&run.mixture);
	arena_free(run.arena);
}

static unsigned int steps_of(int program)
{
	struct bpf_prog_info info;
	__u32 size = sizeof(info);

	memset(&info, 0, sizeof(info));
	assert_int_equal(bpf_prog_get_info_by_fd(program, &info, &size), 0);
	return info.verified_insns;
}

/* Of a chain of so many times the same program. */
static unsigned int steps_inlined(const struct mixture_program *program, size_t count)
{
	struct chain_of chain = { .count = count };
	struct linked_form linked;
	unsigned int steps;

	for (size_t i = 0; i < count; i++) {
		chain.programs[i] = program;
		chain.manifest[i] = program->manifest;
	}
	linked = link_form(&chain, INLINED);
	assert_int_equal(linked.inlined, count);
	steps = steps_of(linked.program);
	close(linked.program);
	close(linked.counters);
	return steps;
}

static void verify(const char *name)
{
	const struct mixture_program *program = mixture_find(&run.mixture, name);
	unsigned int one, many;

	assert_non_null(program);
	run.scratch = arena_new();
	one = steps_inlined(program, 1);
	many = steps_inlined(program, LONGEST);
	if (many > 3 * LONGEST * one / 2)
		fail_msg("%s: %u steps, and %u for %u of them", name, one, many, LONGEST);
	arena_free(run.scratch);
}

/* What one leaves behind must not make the verifier look at the next one twice. */
static void verification_grows_with_the_chain_and_no_faster(void **state_)
{
	static const char *const names[] = { "every_verdict", "eleven_exits", "parses", "spills",
					     "fills_64",      "checksums",    "calls",	"loops" };

	(void)state_;
	memset(&run, 0, sizeof(run));
	run.arena = arena_new();
	run.mixture = mixture_load(run.arena, HOOK_XDP);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		verify(names[i]);
	mixture_close(&run.mixture);
	arena_free(run.arena);
}

static void chains_of_xdp_do_what_their_programs_do(void **state_)
{
	(void)state_;
	try_hook(HOOK_XDP);
}

static void chains_of_tcx_do_what_their_programs_do(void **state_)
{
	(void)state_;
	try_hook(HOOK_TCX_INGRESS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verification_grows_with_the_chain_and_no_faster),
		cmocka_unit_test(chains_of_xdp_do_what_their_programs_do),
		cmocka_unit_test(chains_of_tcx_do_what_their_programs_do),
	};

	netns_enter();
	stay_on_one_cpu();
	raise_descriptor_limit();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
