#include "supervisor/service.h"

#include "fs/base/cleanup.h"
#include "fs/base/log.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS",
	"LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDNAMES", "FDSTORE"};

#define N_NAMES (sizeof(names) / sizeof(names[0]))

static const char *taken[N_NAMES]; /* the variables' values; NULL: not set */

/* The values stay where the kernel has put them, so that pointers to them remain valid. */
void service_take(void)
{
	size_t i;

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

void service_ready(void)
{
	static const char words[] = "READY=1";
	const char *name = taken[0]; /* NOTIFY_SOCKET */
	CLEANUP(fd) int fd = -1;
	struct sockaddr_un address;
	socklen_t length;

	if (!name)
		return;
	length = make_address(name, &address);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (!length || fd < 0 ||
		sendto(fd, words, strlen(words), MSG_NOSIGNAL, (struct sockaddr *)&address,
			length) < 0)
		log_warning("the service manager is not told that all is ready: NOTIFY_SOCKET: %s",
			length ? strerror(errno) : "no address");
}
