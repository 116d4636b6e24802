/* What a filesystem process that dies leaves to its successor: the mount's /dev/fuse and INIT. */
/*
 * Owner:   the filesystem (filesystem.h); embedded.
 * Threads: one.
 * Why:     as long as we hold the device the connection lives on, and callers wait for a successor.
 *          So whoever has no successor in mind drops it.
 */
#pragma once

#include "fs/api/protocol.h"
#include "supervisor/mount/mounted.h"

#include <stdbool.h>

struct handover {
	struct fs_inheritance inheritance; /* init.length 0: nothing is held */
	bool works;			   /* the kernel can pass a mount on */
	bool explained;			   /* that it cannot */
};

void handover_init(struct handover *handover);

/* Holds what a process that has mounted reports. @device is ours from now on. */
void handover_hold(struct handover *handover, int device, const struct fs_init *init);
void handover_drop(struct handover *handover);

/* Whether a process that is started now can go on with the mount that the last one has served. */
bool handover_is_possible(const struct handover *handover, const struct mounted *mounted);

/* What such a process gets. */
void handover_next(
	struct handover *handover, const struct mounted *mounted, struct fs_inheritance *ret);

/* Logs once that the kernel is too old, if it is. */
void handover_explain(struct handover *handover);
