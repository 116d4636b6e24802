/* The session with the kernel: mounts, reads requests, unmounts. */
/*
 * Threads: the FUSE thread, while no other uses the session.
 */
#pragma once

struct fs;

/* Mounts, after removing the dead mount of an earlier process if there is one. Returns 0 or
 * -errno. */
int session_mount(struct fs *fs);

/* Reads requests until the mount is gone, or until fs->end_fd or @stop_fd is readable and the
 * requests that waited by then are read. */
void session_loop(struct fs *fs, int stop_fd);

/* Unmounts, wherever the mount is by now, and frees the session. */
void session_unmount(struct fs *fs);
