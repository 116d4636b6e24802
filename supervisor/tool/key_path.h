/* etcdfs --key and --path: the key of a path on a mount, and the path of a key. */
/*
 * Owner:   main(); a process of its own, beside the etcdfs whose mount it is. For any user who may
 *          enter the mount.
 * Threads: one.
 *
 * The mapping is pure, so a path need not exist. The mount is asked only for its prefix, and for
 * --path whether a directory has the name, because then the value has a name inside the directory.
 */
#pragma once

#include "supervisor/config/options.h"

/* Writes the bytes of the key or path, and a newline, to the standard output. Returns 0, -ENOMEM or
 * REFUSED. */
int key_path_write_key(const struct options *options, struct refusal *refusal);
int key_path_write_path(const struct options *options, struct refusal *refusal);
