/* SPDX-License-Identifier: GPL-2.0-only */
/* Which programs, and which entries of `chains`, are meant for each hook of a host. */
#ifndef ORDAIN_POLICY_ORDER_SELECT_H
#define ORDAIN_POLICY_ORDER_SELECT_H

#include "policy/order/resolve.h"

struct members {
	const struct program **items; /* by name: the order of policy->programs */
	size_t count;
};

struct selected_rule {
	const struct chain_rule *rule;
	enum strength strength; /* of what it says here: how closely it means the interface */
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
	struct selected *items; /* by (interface name, hook); only hooks with a program of ours */
	size_t count;
	struct waitings waiting; /* positive patterns of enabled programs that match nothing */
};

/*
 * Each distinct pattern is matched once, and only against the names that begin with its literal
 * part. What others attach is wherever its `interfaces` say, or, without any, wherever something of
 * ours is. Programs that are not enabled are nowhere, unless some override enables them: the
 * members are the programs as declared, before any override counts.
 */
struct selection select_programs(struct arena *arena, const struct policy *policy,
				 const struct interfaces *interfaces);

/* The entries of `chains` for one hook, as select_programs() finds them for all. */
struct rules select_rules(struct arena *arena, const struct policy *policy,
			  const struct interface *interface, enum hook hook);

#endif
