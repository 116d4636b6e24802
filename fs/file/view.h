/* What a process sees of a file: its value, with the process's own unpublished edits. */
/*
 * Threads: any. Takes the lock of the open files, and each handle's under it.
 *
 * No process sees an unfinished write of another. But a program that reads its own writes through a
 * second descriptor (git's index-pack, Python's NamedTemporaryFile) relies on seeing them.
 */
#pragma once

#include "fs/file/open_set.h"
#include "fs/mirror/mirror.h"
#include "fs/tree/value.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The process that reads. It is recognised by the number of its thread, or, where the thread has
 * none in our pid namespace, by the kernel's lock owner, which stands for its table of open files.
 * Only reads and writes carry the lock owner, so such a process sees its writes, but not that it
 * has opened with O_TRUNC. */
struct handle;

struct viewer {
	pid_t pid;	/* 0: none */
	uint64_t owner; /* 0: the request has none */
};

/* The thread @pid is told the size of @value for file @id, and must then read that value. The
 * request does not say which descriptor was asked about. The first time it is taken to be the last
 * one that the thread has opened (open and fstat); after that, any one that the thread has opened;
 * if it has opened none, any one of its process. Those of them that were not read yet get @value.
 * Returns whether there are any. */
bool view_renew(struct open_set *files, uint64_t id, pid_t pid, struct value *value);

/* Applies the unpublished edits of the viewer's process to *@value, the value of file @id. Returns
 * 1: it has edits, 0: none, or -ENOMEM. */
int view_edit(struct open_set *files, uint64_t id, struct viewer viewer, struct value **value);

/* The value of file @id as the viewer's process sees it, referenced for the caller. Returns as
 * view_edit(), or -ESTALE (no such id, or dead), -EISDIR. */
int view_value(struct open_set *files, struct mirror *mirror, uint64_t id, struct viewer viewer,
	struct value **ret);

/* Gives all open files of @id that have no unpublished edits @value. */
void view_refresh(struct open_set *files, uint64_t id, struct value *value);

/* An open file of @id with unpublished edits that the viewer's process has opened; any process's,
 * if nothing is known of the viewer. NULL: there is none. RPC thread. */
struct handle *view_unpublished(struct open_set *files, uint64_t id, struct viewer viewer);

/* Whether the viewer's process has an open file of @id that publishes when it is closed: with
 * unpublished edits, or the one that has made the file. RPC thread. */
bool view_publishes(struct open_set *files, uint64_t id, struct viewer viewer);
