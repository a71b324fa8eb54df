/* SPDX-License-Identifier: GPL-2.0-only */
/* Chains, desires and observations made by hand, in few words. */
#ifndef ORDAIN_TESTS_SUPPORT_VALUES_H
#define ORDAIN_TESTS_SUPPORT_VALUES_H

#include "policy/plan/plan.h"

/*
 * "a b:2 c:2:other": elements by name, with the hex digit that their digest repeats (0 unless
 * given) and their function (`run` unless given). "a:missing": it cannot run, and drops. "a:absorbed":
 * a program of others, whose id is 0.
 */
const struct manifest *manifest_of(struct arena *arena, enum hook hook, const char *words);

/* A policy file for spans, /etc/ordain/20-edge.yaml, and a place in it. */
extern const struct source edge_source;
struct span edge_span(unsigned int line, unsigned int column);

/*
 * A resolved chain with these programs, of /usr/lib/bpf/NAME.bpf.o; program i is said to be in line
 * 10 * (i + 1) of the edge file. Programs and elements may be changed afterwards.
 */
struct chain *chain_of(struct arena *arena, const struct interface *interface, enum hook hook,
		       const char *names);
struct program *chain_program(struct chain *chain, size_t at);

/* Appends; the addresses are good until the next of the same list. `words` NULL: no manifest. */
struct desired *desires_add(struct arena *arena, struct desires *desires, const char *interface,
			    unsigned int ifindex, enum hook hook, const char *words);
struct observed_hook *observed_add(struct arena *arena, struct observed *observed,
				   const char *interface, unsigned int ifindex, enum hook hook);
struct observed_program *observed_put(struct arena *arena, struct observed_hook *hook, uint32_t id,
				      const char *name);

/* Our chain, attached and well: program id 100 on link 200. */
void observed_put_ours(struct arena *arena, struct observed_hook *hook, const char *words);

/*
 * A plan in one line a hook, and one for each leftover:
 *
 *	eth0 tcx-ingress update: >1 b(2), 2 a(1), -c(3), =3 cil_in; NOTE
 */
const char *plan_words(struct arena *arena, const struct plan *plan);

#endif
