/* etcdfs --leave: ends a mount, and the membership of its etcd in the cluster. */
/*
 * Owner:   main(); a process of its own, beside the etcdfs whose mount it is.
 * Threads: one; waits for etcd, and for the other etcdfs to end.
 *
 * It asks the member itself, by its private socket, to remove itself. etcd ends then, and the other
 * etcdfs sees from its last words why, marks the data directory, and ends as well: that works the
 * same way when somebody else removes the member. All that tells it that this was wanted is a file
 * in the run directory.
 */
#pragma once

#include "supervisor/config/options.h"

/* 0 when all of it has ended, -ENOMEM, or REFUSED: the mount goes on. */
int leave_run(const struct options *options, struct refusal *refusal);
