#include "supervisor/mount/mount_namespace.h"

#include "fs/base/cleanup.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int mount_namespace_enter(const char *name, struct refusal *refusal)
{
	bool is_process = *name && !name[strspn(name, "0123456789")];
	CLEANUP(fd) int fd = -1;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), is_process ? "/proc/%s/ns/mnt" : "%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNS) < 0)
		return refuse(refusal, "mount namespace %s: %m", name);
	return 0;
}
