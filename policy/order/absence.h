/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a program is not on a hook. */
#ifndef ORDAIN_POLICY_ORDER_ABSENCE_H
#define ORDAIN_POLICY_ORDER_ABSENCE_H

#include "policy/model/policy.h"

/* In the order in which explain lists them: what somebody decided first. */
enum absence_kind {
	ABSENCE_NONE, /* it is there */
	ABSENCE_DISABLED,
	ABSENCE_ATTACHED, /* others attach it, and nothing else that is meant there can be ordered around it */
	ABSENCE_HINTED, /* nothing but a package knows of it */
	ABSENCE_EXCLUDED, /* by a '!' pattern */
	ABSENCE_OTHER_HOOK, /* on this interface, but elsewhere */
	ABSENCE_NO_INTERFACES, /* it names none at all */
	ABSENCE_NO_MATCH,
};

struct absence {
	enum absence_kind kind;
	const char *words; /* in the words of the file where there are any */
	struct span span; /* the place that decided; zero if nobody wrote anything */
};

/* To be asked of a program that is not in the chain of that hook. */
struct absence absence_of(struct arena *arena, const struct policy *policy,
			  const struct program *program, const struct interface *interface,
			  enum hook hook);

/* "disabled", "excluded", ...: the words of the JSON output. */
const char *absence_name(enum absence_kind kind);

#endif
