/* Checks the directory to mount on, and what an earlier run has left there. */
/*
 * Owner:   the result is the caller's.
 * Threads: one. A short-lived child does everything that touches the directory, because a mount
 *          that hangs would block the supervisor.
 */
#pragma once

#include "supervisor/config/refusal.h"

#include <limits.h>
#include <stdbool.h>

enum mountpoint_state {
	MOUNTPOINT_FREE,    /* an empty directory with nothing mounted on it, or a trigger */
	MOUNTPOINT_MOUNTED, /* an etcdfs is mounted and answers, or does not let us look */
	MOUNTPOINT_DEAD,    /* an etcdfs is mounted whose process is gone */
};

/* Returns 0 with the state and the resolved path, or REFUSED: it cannot be used. */
int mountpoint_check(const char *path, enum mountpoint_state *ret_state, char ret_path[PATH_MAX],
	struct refusal *refusal);

/* Takes the dead etcdfs on the resolved @path off. Returns 0 or REFUSED. */
int mountpoint_clear(const char *path, struct refusal *refusal);

/* Waits at most @timeout_ms until the etcdfs there is gone or dead; then as mountpoint_check(). */
int mountpoint_wait(const char *path, int timeout_ms, enum mountpoint_state *ret_state,
	struct refusal *refusal);
