/* Opens small files of ours, in directories where others may have put something else, and looks at
 * those of the user. */
/*
 * Owner:   the descriptor is the caller's.
 * Threads: any.
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

/* Opens a regular file: follows no symbolic link, does not block (at a FIFO), changes no content.
 * @flags are O_RDONLY, O_WRONLY, O_RDWR, and O_CREAT, which makes it 0600. *ret has its stat, with
 * the owner. Returns the descriptor, or -errno; -EPERM: it is no regular file. */
int file_open(const char *path, int flags, struct stat *ret);

/* The same for the file @name in @dir. */
int file_open_in(const char *dir, const char *name, int flags);
/* Whether @dir has anything of that name. */
bool file_is_in(const char *dir, const char *name);
/* Whether @path, links followed, is a regular file that we can read. Returns 0 or -errno; -EPERM:
 * it is no regular file. */
int file_check(const char *path);
/* A file that does not exist is fine. */
void file_remove_in(const char *dir, const char *name);
