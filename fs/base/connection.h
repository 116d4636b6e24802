/* A FUSE connection, seen from outside: what is to be done when it hangs. */
/*
 * Threads: any.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Ends it: every request is answered with an error, and who hangs in the kernel goes on.
 * @device_minor is that of the mount, 0 for none. False: it cannot be done, since
 * /sys/fs/fuse/connections is not there. */
bool connection_abort(uint32_t device_minor);
