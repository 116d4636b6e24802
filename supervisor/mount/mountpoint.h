/* The directory to mount on: what is wrong with it, and what an earlier run left on it. */
/*
 * Owner:   the result is the caller's.
 * Threads: one. Whatever touches the directory is done in a short-lived child, because a mount
 *          that hangs would take the supervisor with it.
 */
#pragma once

#include "supervisor/config/refusal.h"

#include <limits.h>
#include <stdbool.h>

enum mountpoint_state {
	MOUNTPOINT_FREE,    /* an empty directory with nothing mounted on it */
	MOUNTPOINT_MOUNTED, /* an etcdfs is there and answers, or does not let us see */
	MOUNTPOINT_DEAD,    /* an etcdfs is there whose process is gone */
};

/* 0 with the state and the resolved path, or REFUSED: nothing can be done about it. */
int mountpoint_check(const char *path, enum mountpoint_state *ret_state, char ret_path[PATH_MAX],
	struct refusal *refusal);

/* Waits until an etcdfs there is gone or dead, at most @timeout_ms; then as mountpoint_check(). */
int mountpoint_wait(const char *path, int timeout_ms, enum mountpoint_state *ret_state,
	struct refusal *refusal);
