/* A filesystem process that has died, but is held by the kernel or a debugger, and is put aside. */
/*
 * Owner:   the filesystem (filesystem.h); embedded. There is one at most.
 * Threads: one.
 * Why:     its control socket has ended, so nothing of it is left but the invalidation thread
 *          (fs/events/invalidate.h), which is killed, and does no more than the notification under
 *          way: the kernel forgets one name, at worst one that the successor has to look up again.
 *
 * The thread has /dev/fuse open, so as long as it is there the connection does not end of itself.
 */
#pragma once

#include "supervisor/process/child_exit.h"

struct lingering {
	struct child child; /* pid 0: there is none */
	struct child_exit exit;
};

void lingering_init(struct lingering *lingering, struct loop *loop);
void lingering_fini(struct lingering *lingering);

bool lingering_is_there(const struct lingering *lingering);

/* Moves @child to here, until it can be reaped; then it is logged how it has ended. */
void lingering_take(struct lingering *lingering, struct child *child);

/* The mount has ended. Moves one that is still there to @child, which is none, for whoever waits
 * for its end. False: there is none. */
bool lingering_give_back(struct lingering *lingering, struct child *child);
