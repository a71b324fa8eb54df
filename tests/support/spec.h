/* SPDX-License-Identifier: GPL-2.0-only */
/* Random policies, and the ways to say each of them. */
#ifndef ORDAIN_TESTS_SUPPORT_SPEC_H
#define ORDAIN_TESTS_SUPPORT_SPEC_H

#include <stdint.h>

#include "tests/support/model.h"

enum { SPEC_PROGRAMS = 6, SPEC_RULES = 2, SPEC_INTERFACES = 4 };

/* A policy before it is said in any order. */
struct spec {
	int count;
	struct {
		enum hook hook;
		const char *interfaces;
		int stage; /* -1: not written */
		int priority; /* 0: not written */
		unsigned int before; /* bits: the programs it names */
		unsigned int after;
		bool first;
		bool last;
		bool hint; /* all of it; or else only its stage and `after`: */
		bool hinted;
		bool disabled;
		bool readonly;
		bool unmodified;
		bool exclusive;
		bool attached;
	} programs[SPEC_PROGRAMS];
	int rule_count;
	struct {
		enum hook hook;
		const char *interfaces;
		int order[SPEC_PROGRAMS];
		int count;
	} rules[SPEC_RULES];
};

/* The interfaces of every host. */
extern const char *const spec_interfaces[SPEC_INTERFACES];

/* What comes next is the same after the same seed. */
void spec_seed(uint64_t seed);
struct spec spec_random(void);

/* Says it all by hand: in a fixed order, or in a random one. To be freed. */
struct model *spec_model(const struct spec *spec, bool shuffled);

/* The same as files in /etc/ordain, without the hints. */
void spec_sources(struct arena *arena, const struct spec *spec, bool shuffled,
		  struct sources *sources);

#endif
