/* Takes a mount off, for root and for who needs fusermount3 for it. */
/*
 * Threads: any that may wait some seconds: the helper is a process.
 */
#pragma once

#include <stdint.h>

/* Takes the topmost mount at @path off if it is an etcdfs, dead or alive: ends its connection, so
 * that nobody hangs in it, and unmounts it lazily. With a @device_minor that is not 0 only the
 * mount that has it. Nothing there is fine. 0, or -errno of the unmount. */
int unmount_etcdfs(const char *path, uint32_t device_minor);

/* The same for the whole mount (mountinfo_find_whole()), wherever it is by now; what lies under
 * another filesystem stays, since only that could be taken off. */
int unmount_whole(uint32_t device_minor, int id);
