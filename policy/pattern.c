/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy.h"

#include <fnmatch.h>
#include <string.h>

bool pattern_is_literal(const char *pattern)
{
	return pattern[0] != '!' && !strpbrk(pattern, "*?[\\");
}

bool patterns_match(const struct words *patterns, const char *interface)
{
	bool loopback = !strcmp(interface, "lo");
	bool matches = false;

	for (size_t i = 0; i < patterns->count; i++) {
		const char *pattern = patterns->items[i].text;

		/* Excluding is the safe side: a negative glob does mean lo. */
		if (pattern[0] == '!') {
			if (!fnmatch(pattern + 1, interface, 0))
				return false;
		} else if (loopback) {
			matches = matches || !strcmp(pattern, "lo");
		} else {
			matches = matches || !fnmatch(pattern, interface, 0);
		}
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
