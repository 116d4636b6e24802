/* One mount of etcd's keyspace, run in a process of its own. */
/*
 * The supervisor executes the program anew (fs_process()), and sends the configuration over one
 * SOCK_SEQPACKET pair; fs_run() then returns when the mount is gone. Both talk over that pair
 * (fs/api/protocol.h). The end of the socket means that the other side is gone: the filesystem then
 * unmounts and ends.
 */
#pragma once

#include "fs/api/config.h"
#include "fs/base/buf.h"

/* The process: the program executed with FS_PROCESS as its first argument (others are for who looks
 * at the processes), and the socket as its standard input. The exit status: fs_run()'s. */
int fs_process(void);

/* Mounts and serves until the mount is unmounted, SIGTERM or SIGINT arrives (both end it the same
 * way), or the control socket ends. No thread may be running in the process when it is called.
 * 0: ended as asked, nothing is mounted any more. 1: failed (reported and logged). */
int fs_run(const struct fs_config *config);

/* The mapping of names (fs/tree/key.h): the path below the mount of what stands after the prefix in
 * a key, and back. Appended; 0 or -errno as there. */
int fs_path_of_key(struct bytes key, struct buf *ret_path);
int fs_key_of_path(struct bytes path, struct buf *ret_key);

/* The process that makes inotify events: fs_run() executes the program anew, with FS_NOTIFIER as
 * its first argument, and these behind it. The exit status. */
int fs_notifier(int argc, char **argv);
