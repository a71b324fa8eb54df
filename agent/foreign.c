/* SPDX-License-Identifier: GPL-2.0-only */
#include "foreign.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

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

static void describe_program(struct arena *arena, struct observed_program *program)
{
	int fd = bpf_prog_get_fd_by_id(program->id);
	struct bpf_prog_info info;
	__u32 size = sizeof(info);
	struct text tag = TEXT(arena);

	if (fd < 0)
		return;
	memset(&info, 0, sizeof(info));
	if (!bpf_prog_get_info_by_fd(fd, &info, &size)) {
		for (size_t i = 0; i < sizeof(info.tag); i++)
			text_printf(&tag, "%02x", info.tag[i]);
		program->tag = text_string(&tag);
		program->name = full_name(arena, fd, &info);
	}
	close(fd);
}

/* Does that descriptor of that process stand for the program, or for the link that holds it? */
static bool refers_to(const char *process, const char *fd, const struct observed_program *program)
{
	char path[64 + NAME_MAX];
	char line[128];
	bool found = false;
	unsigned int id;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/fdinfo/%s", process, fd);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "prog_id: %u", &id) == 1)
			found = id == program->id;
		else if (program->link_id && sscanf(line, "link_id: %u", &id) == 1)
			found = id == program->link_id;
	}
	fclose(file);
	return found;
}

static void add(struct text *words, const char *item)
{
	text_printf(words, "%s%s", words->length ? ", " : "", item);
}

static void add_if_pin(struct text *words, const char *path, const struct observed_program *program)
{
	int fd = bpf_obj_get(path);
	char number[16];

	if (fd < 0)
		return;
	snprintf(number, sizeof(number), "%d", fd);
	if (refers_to("self", number, program))
		add(words, path);
	close(fd);
}

static void find_pins(struct text *words, const char *path, unsigned int depth,
		      const struct observed_program *program)
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
			find_pins(words, below, depth + 1, program);
		else if (S_ISREG(status.st_mode))
			add_if_pin(words, below, program);
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

static bool process_holds(const char *process, const struct observed_program *program)
{
	char path[64 + NAME_MAX];
	bool found = false;
	struct dirent *entry;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%s/fdinfo", process);
	directory = opendir(path);
	while (directory && !found && (entry = readdir(directory)))
		if (isdigit((unsigned char)entry->d_name[0]))
			found = refers_to(process, entry->d_name, program);
	if (directory)
		closedir(directory);
	return found;
}

static void find_holders(struct arena *arena, struct text *words,
			 const struct observed_program *program)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    atol(entry->d_name) == (long)getpid() || !process_holds(entry->d_name, program))
			continue;
		add(words, arena_printf(arena, "%s (pid %s)", command_name(arena, entry->d_name),
					entry->d_name));
	}
	if (directory)
		closedir(directory);
}

/* An xdp link is not named by the hook's query, so all links are asked. 0: no link holds it. */
static uint32_t find_link(uint32_t program)
{
	uint32_t id = 0;

	while (!bpf_link_get_next_id(id, &id)) {
		struct bpf_link_info info;
		__u32 size = sizeof(info);
		int fd = bpf_link_get_fd_by_id(id);
		bool found;

		if (fd < 0)
			continue;
		memset(&info, 0, sizeof(info));
		found = !bpf_link_get_info_by_fd(fd, &info, &size) && info.prog_id == program &&
			info.type == BPF_LINK_TYPE_XDP;
		close(fd);
		if (found)
			return id;
	}
	return 0;
}

void foreign_describe(struct arena *arena, enum detail detail, const char *bpffs,
		      struct observed_program *program)
{
	struct text pins = TEXT(arena);
	struct text holders = TEXT(arena);

	describe_program(arena, program);
	if (!program->link_id)
		program->link_id = find_link(program->id);
	if (detail < DETAIL_HOLDERS)
		return;
	find_pins(&pins, bpffs, 0, program);
	find_holders(arena, &holders, program);
	program->pins = text_string(&pins);
	program->holders = text_string(&holders);
}
