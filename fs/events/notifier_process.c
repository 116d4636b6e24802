/*
 * The notifier's work for each order. It walks the path from the root of the mount without leaving
 * the mount: openat2() refuses symbolic links and other mounts on the way (RESOLVE_NO_XDEV), so
 * that bind mounts, and whatever is mounted below or over the mount, are never touched. It holds
 * nothing between two orders, so that the mount can be unmounted.
 */
#include "fs/base/cleanup.h"
#include "fs/base/mountflags.h"
#include "fs/base/mountinfo.h"
#include "fs/events/notifier.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int open_beneath(int dir, const char *path, uint64_t flags, uint64_t mode)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC | O_NOFOLLOW,
		.mode = mode,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH,
	};

	return syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

/* Whether @root is our mount, and not one that covers it. AT_STATX_DONT_SYNC takes the cached
 * attributes, so that no request is sent. */
static bool is_ours(int root, uint32_t device_minor)
{
	struct statx stat;

	return statx(root, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &stat) == 0 &&
	       stat.stx_dev_minor == device_minor && stat.stx_dev_major == 0;
}

/* Opens the root of our mount at @mountpoint; -errno if it is not there, or covered by another
 * mount. */
static int open_there(const char *mountpoint, uint32_t device_minor)
{
	CLEANUP(fd) int root = open(mountpoint, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return -errno;
	return is_ours(root, device_minor) ? STEAL_FD(root) : -EXDEV;
}

/* Opens the root of our mount wherever it was moved; @mountpoint is updated for the next time. */
static int open_root(char mountpoint[PATH_MAX], uint32_t device_minor)
{
	struct mountinfo info;
	int root = open_there(mountpoint, device_minor);

	if (root >= 0 || !mountinfo_find_whole(device_minor, 0, &info))
		return root;
	memcpy(mountpoint, info.mountpoint, PATH_MAX);
	return open_there(mountpoint, device_minor);
}

/* Opens the directory of the last name in @path below @root; *@ret_name is that name. The
 * descriptor, which may be @root itself, or -errno. */
static int open_parent(int root, char *path, const char **ret_name)
{
	char *slash = strrchr(path, '/');
	int dir;

	*ret_name = slash ? slash + 1 : path;
	if (!slash)
		return root;
	*slash = 0;
	dir = open_beneath(root, path, O_PATH | O_DIRECTORY, 0);
	*slash = '/';
	return dir < 0 ? -errno : dir;
}

static int set_time(int dir, const char *name)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}};

	clock_gettime(CLOCK_REALTIME, &times[1]);
	if (name)
		return utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
	return futimens(dir, times) < 0 ? -errno : 0;
}

static int touch_file(int dir, const char *name, uint64_t flags, bool time)
{
	CLEANUP(fd) int file = open_beneath(dir, name, O_WRONLY | flags, flags ? 0666 : 0);

	if (file < 0)
		return -errno;
	return time ? set_time(file, NULL) : 0;
}

static int touch_step(int dir, const char *name, enum notifier_step step)
{
	switch (step) {
	case NOTIFIER_MODIFY:
		return touch_file(dir, name, 0, true);
	case NOTIFIER_TIME:
		return set_time(dir, name);
	case NOTIFIER_CREATE:
		return touch_file(dir, name, O_CREAT | O_EXCL, false);
	case NOTIFIER_FILL:
		return touch_file(dir, name, O_CREAT | O_EXCL, true);
	case NOTIFIER_ATTRIB:
		return utimensat(dir, name, NULL, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
	case NOTIFIER_SYMLINK:
		return symlinkat("x", dir, name) < 0 ? -errno : 0;
	case NOTIFIER_FIFO:
		return mknodat(dir, name, S_IFIFO | 0666, 0) < 0 ? -errno : 0;
	case NOTIFIER_SOCKET:
		return mknodat(dir, name, S_IFSOCK | 0666, 0) < 0 ? -errno : 0;
	case NOTIFIER_MKDIR:
		return mkdirat(dir, name, 0777) < 0 ? -errno : 0;
	case NOTIFIER_UNLINK:
		return unlinkat(dir, name, 0) < 0 ? -errno : 0;
	case NOTIFIER_RMDIR:
		return unlinkat(dir, name, AT_REMOVEDIR) < 0 ? -errno : 0;
	}
	return -EINVAL;
}

/* Whether something is mounted at @path or below it, which a new node of that name would detach. */
static bool has_mounts(const char *mountpoint, const char *path)
{
	CLEANUP(free) char *full = NULL;
	struct mountinfo info;

	if (asprintf(&full, "%s/%s", mountpoint, path) < 0)
		return true;
	return mountinfo_find_below(full, &info);
}

static int touch_below(int root, struct notifier_order *order)
{
	CLEANUP(fd) int below = -1;
	const char *name = NULL;
	int dir = open_parent(root, order->path, &name);

	if (dir < 0)
		return dir;
	if (dir != root)
		below = dir;
	return touch_step(dir, name, order->step);
}

/* A mount that the kernel holds read-only is touched through another one, which lasts no longer. */
static int touch(char mountpoint[PATH_MAX], uint32_t device_minor, struct notifier_order *order)
{
	CLEANUP(fd) int root = open_root(mountpoint, device_minor);
	CLEANUP(fd) int writable = -1;
	int r;

	if (root < 0)
		return root;
	if (order->known && has_mounts(mountpoint, order->path))
		return -EXDEV;
	r = touch_below(root, order);
	if (r != -EROFS)
		return r;
	writable = mountflags_open_writable(root);
	return writable < 0 ? r : touch_below(writable, order);
}

int notifier_main(const char *made_at, uint32_t device_minor)
{
	char mountpoint[PATH_MAX];
	struct notifier_order order;

	if (snprintf(mountpoint, sizeof(mountpoint), "%s", made_at) >= PATH_MAX)
		return 1;
	prctl(PR_SET_NAME, "etcdfs-notify");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	umask(0);
	if (chdir("/") < 0)
		return 1;
	while (recv(STDIN_FILENO, &order, sizeof(order), 0) >
		(ssize_t)offsetof(struct notifier_order, path)) {
		struct notifier_answer answer = {.serial = order.serial};
		answer.error = -touch(mountpoint, device_minor, &order);
		if (send(STDIN_FILENO, &answer, sizeof(answer), MSG_NOSIGNAL) != sizeof(answer))
			break;
	}
	return 0;
}
