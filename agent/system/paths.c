/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/system/paths.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* Without slashes at its end. */
static const char *trimmed(struct arena *arena, const char *path)
{
	size_t length = strlen(path);

	while (length && path[length - 1] == '/')
		length--;
	return arena_strndup(arena, path, length);
}

const struct paths *paths_new(struct arena *arena, const char *root, const char *bpffs)
{
	struct paths *paths = arena_alloc(arena, sizeof(*paths));

	paths->root = trimmed(arena, root ? root : "");
	paths->journal = arena_printf(arena, "%s/run/systemd/journal/socket", paths->root);
	paths->etc = arena_printf(arena, "%s/etc/ordain", paths->root);
	paths->run = arena_printf(arena, "%s/run/ordain", paths->root);
	paths->hints = arena_printf(arena, "%s/usr/lib/ordain", paths->root);
	paths->state = arena_printf(arena, "%s/var/lib/ordain", paths->root);
	paths->metrics = arena_printf(arena, "%s/run/ordain-agent/metrics.sock", paths->root);
	paths->bpffs = bpffs && *bpffs ? trimmed(arena, bpffs) : "/sys/fs/bpf";
	return paths;
}

int bpffs_present(const struct paths *paths)
{
	struct statfs fs;

	return !statfs(paths->bpffs, &fs) && fs.f_type == BPF_FS_MAGIC;
}

/* False where /proc does not tell: another user's process, or none at all. */
static bool mount_namespace(const char *process, struct stat *ret)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/ns/mnt", process);
	return !stat(path, ret);
}

/* 0: none that can be seen from here. */
static int parent_of(const char *process)
{
	char line[256];
	int parent = 0;
	FILE *status;

	snprintf(line, sizeof(line), "/proc/%s/status", process);
	status = fopen(line, "re");
	if (!status)
		return 0;
	while (fgets(line, sizeof(line), status))
		if (sscanf(line, "PPid: %d", &parent) == 1)
			break;
	fclose(status);
	return parent;
}

/*
 * A mount namespace that some ancestor does not share was made for this process or for the command
 * it belongs to, and ends with it: `ip netns exec`, `unshare -m`, a sandboxed service.
 */
static bool mounts_are_private(void)
{
	char process[32] = "self";
	struct stat ours;
	struct stat theirs;
	int parent;

	if (!mount_namespace(process, &ours))
		return false;
	while ((parent = parent_of(process)) > 0) {
		snprintf(process, sizeof(process), "%d", parent);
		if (!mount_namespace(process, &theirs))
			return false;
		if (theirs.st_ino != ours.st_ino || theirs.st_dev != ours.st_dev)
			return true;
	}
	return false;
}

/* Makes sure that nothing would be hidden by a mount on that directory. */
static int mount_point_ensure(const char *path, struct error *ret_error)
{
	struct arena *arena __attribute__((cleanup(arena_cleanup))) = arena_new();
	struct names names;
	int result = directory_ensure(path, 0700);

	if (result < 0)
		return error_errno(ret_error, result, "make the directory %s", path);
	result = directory_names(arena, path, &names);
	if (result < 0)
		return error_errno(ret_error, result, "read the directory %s", path);
	if (names.count)
		return error_set(ret_error, -ENOTEMPTY,
				 "%s is no BPF file system, and mounting one there would hide '%s'",
				 path, names.items[0]);
	return 0;
}

int bpffs_ensure(const struct paths *paths, struct error *ret_error)
{
	int result;

	if (bpffs_present(paths))
		return 0;
	if (mounts_are_private())
		return error_set(
			ret_error, -EPERM,
			"no BPF file system at %s, and one mounted here would vanish with this "
			"process ('ip netns exec' hides the host's): use 'nsenter "
			"--net=/run/netns/NAME ordain ...', or give --bpffs DIR of one that is "
			"mounted",
			paths->bpffs);
	result = mount_point_ensure(paths->bpffs, ret_error);
	if (result < 0)
		return result;
	if (mount("bpf", paths->bpffs, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		return error_errno(ret_error, -errno, "mount a BPF file system at %s",
				   paths->bpffs);
	return 0;
}
