/* Opens small files of ours, in directories where somebody else may have put something else. */
/*
 * Owner:   the descriptor is the caller's.
 * Threads: any.
 */
#pragma once

#include <sys/stat.h>

/* A regular file, by no symbolic link, without waiting for anybody (at a FIFO) and without changing
 * what is there: @flags are O_RDONLY, O_WRONLY, O_RDWR, and O_CREAT, which makes it 0600. What it
 * is, and whose, is in *ret. The descriptor, or -errno; -EPERM: it is no regular file. */
int file_open(const char *path, int flags, struct stat *ret);
