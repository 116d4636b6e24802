#include "supervisor/service.h"

#include "fs/base/cleanup.h"
#include "fs/base/log.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum {
	NOTIFY_SOCKET,
	WATCHDOG_USEC,
	WATCHDOG_PID,
};

static const char *const names[] = {[NOTIFY_SOCKET] = "NOTIFY_SOCKET",
	[WATCHDOG_USEC] = "WATCHDOG_USEC",
	[WATCHDOG_PID] = "WATCHDOG_PID",
	"LISTEN_FDS",
	"LISTEN_PID",
	"LISTEN_PIDFDID",
	"LISTEN_FDNAMES",
	"FDSTORE"};

#define N_NAMES (sizeof(names) / sizeof(names[0]))

static const char *taken[N_NAMES]; /* the variables' values; NULL: not set */
static bool is_ours;		   /* it is we who report */
static bool has_failed;		   /* which was logged */

/* The values stay where the kernel has put them, so that pointers to them remain valid. */
void service_take(bool speaks)
{
	size_t i;

	is_ours = speaks;
	for (i = 0; i < N_NAMES; i++) {
		taken[i] = getenv(names[i]);
		unsetenv(names[i]);
	}
}

int service_give(struct strv *ret)
{
	int error = 0;
	size_t i;

	for (i = 0; i < N_NAMES && !error; i++)
		if (taken[i])
			error = strv_add(ret, "%s=%s", names[i], taken[i]);
	return error;
}

bool service_listens(void)
{
	return is_ours && taken[NOTIFY_SOCKET];
}

int64_t service_watchdog_ms(void)
{
	const char *limit = taken[WATCHDOG_USEC], *pid = taken[WATCHDOG_PID];

	if (!service_listens() || !limit || (pid && atoi(pid) != getpid()))
		return 0;
	return strtoll(limit, NULL, 10) / 1000;
}

/* "/path", or "@name" for a socket without a file. Returns 0 if it is neither. */
static socklen_t make_address(const char *name, struct sockaddr_un *ret)
{
	size_t length = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || length >= sizeof(ret->sun_path))
		return 0;
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(ret->sun_path, name, length);
	if (name[0] == '@')
		ret->sun_path[0] = '\0';
	return offsetof(struct sockaddr_un, sun_path) + length;
}

/* Returns 0 or -errno. */
static int send_to(const char *name, const char *text)
{
	CLEANUP(fd) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	socklen_t length = make_address(name, &address);

	if (!length)
		return -EAFNOSUPPORT;
	if (fd < 0 || sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
			      (struct sockaddr *)&address, length) < 0)
		return -errno;
	return 0;
}

bool service_tell(const char *assignments)
{
	int error = service_listens() ? send_to(taken[NOTIFY_SOCKET], assignments) : 0;

	if (error == -EAGAIN || error == -ENOBUFS)
		return false;
	if (error && !has_failed)
		log_warning("the service manager is not told how we are: NOTIFY_SOCKET: %s",
			strerror(-error));
	has_failed = error;
	return true;
}
