/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy/model/policy.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_PREFIX "label:"

const char *pattern_label(const char *pattern)
{
	pattern += *pattern == '!';
	return strncmp(pattern, LABEL_PREFIX, strlen(LABEL_PREFIX)) != 0
		       ? NULL
		       : pattern + strlen(LABEL_PREFIX);
}

bool pattern_is_literal(const char *pattern)
{
	return pattern[0] != '!' && !strpbrk(pattern, "*?[\\") && !pattern_label(pattern);
}

/* By the name or any altname. */
static bool glob_matches(const char *glob, const struct interface *interface)
{
	if (!fnmatch(glob, interface->name, 0))
		return true;
	for (const char **altname = interface->altnames; altname && *altname; altname++)
		if (!fnmatch(glob, *altname, 0))
			return true;
	return false;
}

static int compare_label(const void *name, const void *item)
{
	return strcmp(name, ((const struct label *)item)->name);
}

const struct label *policy_label(const struct policy *policy, const char *name)
{
	if (!policy || !policy->label_count)
		return NULL;
	return bsearch(name, policy->labels, policy->label_count, sizeof(*policy->labels),
		       compare_label);
}

static bool any_matches(const struct words *globs, const char *value)
{
	for (size_t i = 0; value && i < globs->count; i++)
		if (!fnmatch(globs->items[i].text, value, 0))
			return true;
	return !globs->count;
}

static bool any_names(const struct words *globs, const struct interface *interface)
{
	for (size_t i = 0; i < globs->count; i++)
		if (glob_matches(globs->items[i].text, interface))
			return true;
	return !globs->count;
}

/* A label that could not be read excludes everything, and means nothing. */
static bool label_matches(const struct policy *policy, const char *name,
			  const struct interface *interface, bool excludes)
{
	const struct label *label = policy_label(policy, name);

	if (!label)
		return strcmp(name, LABEL_PHYSICAL) ? excludes : interface->physical;
	return any_names(&label->names, interface) &&
	       any_matches(&label->drivers, interface->driver) &&
	       any_matches(&label->macs, interface->mac);
}

/* Excluding is the safe side: a negative glob does mean lo. */
bool pattern_matches(const struct policy *policy, const char *pattern,
		     const struct interface *interface)
{
	bool excludes = *pattern == '!';
	const char *label = pattern_label(pattern);

	if (!excludes && !strcmp(interface->name, "lo"))
		return !strcmp(pattern, "lo");
	if (label)
		return label_matches(policy, label, interface, excludes);
	return glob_matches(pattern + excludes, interface);
}

bool pattern_excludes(const char *pattern)
{
	return pattern[0] == '!';
}

bool patterns_match(const struct policy *policy, const struct words *patterns,
		    const struct interface *interface)
{
	bool matches = false;

	for (size_t i = 0; i < patterns->count; i++) {
		const char *pattern = patterns->items[i].text;

		if (!pattern_matches(policy, pattern, interface))
			continue;
		if (pattern_excludes(pattern))
			return false;
		matches = true;
	}
	return matches;
}

bool patterns_name(const struct words *patterns, const char *interface)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (!strcmp(patterns->items[i].text, interface) &&
		    pattern_is_literal(patterns->items[i].text))
			return true;
	return false;
}
