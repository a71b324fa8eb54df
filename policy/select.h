/* SPDX-License-Identifier: GPL-2.0-only */
/* Which programs, and which entries of `chains`, are meant for each hook of a host. */
#ifndef ORDAIN_POLICY_SELECT_H
#define ORDAIN_POLICY_SELECT_H

#include "resolve.h"

struct members {
	const struct program **items; /* by name: the order of policy->programs */
	size_t count;
};

struct selected_rule {
	const struct chain_rule *rule;
	bool named; /* it names this very interface, and so beats those that only match it */
};

struct rules {
	struct selected_rule *items; /* by place: the order of policy->rules */
	size_t count;
};

struct selected {
	const struct interface *interface;
	enum hook hook;
	struct members members;
	struct rules rules;
};

struct selection {
	struct selected *items; /* by (interface name, hook); only hooks with a program */
	size_t count;
	struct waitings waiting; /* positive patterns of enabled programs that match nothing */
};

/*
 * Each distinct pattern is matched once, and only against the interfaces that begin with its
 * literal part. Programs that are not enabled are nowhere.
 */
struct selection select_programs(struct arena *arena, const struct policy *policy,
				 const struct interfaces *interfaces);

#endif
