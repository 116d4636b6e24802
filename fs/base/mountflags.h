/* Changes the flags of a mount that is there, and opens one that is read-only for writing. */
/*
 * Owner:   a descriptor that is returned is the caller's.
 * Threads: any. No request reaches the filesystem.
 * Needs:   root, or the root of the user namespace that the mount namespace belongs to.
 */
#pragma once

/* Gives the mount on @path the flags in @set, and takes those in @clear: MS_RDONLY, MS_NOEXEC and
 * MS_SYNCHRONOUS. Returns 0 or -errno: -EBUSY if it is to be read-only, and a file in it is open
 * for writing. */
int mountflags_change(const char *path, unsigned long set, unsigned long clear);

/* Opens the root of the mount that the descriptor @root is on, through a mount of its own that is
 * writable and ends with the descriptor. The descriptor or -errno. */
int mountflags_open_writable(int root);
