/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/kernel/chain_pins.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "agent/kernel/interfaces.h"
#include "agent/system/paths.h"

enum { PIN_DIRECTORY_MODE = 0700 };

#define PLACEHOLDER_PREFIX "placeholder-"

int pins_open(const char *bpffs, struct pins *ret, struct error *ret_error)
{
	struct pins pins = { .bpffs = bpffs };
	uint64_t cookie;
	int result = netns_cookie(&cookie);

	if (result)
		return error_errno(ret_error, result, "identify the network namespace");
	if (asprintf(&pins.directory, "%s/ordain/netns-%llu", bpffs, (unsigned long long)cookie) <
	    0)
		abort();
	*ret = pins;
	return 0;
}

void pins_close(struct pins *pins)
{
	free(pins->directory);
	pins->directory = NULL;
}

int pins_allow(const struct pins *pins, const char *what)
{
	return pins->before_change ? pins->before_change(pins->context, what) : 0;
}

static void hook_path(const struct pins *pins, struct pinned_hook hook, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%u-%s", pins->directory, hook.ifindex, hook_name(hook.hook));
}

/* The first one has no number in its name. */
static void link_path(const struct pins *pins, struct pinned_hook hook, unsigned int number,
		      char path[PATH_MAX])
{
	char suffix[16] = "";

	if (number)
		snprintf(suffix, sizeof(suffix), "-%u", number);
	snprintf(path, PATH_MAX, "%s/%u-%s/link%s", pins->directory, hook.ifindex,
		 hook_name(hook.hook), suffix);
}

/* "link" or "link-3". */
static bool parse_link(const char *name, uint32_t *ret)
{
	char *end;

	if (strncmp(name, "link", 4))
		return false;
	*ret = 0;
	if (!name[4])
		return true;
	*ret = (uint32_t)strtoul(name + 5, &end, 10);
	return name[4] == '-' && *ret && !*end;
}

static void chain_path(const struct pins *pins, struct pinned_hook hook, uint32_t id,
		       char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%u-%s/%u", pins->directory, hook.ifindex, hook_name(hook.hook),
		 id);
}

static void file_path(const struct pins *pins, struct pinned_hook hook, uint32_t id,
		      const char *name, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%u-%s/%u/%s", pins->directory, hook.ifindex,
		 hook_name(hook.hook), id, name);
}

static void part_path(const struct pins *pins, struct pinned_hook hook, uint32_t id,
		      enum linked_part part, char path[PATH_MAX])
{
	file_path(pins, hook, id, linked_part_name(part), path);
}

/* "12-tcx-ingress"; false for anything else, such as a directory used as a lock. */
static bool parse_hook(const char *name, struct pinned_hook *ret)
{
	char *end;
	unsigned long ifindex = strtoul(name, &end, 10);

	if (end == name || *end != '-' || !ifindex || ifindex > UINT_MAX)
		return false;
	ret->ifindex = (unsigned int)ifindex;
	return hook_from_name(end + 1, &ret->hook);
}

int pinned_hook_compare(const void *a, const void *b)
{
	const struct pinned_hook *x = a;
	const struct pinned_hook *y = b;

	if (x->ifindex != y->ifindex)
		return x->ifindex < y->ifindex ? -1 : 1;
	return (int)x->hook - (int)y->hook;
}

void pins_list(struct arena *arena, const struct pins *pins, struct pinned_hooks *ret)
{
	DIR *directory = opendir(pins->directory);
	struct pinned_hook hook;
	struct dirent *entry;

	*ret = (struct pinned_hooks){ 0 };
	if (!directory)
		return;
	while ((entry = readdir(directory)))
		if (parse_hook(entry->d_name, &hook))
			*list_push(arena, ret) = hook;
	closedir(directory);
	if (ret->count)
		qsort(ret->items, ret->count, sizeof(*ret->items), pinned_hook_compare);
}

int pins_link(const struct pins *pins, struct pinned_hook hook, unsigned int number)
{
	char path[PATH_MAX];

	link_path(pins, hook, number, path);
	return bpf_obj_get(path);
}

/* mkdir -p below bpffs: only what is missing counts as a change. */
static int ensure_directory(const struct pins *pins, const char *path, struct error *ret_error)
{
	int result;

	if (!access(path, F_OK))
		return 0;
	result = pins_allow(pins, "make a directory");
	if (!result)
		result = directory_ensure(path, PIN_DIRECTORY_MODE);
	return result ? error_errno(ret_error, result, "make %s", path) : 0;
}

static int pin(const struct pins *pins, int fd, const char *path, struct error *ret_error)
{
	int result = pins_allow(pins, "pin");

	if (!result && bpf_obj_pin(fd, path))
		result = -errno;
	return result ? error_errno(ret_error, result, "pin %s", path) : 0;
}

static int remove_file(const struct pins *pins, const char *path, struct error *ret_error)
{
	int result = 0;

	if (access(path, F_OK) && errno == ENOENT)
		return 0;
	result = pins_allow(pins, "unpin");
	if (!result && unlink(path) && errno != ENOENT)
		result = -errno;
	return result ? error_errno(ret_error, result, "remove %s", path) : 0;
}

static int remove_directory(const struct pins *pins, const char *path, struct error *ret_error)
{
	int result = pins_allow(pins, "remove a directory");

	if (!result && rmdir(path) && errno != ENOENT)
		result = -errno;
	return result ? error_errno(ret_error, result, "remove %s", path) : 0;
}

int pins_set_link(const struct pins *pins, struct pinned_hook hook, unsigned int number, int link,
		  struct error *ret_error)
{
	char path[PATH_MAX];
	int result;

	hook_path(pins, hook, path);
	result = ensure_directory(pins, path, ret_error);
	link_path(pins, hook, number, path);
	if (!result)
		result = remove_file(pins, path, ret_error);
	return result ? result : pin(pins, link, path, ret_error);
}

int pins_remove_link(const struct pins *pins, struct pinned_hook hook, unsigned int number,
		     struct error *ret_error)
{
	char path[PATH_MAX];

	link_path(pins, hook, number, path);
	return remove_file(pins, path, ret_error);
}

bool pins_known(const struct pins *pins, struct pinned_hook hook)
{
	char path[PATH_MAX];

	hook_path(pins, hook, path);
	return !access(path, F_OK);
}

bool pins_parts(const struct pins *pins, struct pinned_hook hook, uint32_t id)
{
	char path[PATH_MAX];

	for (enum linked_part part = 0; part < LINKED_PARTS; part++) {
		part_path(pins, hook, id, part, path);
		if (access(path, F_OK))
			return false;
	}
	return true;
}

void pins_watch(const struct pins *pins, struct pin_watch *watch, struct pinned_hook hook,
		uint32_t id)
{
	char path[PATH_MAX];

	hook_path(pins, hook, path);
	pin_watch_add(watch, path);
	chain_path(pins, hook, id, path);
	pin_watch_add(watch, path);
}

bool pins_complete(const struct pins *pins, struct pinned_hook hook, unsigned int number,
		   uint32_t id)
{
	char path[PATH_MAX];

	link_path(pins, hook, number, path);
	return !access(path, F_OK) && pins_parts(pins, hook, id);
}

int64_t pins_since(const struct pins *pins, struct pinned_hook hook, uint32_t id)
{
	char path[PATH_MAX];
	struct stat status;

	part_path(pins, hook, id, LINKED_PROGRAM, path);
	return stat(path, &status) ? 0 : status.st_mtim.tv_sec;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool parse_id(const char *name, uint32_t *ret)
{
	char *end;
	unsigned long id = strtoul(name, &end, 10);

	*ret = (uint32_t)id;
	return id && !*end;
}

static void list_numbers(struct arena *arena, const struct pins *pins, struct pinned_hook hook,
			 bool (*parse)(const char *name, uint32_t *ret), struct pinned_ids *ret)
{
	char path[PATH_MAX];
	DIR *directory;
	struct dirent *entry;
	uint32_t number;

	*ret = (struct pinned_ids){ 0 };
	hook_path(pins, hook, path);
	directory = opendir(path);
	if (!directory)
		return;
	while ((entry = readdir(directory)))
		if (parse(entry->d_name, &number))
			*list_push(arena, ret) = number;
	closedir(directory);
	if (ret->count)
		qsort(ret->items, ret->count, sizeof(*ret->items), compare_ids);
}

void pins_chains(struct arena *arena, const struct pins *pins, struct pinned_hook hook,
		 struct pinned_ids *ret)
{
	list_numbers(arena, pins, hook, parse_id, ret);
}

void pins_links(struct arena *arena, const struct pins *pins, struct pinned_hook hook,
		struct pinned_ids *ret)
{
	list_numbers(arena, pins, hook, parse_link, ret);
}

int pins_open_chain(const struct pins *pins, struct pinned_hook hook, uint32_t id,
		    struct linked *ret)
{
	struct linked linked = LINKED_NONE;
	char path[PATH_MAX];

	for (enum linked_part part = 0; part < LINKED_PARTS; part++) {
		part_path(pins, hook, id, part, path);
		linked.fds[part] = bpf_obj_get(path);
		if (linked.fds[part] < 0) {
			int result = linked.fds[part];

			linked_close(&linked);
			return result;
		}
	}
	linked.id = id;
	*ret = linked;
	return 0;
}

int pins_add_chain(const struct pins *pins, struct pinned_hook hook, const struct linked *linked,
		   struct error *ret_error)
{
	char path[PATH_MAX];
	int result;

	chain_path(pins, hook, linked->id, path);
	result = ensure_directory(pins, path, ret_error);
	for (enum linked_part part = 0; !result && part < LINKED_PARTS; part++) {
		part_path(pins, hook, linked->id, part, path);
		result = pin(pins, linked->fds[part], path, ret_error);
	}
	if (result) {
		struct error ignored;

		pins_remove_chain(pins, hook, linked->id, &ignored);
	}
	return result;
}

static const char *const dual_files[] = { "program", "epoch", "chains" };

int pins_open_dual(const struct pins *pins, struct pinned_hook hook, uint32_t id, struct dual *ret)
{
	struct dual dual = DUAL_NONE;

	for (enum dual_part part = 0; part < DUAL_PARTS; part++) {
		char path[PATH_MAX];

		file_path(pins, hook, id, dual_files[part], path);
		/* A chain has a program, too: it is told apart by what comes next. */
		dual.fds[part] = bpf_obj_get(path);
		if (dual.fds[part] < 0) {
			int result = dual.fds[part];

			dual_close(&dual);
			return result;
		}
	}
	dual.id = id;
	*ret = dual;
	return 0;
}

int pins_add_dual(const struct pins *pins, struct pinned_hook hook, const struct dual *dual,
		  struct error *ret_error)
{
	char path[PATH_MAX];
	int result;

	chain_path(pins, hook, dual->id, path);
	result = ensure_directory(pins, path, ret_error);
	/* The program last: what has one is complete. */
	for (enum dual_part part = DUAL_PARTS; !result && part-- > 0;) {
		file_path(pins, hook, dual->id, dual_files[part], path);
		result = pin(pins, dual->fds[part], path, ret_error);
	}
	return result;
}

static void placeholder_path(const struct pins *pins, struct pinned_hook hook, uint32_t id,
			     const char *name, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%u-%s/" PLACEHOLDER_PREFIX "%u%s%s", pins->directory,
		 hook.ifindex, hook_name(hook.hook), id, name ? "/" : "", name ? name : "");
}

static bool parse_placeholder(const char *name, uint32_t *ret)
{
	size_t length = strlen(PLACEHOLDER_PREFIX);

	return !strncmp(name, PLACEHOLDER_PREFIX, length) && parse_id(name + length, ret);
}

void pins_placeholders(struct arena *arena, const struct pins *pins, struct pinned_hook hook,
		       struct pinned_ids *ret)
{
	list_numbers(arena, pins, hook, parse_placeholder, ret);
}

static void marks_path(const struct pins *pins, struct pinned_hook hook, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%u-%s/marks", pins->directory, hook.ifindex,
		 hook_name(hook.hook));
}

int pins_marks(const struct pins *pins, struct pinned_hook hook)
{
	char path[PATH_MAX];

	marks_path(pins, hook, path);
	return bpf_obj_get(path);
}

/* Unless it is there. */
static int pin_missing(const struct pins *pins, int fd, const char *path, struct error *ret_error)
{
	return access(path, F_OK) ? pin(pins, fd, path, ret_error) : 0;
}

int pins_set_marks(const struct pins *pins, struct pinned_hook hook, int marks,
		   struct error *ret_error)
{
	char path[PATH_MAX];
	int result;

	hook_path(pins, hook, path);
	result = ensure_directory(pins, path, ret_error);
	marks_path(pins, hook, path);
	return result ? result : pin_missing(pins, marks, path, ret_error);
}

int pins_open_placeholder(const struct pins *pins, struct pinned_hook hook, uint32_t id,
			  struct placeholder *ret)
{
	struct placeholder placeholder = PLACEHOLDER_NONE;
	int result = 0;

	for (enum placeholder_part part = 0; !result && part < PLACEHOLDER_PARTS; part++) {
		char path[PATH_MAX];

		placeholder_path(pins, hook, id, placeholder_part_name(part), path);
		placeholder.fds[part] = bpf_obj_get(path);
		result = placeholder.fds[part] < 0 ? placeholder.fds[part] : 0;
	}
	if (!result)
		result = placeholder_read(&placeholder);
	if (result)
		placeholder_close(&placeholder);
	else
		*ret = placeholder;
	return result;
}

int pins_add_placeholder(const struct pins *pins, struct pinned_hook hook,
			 const struct placeholder *placeholder, struct error *ret_error)
{
	char path[PATH_MAX];
	int result;

	placeholder_path(pins, hook, placeholder->id, NULL, path);
	result = ensure_directory(pins, path, ret_error);
	/* The program last: what has one is complete. */
	for (enum placeholder_part part = PLACEHOLDER_PARTS; !result && part-- > 0;) {
		placeholder_path(pins, hook, placeholder->id, placeholder_part_name(part), path);
		result = pin_missing(pins, placeholder->fds[part], path, ret_error);
	}
	return result;
}

int pins_remove_placeholder(const struct pins *pins, struct pinned_hook hook, uint32_t id,
			    struct error *ret_error)
{
	char path[PATH_MAX];
	int result = 0;

	for (enum placeholder_part part = 0; !result && part < PLACEHOLDER_PARTS; part++) {
		placeholder_path(pins, hook, id, placeholder_part_name(part), path);
		result = remove_file(pins, path, ret_error);
	}
	placeholder_path(pins, hook, id, NULL, path);
	return result ? result : remove_directory(pins, path, ret_error);
}

int pins_remove_chain(const struct pins *pins, struct pinned_hook hook, uint32_t id,
		      struct error *ret_error)
{
	char path[PATH_MAX];
	int result = 0;

	for (enum linked_part part = 0; !result && part < LINKED_PARTS; part++) {
		part_path(pins, hook, id, part, path);
		result = remove_file(pins, path, ret_error);
	}
	for (enum dual_part part = DUAL_EPOCH; !result && part < DUAL_PARTS; part++) {
		file_path(pins, hook, id, dual_files[part], path);
		result = remove_file(pins, path, ret_error);
	}
	chain_path(pins, hook, id, path);
	if (!result)
		result = remove_directory(pins, path, ret_error);
	/* An empty directory would read as a chain that lost its link. */
	hook_path(pins, hook, path);
	rmdir(path);
	return result;
}

int pins_remove_hook(const struct pins *pins, struct pinned_hook hook, struct error *ret_error)
{
	struct arena *arena = arena_new();
	struct pinned_ids ids;
	char path[PATH_MAX];
	int result = 0;

	pins_links(arena, pins, hook, &ids);
	for (size_t i = 0; !result && i < ids.count; i++)
		result = pins_remove_link(pins, hook, ids.items[i], ret_error);
	pins_chains(arena, pins, hook, &ids);
	for (size_t i = 0; !result && i < ids.count; i++)
		result = pins_remove_chain(pins, hook, ids.items[i], ret_error);
	pins_placeholders(arena, pins, hook, &ids);
	for (size_t i = 0; !result && i < ids.count; i++)
		result = pins_remove_placeholder(pins, hook, ids.items[i], ret_error);
	arena_free(arena);
	marks_path(pins, hook, path);
	if (!result)
		result = remove_file(pins, path, ret_error);
	hook_path(pins, hook, path);
	return result ? result : remove_directory(pins, path, ret_error);
}
