/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/language/schema.h"

#include <string.h>

#include "policy/model/policy.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const if_missing_words[] = { "skip", "empty", "drop", NULL };
static const char *const others_words[] = { "keep", "absorb", "refuse", NULL };
static const char *const bypass_words[] = { "refuse", "allow", NULL };
static const char *const mode_words[] = { "auto", "native", "generic", NULL };
static const char *const linking_words[] = { "auto", "called", NULL };
static const char *const mechanism_words[] = { "auto", "linked", "libxdp", "tcx", "clsact", NULL };

static const struct key top_keys[] = {
	{ .name = "ordain",
	  .others_say = " version format apiVersion schema ",
	  .type = KEY_FORMAT,
	  .required = true,
	  .example = "1",
	  .help = "The format of the file: 1." },
	{ .name = "programs",
	  .type = KEY_PROGRAMS,
	  .example = "{}",
	  .help = "The programs, each under its name." },
	{ .name = "chains",
	  .others_say = " rules overrides ",
	  .type = KEY_CHAINS,
	  .not_in_hints = true,
	  .example = "[]",
	  .help = "Entries for some interfaces and hooks: the administrator's last word." },
	{ .name = "labels",
	  .others_say = " groups aliases ",
	  .type = KEY_LABELS,
	  .example = "{uplink: {driver: mlx5_core}}",
	  .help = "Names for groups of interfaces." },
};

static const struct key program_keys[] = {
	{ .name = "hook",
	  .others_say = " type attach attach_type attach_point hooks direction ",
	  .type = KEY_HOOK,
	  .offset = offsetof(struct program, hooks),
	  .required = true,
	  .not_in_override = true,
	  .example = "xdp",
	  .help = "Where it runs: xdp, tcx-ingress or tcx-egress." },
	{ .name = "interfaces",
	  .others_say = " device devices dev iface ifaces nic nics ports ifname on ",
	  .type = KEY_PATTERNS,
	  .offset = offsetof(struct program, interfaces),
	  .required = true,
	  .not_in_hints = true,
	  .not_in_override = true,
	  .example = "[eth0]",
	  .help = "Names and globs of interfaces; \"!glob\" excludes; a glob never means lo." },
	{ .name = "object",
	  .others_say = " path file obj elf bytecode source ",
	  .type = KEY_PATH,
	  .offset = offsetof(struct program, object),
	  .required = true,
	  .not_in_override = true,
	  .example = "/usr/lib/bpf/program.bpf.o",
	  .help = "Absolute path of the BPF object file." },
	{ .name = "function",
	  .others_say = " section sec entry prog program_name ",
	  .type = KEY_FUNCTION,
	  .offset = offsetof(struct program, function),
	  .not_in_override = true,
	  .example = "xdp_main",
	  .help = "The function to run, where the object has several for the hook." },
	{ .name = "functions",
	  .type = KEY_FUNCTIONS,
	  .not_in_override = true,
	  .example = "{tcx-ingress: flow_in, tcx-egress: flow_out}",
	  .help = "Instead of hook and function: several hooks, each with its function." },
	{ .name = "sha256",
	  .others_say = " hash digest checksum sum ",
	  .type = KEY_SHA256,
	  .offset = offsetof(struct program, sha256),
	  .not_in_override = true,
	  .example = "the 64 digits that sha256sum prints",
	  .help = "Refuse an object with any other content." },
	{ .name = "stage",
	  .type = KEY_STAGE,
	  .offset = offsetof(struct program, stage),
	  .example = "filter",
	  .help = "tap, scrub, filter, rewrite, route or account, in this order." },
	{ .name = "priority",
	  .others_say = " prio run_prio weight pref ",
	  .type = KEY_PRIORITY,
	  .offset = offsetof(struct program, priority),
	  .example = "10",
	  .help = "-1000 to 1000, lower runs first, where nothing else decides." },
	{ .name = "before",
	  .others_say = " precedes ",
	  .type = KEY_NAMES,
	  .offset = offsetof(struct program, before),
	  .example = "[other]",
	  .help = "Programs that run later than this one." },
	{ .name = "after",
	  .others_say = " requires depends depends_on needs follows ",
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
	  .others_say = " active enable ",
	  .type = KEY_BOOLEAN,
	  .offset = offsetof(struct program, enabled),
	  .example = "false",
	  .help = "false: it runs nowhere, and its name stays known." },
	{ .name = "proceed_on",
	  .others_say = " chain_call_actions continue_on next_on pass_on ",
	  .type = KEY_VERDICTS,
	  .offset = offsetof(struct program, proceed_on),
	  .example = "[pass]",
	  .help = "Verdicts after which the chain goes on; [pass] on xdp, none on tcx." },
	{ .name = "if_missing",
	  .others_say = " on_missing on_error on_failure fallback ",
	  .type = KEY_CHOICE,
	  .offset = offsetof(struct program, if_missing),
	  .choices = if_missing_words,
	  .example = "skip",
	  .help = "skip, empty or drop: what happens where it cannot run and never could." },
	{ .name = "variables",
	  .others_say = " globals rodata config vars env params parameters ",
	  .type = KEY_VARIABLES,
	  .offset = offsetof(struct program, variables),
	  .example = "{limit: 1000}",
	  .help = "Values for its const volatile globals: numbers, true, false, text, lists of "
		  "numbers." },
	{ .name = "pin_by_name",
	  .type = KEY_BOOLEAN,
	  .offset = offsetof(struct program, pin_by_name),
	  .example = "true",
	  .help = "Maps that ask for it are shared under their names in the BPF file system." },
	{ .name = "readonly",
	  .others_say = " read_only monitor ",
	  .type = KEY_BOOLEAN,
	  .offset = offsetof(struct program, readonly),
	  .example = "true",
	  .help = "It leaves packets alone, and its verdict is ignored." },
	{ .name = "shadow",
	  .type = KEY_BOOLEAN,
	  .offset = offsetof(struct program, shadow),
	  .example = "true",
	  .help = "It runs, and its verdict is ignored." },
	{ .name = "unmodified_input",
	  .type = KEY_BOOLEAN,
	  .offset = offsetof(struct program, unmodified_input),
	  .example = "true",
	  .help = "Nothing that may change packets runs before it." },
	{ .name = "exclusive",
	  .others_say = " alone ",
	  .type = KEY_BOOLEAN,
	  .offset = offsetof(struct program, exclusive),
	  .not_in_hints = true,
	  .example = "true",
	  .help = "It is alone on its hook." },
	{ .name = "attached",
	  .others_say = " foreign external existing ",
	  .type = KEY_ATTACHED,
	  .not_in_override = true,
	  .example = "{name: \"cil_from_*\"}",
	  .help = "Somebody else attaches it, by a name or a pin like this; it is only ordered." },
	{ .name = "absorb",
	  .type = KEY_BOOLEAN,
	  .offset = offsetof(struct program, absorb),
	  .example = "true",
	  .help = "With attached: it is taken into the chain." },
};

static const struct key chain_keys[] = {
	{ .name = "interfaces",
	  .others_say = " device devices dev iface ifaces nic nics ports ifname on ",
	  .type = KEY_PATTERNS,
	  .offset = offsetof(struct chain_rule, interfaces),
	  .required = true,
	  .example = "[eth0]",
	  .help = "The interfaces it is about, as for a program." },
	{ .name = "hook",
	  .others_say = " type attach hooks direction ",
	  .type = KEY_HOOKS,
	  .offset = offsetof(struct chain_rule, hooks),
	  .required = true,
	  .example = "xdp",
	  .help = "The hook it is about, or a list of hooks." },
	{ .name = "order",
	  .others_say = " programs sequence chain ",
	  .type = KEY_NAMES,
	  .offset = offsetof(struct chain_rule, order),
	  .example = "[one, other]",
	  .help = "Programs in the order in which they run; adds and removes none." },
	{ .name = "override",
	  .others_say = " overrides set ",
	  .type = KEY_OVERRIDES,
	  .offset = offsetof(struct chain_rule, overrides),
	  .example = "{other: {priority: 10}}",
	  .help = "What programs say, said otherwise here." },
	{ .name = "others",
	  .others_say = " foreign unknown ",
	  .type = KEY_CHOICE,
	  .offset = offsetof(struct chain_rule, others),
	  .choices = others_words,
	  .example = "keep",
	  .help = "keep, absorb or refuse: what becomes of programs that no entry names." },
	{ .name = "bypass",
	  .type = KEY_CHOICE,
	  .offset = offsetof(struct chain_rule, bypass),
	  .choices = bypass_words,
	  .example = "allow",
	  .help = "refuse or allow: with absorb, whether a loader may get past if_missing: drop." },
	{ .name = "mode",
	  .others_say = " xdp_mode attach_mode ",
	  .type = KEY_CHOICE,
	  .offset = offsetof(struct chain_rule, mode),
	  .choices = mode_words,
	  .example = "native",
	  .help = "auto, native or generic XDP." },
	{ .name = "mechanism",
	  .type = KEY_CHOICE,
	  .offset = offsetof(struct chain_rule, mechanism),
	  .choices = mechanism_words,
	  .example = "auto",
	  .help = "auto, linked or libxdp on xdp; auto, tcx or clsact on tcx." },
	{ .name = "linking",
	  .type = KEY_CHOICE,
	  .offset = offsetof(struct chain_rule, linking),
	  .choices = linking_words,
	  .example = "called",
	  .help = "auto or called: no program is made a part of the chain's main function." },
};

static const struct key label_keys[] = {
	{ .name = "name",
	  .others_say = " interfaces interface ifname match altname ",
	  .type = KEY_GLOBS,
	  .offset = offsetof(struct label, names),
	  .example = "[\"ens*f[01]\"]",
	  .help = "Globs of names and altnames, one or a list." },
	{ .name = "driver",
	  .type = KEY_WORDS,
	  .offset = offsetof(struct label, drivers),
	  .example = "mlx5_core",
	  .help = "The driver, one or a list of globs." },
	{ .name = "mac",
	  .others_say = " address addr hwaddr ",
	  .type = KEY_MACS,
	  .offset = offsetof(struct label, macs),
	  .example = "\"02:00:5e:00:53:01\"",
	  .help = "The address, one or a list." },
};

static const struct key attached_keys[] = {
	{ .name = "name",
	  .type = KEY_GLOB,
	  .offset = offsetof(struct program, attached_name),
	  .example = "\"cil_from_*\"",
	  .help = "A glob of the names of BPF programs." },
	{ .name = "pin",
	  .type = KEY_GLOB_PATH,
	  .offset = offsetof(struct program, attached_pin),
	  .example = "\"/sys/fs/bpf/tc/*\"",
	  .help = "A glob of the paths of pins." },
};

_Static_assert(COUNT(top_keys) <= SCHEMA_MAX_KEYS, "top level");
_Static_assert(COUNT(program_keys) <= SCHEMA_MAX_KEYS, "program");
_Static_assert(COUNT(chain_keys) <= SCHEMA_MAX_KEYS, "chains entry");
_Static_assert(COUNT(label_keys) <= SCHEMA_MAX_KEYS, "label");
_Static_assert(COUNT(attached_keys) <= SCHEMA_MAX_KEYS, "attached");

const struct schema schema_top = { "at the top level", top_keys, COUNT(top_keys) };
const struct schema schema_program = { "in a program", program_keys, COUNT(program_keys) };
const struct schema schema_chain = { "in an entry of 'chains'", chain_keys, COUNT(chain_keys) };
const struct schema schema_label = { "in a label", label_keys, COUNT(label_keys) };
const struct schema schema_attached = { "in 'attached'", attached_keys, COUNT(attached_keys) };

bool name_is_good(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";

	return *name && *name != '_' && *name != '-' && !name[strspn(name, allowed)] &&
	       strlen(name) <= NAME_MAX_LENGTH;
}

const struct key *schema_key(const struct schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->count; i++)
		if (!strcmp(schema->keys[i].name, name))
			return &schema->keys[i];
	return NULL;
}

/* Is it one of those between blanks? */
static bool is_among(const char *words, const char *name)
{
	size_t length = strlen(name);

	if (!words || !length || strchr(name, ' '))
		return false;
	for (const char *at = words; (at = strstr(at, name)) != NULL; at++)
		if (at > words && at[-1] == ' ' && at[length] == ' ')
			return true;
	return false;
}

const struct key *schema_nearest(const struct schema *schema, const char *name)
{
	const char *names[SCHEMA_MAX_KEYS];
	const char *nearest;

	for (size_t i = 0; i < schema->count; i++) {
		names[i] = schema->keys[i].name;
		if (is_among(schema->keys[i].others_say, name))
			return &schema->keys[i];
	}
	nearest = nearest_word(name, names, schema->count);
	return nearest ? schema_key(schema, nearest) : NULL;
}
