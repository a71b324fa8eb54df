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
	struct selected *items; /* by (interface name, hook); only those that the policy means */
	size_t count;
	struct waitings waiting; /* positive patterns of enabled programs that match nothing */
};

/*
 * Each distinct pattern is matched once, and only against the names that begin with its literal
 * part. A hook is meant by a program that names its interface, and by an entry of `chains` that
 * minds what others attach there. What others attach is wherever its `interfaces` say, or, without
 * any, on every hook that is meant. Programs that are not enabled are nowhere, unless some override
 * enables them: the members are the programs as declared, before any override counts.
 */
struct selection select_programs(struct arena *arena, const struct policy *policy,
				 const struct interfaces *interfaces);

/* Does one of them want something else of other people's programs than to keep them? */
bool hook_minds_others(const struct rules *rules);

/* The entries of `chains` for one hook, as select_programs() finds them for all. */
struct rules select_rules(struct arena *arena, const struct policy *policy,
			  const struct interface *interface, enum hook hook);

#endif
