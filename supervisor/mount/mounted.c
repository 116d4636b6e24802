/*
 * A mount keeps its number when it moves, or when a directory above it gets another name. When that
 * number is gone, and another mount shows the whole of the same filesystem (a bind mount, or a copy
 * that a change of the root directory has left), that one takes its place: the kernel ends the
 * filesystem with its last mount, and so do we. What shows a part of it only does not count, since
 * no events can be made there and nothing can be mounted there anew.
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

/* Asks to be told before it looks: no change is missed between the two. */
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
