/*
 * A mount keeps its number when it moves, or when a directory above it is renamed. If that number
 * is gone, but another mount shows the whole of the same filesystem (a bind mount, or a copy left
 * by a change of the root directory), we follow that one: the kernel ends the filesystem with its
 * last mount, and so do we. A mount that shows only a part of it does not count, because no events
 * can be made there and it cannot be mounted again there.
 */
#include "supervisor/mount/mounted.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void mounted_look(struct mounted *mounted)
{
	struct mountinfo now;

	if (!mounted->info.device_minor)
		return;
	if (!mountinfo_find_whole(mounted->info.device_minor, mounted->info.id, &now)) {
		mounted_forget(mounted);
		mounted->left(mounted->arg);
		return;
	}
	if (strcmp(now.mountpoint, mounted->info.mountpoint) != 0)
		mounted->moved(mounted->arg, now.mountpoint);
	if (now.flags != mounted->info.flags)
		mounted->remounted(mounted->arg, now.flags, now.flags ^ mounted->info.flags);
	mounted->info = now;
}

static void on_change(void *arg, uint32_t epoll_events)
{
	(void)epoll_events;
	mounted_look(arg);
}

void mounted_init(struct mounted *mounted)
{
	mounted->info.device_minor = 0;
	mounted->fd = mounted->source.fd = -1;
}

void mounted_fini(struct mounted *mounted)
{
	loop_forget(mounted->loop, &mounted->source);
	if (mounted->fd >= 0)
		close(mounted->fd);
	mounted_init(mounted);
}

/* The watch begins before the first check, so that no change is missed between the two. */
static void watch(struct mounted *mounted)
{
	if (mounted->fd >= 0)
		return;
	mounted->fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (mounted->fd >= 0)
		loop_watch(
			mounted->loop, &mounted->source, mounted->fd, EPOLLPRI, on_change, mounted);
}

void mounted_follow(struct mounted *mounted, const char *path)
{
	watch(mounted);
	if (mountinfo_find(path, &mounted->info) &&
		strcmp(mounted->info.type, MOUNTINFO_ETCDFS) == 0)
		return;
	mounted_forget(mounted);
	if (mounted->fd >= 0)
		mounted->left(mounted->arg);
}

void mounted_take(struct mounted *mounted, uint32_t device_minor, int id)
{
	watch(mounted);
	if (!mountinfo_find_whole(device_minor, id, &mounted->info))
		mounted->left(mounted->arg);
}

void mounted_forget(struct mounted *mounted)
{
	mounted->info.device_minor = 0;
}

bool mounted_is_there(const struct mounted *mounted)
{
	struct mountinfo now;

	return mounted->info.device_minor &&
	       mountinfo_find_whole(mounted->info.device_minor, mounted->info.id, &now);
}
