/* What a process sees of a file: its value, and what the process itself has written and not yet
 * published. */
/*
 * Threads: any. Takes the lock of the open files, and each handle's under it.
 *
 * Nobody sees half of another's writes. But a program that reads its own through a second
 * descriptor (git's index-pack, Python's NamedTemporaryFile) relies on them being there.
 */
#pragma once

#include "fs/file/open_set.h"
#include "fs/mirror/mirror.h"
#include "fs/tree/value.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Who looks. A process is known by the number of its thread, and where that has none in our pid
 * namespace, by what the kernel calls the owner of its locks: its table of open files. That comes
 * with reads and writes alone, so such a process sees what it has written, but not that it has
 * opened with O_TRUNC. */
struct viewer {
	pid_t pid;	/* 0: it has none */
	uint64_t owner; /* 0: the request does not say */
};

/* The thread @pid is told the size of @value as that of file @id, and is to read what it was told.
 * By which descriptor it has asked is not known: by the last that it has opened, the first time
 * (open and fstat); after that, by any that it has opened and not read from; if it has opened none,
 * by any of its process. These read @value first. Whether there are any. */
bool view_renew(struct open_set *files, uint64_t id, pid_t pid, struct value *value);

/* Lays what the viewer's process has written and not published on *@value, that of file @id. 1:
 * there is something, 0, or -ENOMEM. */
int view_edit(struct open_set *files, uint64_t id, struct viewer viewer, struct value **value);

/* The value of file @id for the viewer's process, referenced for the caller: as view_edit(), or
 * -ESTALE (no such id, or dead), -EISDIR. */
int view_value(struct open_set *files, struct mirror *mirror, uint64_t id, struct viewer viewer,
	struct value **ret);
