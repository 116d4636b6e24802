/* A FUSE connection: whether it lives, and its abort from outside the process that serves it. */
/*
 * Threads: any.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Aborts the connection of the mount with @device_minor (0: none): the kernel answers every request
 * with an error, and processes that hang in one go on. False: not possible, since
 * /sys/fs/fuse/connections is not there. */
bool connection_abort(uint32_t device_minor);

/* Whether the kernel has ended the connection of @device, an open /dev/fuse, or somebody has
 * aborted it. */
bool connection_is_over(int device);
