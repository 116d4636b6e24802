/* One mount of etcd's keyspace, run in a process of its own. */
/*
 * The supervisor executes the program again (fs_process()), and sends the configuration over a
 * SOCK_SEQPACKET pair, over which both talk from then on (fs/api/protocol.h). fs_run() returns when
 * the mount is gone. The end of the socket means that the other side is gone: the filesystem then
 * unmounts and ends.
 */
#pragma once

#include "fs/api/config.h"
#include "fs/base/buf.h"

/* The filesystem process: the program executed with FS_PROCESS as its first argument (the others
 * are only for people who list processes), and the socket as its standard input. Returns the exit
 * status, that of fs_run(). */
int fs_process(void);

/* SIGUSR2 is for a process that is to be replaced: it answers what it has taken, and ends without
 * unmounting. */
/* Mounts and serves until the mount is unmounted, until SIGTERM, SIGINT or SIGHUP (all end it
 * in the same way), or until the control socket ends. The process must have no other thread
 * when it is called. Returns 0: ended as asked, nothing is mounted any more. 1: failed
 * (reported and logged). */
int fs_run(const struct fs_config *config);

/* The mapping of names (fs/tree/key.h) between the part of a key after the prefix and the path
 * below the mount. Appends; returns 0 or -errno as there. -EINVAL for a key of etcdfs' own. */
int fs_path_of_key(struct bytes key, struct buf *ret_path);
int fs_key_of_path(struct bytes path, struct buf *ret_key);

/* The notifier, the process that causes inotify events: fs_run() executes the program again
 * with FS_NOTIFIER as its first argument; @argv are the arguments after that. Returns the exit
 * status. */
int fs_notifier(int argc, char **argv);
