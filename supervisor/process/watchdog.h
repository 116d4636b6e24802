/* Notices a process that stands still: it does not read what it is told. */
/*
 * Owner:   whoever tells; embedded, {0} to begin with.
 * Threads: one.
 * Time:    is counted in looks, not by the clock: who stands still together with the process (a
 *          machine that sleeps, a machine without a moment for either) has not looked.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#define WATCHDOG_MS 500

struct watchdog {
	int unread; /* looks in a row at which something was unread */
};

/* To be called every WATCHDOG_MS. True: for @limit_ms nothing of what was sent on @socket, a UNIX
 * one, was all read, and no debugger holds @pid. */
bool watchdog_has_expired(struct watchdog *watchdog, int socket, pid_t pid, int limit_ms);
