/* Replaces the filesystem process of an older program by one of ours, under the mount. */
/*
 * Owner:   the filesystem (filesystem.h), of which this is a part.
 * Threads: one.
 *
 * The old process answers what it has taken, and ends without unmounting; if it is too old to know
 * that, the signal kills it. Then all is as when a process dies (filesystem_mount.h).
 */
#pragma once

#include "supervisor/mount/filesystem.h"

void filesystem_replace_init(struct filesystem *filesystem);

/* In place of filesystem_start(): goes on with @child, which serves the mount that @inheritance is
 * about. */
void filesystem_take(struct filesystem *filesystem, const struct child *child, int control,
	const struct fs_inheritance *inheritance);

/* Replaces that process, if it is not replaced yet. */
void filesystem_replace(struct filesystem *filesystem);

/* The process has ended, or another begins: whether that was to be. */
bool filesystem_is_replaced(struct filesystem *filesystem);
