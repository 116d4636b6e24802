/* Small files of ours, in directories where somebody else may have put something else. */
/*
 * Owner:   the descriptor is the caller's.
 * Threads: any.
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

/* A regular file, by no symbolic link, without waiting for anybody (at a FIFO) and without changing
 * what is there: @flags are O_RDONLY, O_WRONLY, O_RDWR, and O_CREAT, which makes it 0600. What it
 * is, and whose, is in *ret. The descriptor, or -errno; -EPERM: it is no regular file. */
int file_open(const char *path, int flags, struct stat *ret);

/* The same for the file @name in @dir. */
int file_open_in(const char *dir, const char *name, int flags);
/* Whether @dir has anything of that name. */
bool file_is_in(const char *dir, const char *name);
/* Nothing there is fine. */
void file_remove_in(const char *dir, const char *name);
