/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/kernel/foreign.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "agent/system/files.h"

/* bpffs is shallow; this only keeps a malicious tree from taking the agent's stack. */
enum { MAX_DEPTH = 8 };

/* The kernel cuts names at 15 characters; the program's BTF has the whole one. */
static const char *full_name(struct arena *arena, int fd, const struct bpf_prog_info *info)
{
	struct bpf_func_info first = { 0 };
	struct bpf_prog_info query;
	__u32 size = sizeof(query);
	const struct btf_type *type;
	const char *name = NULL;
	struct btf *btf;

	if (!info->btf_id || !info->nr_func_info)
		return arena_strdup(arena, info->name);
	memset(&query, 0, sizeof(query));
	query.nr_func_info = 1;
	query.func_info_rec_size = sizeof(first);
	query.func_info = (__u64)(uintptr_t)&first;
	if (bpf_prog_get_info_by_fd(fd, &query, &size))
		return arena_strdup(arena, info->name);
	btf = btf__load_from_kernel_by_id(info->btf_id);
	type = btf ? btf__type_by_id(btf, first.type_id) : NULL;
	if (type)
		name = btf__name_by_offset(btf, type->name_off);
	name = arena_strdup(arena, name && *name ? name : info->name);
	btf__free(btf);
	return name;
}

/* The kernel counts from boot. */
static int64_t since_epoch(uint64_t since_boot_ns)
{
	struct timespec now, boot;

	if (clock_gettime(CLOCK_REALTIME, &now) || clock_gettime(CLOCK_BOOTTIME, &boot))
		return 0;
	return now.tv_sec - boot.tv_sec + (int64_t)(since_boot_ns / 1000000000);
}

void foreign_describe(struct arena *arena, struct observed_program *program)
{
	int fd __attribute__((cleanup(fd_cleanup))) = bpf_prog_get_fd_by_id(program->id);
	struct bpf_prog_info info;
	__u32 size = sizeof(info);
	struct text tag = TEXT(arena);

	memset(&info, 0, sizeof(info));
	if (fd < 0 || bpf_prog_get_info_by_fd(fd, &info, &size))
		return;
	for (size_t i = 0; i < sizeof(info.tag); i++)
		text_printf(&tag, "%02x", info.tag[i]);
	program->tag = text_string(&tag);
	program->name = full_name(arena, fd, &info);
	program->loaded_at = since_epoch(info.load_time);
	program->uid = info.created_by_uid;
}

/* What a walk looks for, and what it found for each. */
struct search {
	struct arena *arena;
	struct observed_program *const *programs;
	size_t count;
	struct text *found; /* beside programs */
	const char *own_pins; /* where ours begin */
};

/* What a descriptor stands for; 0 none. */
struct reference {
	uint32_t program;
	uint32_t link;
};

static struct reference read_reference(const char *process, const char *fd)
{
	struct reference reference = { 0 };
	char path[64 + NAME_MAX];
	char line[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/fdinfo/%s", process, fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (!sscanf(line, "prog_id: %" SCNu32, &reference.program))
			sscanf(line, "link_id: %" SCNu32, &reference.link);
	if (file)
		fclose(file);
	return reference;
}

static bool refers_to(struct reference reference, const struct observed_program *program)
{
	return (reference.program && reference.program == program->id) ||
	       (reference.link && reference.link == program->link_id);
}

/* Once for each program, however many descriptors a process has for it. */
static void add_found(struct search *search, size_t at, const char *words)
{
	struct text *found = &search->found[at];
	const char *known = text_string(found);
	size_t length = strlen(words);
	size_t used = strlen(known);

	if (used >= length && !strcmp(known + used - length, words))
		return;
	text_printf(found, "%s%s", found->length ? ", " : "", words);
}

/* `process`: who has it; 0: it is a pin. */
static void add_reference(struct search *search, struct reference reference, const char *words,
			  uint32_t process)
{
	for (size_t i = 0; i < search->count; i++) {
		struct observed_program *program = search->programs[i];

		if (!refers_to(reference, program))
			continue;
		add_found(search, i, words);
		if (process && (!program->owner || process < program->owner))
			program->owner = process;
	}
}

/* What we keep of others while it is an element of ours is no pin of theirs. */
static bool is_of_interest(const struct search *search, const struct observed_program *program,
			   const char *path)
{
	size_t length = strlen(search->own_pins);

	return program->ours || strncmp(path, search->own_pins, length) != 0;
}

static void add_pin(struct search *search, struct reference reference, const char *path)
{
	for (size_t i = 0; i < search->count; i++)
		if (refers_to(reference, search->programs[i]) &&
		    is_of_interest(search, search->programs[i], path))
			add_found(search, i, path);
}

static void read_pin(struct search *search, const char *path)
{
	int fd __attribute__((cleanup(fd_cleanup))) = bpf_obj_get(path);
	char number[16];

	if (fd < 0)
		return;
	snprintf(number, sizeof(number), "%d", fd);
	add_pin(search, read_reference("self", number), path);
}

static void find_pins(struct search *search, const char *path, unsigned int depth)
{
	DIR *directory = depth < MAX_DEPTH ? opendir(path) : NULL;
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		char below[PATH_MAX];
		struct stat status;

		if (entry->d_name[0] == '.' ||
		    snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) >=
			    (int)sizeof(below) ||
		    lstat(below, &status))
			continue;
		if (S_ISDIR(status.st_mode))
			find_pins(search, below, depth + 1);
		else if (S_ISREG(status.st_mode))
			read_pin(search, below);
	}
	if (directory)
		closedir(directory);
}

static const char *command_name(struct arena *arena, const char *process)
{
	char path[64 + NAME_MAX];
	char name[64] = "?";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/comm", process);
	file = fopen(path, "re");
	if (file) {
		if (fgets(name, sizeof(name), file))
			name[strcspn(name, "\n")] = '\0';
		fclose(file);
	}
	return arena_strdup(arena, name);
}

static bool is_bpf(const char *process, const char *fd)
{
	char path[64 + 2 * NAME_MAX];
	char target[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%s/fd/%s", process, fd);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	return !strcmp(target, "anon_inode:bpf-prog") || !strcmp(target, "anon_inode:bpf_link");
}

static void find_held(struct search *search, const char *process)
{
	const char *words = NULL;
	char path[64 + NAME_MAX];
	struct dirent *entry;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%s/fd", process);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		if (!is_bpf(process, entry->d_name))
			continue;
		if (!words)
			words = arena_printf(search->arena, "%s (pid %s)",
					     command_name(search->arena, process), process);
		add_reference(search, read_reference(process, entry->d_name), words,
			      (uint32_t)strtoul(process, NULL, 10));
	}
	if (directory)
		closedir(directory);
}

static void find_holders(struct search *search)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    atol(entry->d_name) != (long)getpid())
			find_held(search, entry->d_name);
	if (directory)
		closedir(directory);
}

/* An xdp link is not named by the hook's query, so all links are asked. */
void foreign_find_links(struct observed_program *const *programs, size_t count)
{
	uint32_t id = 0;

	while (count && !bpf_link_get_next_id(id, &id)) {
		int fd __attribute__((cleanup(fd_cleanup))) = bpf_link_get_fd_by_id(id);
		struct bpf_link_info info;
		__u32 size = sizeof(info);

		memset(&info, 0, sizeof(info));
		if (fd < 0 || bpf_link_get_info_by_fd(fd, &info, &size) ||
		    info.type != BPF_LINK_TYPE_XDP)
			continue;
		for (size_t i = 0; i < count; i++)
			if (programs[i]->id == info.prog_id && !programs[i]->link_id)
				programs[i]->link_id = id;
	}
}

static void begin(struct search *search)
{
	for (size_t i = 0; i < search->count; i++)
		search->found[i] = TEXT(search->arena);
}

void foreign_find_holders(struct arena *arena, const char *bpffs,
			  struct observed_program *const *programs, size_t count)
{
	struct search search = {
		.arena = arena,
		.programs = programs,
		.count = count,
		.found = arena_array(arena, struct text, count),
		.own_pins = arena_printf(arena, "%s/ordain/", bpffs),
	};

	if (!count)
		return;
	foreign_find_links(programs, count);
	begin(&search);
	find_pins(&search, bpffs, 0);
	for (size_t i = 0; i < count; i++)
		programs[i]->pins = text_string(&search.found[i]);
	begin(&search);
	find_holders(&search);
	for (size_t i = 0; i < count; i++)
		programs[i]->holders = text_string(&search.found[i]);
}
