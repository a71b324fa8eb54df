/* SPDX-License-Identifier: GPL-2.0-only */
/* Trials, and what did not pass one. */
#include "agent/state/state.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/state/state_text.h"
#include "policy/base/text.h"

enum { FILE_MAX_BYTES = 64 * 1024 };

/* The same name in both directories. */
static const char *trial_path(struct arena *arena, const char *directory)
{
	return arena_printf(arena, "%s/trial", directory);
}

static const char *taken_back_path(struct arena *arena, const struct paths *paths)
{
	return arena_printf(arena, "%s/taken-back", paths->state);
}

/* False: nothing there that can be read; *ret_result is 0, or why it is not known. */
static bool open_text(struct arena *arena, const char *path, struct cursor *ret, int *ret_result)
{
	size_t length;
	int result = file_read(arena, path, FILE_MAX_BYTES, &ret->at, &length);

	*ret_result = result == -EACCES || result == -EPERM || result == -EIO ? result : 0;
	ret->end = result ? NULL : ret->at + length;
	return !result;
}

static int write_text(const char *directory, unsigned int mode, const char *path,
		      const struct text *text, struct error *ret_error)
{
	int result = directory_ensure(directory, mode);

	if (!result)
		result = file_replace(path, text_string(text), text->length);
	return result ? error_errno(ret_error, result, "write %s", path) : 0;
}

static int remove_file(const char *directory, const char *path, struct error *ret_error)
{
	if (unlink(path))
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : error_errno(ret_error, -errno, "remove %s", path);
	return directory_sync(directory);
}

/* Goes on while the machine sleeps, and nobody sets it. */
static int64_t boottime_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * 0 also where the clock is of another boot, or nowhere. Boots are told by ROOT/run, which is empty
 * then, and by time that began anew: the kernel's boot_id is another one in some containers.
 */
static int64_t left_ms(struct arena *arena, const struct paths *paths, uint64_t generation)
{
	int64_t number, begun, deadline, now;
	struct cursor cursor;
	int ignored;

	if (!open_text(arena, trial_path(arena, paths->run), &cursor, &ignored) ||
	    !cursor_number(arena, &cursor, "generation", &number) ||
	    !cursor_number(arena, &cursor, "begun", &begun) ||
	    !cursor_number(arena, &cursor, "deadline", &deadline) || cursor.at != cursor.end)
		return 0;
	now = boottime_ms();
	if ((uint64_t)number != generation || now < begun || now >= deadline)
		return 0;
	return deadline - now;
}

int state_trial(struct arena *arena, const struct paths *paths, uint64_t generation,
		struct trial *ret)
{
	int64_t first, last, back, until, gap;
	struct cursor cursor;
	int result;

	*ret = (struct trial){ 0 };
	if (!open_text(arena, trial_path(arena, paths->state), &cursor, &result) ||
	    !cursor_number(arena, &cursor, "first", &first) ||
	    !cursor_number(arena, &cursor, "generation", &last) ||
	    !cursor_number(arena, &cursor, "back", &back) ||
	    !cursor_number(arena, &cursor, "until", &until) ||
	    !cursor_number(arena, &cursor, "gap", &gap) || cursor.at != cursor.end ||
	    generation < (uint64_t)first || generation > (uint64_t)last)
		return result;
	if (!until) {
		ret->confirmed = true;
		return 0;
	}
	*ret = (struct trial){
		.generation = generation,
		.first = (uint64_t)first,
		.back = (uint64_t)back,
		.until = until,
		.allow_gap = gap != 0,
		.left_ms = left_ms(arena, paths, (uint64_t)last),
	};
	return 0;
}

static int write_trial(const struct paths *paths, const struct trial *trial,
		       struct error *ret_error)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	struct text text = TEXT(arena);

	text_printf(&text,
		    "first %" PRIu64 "\ngeneration %" PRIu64 "\nback %" PRIu64 "\nuntil %" PRId64
		    "\ngap %d\n",
		    trial->first, trial->generation, trial->back, trial->until, trial->allow_gap);
	return write_text(paths->state, 0700, trial_path(arena, paths->state), &text, ret_error);
}

int state_begin_trial(const struct paths *paths, uint64_t first, uint64_t generation, uint64_t back,
		      const struct trial_terms *terms, struct error *ret_error)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	const struct trial trial = {
		.first = first,
		.generation = generation,
		.back = back,
		.until = (int64_t)time(NULL) + terms->seconds,
		.allow_gap = terms->allow_gap,
	};
	struct text clock = TEXT(arena);
	const int64_t now = boottime_ms();
	int result;

	text_printf(&clock, "generation %" PRIu64 "\nbegun %" PRId64 "\ndeadline %" PRId64 "\n",
		    generation, now, now + (int64_t)terms->seconds * 1000);
	/* The clock first: without it a trial is over. */
	result = write_text(paths->run, 0755, trial_path(arena, paths->run), &clock, ret_error);
	return result ? result : write_trial(paths, &trial, ret_error);
}

int state_confirm_trial(const struct paths *paths, uint64_t generation, struct error *ret_error)
{
	const struct trial confirmed = { .first = generation, .generation = generation };

	return write_trial(paths, &confirmed, ret_error);
}

int state_end_trial(const struct paths *paths, struct error *ret_error)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	int result = remove_file(paths->state, trial_path(arena, paths->state), ret_error);

	/* Its clock means nothing without it, and is not everybody's to remove. */
	if (!result)
		(void)unlink(trial_path(arena, paths->run));
	return result;
}

int state_taken_back(struct arena *arena, const struct paths *paths, struct taken_back *ret)
{
	struct taken_back taken_back = { 0 };
	struct cursor cursor;
	int64_t generation;
	int result;

	*ret = taken_back;
	if (!open_text(arena, taken_back_path(arena, paths), &cursor, &result) ||
	    !cursor_number(arena, &cursor, "generation", &generation) ||
	    !cursor_number(arena, &cursor, "time", &taken_back.at))
		return result;
	taken_back.generation = (uint64_t)generation;
	while (cursor.at != cursor.end) {
		const char *digest = cursor_value(arena, &cursor, "digest");

		if (!digest)
			return 0;
		*list_push(arena, &taken_back.digests) = digest;
	}
	*ret = taken_back;
	return 0;
}

bool taken_back_has(const struct taken_back *taken_back, const char *digest)
{
	for (size_t i = 0; i < taken_back->digests.count; i++)
		if (!strcmp(taken_back->digests.items[i], digest))
			return true;
	return false;
}

int state_set_taken_back(const struct paths *paths, uint64_t generation,
			 const struct names *digests, struct error *ret_error)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	struct text text = TEXT(arena);

	text_printf(&text, "generation %" PRIu64 "\ntime %" PRId64 "\n", generation,
		    (int64_t)time(NULL));
	for (size_t i = 0; i < digests->count; i++)
		text_printf(&text, "digest %s\n", digests->items[i]);
	return write_text(paths->state, 0700, taken_back_path(arena, paths), &text, ret_error);
}

int state_forget_taken_back(const struct paths *paths, struct error *ret_error)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();

	return remove_file(paths->state, taken_back_path(arena, paths), ret_error);
}
