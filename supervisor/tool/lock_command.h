/* etcdfs --lock FILE -- COMMAND: runs a command while it holds the lock of a file. */
/*
 * Owner:   main(); a process of its own, beside the etcdfs whose mount FILE is on.
 * Threads: one; waits for the lock, and then for the end of the command and for the lock's loss.
 *
 * The lock is one of flock(2), and its descriptor is this process's alone: what the command leaves
 * behind does not hold it. When the lock is lost or in doubt, which poll(2) tells, the command
 * is ended.
 */
#pragma once

#include "supervisor/config/options.h"

#define LOCK_COMMAND_LOST 75 /* the status when the lock was lost; EX_TEMPFAIL of <sysexits.h> */

/* Returns 0 and the exit status, -ENOMEM, or REFUSED: the command was not run. */
int lock_command_run(const struct options *options, int *ret_status, struct refusal *refusal);
