/* What a process sees of a file: its value, and what the process itself has written and not yet
 * published. */
/*
 * Threads: any. Takes the lock of the open files, and each handle's under it.
 *
 * Nobody sees half of another's writes. But a program that reads its own through a second
 * descriptor (git's index-pack, Python's NamedTemporaryFile) relies on them being there.
 */
#pragma once

#include "fs/value.h"

#include <sys/types.h>

struct fs;

/* The thread @pid is told the size of @value as that of file @id, so it is to read what it was
 * told: the descriptors that it has opened and not read from, or else those of its process, read
 * @value first. Whether there are any. */
bool view_renew(struct fs *fs, uint64_t id, pid_t pid, struct value *value);

/* The value of file @id for the process that the thread @pid is of, referenced for the caller. 0,
 * -ESTALE (no such id, or dead), -EISDIR, -ENOMEM. */
int view_value(struct fs *fs, uint64_t id, pid_t pid, struct value **ret);
