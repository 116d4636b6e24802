#include "supervisor/mount/filesystem.h"

#include "fs/api/packet.h"
#include "fs/base/cleanup.h"
#include "fs/base/clock.h"
#include "fs/base/log.h"
#include "supervisor/mount/filesystem_death.h"
#include "supervisor/mount/filesystem_mount.h"
#include "supervisor/mount/filesystem_replace.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define HANG_TIMEOUTS 3
#define HANG_MIN_MS 10000
#define KILLED_MS 3000 /* from SIGKILL to the end of the process */

static void on_line(void *arg, const char *line)
{
	(void)arg;
	log_pass_on(line);
}

static void take_device(struct filesystem *filesystem, int device, const struct fs_init *init)
{
	if (init->length > sizeof(init->bytes)) {
		close(device);
		return;
	}
	handover_hold(&filesystem->handover, device, init);
	if (filesystem->stopping || filesystem->left)
		handover_drop(&filesystem->handover);
}

/* @device, which may have come with it, is taken if it is asked for. */
static void take_report(struct filesystem *filesystem, struct fs_report *report, int *device)
{
	report->text[sizeof(report->text) - 1] = '\0';
	switch (report->kind) {
	case FS_REPORT_MOUNTED:
		filesystem_mount_served(filesystem);
		filesystem->handler->mounted(filesystem->arg);
		break;
	case FS_REPORT_DEVICE:
		take_device(filesystem, STEAL_FD(*device), &report->init);
		break;
	case FS_REPORT_NOTIFIER:
		filesystem->handover.inheritance.notifier = report->notifier;
		break;
	case FS_REPORT_POLLED:
		fs_pollers_add(&filesystem->handover.inheritance.pollers, &report->poller);
		break;
	case FS_REPORT_RELEASED:
		fs_pollers_remove(&filesystem->handover.inheritance.pollers, report->poller.file);
		break;
	case FS_REPORT_LEASE:
		filesystem->lease = report->lease;
		break;
	case FS_REPORT_SYNCED:
		restart_policy_ready(&filesystem->policy, clock_now_ms());
		filesystem->hasty_deaths = 0;
		filesystem->failure[0] = '\0';
		filesystem->handler->synced(filesystem->arg);
		break;
	case FS_REPORT_REFUSED:
		filesystem->handler->refused(filesystem->arg, report->text);
		break;
	case FS_REPORT_FAILED:
		snprintf(filesystem->failure, sizeof(filesystem->failure), "%s", report->text);
		break;
	}
}

/* Takes one report in each call, because a report may end the filesystem. False: there is none. */
static bool read_report(struct filesystem *filesystem)
{
	CLEANUP(fd) int device = -1;
	struct fs_report report;
	ssize_t length;

	if (filesystem->control < 0)
		return false;
	length =
		packet_receive(filesystem->control, &report, sizeof(report), MSG_DONTWAIT, &device);
	if (length == sizeof(report))
		take_report(filesystem, &report, &device);
	return length == sizeof(report);
}

void filesystem_hear(struct filesystem *filesystem)
{
	while (read_report(filesystem))
		;
}

static void on_report(void *arg, uint32_t epoll_events)
{
	struct filesystem *filesystem = arg;

	/* The end of the process comes by the pidfd, which says more; a thread of it may delay
	 * it. */
	if (!read_report(filesystem) && epoll_events & (EPOLLHUP | EPOLLERR)) {
		loop_forget(filesystem->loop, &filesystem->reports);
		filesystem_death_begins(filesystem);
	}
}

/*
 * A process that hangs, or that somebody has stopped, blocks all users of the mount beyond any
 * timeout. After some timeouts it will not recover, and is killed.
 */
static void on_look(void *arg)
{
	struct filesystem *filesystem = arg;
	int limit_ms = HANG_TIMEOUTS * filesystem->config->timeout_ms;

	if (!filesystem->child.pid || filesystem->stopping)
		return;
	if (limit_ms < HANG_MIN_MS)
		limit_ms = HANG_MIN_MS;
	loop_timer_set(filesystem->loop, &filesystem->look, WATCHDOG_MS);
	mounted_look(&filesystem->mounted);
	if (!filesystem->policy.ready ||
		!watchdog_has_expired(&filesystem->watchdog, filesystem->control,
			filesystem->child.pid, limit_ms))
		return;
	log_error("the filesystem process (pid %d) has not answered for %d s, and is killed",
		(int)filesystem->child.pid, limit_ms / 1000);
	child_signal(&filesystem->child, SIGKILL);
	if (filesystem_mount_passes(filesystem))
		loop_timer_set(filesystem->loop, &filesystem->hanging, KILLED_MS);
	else
		filesystem_mount_abort(filesystem);
}

/* A process that nobody hears is of no use, so it is killed, and its death is noticed. */
void filesystem_watch(struct filesystem *filesystem)
{
	child_exit_await(&filesystem->exit);
	child_output_watch(&filesystem->output);
	if (loop_watch(filesystem->loop, &filesystem->reports, filesystem->control, EPOLLIN,
		    on_report, filesystem) < 0)
		child_signal(&filesystem->child, SIGKILL);
}

/* If the socket is full the process hangs, and a later update will do. One of an older program may
 * not know this version of an update. */
static void send_update(struct filesystem *filesystem, struct fs_update *update)
{
	update->read_only = filesystem->config->read_only;
	if (filesystem->control >= 0 && !filesystem->replacing)
		send(filesystem->control, update, sizeof(*update), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void on_remounted(void *arg, unsigned long flags, unsigned long changed)
{
	struct filesystem *filesystem = arg;

	filesystem->handler->remounted(filesystem->arg, flags, changed);
	send_update(filesystem, &filesystem->etcd);
}

int filesystem_start(struct filesystem *filesystem)
{
	int ends[2], error;

	restart_policy_started(&filesystem->policy);
	filesystem->failure[0] = '\0';
	filesystem->left = false;
	filesystem_is_replaced(filesystem);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	error = filesystem_spawn(filesystem, ends[0], ends[1]);
	close(ends[1]);
	if (error) {
		close(ends[0]);
		return error;
	}
	filesystem->control = ends[0];
	filesystem->dead = false;
	if (!filesystem->orphaned)
		mounted_forget(&filesystem->mounted);
	filesystem_watch(filesystem);
	send_update(filesystem, &filesystem->role);
	send_update(filesystem, &filesystem->etcd);
	filesystem->watchdog = (struct watchdog){0};
	loop_timer_set(filesystem->loop, &filesystem->look, WATCHDOG_MS);
	return 0;
}

void filesystem_tell(struct filesystem *filesystem, const struct fs_role_update *role)
{
	filesystem->role.role = *role;
	send_update(filesystem, &filesystem->role);
}

void filesystem_tell_etcd(struct filesystem *filesystem, const struct fs_child_update *etcd)
{
	filesystem->etcd.child = *etcd;
	send_update(filesystem, &filesystem->etcd);
}

static void on_restart(void *arg)
{
	struct filesystem *filesystem = arg;
	char why[160];
	int error;

	mounted_look(&filesystem->mounted);
	if (filesystem->stopping)
		return;
	error = filesystem_start(filesystem);
	if (!error)
		return;
	snprintf(why, sizeof(why), "no filesystem process: %s", strerror(-error));
	filesystem_death_answer(filesystem, why);
}

void filesystem_init(struct filesystem *filesystem)
{
	filesystem->child = (struct child)CHILD_NONE;
	filesystem->control = -1;
	filesystem->role.kind = FS_UPDATE_ROLE;
	filesystem->etcd.kind = FS_UPDATE_CHILD;
	filesystem->reports.fd = -1;
	child_output_init(
		&filesystem->output, filesystem->loop, &filesystem->child, on_line, filesystem);
	filesystem_mount_init(filesystem);
	filesystem_death_init(filesystem);
	filesystem->mounted.remounted = on_remounted;
	filesystem->restart = (struct timer){.run = on_restart, .arg = filesystem};
	filesystem->look = (struct timer){.run = on_look, .arg = filesystem};
	filesystem_replace_init(filesystem);
}

void filesystem_fini(struct filesystem *filesystem)
{
	filesystem_death_fini(filesystem);
	child_output_close(&filesystem->output);
	filesystem_mount_let_go(filesystem);
	mounted_fini(&filesystem->mounted);
	if (filesystem->held)
		close(filesystem->held);
	loop_timer_clear(filesystem->loop, &filesystem->restart);
	loop_timer_clear(filesystem->loop, &filesystem->look);
	loop_timer_clear(filesystem->loop, &filesystem->impatient);
	child_fini(&filesystem->child);
}

bool filesystem_stop(struct filesystem *filesystem)
{
	filesystem->stopping = true;
	loop_timer_clear(filesystem->loop, &filesystem->restart);
	if (filesystem->orphaned && !filesystem->child.pid)
		filesystem_mount_abort(filesystem);
	filesystem_mount_let_go(filesystem);
	if (!filesystem->child.pid) {
		filesystem_mount_clear(filesystem);
		filesystem_death_remains(filesystem);
	}
	child_signal(&filesystem->child, SIGTERM);
	return filesystem->child.pid;
}

void filesystem_kill(struct filesystem *filesystem)
{
	child_signal(&filesystem->child, SIGKILL);
	filesystem_mount_abort(filesystem);
	filesystem_mount_clear(filesystem);
}
