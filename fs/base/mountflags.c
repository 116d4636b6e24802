/*
 * The kernel keeps read-only and noexec for each mount, and sync for the filesystem as a whole. A
 * filesystem can be read-only as a whole too; we never make it so, because then nobody, the
 * notifier included, could get a writable mount of it. mount(8) without the helper does (mount -i
 * -o remount,ro), so that is taken back when the mount is to be writable.
 */
#include "fs/base/mountflags.h"

#include "fs/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mount.h>

static uint64_t attributes_of(unsigned long flags)
{
	return (flags & MS_RDONLY ? MOUNT_ATTR_RDONLY : 0) |
	       (flags & MS_NOEXEC ? MOUNT_ATTR_NOEXEC : 0);
}

static int change_mount(const char *path, unsigned long set, unsigned long clear)
{
	struct mount_attr attr = {.attr_set = attributes_of(set), .attr_clr = attributes_of(clear)};

	return mount_setattr(AT_FDCWD, path, 0, &attr, sizeof(attr)) < 0 ? -errno : 0;
}

/* The changes count only from FSCONFIG_CMD_RECONFIGURE on. */
static int change_filesystem(const char *path, unsigned long set, unsigned long clear)
{
	CLEANUP(fd) int fs = fspick(AT_FDCWD, path, FSPICK_CLOEXEC);

	if (fs < 0)
		return -errno;
	if ((clear & MS_RDONLY && fsconfig(fs, FSCONFIG_SET_FLAG, "rw", NULL, 0) < 0) ||
		(set & MS_SYNCHRONOUS && fsconfig(fs, FSCONFIG_SET_FLAG, "sync", NULL, 0) < 0) ||
		(clear & MS_SYNCHRONOUS && fsconfig(fs, FSCONFIG_SET_FLAG, "async", NULL, 0) < 0) ||
		fsconfig(fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return -errno;
	return 0;
}

int mountflags_change(const char *path, unsigned long set, unsigned long clear)
{
	int error = change_mount(path, set, clear);

	if (!error && ((set | clear) & MS_SYNCHRONOUS || clear & MS_RDONLY))
		error = change_filesystem(path, set, clear);
	return error;
}

int mountflags_open_writable(int root)
{
	struct mount_attr attr = {.attr_clr = MOUNT_ATTR_RDONLY};
	CLEANUP(fd)
	int clone = open_tree(root, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (clone < 0 || mount_setattr(clone, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return -errno;
	return STEAL_FD(clone);
}
