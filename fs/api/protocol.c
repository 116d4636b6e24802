#include "fs/api/protocol.h"

#include "fs/api/packet.h"
#include "fs/base/log.h"

#include <linux/sockios.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static const char *const role_names[FS_ROLES_] = {
	[FS_ROLE_OFFLINE] = "offline",
	[FS_ROLE_CANDIDATE] = "candidate",
	[FS_ROLE_FOLLOWER] = "follower",
	[FS_ROLE_LEADER] = "leader",
	[FS_ROLE_LEARNER] = "learner",
};

const char *fs_role_name(enum fs_role role)
{
	return role_names[role];
}

bool fs_inheritance_is_sound(const struct fs_inheritance *inheritance)
{
	return inheritance->init.length <= sizeof(inheritance->init.bytes) &&
	       inheritance->pollers.n <= FS_POLLERS_MAX;
}

static void report_send(int socket, const struct fs_report *report, int fd)
{
	int r = packet_send(socket, report, sizeof(*report), fd, 0);

	if (r < 0)
		log_debug("control socket: %s", strerror(-r));
}

void fs_report_send(int socket, const struct fs_report *report)
{
	report_send(socket, report, -1);
}

static bool is_half_full(int socket)
{
	int used = 0, size = 0;
	socklen_t length = sizeof(size);

	return ioctl(socket, SIOCOUTQ, &used) == 0 &&
	       getsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, &length) == 0 && used > size / 2;
}

bool fs_report_try(int socket, const struct fs_report *report)
{
	if (is_half_full(socket))
		return false;
	fs_report_send(socket, report);
	return true;
}

void fs_report_device(int socket, int device, const struct fs_init *init)
{
	struct fs_report report = {.kind = FS_REPORT_DEVICE, .init = *init};

	report_send(socket, &report, device);
}

void fs_report_failed(int socket, const char *format, ...)
{
	struct fs_report report = {.kind = FS_REPORT_FAILED};
	va_list args;

	va_start(args, format);
	vsnprintf(report.text, sizeof(report.text), format, args);
	va_end(args);
	fs_report_send(socket, &report);
}
