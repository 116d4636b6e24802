/* The life of one etcdfs: etcd, the filesystem and the command, from the start to the end of all.
 */
/*
 * Owner:   main().
 * Threads: one; the death signals of the children are bound to it.
 */
#pragma once

#include "supervisor/config/options.h"
#include "supervisor/process/daemon.h"
#include "supervisor/setup.h"

/* Returns when all is over, with the exit status. @umask is the user's, for the command. */
int supervisor_run(
	const struct options *options, struct setup *setup, mode_t umask, struct daemon *daemon);
