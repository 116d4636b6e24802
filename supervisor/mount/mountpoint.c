#include "supervisor/mount/mountpoint.h"

#include "fs/base/cleanup.h"
#include "fs/base/clock.h"
#include "fs/base/log.h"
#include "fs/base/mountinfo.h"
#include "fs/base/unmount.h"
#include "supervisor/process/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PROBE_MS 3000

/* The child's findings, sent through a pipe in one piece (shorter than the pipe's capacity in any
 * case). */
struct probe {
	int error; /* of realpath() or of reading the directory; 0 or errno */
	bool is_empty;
	char path[PATH_MAX];
};

static int look_into(const char *path, bool *ret_empty)
{
	struct dirent *entry;
	DIR *dir = opendir(path);

	if (!dir)
		return errno;
	*ret_empty = true;
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			*ret_empty = false;
	closedir(dir);
	return 0;
}

/* A dead mount can still be named, by its parent and its own name. */
static int resolve(const char *path, char ret[PATH_MAX])
{
	CLEANUP(free) char *copy = strdup(path);
	CLEANUP(free) char *parent = NULL;
	char *slash;
	size_t length = strlen(path);

	if (!copy)
		return ENOMEM;
	while (length > 1 && copy[length - 1] == '/')
		copy[--length] = '\0';
	if (realpath(copy, ret))
		return 0;
	if (errno != ENOTCONN && errno != EACCES)
		return errno;
	slash = strrchr(copy, '/');
	if (!slash || slash == copy)
		return errno;
	*slash = '\0';
	parent = realpath(copy, NULL);
	if (!parent)
		return errno;
	return snprintf(ret, PATH_MAX, "%s/%s", parent, slash + 1) < PATH_MAX ? 0 : ENAMETOOLONG;
}

static bool is_trigger(const char *path)
{
	struct mountinfo info;

	return mountinfo_find(path, &info) && strcmp(info.type, MOUNTINFO_TRIGGER) == 0;
}

/* To open a trigger would have its automounter mount us once more. There is nothing in it. */
static void probe_child(const char *path, struct probe *probe)
{
	struct stat st;

	probe->error = resolve(path, probe->path);
	if (probe->error)
		return;
	if (stat(probe->path, &st) < 0)
		probe->error = errno;
	else if (!S_ISDIR(st.st_mode))
		probe->error = ENOTDIR;
	else if (is_trigger(probe->path))
		probe->is_empty = true;
	else
		probe->error = look_into(probe->path, &probe->is_empty);
}

/* Returns 0, -ETIMEDOUT (the mount hangs), or -errno of the probing itself. */
static int probe_run(const char *path, struct probe *ret)
{
	CLEANUP(child) struct child child = CHILD_NONE;
	struct child_end end;
	bool own_session = !mountinfo_is_automounter(path);
	int ends[2], error, got;
	struct pollfd poller = {.events = POLLIN};

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	error = child_fork(SIGKILL, own_session, ends[1], &child);
	if (!error && !child.pid) {
		struct probe probe = {0};

		probe_child(path, &probe);
		_exit(write(3, &probe, sizeof(probe)) == sizeof(probe) ? 0 : 1);
	}
	close(ends[1]);
	poller.fd = ends[0];
	if (!error && poll(&poller, 1, PROBE_MS) <= 0)
		error = -ETIMEDOUT;
	got = error ? 0 : read(ends[0], ret, sizeof(*ret));
	close(ends[0]);
	if (!error && got != sizeof(*ret))
		error = -EIO;
	/* A child that hangs in the kernel cannot be waited for; init will reap it. */
	child_signal(&child, SIGKILL);
	child_wait(&child, 1000, &end);
	return error;
}

static int refuse_probe(const char *path, int error, struct refusal *refusal)
{
	switch (error) {
	case ENOENT:
		return refuse(refusal, "mountpoint %s does not exist", path);
	case ENOTDIR:
		return refuse(refusal, "mountpoint %s is no directory", path);
	default:
		return refuse(refusal, "mountpoint %s: %s", path, strerror(error));
	}
}

static int judge_mounted(const struct mountinfo *info, const struct probe *probe,
	enum mountpoint_state *ret_state, struct refusal *refusal)
{
	bool is_dead = probe->error == ENOTCONN || probe->error == ECONNABORTED;

	if (strcmp(info->type, MOUNTINFO_ETCDFS))
		return refuse(refusal, "mountpoint %s: a filesystem of type %s is mounted there%s",
			info->mountpoint, info->type, is_dead ? ", and it is dead" : "");
	*ret_state = is_dead ? MOUNTPOINT_DEAD : MOUNTPOINT_MOUNTED;
	return 0;
}

int mountpoint_check(const char *path, enum mountpoint_state *ret_state, char ret_path[PATH_MAX],
	struct refusal *refusal)
{
	struct probe probe;
	struct mountinfo info;
	int error = probe_run(path, &probe);

	if (error == -ETIMEDOUT)
		return refuse(refusal,
			"mountpoint %s does not answer: what is mounted there hangs "
			"(umount -l ends it)",
			path);
	if (error)
		return refuse_probe(path, -error, refusal);
	if (probe.path[0] && mountinfo_find(probe.path, &info) &&
		strcmp(info.type, MOUNTINFO_TRIGGER) != 0) {
		memcpy(ret_path, probe.path, PATH_MAX);
		return judge_mounted(&info, &probe, ret_state, refusal);
	}
	if (probe.error)
		return refuse_probe(path, probe.error, refusal);
	if (!probe.is_empty)
		return refuse(refusal, "mountpoint %s is not empty", path);
	if (mountinfo_find_around(probe.path, &info) && strcmp(info.type, MOUNTINFO_ETCDFS) == 0)
		return refuse(refusal, "mountpoint %s is inside an etcdfs, the one mounted on %s",
			path, info.mountpoint);
	memcpy(ret_path, probe.path, PATH_MAX);
	*ret_state = MOUNTPOINT_FREE;
	return 0;
}

int mountpoint_clear(const char *path, struct refusal *refusal)
{
	int error;

	log_info("mountpoint %s: taking the dead mount of an earlier run off", path);
	error = unmount_etcdfs(path, 0);
	if (error)
		return refuse(refusal, "mountpoint %s: a dead etcdfs cannot be unmounted: %s", path,
			strerror(-error));
	return 0;
}

int mountpoint_wait(
	const char *path, int timeout_ms, enum mountpoint_state *ret_state, struct refusal *refusal)
{
	CLEANUP(fd) int watch = -1;
	int64_t end = clock_now_ms() + timeout_ms, left;
	char resolved[PATH_MAX];
	int error;

	for (;;) {
		error = mountpoint_check(path, ret_state, resolved, refusal);
		left = end - clock_now_ms();
		if (error || *ret_state != MOUNTPOINT_MOUNTED || left <= 0)
			return error;
		/* The kernel does not announce that a mount has died (only that it is gone), so
		 * check now and then. */
		mountinfo_wait(&watch, left < 200 ? left : 200);
	}
}
