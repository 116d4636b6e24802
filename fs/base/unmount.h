/* Unmounts an etcdfs, as root or, without that right, with fusermount3. */
/*
 * Threads: any that may wait some seconds, since fusermount3 is a process.
 */
#pragma once

#include <stdint.h>

/* If the topmost mount at @path is an etcdfs, alive or dead, aborts its connection, so that no
 * process hangs in it, and unmounts it lazily. With a @device_minor other than 0 only the mount
 * with that number is taken. No such mount is no error. 0, or -errno of the unmount. */
int unmount_etcdfs(const char *path, uint32_t device_minor);

/* The same for the mount of the whole etcdfs (mountinfo_find_whole()), wherever it was moved. A
 * mount that is covered by another stays (-EBUSY), because umount(2) would take off the covering
 * one. */
int unmount_whole(uint32_t device_minor, int id);
