#include "supervisor/data/file.h"

#include "fs/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

int file_open(const char *path, int flags, struct stat *ret)
{
	CLEANUP(fd)
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);

	if (fd < 0 || fstat(fd, ret) < 0)
		return -errno;
	return S_ISREG(ret->st_mode) ? STEAL_FD(fd) : -EPERM;
}

/* False: the path is longer than the kernel accepts. */
static bool join(const char *dir, const char *name, char ret[PATH_MAX])
{
	return snprintf(ret, PATH_MAX, "%s/%s", dir, name) < PATH_MAX;
}

int file_open_in(const char *dir, const char *name, int flags)
{
	char path[PATH_MAX];
	struct stat st;

	return join(dir, name, path) ? file_open(path, flags, &st) : -ENAMETOOLONG;
}

bool file_is_in(const char *dir, const char *name)
{
	char path[PATH_MAX];

	return join(dir, name, path) && access(path, F_OK) == 0;
}

int file_check(const char *path)
{
	CLEANUP(fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? 0 : -EPERM;
}

void file_remove_in(const char *dir, const char *name)
{
	char path[PATH_MAX];

	if (join(dir, name, path))
		unlink(path);
}
