#include "fs/base/connection.h"

#include "fs/base/cleanup.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

bool connection_abort(uint32_t device_minor)
{
	char path[80];
	CLEANUP(fd) int fd = -1;

	if (!device_minor)
		return false;
	snprintf(path, sizeof(path), "/sys/fs/fuse/connections/%u/abort", device_minor);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, "1", 1) == 1;
}

bool connection_is_over(int device)
{
	struct pollfd poller = {.fd = device};

	return poll(&poller, 1, 0) == 1 && poller.revents & POLLERR;
}
