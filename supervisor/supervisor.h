/* The life of one etcdfs, from the start to the end of etcd, the filesystem and COMMAND. */
/*
 * Owner:   main().
 * Threads: one; the kernel sends the children's death signals when that thread ends.
 */
#pragma once

#include "supervisor/config/options.h"
#include "supervisor/process/daemon.h"
#include "supervisor/setup.h"

/* Returns the exit status when everything has ended. @umask is the user's, for COMMAND and hooks.
 * @relay: what the program before us has left; NULL: this is a start. */
int supervisor_run(const struct options *options, struct setup *setup, mode_t umask,
	struct daemon *daemon, const struct relay *relay);
