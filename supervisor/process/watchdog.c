#include "supervisor/process/watchdog.h"

#include "fs/base/cleanup.h"

#include <linux/sockios.h>
#include <stdio.h>
#include <sys/ioctl.h>

CLEANUP_POINTER(FILE, fclose)

static bool is_traced(pid_t pid)
{
	CLEANUP(fclose) FILE *file = NULL;
	char line[256];
	int tracer = 0;

	snprintf(line, sizeof(line), "/proc/%d/status", (int)pid);
	file = fopen(line, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "TracerPid: %d", &tracer) == 1)
			break;
	return tracer;
}

bool watchdog_is_silent(const struct watchdog *watchdog, pid_t pid, int64_t limit_ms)
{
	return (int64_t)watchdog->unread * WATCHDOG_MS >= limit_ms && !is_traced(pid);
}

bool watchdog_has_expired(struct watchdog *watchdog, int socket, pid_t pid, int limit_ms)
{
	int unread = 0;

	if (ioctl(socket, SIOCOUTQ, &unread) < 0 || !unread)
		watchdog->unread = 0;
	else
		watchdog->unread++;
	if ((int64_t)watchdog->unread * WATCHDOG_MS < limit_ms)
		return false;
	watchdog->unread = 0;
	return !is_traced(pid);
}
