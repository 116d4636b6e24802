/* What a lost lock does to the open files: those that were open at the loss are of no use. */
/*
 * RPC thread only.
 *
 * Of a file's lock these are all open files of that file. Of a directory's lock they are the files
 * below it that are open to write; who only reads goes on. A file that is opened later reads, and
 * is refused by the fence when it writes (fs/request/fence.h).
 */
#pragma once

#include "fs/file/open_set.h"
#include "fs/mirror/mirror.h"
#include "fs/request/fence.h"

struct losses {
	struct open_set *files; /* handles */
	struct mirror *mirror;
	struct fence *fence;
};

/* Marks the lock as lost (fence_lose()), or in doubt (fence_doubt()), and the open files. */
void loss_begin(struct losses *losses, struct fenced *lock);
void loss_doubt(struct losses *losses, struct fenced *lock);

/* The owner has given the lock up, whether or not it was lost (fence_end()): the open files can be
 * used again, if no other lost lock concerns them. NULL: nothing. */
void loss_end(struct losses *losses, struct fenced *lock);

/* Some locks are not in doubt any more: nor are the open files, but for those of the others. */
void loss_trust(struct losses *losses);

/* Whether @id may be opened to write: 0, or -EIO. */
int loss_check(const struct losses *losses, uint64_t id);
