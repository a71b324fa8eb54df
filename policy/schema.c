/* SPDX-License-Identifier: GPL-2.0-only */
#include "schema.h"

#include <string.h>

#include "policy.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LATER(key)                                                                                 \
	{                                                                                          \
		.name = (key), .type = KEY_LATER                                                   \
	}

static const struct key top_keys[] = {
	{ .name = "ordain",
	  .type = KEY_FORMAT,
	  .required = true,
	  .example = "1",
	  .help = "The format of the file: 1." },
	{ .name = "programs",
	  .type = KEY_PROGRAMS,
	  .example = "{}",
	  .help = "The programs, each under its name." },
	{ .name = "chains",
	  .type = KEY_CHAINS,
	  .not_in_hints = true,
	  .example = "[]",
	  .help = "Entries for some interfaces and hooks: the administrator's last word." },
	LATER("labels"),
};

static const struct key program_keys[] = {
	{ .name = "hook",
	  .type = KEY_HOOK,
	  .offset = offsetof(struct program, hooks),
	  .required = true,
	  .example = "xdp",
	  .help = "Where it runs: xdp, tcx-ingress or tcx-egress." },
	{ .name = "interfaces",
	  .type = KEY_PATTERNS,
	  .offset = offsetof(struct program, interfaces),
	  .required = true,
	  .not_in_hints = true,
	  .example = "[eth0]",
	  .help = "Names and globs of interfaces; \"!glob\" excludes; a glob never means lo." },
	{ .name = "object",
	  .type = KEY_PATH,
	  .offset = offsetof(struct program, object),
	  .required = true,
	  .example = "/usr/lib/bpf/program.bpf.o",
	  .help = "Absolute path of the BPF object file." },
	{ .name = "function",
	  .type = KEY_FUNCTION,
	  .offset = offsetof(struct program, function),
	  .example = "xdp_main",
	  .help = "The function to run, where the object has several for the hook." },
	{ .name = "sha256",
	  .type = KEY_SHA256,
	  .offset = offsetof(struct program, sha256),
	  .example = "the 64 digits that sha256sum prints",
	  .help = "Refuse an object with any other content." },
	{ .name = "stage",
	  .type = KEY_STAGE,
	  .offset = offsetof(struct program, stage),
	  .example = "filter",
	  .help = "tap, scrub, filter, rewrite, route or account, in this order." },
	{ .name = "priority",
	  .type = KEY_PRIORITY,
	  .offset = offsetof(struct program, priority),
	  .example = "10",
	  .help = "-1000 to 1000, lower runs first, where nothing else decides." },
	{ .name = "before",
	  .type = KEY_NAMES,
	  .offset = offsetof(struct program, before),
	  .example = "[other]",
	  .help = "Programs that run later than this one." },
	{ .name = "after",
	  .type = KEY_NAMES,
	  .offset = offsetof(struct program, after),
	  .example = "[other]",
	  .help = "Programs that run earlier than this one." },
	{ .name = "first",
	  .type = KEY_BOOLEAN,
	  .offset = offsetof(struct program, first),
	  .not_in_hints = true,
	  .example = "true",
	  .help = "Runs before everything else on its hook." },
	{ .name = "last",
	  .type = KEY_BOOLEAN,
	  .offset = offsetof(struct program, last),
	  .not_in_hints = true,
	  .example = "true",
	  .help = "Runs after everything else on its hook." },
	{ .name = "enabled",
	  .type = KEY_BOOLEAN,
	  .offset = offsetof(struct program, enabled),
	  .example = "false",
	  .help = "false: it runs nowhere, and its name stays known." },
	LATER("functions"),
	LATER("variables"),
	LATER("proceed_on"),
	LATER("if_missing"),
	LATER("readonly"),
	LATER("shadow"),
	LATER("unmodified_input"),
	LATER("exclusive"),
	LATER("attached"),
	LATER("absorb"),
};

static const struct key chain_keys[] = {
	{ .name = "interfaces",
	  .type = KEY_PATTERNS,
	  .offset = offsetof(struct chain_rule, interfaces),
	  .required = true,
	  .example = "[eth0]",
	  .help = "The interfaces it is about, as for a program." },
	{ .name = "hook",
	  .type = KEY_HOOKS,
	  .offset = offsetof(struct chain_rule, hooks),
	  .required = true,
	  .example = "xdp",
	  .help = "The hook it is about, or a list of hooks." },
	{ .name = "order",
	  .type = KEY_NAMES,
	  .offset = offsetof(struct chain_rule, order),
	  .example = "[one, other]",
	  .help = "Programs in the order in which they run; adds and removes none." },
	LATER("override"),
	LATER("others"),
	LATER("mode"),
	LATER("mechanism"),
};

_Static_assert(COUNT(top_keys) <= SCHEMA_MAX_KEYS, "top level");
_Static_assert(COUNT(program_keys) <= SCHEMA_MAX_KEYS, "program");
_Static_assert(COUNT(chain_keys) <= SCHEMA_MAX_KEYS, "chains entry");

const struct schema schema_top = { "at the top level", top_keys, COUNT(top_keys) };
const struct schema schema_program = { "in a program", program_keys, COUNT(program_keys) };
const struct schema schema_chain = { "in an entry of 'chains'", chain_keys, COUNT(chain_keys) };

const struct key *schema_key(const struct schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->count; i++)
		if (!strcmp(schema->keys[i].name, name))
			return &schema->keys[i];
	return NULL;
}

const struct key *schema_nearest(const struct schema *schema, const char *name)
{
	const char *names[SCHEMA_MAX_KEYS];
	const char *nearest;

	for (size_t i = 0; i < schema->count; i++)
		names[i] = schema->keys[i].name;
	nearest = nearest_word(name, names, schema->count);
	return nearest ? schema_key(schema, nearest) : NULL;
}
