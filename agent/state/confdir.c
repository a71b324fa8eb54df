/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/state/confdir.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "agent/system/safety.h"
#include "policy/yaml/document.h"

/* Where a file stands: a substitute beats the file, or the mask, of its name in /etc. */
enum rank { RANK_HINT = TIER_HINT, RANK_RUN = TIER_RUN, RANK_ETC = TIER_ETC, RANK_SUBSTITUTE };

struct entry {
	const char *name;
	enum rank rank;
	const char *path;
	bool unsafe; /* anybody may have put it there */
};

struct entries {
	struct entry *items;
	size_t count;
};

/* A place that shows the path alone. */
static struct span span_of_path(struct arena *arena, const char *path)
{
	struct source *source = arena_alloc(arena, sizeof(*source));

	source->path = arena_strdup(arena, path);
	source->name = source->path;
	source->text = "";
	return (struct span){ .source = source };
}

static bool is_policy_name(const char *name)
{
	static const char suffix[] = ".yaml";
	size_t length = strlen(name);

	return name[0] != '.' && length >= sizeof(suffix) &&
	       !strcmp(name + length - (sizeof(suffix) - 1), suffix);
}

static bool is_link(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISLNK(st.st_mode);
}

/*
 * The link's own words count too: below another root there may be no /dev. And a file system that
 * lets nobody make links can have /dev/null itself mounted on the file.
 */
static bool is_mask(const char *path)
{
	char target[16] = { 0 };
	struct stat st;

	if (readlink(path, target, sizeof(target) - 1) > 0 && !strcmp(target, "/dev/null"))
		return true;
	return !stat(path, &st) && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

/* What packages ship is no reason to hold up what the administrator decided. */
static enum severity severity_of(enum rank rank)
{
	return rank == RANK_HINT ? SEVERITY_WARNING : SEVERITY_ERROR;
}

static void report_unreadable(struct diags *diags, const char *path, enum rank rank, int result)
{
	struct span span = span_of_path(diags->arena, path);
	enum severity severity = severity_of(rank);

	if (result == -EFBIG)
		diag_add(diags, severity, DIAG_TOO_LARGE, span, "larger than %d KiB",
			 DOCUMENT_MAX_BYTES / 1024);
	else if (result == -EISDIR || result == -EINVAL)
		diag_add(diags, severity, DIAG_POLICY_UNREADABLE, span, "%s, not a regular file",
			 result == -EISDIR ? "a directory" : "a device, pipe or socket");
	else if (result == -ENOENT && is_link(path))
		diag_add(diags, severity, DIAG_POLICY_UNREADABLE, span,
			 "a symbolic link to what is not there");
	else
		diag_add(diags, severity, DIAG_POLICY_UNREADABLE, span, "cannot be read: %s",
			 strerror(-result));
}

/* True if it is as it has to be; else an error says what has to be done. */
static bool check_safety(struct diags *diags, const char *path, const struct stat *st,
			 enum rank rank)
{
	const char *problem = safety_problem(diags->arena, st);
	struct diag *diag;

	if (!problem)
		return true;
	diag = diag_add(diags, severity_of(rank), DIAG_UNSAFE_FILE,
			span_of_path(diags->arena, path), "%s", problem);
	/* Ansible hands over its temporary file with the owner and mode that the task gives. */
	diag_help(diags, diag,
		  rank == RANK_SUBSTITUTE ? "%s (in Ansible, beside 'validate': 'owner: root' and "
					    "'mode: \"0644\"')"
					  : "%s",
		  safety_remedy(diags->arena, st, path));
	return false;
}

/* True if the directory is there, in whatever state. */
static bool list_directory(struct arena *arena, const char *path, enum rank rank,
			   struct diags *diags, struct entries *entries)
{
	struct names names;
	struct stat st;
	int result = directory_stat(path, &st);
	bool unsafe;

	if (!result)
		result = directory_names(arena, path, &names);
	if (result == -ENOENT && !is_link(path))
		return false;
	if (result < 0) {
		report_unreadable(diags, path, rank, result);
		return true;
	}
	unsafe = !check_safety(diags, path, &st, rank);
	for (size_t i = 0; i < names.count; i++) {
		if (!is_policy_name(names.items[i]))
			continue;
		*list_push(arena, entries) = (struct entry){
			.name = names.items[i],
			.rank = rank,
			.path = arena_printf(arena, "%s/%s", path, names.items[i]),
			.unsafe = unsafe,
		};
	}
	return true;
}

/* False if there is no such file. */
static bool leave_out(struct entries *entries, const char *name)
{
	for (size_t i = 0; i < entries->count; i++) {
		if (entries->items[i].rank != RANK_ETC || strcmp(entries->items[i].name, name) != 0)
			continue;
		entries->items[i] = entries->items[--entries->count];
		return true;
	}
	return false;
}

static void add_substitutes(struct arena *arena, const struct substitutes *substitutes,
			    const char *etc, struct diags *diags, struct entries *entries)
{
	for (size_t i = 0; substitutes && i < substitutes->count; i++) {
		const struct substitute *substitute = &substitutes->items[i];

		if (!substitute->file) {
			if (!leave_out(entries, substitute->name))
				diag_error(diags, DIAG_BAD_VALUE, (struct span){ 0 },
					   "there is no file '%s' in %s to leave out",
					   substitute->name, etc);
			continue;
		}
		if (!is_policy_name(substitute->name) || strchr(substitute->name, '/')) {
			diag_error(diags, DIAG_BAD_VALUE, (struct span){ 0 },
				   "'%s' cannot be the name of a policy file: it must end in "
				   "'.yaml', start without a dot and hold no slash",
				   substitute->name);
			continue;
		}
		*list_push(arena, entries) = (struct entry){
			.name = arena_strdup(arena, substitute->name),
			.rank = RANK_SUBSTITUTE,
			.path = arena_strdup(arena, substitute->file),
		};
	}
}

/* By name, the strongest first. */
static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (int)y->rank - (int)x->rank;
}

/* Leaves the strongest of each name, sorted by name. */
static void keep_strongest(struct entries *entries, struct diags *diags)
{
	size_t kept = 0;

	if (entries->count)
		qsort(entries->items, entries->count, sizeof(*entries->items), compare_entries);
	for (size_t i = 0; i < entries->count; i++) {
		const struct entry *entry = &entries->items[i];
		const struct entry *last = kept ? &entries->items[kept - 1] : NULL;

		if (!last || strcmp(last->name, entry->name) != 0)
			entries->items[kept++] = *entry;
		else if (entry->rank == RANK_SUBSTITUTE)
			diag_error(diags, DIAG_BAD_VALUE, (struct span){ 0 },
				   "two files are given as '%s'", entry->name);
	}
	entries->count = kept;
}

/* A file that root must not trust is not read any further. 0 or -errno. */
static int read_file(struct arena *arena, struct entry *entry, struct diags *diags,
		     const char **ret_text, size_t *ret_length)
{
	struct stat st;
	int fd __attribute__((cleanup(fd_cleanup))) = file_open(entry->path, &st);

	if (fd < 0)
		return fd;
	/* What is no regular file is refused for that alone. */
	if (S_ISREG(st.st_mode) && !check_safety(diags, entry->path, &st, entry->rank))
		entry->unsafe = true;
	if (entry->unsafe && S_ISREG(st.st_mode))
		return 0;
	return file_read_opened(arena, fd, &st, DOCUMENT_MAX_BYTES, ret_text, ret_length);
}

static void read_entry(struct arena *arena, struct entry *entry, struct diags *diags,
		       struct sources *sources)
{
	const char *text = "";
	size_t length = 0;
	bool unread;
	int result;

	if (entry->rank != RANK_SUBSTITUTE && is_mask(entry->path))
		return;
	result = read_file(arena, entry, diags, &text, &length);
	if (result < 0)
		report_unreadable(diags, entry->path, entry->rank, result);
	unread = result < 0 || entry->unsafe;
	if (unread && entry->rank != RANK_HINT)
		return;
	*list_push(arena, sources) = (struct source){
		.path = entry->path,
		.name = entry->name,
		.tier = entry->rank == RANK_SUBSTITUTE ? TIER_ETC : (enum tier)entry->rank,
		.text = text,
		.length = length,
		.unread = unread,
	};
}

void confdir_read(struct arena *arena, const struct paths *paths,
		  const struct substitutes *substitutes, struct diags *diags,
		  struct sources *ret_sources, bool *ret_present)
{
	struct entries entries = { 0 };
	struct sources sources = { 0 };
	bool present = substitutes && substitutes->count;

	present |= list_directory(arena, paths->hints, RANK_HINT, diags, &entries);
	present |= list_directory(arena, paths->run, RANK_RUN, diags, &entries);
	present |= list_directory(arena, paths->etc, RANK_ETC, diags, &entries);
	add_substitutes(arena, substitutes, paths->etc, diags, &entries);
	keep_strongest(&entries, diags);
	if (entries.count > CONFDIR_MAX_FILES) {
		diag_error(diags, DIAG_TOO_LARGE, span_of_path(diags->arena, paths->etc),
			   "%zu policy files, and at most %d are read", entries.count,
			   CONFDIR_MAX_FILES);
		entries.count = 0;
	}
	for (size_t i = 0; i < entries.count; i++)
		read_entry(arena, &entries.items[i], diags, &sources);
	*ret_sources = sources;
	*ret_present = present;
}
