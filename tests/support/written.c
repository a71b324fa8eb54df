/* SPDX-License-Identifier: GPL-2.0-only */
#include "written.h"

#include "test.h"

struct written *written_new(void)
{
	struct arena *arena = arena_new();
	struct written *written = arena_alloc(arena, sizeof(*written));

	written->arena = arena;
	written->diags = DIAGS(arena);
	return written;
}

void written_free(struct written *written)
{
	arena_free(written->arena);
}

void written_add(struct written *written, enum tier tier, const char *name, const char *text)
{
	static const char *const directories[] = { "/usr/lib/ordain", "/run/ordain",
						   "/etc/ordain" };
	struct source *source;

	sources_add(written->arena, &written->sources, name,
		    arena_printf(written->arena, "ordain: 1\n%s", text));
	source = &written->sources.items[written->sources.count - 1];
	source->tier = tier;
	source->path = arena_printf(written->arena, "%s/%s", directories[tier], name);
}

const struct policy *written_build(struct written *written)
{
	const struct policy *policy;

	written->diags.count = 0;
	policy = policy_build(written->arena, &written->sources, &written->diags);
	diags_sort(&written->diags);
	return policy;
}

const char *written_diags(struct written *written)
{
	struct text text = TEXT(written->arena);

	for (size_t i = 0; i < written->diags.count; i++) {
		const struct diag *diag = &written->diags.items[i];

		text_printf(&text, "%s%s[%s] %u:%u", i ? ", " : "", severity_name(diag->severity),
			    diag_code_name(diag->code), diag->places[0].span.line,
			    diag->places[0].span.column);
	}
	return text_string(&text);
}
