/*
 * The flags are the kernel's, and it goes by them at once. The supervisor of the mount sees them
 * change (mounted.h), and tells the filesystem, which refuses changes in other copies of the mount
 * as well, and would go on refusing them. So for rw we wait until it has heard. It never does when
 * the kernel's flag was not set before: an ordinary user who mounts with ro cannot set it.
 */
#include "supervisor/mount/remount.h"

#include "fs/base/cleanup.h"
#include "fs/base/clock.h"
#include "fs/base/mountflags.h"
#include "fs/base/mountinfo.h"
#include "supervisor/data/paths.h"
#include "supervisor/process/child.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FLAGS (MS_RDONLY | MS_NOEXEC | MS_SYNCHRONOUS)
#define PROBE_MS 3000
#define HEARD_MS 3000
#define AGAIN_MS 20

/* mount(8) gives the path as the kernel lists it; that of a mount that hangs must not be touched.
 */
static int find(const char *path, struct mountinfo *ret, struct refusal *refusal)
{
	CLEANUP(free) char *resolved = NULL;

	if (!mountinfo_find(path, ret)) {
		resolved = path_resolve(path);
		if (!resolved)
			return -ENOMEM;
		if (!mountinfo_find(resolved, ret))
			ret->type[0] = '\0';
	}
	if (strcmp(ret->type, MOUNTINFO_ETCDFS) != 0)
		return refuse(refusal, "mountpoint %s: no etcdfs is mounted there", path);
	return 0;
}

/* Whether the filesystem refuses a change of an attribute that is never there. Without allow_other
 * it answers only the user who has mounted it. */
static bool is_refused(const struct mountinfo *info)
{
	if (getuid() != info->uid || getgid() != info->gid)
		if (setgroups(0, NULL) < 0 || setresgid(info->gid, info->gid, info->gid) < 0 ||
			setresuid(info->uid, info->uid, info->uid) < 0)
			return false;
	return removexattr(info->mountpoint, "user.etcd.none") < 0 && errno == EROFS;
}

static bool still_refuses(const struct mountinfo *info)
{
	CLEANUP(child) struct child child = CHILD_NONE;
	struct child_end end;

	if (child_fork(SIGKILL, true, STDIN_FILENO, &child) < 0)
		return false;
	if (!child.pid)
		_exit(is_refused(info));
	if (child_wait(&child, PROBE_MS, &end))
		return !end.signalled && end.code == 1;
	child_signal(&child, SIGKILL);
	return false;
}

static bool becomes_writable(const struct mountinfo *info)
{
	int64_t end_ms = clock_now_ms() + (info->flags & MS_RDONLY ? HEARD_MS : 0);

	while (still_refuses(info)) {
		if (clock_now_ms() >= end_ms)
			return false;
		poll(NULL, 0, AGAIN_MS);
	}
	return true;
}

static int refuse_error(const struct mountinfo *info, int error, struct refusal *refusal)
{
	if (error == -EBUSY)
		return refuse(refusal,
			"mountpoint %s: busy: it cannot be read-only while a file is open for "
			"writing",
			info->mountpoint);
	if (error == -EPERM || error == -EACCES)
		return refuse(refusal, "mountpoint %s: only root can change how it is mounted",
			info->mountpoint);
	return refuse(refusal, "mountpoint %s: cannot be changed: %s", info->mountpoint,
		strerror(-error));
}

int remount_run(const struct options *options, struct refusal *refusal)
{
	const struct config *config = &options->config;
	unsigned long flags = config->mount_flags | (config->read_only ? MS_RDONLY : 0);
	struct mountinfo info;
	int error = find(options->mountpoint, &info, refusal);

	if (error)
		return error;
	error = mountflags_change(info.mountpoint, flags, FLAGS & ~flags);
	if (error)
		return refuse_error(&info, error, refusal);
	if (flags & MS_RDONLY || becomes_writable(&info))
		return 0;
	mountflags_change(info.mountpoint, info.flags & FLAGS, FLAGS & ~info.flags);
	return refuse(refusal,
		"mountpoint %s: etcdfs itself refuses changes, since it was started with ro; to "
		"end that, unmount it and mount it again",
		info.mountpoint);
}
