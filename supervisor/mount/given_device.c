#include "supervisor/mount/given_device.h"

#include "fs/base/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define FUSE_DEVICE makedev(10, 229)

static bool is_fuse(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == FUSE_DEVICE;
}

static int parse(const char *number, int *ret)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(number, &end, 10);
	if (errno || end == number || *end || value < 3 || value > INT_MAX)
		return -EINVAL;
	*ret = (int)value;
	return 0;
}

int given_device_take(const char *number, const char *path, char ret_path[PATH_MAX], int *ret_fd,
	struct refusal *refusal)
{
	struct mountinfo info;
	int fd;

	if (parse(number, &fd) < 0 || !is_fuse(fd))
		return refuse(
			refusal, "--fuse-fd %s: there is no open /dev/fuse of this number", number);
	if (!realpath(path, ret_path))
		return refuse(refusal, "mountpoint %s: %s", path, strerror(errno));
	if (!mountinfo_find(ret_path, &info) || strcmp(info.type, MOUNTINFO_ETCDFS))
		return refuse(refusal,
			"mountpoint %s: nothing of the type fuse.etcdfs is mounted there, as "
			"--fuse-fd wants it",
			path);
	*ret_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (*ret_fd < 0)
		return refuse(refusal, "--fuse-fd %s: %s", number, strerror(errno));
	close(fd);
	return 0;
}
