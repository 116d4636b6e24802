/* etcdfs --leave: ends a mount, and the membership of its etcd in the cluster. */
/*
 * Owner:   main(); a process of its own, beside the etcdfs whose mount it is.
 * Threads: one; waits for etcd, and for the other etcdfs to end.
 *
 * It asks the member itself, through its private socket, to remove itself. etcd then ends, and the
 * other etcdfs finds out that the member was removed (removal.h), marks the data directory, and
 * ends as well; the same happens when somebody else removes the member. Only a file in the run
 * directory (PATHS_LEAVING) says that the removal was wanted.
 */
#pragma once

#include "supervisor/config/options.h"

/* Returns 0 when everything has ended, -ENOMEM, or REFUSED: the mount goes on. */
int leave_run(const struct options *options, struct refusal *refusal);
