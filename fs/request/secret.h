/* Files that their maker has closed to others, as the last word on their mode, and others may read.
 */
/*
 * Owner:   the mount.
 * Threads: secret_released() FUSE thread; the rest RPC thread.
 *
 * While a file is being made a mode that hides it is accepted (permissions.h): it may be widened
 * when the file is whole, which is after the close. So the close is too early to refuse anything.
 * If it has not been widened or removed a timeout later, and nobody has asked for the mode that it
 * has, that is said in the log, for which it is never too late; one line a minute, with how many
 * there were.
 */
#pragma once

#include "fs/request/op.h"

#include <stdint.h>

/* The fields up to `mirror` are the caller's. */
struct secrets {
	struct requests *requests;
	struct mirror *mirror;
	bool ending;
	struct op_list closed; /* not judged yet */
	int64_t told_ms;       /* when the last line was written; 0: none was */
	unsigned untold;       /* since then */
	struct buf last;       /* the key of the last of these */
};

void secrets_init(struct secrets *secrets);

/* The mount ends: all are judged now, and what was not told of is. */
void secrets_end(struct secrets *secrets);
void secrets_fini(struct secrets *secrets);

/* The file @id, which was made by its open, is closed, and about to be released. */
void secret_released(struct secrets *secrets, uint64_t id);
