/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/load/object_maps.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

/*
 * Constants are those of the variables that it was loaded with, and no state: each load makes them
 * anew. libbpf calls them by their section.
 */
static bool is_state(const struct bpf_map *map)
{
	return !bpf_map__is_internal(map) || !strstr(bpf_map__name(map), ".rodata");
}

/*
 * Two maps of an object must not share a pin. Those that are not named by an identifier of C are
 * named by a section (".data.x", "name.bss"), and bpffs allows no dots: a dot becomes a hyphen, and
 * whatever else a section may be called %XX.
 */
static void map_path(const struct bpf_map *map, const char *directory, char ret_path[PATH_MAX])
{
	int used = snprintf(ret_path, PATH_MAX, "%s/", directory);

	for (const char *name = bpf_map__name(map); *name && used < PATH_MAX - 4; name++) {
		unsigned char c = (unsigned char)*name;

		if (isalnum(c) || c == '_')
			ret_path[used++] = *name;
		else if (c == '.')
			ret_path[used++] = '-';
		else
			used += snprintf(ret_path + used, PATH_MAX - (size_t)used, "%%%02x", c);
	}
	ret_path[used] = '\0';
}

static int open_pinned(const struct bpf_map *map, const char *directory)
{
	char path[PATH_MAX];

	map_path(map, directory, path);
	return bpf_obj_get(path);
}

/* NULL if the old map can be the new one's; else why it cannot. */
static const char *misfit(struct arena *arena, const struct bpf_map *map, int fd)
{
	struct bpf_map_info info;
	__u32 size = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (bpf_map_get_info_by_fd(fd, &info, &size))
		return "the old one cannot be read";
	if (info.type != bpf_map__type(map))
		return "its type is another one";
	if (info.key_size != bpf_map__key_size(map))
		return arena_printf(arena, "its key had %u bytes, and has %u", info.key_size,
				    bpf_map__key_size(map));
	if (info.value_size != bpf_map__value_size(map))
		return arena_printf(arena, "its value had %u bytes, and has %u", info.value_size,
				    bpf_map__value_size(map));
	/* 0 is what libbpf makes one for each CPU. */
	if (bpf_map__max_entries(map) && info.max_entries != bpf_map__max_entries(map))
		return arena_printf(arena, "it had %u entries, and has %u", info.max_entries,
				    bpf_map__max_entries(map));
	/* The kernel itself gives device maps BPF_F_RDONLY_PROG (kernel/bpf/devmap.c). */
	if ((info.map_flags ^ bpf_map__map_flags(map)) & ~(__u32)BPF_F_RDONLY_PROG)
		return "its flags are other ones";
	return NULL;
}

static bool belongs_to_code(const struct bpf_map *map)
{
	switch (bpf_map__type(map)) {
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_ARENA:
		return true;
	default:
		return bpf_map__is_internal(map);
	}
}

static void note(struct text *text, const char *name, const char *why)
{
	text_printf(text, "%s%s", text->length ? ", " : "", name);
	if (why)
		text_printf(text, " (%s)", why);
}

/* -1: the map is to be made anew. */
static int open_replaced(const struct bpf_map *map, const char *directory, struct maps_kept *kept)
{
	int fd = directory ? open_pinned(map, directory) : -1;
	const char *why;

	if (fd < 0 || belongs_to_code(map)) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	why = misfit(kept->fresh.arena, map, fd);
	note(why ? &kept->fresh : &kept->kept, bpf_map__name(map), why);
	if (!why)
		return fd;
	close(fd);
	return -1;
}

/* The caller's descriptor is its own: bpf_map__reuse_fd() makes one more. */
static int use_fd(struct bpf_map *map, int fd, bool owned)
{
	int result = bpf_map__reuse_fd(map, fd);

	if (owned)
		close(fd);
	return result;
}

/* -1: nobody has pinned one there, or not one that fits. */
static int open_shared(const struct bpf_map *map, const char *directory, struct maps_kept *kept)
{
	int fd = open_pinned(map, directory);
	const char *why = fd < 0 ? NULL : misfit(kept->fresh.arena, map, fd);

	note(why ? &kept->foreign : &kept->shared, bpf_map__name(map), why);
	if (!why)
		return fd;
	close(fd);
	return -1;
}

static int open_kept(const struct bpf_map *map, const struct maps_from *from,
		     struct maps_kept *kept)
{
	int fd = from->pinned ? open_pinned(map, from->pinned) : -1;

	return fd < 0 ? open_replaced(map, from->replaced, kept) : fd;
}

static int use_map(struct bpf_map *map, const struct maps_from *from, bool *ret_asks,
		   struct maps_kept *kept)
{
	const struct bpf_map *same =
		from->sibling ? bpf_object__find_map_by_name(from->sibling, bpf_map__name(map))
			      : NULL;
	bool asks = from->shared && bpf_map__pin_path(map);
	int result = bpf_map__set_pin_path(map, NULL);
	int fd = -1;

	*ret_asks = asks;
	if (result || !is_state(map))
		return result;
	if (same && bpf_map__fd(same) >= 0)
		return use_fd(map, bpf_map__fd(same), false);
	if (asks)
		fd = open_shared(map, from->shared, kept);
	if (fd < 0)
		fd = open_kept(map, from, kept);
	return fd < 0 ? 0 : use_fd(map, fd, true);
}

int object_maps_use(struct bpf_object *object, const struct maps_from *from, bool *ret_asks,
		    struct maps_kept *ret_kept)
{
	struct bpf_map *map;
	int result = 0;

	bpf_object__for_each_map(map, object)
	{
		result = use_map(map, from, ret_asks++, ret_kept);
		if (result)
			break;
	}
	return result;
}

size_t object_maps_count(const struct bpf_object *object)
{
	struct bpf_map *map;
	size_t count = 0;

	bpf_object__for_each_map(map, object) count++;
	return count;
}

bool object_maps_any(const struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) if (is_state(map)) return true;
	return false;
}

static int pin(const struct bpf_map *map, const char *directory, struct error *ret_error)
{
	char path[PATH_MAX];

	map_path(map, directory, path);
	if (bpf_obj_pin(bpf_map__fd(map), path) && errno != EEXIST)
		return error_errno(ret_error, -errno, "pin %s", path);
	return 0;
}

int object_maps_pin(const struct bpf_object *object, const char *directory, struct error *ret_error)
{
	struct bpf_map *map;
	int result = 0;

	bpf_object__for_each_map(map, object) if (!result && bpf_map__fd(map) >= 0 && is_state(map))
		result = pin(map, directory, ret_error);
	return result;
}

int object_maps_share(const struct bpf_object *object, const bool *asks, const char *directory,
		      struct error *ret_error)
{
	struct bpf_map *map;
	int result = 0;

	bpf_object__for_each_map(map, object)
	{
		if (!result && *asks && bpf_map__fd(map) >= 0)
			result = pin(map, directory, ret_error);
		asks++;
	}
	return result;
}
