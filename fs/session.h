/* The session with the kernel: the mount is made, its requests are read, it is taken off. */
/*
 * Threads: that of the mount, while no other uses the session.
 */
#pragma once

struct fs;

/* Mounts, after taking off the dead mount of an earlier process, if there is one. 0 or -errno. */
int session_mount(struct fs *fs);

/* Reads requests until the mount is gone, or fs->end_fd or @stop_fd is readable. */
void session_loop(struct fs *fs, int stop_fd);

/* Takes the mount off, where it is by now, and frees the session. */
void session_unmount(struct fs *fs);
