/* etcdfs --key and --path: which key a path on a mount has, and which path a key. */
/*
 * Owner:   main(); a process of its own, beside the etcdfs whose mount it is. For any user who may
 *          enter the mount.
 * Threads: one.
 *
 * The mapping is pure, so a path need not exist. What is asked of the mount is its prefix, and for
 * --path whether a directory is there, in which the value has a name of its own.
 */
#pragma once

#include "supervisor/config/options.h"

/* Writes the bytes of the key, or of the path, and a newline to the standard output. 0, -ENOMEM or
 * REFUSED. */
int key_path_write_key(const struct options *options, struct refusal *refusal);
int key_path_write_path(const struct options *options, struct refusal *refusal);
