/*
 * When the process has died, its mount remains, and may have users that wait in it. The next
 * process goes on with it (handover.h): until that serves, the mount is orphaned, for a limited
 * time.
 *
 * Where that is not possible the connection is aborted, and what waits fails. The dead mount stays
 * until the next process is about to mount, and removes it: as long as nothing is mounted, writes
 * would go into the directory below.
 */
#include "supervisor/mount/filesystem_mount.h"

#include "fs/base/connection.h"
#include "fs/base/log.h"
#include "fs/base/unmount.h"

#include <signal.h>
#include <string.h>

#define ORPHANED_MS 3000
/* So many processes in a row may die after they went on with the mount and before they were ready.
 * They may die of what they are asked, and the next one would be asked the same. */
#define HASTY_DEATHS 2

/* A process serves the mount again, or none will. */
static void end_orphaned(struct filesystem *filesystem)
{
	filesystem->orphaned = false;
	loop_timer_clear(filesystem->loop, &filesystem->late);
}

void filesystem_mount_let_go(struct filesystem *filesystem)
{
	end_orphaned(filesystem);
	filesystem->hasty_deaths = 0;
	handover_drop(&filesystem->handover);
}

void filesystem_mount_clear(struct filesystem *filesystem)
{
	const char *path = filesystem->config->mountpoint;
	int error = 0;

	if (!filesystem->dead)
		return;
	if (!filesystem->config->is_given)
		error = unmount_etcdfs(path, filesystem->mounted.info.device_minor);
	if (error)
		log_error("mountpoint %s: cannot be unmounted: %s", path, strerror(-error));
	filesystem->dead = false;
	mounted_forget(&filesystem->mounted);
}

/* Where a connection cannot be aborted by itself, only unmounting ends it. If ours was unmounted
 * already, what is mounted there now is another's. */
void filesystem_mount_abort(struct filesystem *filesystem)
{
	filesystem_mount_let_go(filesystem);
	filesystem->dead = !filesystem->left;
	if (!connection_abort(filesystem->mounted.info.device_minor))
		filesystem_mount_clear(filesystem);
}

void filesystem_mount_served(struct filesystem *filesystem)
{
	/* A successor has the mount that is followed already. Else the connection is found now,
	 * because it may be needed when the mount must not be touched. */
	filesystem->handover.inheritance.pollers.n = 0;
	if (filesystem->orphaned)
		end_orphaned(filesystem);
	else
		mounted_follow(&filesystem->mounted, filesystem->config->mountpoint);
	filesystem->connection = filesystem->mounted.info.device_minor;
}

bool filesystem_mount_passes(const struct filesystem *filesystem)
{
	return !filesystem->stopping && !filesystem->left &&
	       filesystem->hasty_deaths < HASTY_DEATHS &&
	       handover_is_possible(&filesystem->handover, &filesystem->mounted);
}

void filesystem_mount_orphan(struct filesystem *filesystem)
{
	if (!filesystem->orphaned) {
		loop_timer_set(filesystem->loop, &filesystem->late, ORPHANED_MS);
		filesystem->hasty_deaths += !filesystem->policy.ready;
	}
	filesystem->orphaned = true;
}

/* No process has gone on with the mount in time, perhaps because it does not even start. Whether or
 * not the connection can be aborted, nobody has the device any more, which ends it; except one that
 * lingers. */
static void on_late(void *arg)
{
	struct filesystem *filesystem = arg;

	log_error("no filesystem process goes on with the mount: what waits for it ends with an "
		  "error");
	child_signal(&filesystem->child, SIGKILL);
	filesystem_mount_let_go(filesystem);
	filesystem->dead = true;
	if (!connection_abort(filesystem->mounted.info.device_minor) &&
		lingering_is_there(&filesystem->lingering))
		filesystem_mount_clear(filesystem);
}

/* A process that is started again mounts where the mount was last. */
static void on_moved(void *arg, const char *path)
{
	struct filesystem *filesystem = arg;

	filesystem->handler->moved(filesystem->arg, path);
}

/* Somebody has unmounted it. The kernel tells the process, except while another namespace has a
 * copy of the mount. A dead mount that somebody has unmounted is mounted again all the same. */
static void on_left(void *arg)
{
	struct filesystem *filesystem = arg;
	bool lives = filesystem->child.pid || filesystem->orphaned;

	filesystem->left = lives && !filesystem->dead;
	filesystem->dead = false;
	if (!filesystem->left)
		return;
	filesystem_mount_let_go(filesystem);
	if (filesystem->child.pid) {
		child_signal(&filesystem->child, SIGTERM);
		return;
	}
	loop_timer_clear(filesystem->loop, &filesystem->restart);
	filesystem->handler->unmounted(filesystem->arg);
}

void filesystem_mount_init(struct filesystem *filesystem)
{
	filesystem->mounted = (struct mounted){
		.loop = filesystem->loop, .moved = on_moved, .left = on_left, .arg = filesystem};
	mounted_init(&filesystem->mounted);
	handover_init(&filesystem->handover);
	filesystem->late = (struct timer){.run = on_late, .arg = filesystem};
}
