/* `etcdfs --check FILE`: says whether a start by this configuration would be refused, and starts
 * nothing. */
/*
 * Owner:   main(), in place of a supervisor.
 * Threads: one. Writes no file, makes no directory, takes no lock; runs etcd only for its version.
 */
#pragma once

#include "supervisor/config/options.h"

/* Writes a line for each problem to stderr, "FILE:LINE: TEXT", or "FILE: TEXT" where no line is at
 * fault. Returns the exit status: 0 if there is none, else 1. */
int check_run(const struct options *options);
