/*
 * The record is one line "PID MOUNTPOINT". It is written while the lock is held and emptied before
 * the lock is dropped, so a record without a lock is that of a holder that was killed. A holder
 * that has begun to end writes PID 0: its lock will soon be free.
 */
#include "supervisor/data/datalock.h"

#include "fs/base/cleanup.h"
#include "fs/base/clock.h"
#include "fs/base/log.h"
#include "fs/base/mountinfo.h"
#include "supervisor/data/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define NOTICED_MS 1000 /* until a holder has noticed that its mount was unmounted */
#define ENDING_MS 10000 /* until the holder's etcd has ended: a leader hands over first */
#define TOLD_MS 8000
#define LOOK_AGAIN_MS 5

static void read_record(int fd, struct datalock_record *ret)
{
	char line[PATH_MAX + 32];
	ssize_t length = pread(fd, line, sizeof(line) - 1, 0);
	int pid, at = 0;

	*ret = (struct datalock_record){0};
	if (length <= 0)
		return;
	line[length] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%d %n", &pid, &at) != 1 || !at)
		return;
	ret->pid = pid;
	snprintf(ret->mountpoint, sizeof(ret->mountpoint), "%s", line + at);
}

/* Writes the record over the old one in one piece; at most a tail of the old one follows it. So a
 * reader always finds a whole first line. */
static int write_record(int fd, pid_t pid, const char *mountpoint)
{
	char line[PATH_MAX + 32];
	int length = snprintf(line, sizeof(line), "%d %s\n", (int)pid, mountpoint);
	ssize_t written;

	if (length >= (int)sizeof(line))
		return -ENAMETOOLONG;
	written = pwrite(fd, line, length, 0);
	if (written < 0 || ftruncate(fd, length) < 0)
		return -errno;
	return written == length ? 0 : -ENOSPC;
}

/* Another etcdfs may have removed the file between our open() and our lock. */
static bool is_still_there(int fd, const char *dir)
{
	CLEANUP(fd) int again = file_open_in(dir, DATALOCK_FILE, O_RDONLY);
	struct stat ours, theirs;

	return again >= 0 && fstat(fd, &ours) == 0 && fstat(again, &theirs) == 0 &&
	       ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

static int refuse_busy(int fd, const char *what, const char *dir, struct refusal *refusal)
{
	struct datalock_record holder;

	read_record(fd, &holder);
	if (!holder.pid)
		return refuse(refusal, "the %s %s is in use by another etcdfs", what, dir);
	return refuse(refusal, "the %s %s is in use by etcdfs, process %d, mounted on %s", what,
		dir, holder.pid, holder.mountpoint);
}

static bool is_running(pid_t pid)
{
	return pid && (kill(pid, 0) == 0 || errno == EPERM);
}

static bool is_mounted(const char *mountpoint)
{
	struct mountinfo info;

	return mountinfo_find(mountpoint, &info) && !strcmp(info.type, MOUNTINFO_ETCDFS);
}

/* How long to wait for the lock: not at all if the holder is mounted. A holder that is ending is
 * waited for, because a user who has unmounted may start another etcdfs at once. And a free lock is
 * taken for a moment by a process that only checks it (is_locked()). */
static int patience_ms(int fd)
{
	struct datalock_record holder;

	read_record(fd, &holder);
	if (!is_running(holder.pid))
		return ENDING_MS;
	return is_mounted(holder.mountpoint) ? 0 : NOTICED_MS;
}

static int lock_patiently(int fd, const char *what, const char *dir)
{
	int64_t begin_ms = clock_now_ms(), waited_ms;
	bool told = false;

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return -errno;
		waited_ms = clock_now_ms() - begin_ms;
		if (waited_ms >= patience_ms(fd))
			return -EWOULDBLOCK;
		if (waited_ms >= TOLD_MS && !told) {
			log_info("waiting for an etcdfs that ends to let go of the %s %s", what,
				dir);
			told = true;
		}
		poll(NULL, 0, LOOK_AGAIN_MS);
	}
	return 0;
}

int datalock_take(struct datalock *lock, const char *what, const char *dir, const char *mountpoint,
	struct refusal *refusal)
{
	int error;

	for (;;) {
		CLEANUP(fd) int fd = file_open_in(dir, DATALOCK_FILE, O_RDWR | O_CREAT);

		if (fd == -ENOENT)
			return fd;
		if (fd < 0)
			return refuse(
				refusal, "cannot lock the %s %s: %s", what, dir, strerror(-fd));
		error = lock_patiently(fd, what, dir);
		if (error == -EWOULDBLOCK)
			return refuse_busy(fd, what, dir, refusal);
		if (error)
			return refuse(
				refusal, "cannot lock the %s %s: %s", what, dir, strerror(-error));
		if (!is_still_there(fd, dir))
			continue;
		error = write_record(fd, getpid(), mountpoint);
		if (error)
			return refuse(refusal, "cannot write in the %s %s: %s", what, dir,
				strerror(-error));
		lock->fd = STEAL_FD(fd);
		return 0;
	}
}

void datalock_note(const struct datalock *lock, const char *mountpoint)
{
	if (lock->fd >= 0)
		write_record(lock->fd, getpid(), mountpoint);
}

void datalock_end(const struct datalock *lock, const char *mountpoint)
{
	if (lock->fd >= 0)
		write_record(lock->fd, 0, mountpoint);
}

void datalock_drop(struct datalock *lock)
{
	if (lock->fd < 0)
		return;
	/* If the record stays, the next start waits a moment longer, no more. */
	(void)!ftruncate(lock->fd, 0);
	close(STEAL_FD(lock->fd));
}

/* Whether somebody else holds the lock. If it is free we take it, and drop it at once with the
 * descriptor. A process that really wants it meanwhile waits for that: lock_patiently(), and
 * etcd. */
static bool is_locked(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

bool datalock_holder(const char *dir, struct datalock_record *ret)
{
	CLEANUP(fd) int fd = file_open_in(dir, DATALOCK_FILE, O_RDWR);

	if (fd < 0 || !is_locked(fd))
		return false;
	read_record(fd, ret);
	return ret->pid;
}

bool datalock_is_held(const char *dir)
{
	CLEANUP(fd) int fd = file_open_in(dir, DATALOCK_FILE, O_RDWR);

	return fd >= 0 && is_locked(fd);
}

bool datalock_is_going(const char *dir, struct datalock_record *ret)
{
	CLEANUP(fd) int fd = file_open_in(dir, DATALOCK_FILE, O_RDWR);
	bool locked;

	*ret = (struct datalock_record){0};
	if (fd < 0)
		return false;
	locked = is_locked(fd);
	read_record(fd, ret);
	return ret->mountpoint[0] && (!locked || !ret->pid);
}

bool datalock_etcd_runs(const char *data_dir)
{
	CLEANUP(fd) int fd = file_open_in(data_dir, "member/snap/db", O_RDONLY);

	return fd >= 0 && is_locked(fd);
}
