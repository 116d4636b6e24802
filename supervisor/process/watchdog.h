/* Notices a process that hangs: it does not read what is sent to it. */
/*
 * Owner:   the sender; embedded, {0} at first.
 * Threads: one.
 * Time:    counted in checks, not by the clock: when we stand still together with the process (the
 *          machine sleeps, or is too busy for both), no check is made.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define WATCHDOG_MS 500

struct watchdog {
	int unread; /* checks in a row that have found something unread */
};

/* Call it every WATCHDOG_MS. Returns true if for @limit_ms there was always something unread of
 * what was sent on @socket, a UNIX socket, and no debugger holds @pid. */
bool watchdog_has_expired(struct watchdog *watchdog, int socket, pid_t pid, int limit_ms);

/* Whether the last checks say the same of @limit_ms, or of a longer time. */
bool watchdog_is_silent(const struct watchdog *watchdog, pid_t pid, int64_t limit_ms);
