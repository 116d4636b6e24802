#include "fs/base/unmount.h"

#include "fs/base/cleanup.h"
#include "fs/base/connection.h"
#include "fs/base/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELPER_MS 5000
#define KILLED_MS 1000

extern char **environ;

/* The helper's output is dropped: the caller reports the reason itself. */
static int helper_spawn(const char *path, pid_t *ret)
{
	const char *const argv[] = {"fusermount3", "-u", "-z", "--", path, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	int r;

	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO);
	r = posix_spawnp(ret, argv[0], &actions, &attr, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return -r;
}

static bool helper_ends(pid_t pid, int timeout_ms)
{
	CLEANUP(fd) int fd = syscall(SYS_pidfd_open, pid, 0);
	struct pollfd poller = {.fd = fd, .events = POLLIN};
	int r;

	while ((r = poll(&poller, 1, timeout_ms)) < 0 && errno == EINTR)
		;
	return r > 0;
}

static int unmount_by_helper(const char *path)
{
	pid_t pid;
	int status, r = helper_spawn(path, &pid);

	if (r < 0)
		return r;
	if (!helper_ends(pid, HELPER_MS)) {
		kill(pid, SIGKILL);
		/* A helper that hangs in the kernel cannot be reaped now; init will do that. */
		if (!helper_ends(pid, KILLED_MS))
			return -ETIMEDOUT;
	}
	while ((r = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		;
	if (r < 0)
		return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPERM;
}

static int unmount_path(const char *path)
{
	/* MNT_FORCE aborts the connection as well. */
	if (umount2(path, MNT_FORCE | MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		return 0;
	return errno == EPERM ? unmount_by_helper(path) : -errno;
}

/* If the connection cannot be aborted, the unmount alone is tried, which mostly suffices. */
static int abort_and_unmount(const struct mountinfo *info)
{
	connection_abort(info->device_minor);
	return mountinfo_is_topmost(info) ? unmount_path(info->mountpoint) : -EBUSY;
}

int unmount_etcdfs(const char *path, uint32_t device_minor)
{
	struct mountinfo info;

	if (!mountinfo_find(path, &info) || strcmp(info.type, MOUNTINFO_ETCDFS))
		return 0;
	if (device_minor && info.device_minor != device_minor)
		return 0;
	return abort_and_unmount(&info);
}

int unmount_whole(uint32_t device_minor, int id)
{
	struct mountinfo info;

	return mountinfo_find_whole(device_minor, id, &info) ? abort_and_unmount(&info) : 0;
}
