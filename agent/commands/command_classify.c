/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/commands/command.h"
#include "agent/judges/prover.h"
#include "agent/objects/object_code.h"
#include "agent/objects/objects.h"
#include "agent/system/files.h"

/* One object, and what there is to say about it. */
struct classifier {
	struct arena *arena;
	const char *path;
	const char *bytes;
	size_t length;
	struct object_functions functions;
	struct diags diags;
	struct {
		struct judgement *items;
		size_t count;
	} judgements;
};

static struct diag *report(struct classifier *in, enum diag_code code, const char *summary)
{
	return diag_error(&in->diags, code, (struct span){ 0 }, "%s", summary);
}

static bool refuse(struct classifier *in, const char *why)
{
	diag_help(&in->diags,
		  report(in, DIAG_OBJECT_INVALID,
			 arena_printf(in->arena, "cannot use '%s': %s", in->path, why)),
		  "an object is what `clang -O2 -g -target bpf -c` makes");
	return false;
}

static bool read_object(struct classifier *in)
{
	int result = file_read(in->arena, in->path, OBJECT_MAX_BYTES, &in->bytes, &in->length);
	struct error error;

	if (result == -EFBIG)
		return refuse(in, "it is larger than 64 MiB");
	if (result == -EISDIR)
		return refuse(in, "it is a directory");
	if (result == -EINVAL)
		return refuse(in, "it is no regular file");
	if (result) {
		report(in, DIAG_OBJECT_MISSING,
		       arena_printf(in->arena, "cannot open '%s': %s", in->path,
				    strerror(-result)));
		return false;
	}
	if (object_code_functions(in->arena, in->bytes, in->length, &in->functions, &error))
		return refuse(in, error.text);
	if (!in->functions.count)
		return refuse(in, "it holds no BPF program");
	return true;
}

static const char *names(const struct classifier *in, bool judged)
{
	struct text text = TEXT(in->arena);

	for (size_t i = 0; i < in->functions.count; i++)
		if (!judged || in->functions.items[i].hook >= 0)
			text_printf(&text, "%s%s", text.length ? ", " : "",
				    in->functions.items[i].name);
	return text.length ? text_string(&text) : "none";
}

/* 0, with what cannot be judged among the errors; -errno if the machine failed. */
static int judge(struct classifier *in, const struct object_function *function,
		 struct error *ret_error)
{
	const struct manifest_element element = { .name = function->name,
						  .function = function->name };
	struct judgement judgement;
	int result = prove(in->arena, &element, (enum hook)function->hook, true, in->bytes,
			   in->length, &judgement, ret_error);

	if (result == -EINVAL || result == -ENOENT) {
		refuse(in, arena_printf(in->arena, "function '%s': %s", function->name,
					ret_error->text));
		return 0;
	}
	if (!result)
		*list_push(in->arena, &in->judgements) = judgement;
	return result;
}

static const char *other_hook(const struct classifier *in, const struct object_function *function)
{
	return arena_printf(in->arena,
			    "function '%s' (section '%s') is neither for xdp nor for tcx",
			    function->name, function->section);
}

static int judge_named(struct classifier *in, const char *name, struct error *ret_error)
{
	const struct object_function *found = NULL;

	for (size_t i = 0; i < in->functions.count; i++)
		if (!strcmp(in->functions.items[i].name, name))
			found = &in->functions.items[i];
	if (found && found->hook >= 0)
		return judge(in, found, ret_error);
	if (found)
		diag_help(&in->diags, report(in, DIAG_PROGRAM_TYPE, other_hook(in, found)),
			  "functions of this object that are: %s", names(in, true));
	else
		diag_help(&in->diags,
			  report(in, DIAG_FUNCTION_MISSING,
				 arena_printf(in->arena, "'%s' has no function '%s'", in->path,
					      name)),
			  "its functions: %s", names(in, false));
	return 0;
}

static int judge_all(struct classifier *in, struct error *ret_error)
{
	size_t skipped = 0;
	int result = 0;

	for (size_t i = 0; !result && i < in->functions.count; i++) {
		const struct object_function *function = &in->functions.items[i];

		if (function->hook >= 0) {
			result = judge(in, function, ret_error);
			continue;
		}
		diag_note(&in->diags, DIAG_PROGRAM_TYPE, (struct span){ 0 }, "%s: skipped",
			  other_hook(in, function));
		skipped++;
	}
	if (skipped == in->functions.count)
		report(in, DIAG_PROGRAM_TYPE,
		       arena_printf(in->arena, "'%s' has no function for xdp or tcx", in->path));
	return result;
}

static int judge_object(struct classifier *in, const struct options *options,
			struct error *ret_error)
{
	if (!read_object(in))
		return 0;
	if (options->argument_count > 1)
		return judge_named(in, options->arguments[1], ret_error);
	return judge_all(in, ret_error);
}

int command_classify(const struct options *options)
{
	struct text text = TEXT(options->arena);
	struct classifier in = { .arena = options->arena, .diags = DIAGS(options->arena) };
	struct report report_of = { .colour = wants_colour(STDOUT_FILENO), .diags = &in.diags };
	struct error error;

	if (!options->argument_count) {
		say_error("classify what? `ordain classify OBJECT [FUNCTION]`");
		return EXIT_USAGE;
	}
	in.path = options->arguments[0];
	if (judge_object(&in, options, &error))
		return say_error("%s", error.text);
	say_diags(options, &in.diags);
	render_classify(&text, options->output, &report_of, in.judgements.items,
			in.judgements.count);
	say_result(&text);
	return diags_have_errors(&in.diags) ? EXIT_ERROR : EXIT_OK;
}
