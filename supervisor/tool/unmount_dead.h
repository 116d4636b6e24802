/* etcdfs --unmount-dead: clears a mountpoint after an etcdfs that was killed. */
/*
 * Owner:   main(); a process of its own, after the etcdfs whose mount it was.
 * Threads: one; waits a moment for an etcdfs that may be about to end.
 *
 * The next start on the mountpoint does the same. This is for a service that is not started again:
 * until somebody unmounts, whoever comes to the mountpoint gets ENOTCONN.
 */
#pragma once

#include "supervisor/config/options.h"

/* Returns 0 if no dead etcdfs is there (any more), -ENOMEM, or REFUSED. */
int unmount_dead_run(const struct options *options, struct refusal *refusal);
