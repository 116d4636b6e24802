#include "fs/session.h"

#include "fs/base/log.h"
#include "fs/base/unmount.h"
#include "fs/fs_private.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void session_clear(const struct fs *fs)
{
	const struct fs_config *config = fs->config;
	int r = config->dead_minor ? unmount_etcdfs(config->mountpoint, config->dead_minor) : 0;

	if (r < 0)
		log_error(
			"mountpoint %s: cannot be unmounted: %s", config->mountpoint, strerror(-r));
}

/* The kernel has ended the connection, or somebody has told it to. */
static bool session_is_over(const struct fs *fs)
{
	struct pollfd poller = {.fd = fuse_session_fd(fs->session)};

	return poll(&poller, 1, 0) == 1 && poller.revents & POLLERR;
}

/* Ends the connection by closing our end of it, and leaves there what looks as if the kernel had
 * ended it: a pipe without a reader. */
static void session_cut(const struct fs *fs)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	dup3(ends[1], fuse_session_fd(fs->session), O_CLOEXEC);
	close(ends[0]);
	close(ends[1]);
}

/* Takes the mount off where it is by now; copies of it elsewhere are dead then. libfuse would take
 * off whatever is at the place where the mount was made: it only closes when the connection is
 * over, and so it is only asked to when that is so, or when /proc does not say where the mount is.
 */
void session_unmount(struct fs *fs)
{
	const struct mountinfo *mount = &fs->mount;
	bool is_ours = mount->device_minor && !session_is_over(fs);

	if (is_ours) {
		session_cut(fs);
		unmount_whole(mount->device_minor, mount->id);
	}
	if (!mount->device_minor || session_is_over(fs))
		fuse_session_unmount(fs->session);
	fuse_session_destroy(fs->session);
}
