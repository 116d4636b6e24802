/* What becomes of the mount when its filesystem process dies, or when somebody unmounts it. */
/*
 * Owner:   the filesystem (filesystem.h), of which this is a part.
 * Threads: one.
 *
 * In the end the mount either has another process, or is unmounted, and the connection is aborted.
 */
#pragma once

#include "supervisor/mount/filesystem.h"

void filesystem_mount_init(struct filesystem *filesystem);

/* A process reports that it serves the mount. */
void filesystem_mount_served(struct filesystem *filesystem);

/* Whether a process that is started now could go on with the mount. */
bool filesystem_mount_passes(const struct filesystem *filesystem);

/* The process is gone, and another is to go on with the mount, soon. */
void filesystem_mount_orphan(struct filesystem *filesystem);

/* No process is to go on with the mount. */
void filesystem_mount_let_go(struct filesystem *filesystem);

/* Frees the processes that wait in the mount, which is dead then. */
void filesystem_mount_abort(struct filesystem *filesystem);

/* Unmounts a dead mount, if there is one. */
void filesystem_mount_clear(struct filesystem *filesystem);
