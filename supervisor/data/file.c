#include "supervisor/data/file.h"

#include "fs/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int file_open(const char *path, int flags, struct stat *ret)
{
	CLEANUP(fd)
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);

	if (fd < 0 || fstat(fd, ret) < 0)
		return -errno;
	return S_ISREG(ret->st_mode) ? STEAL_FD(fd) : -EPERM;
}
