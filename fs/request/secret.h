/* Reports files that their maker has left closed to others, although others may read them. */
/*
 * Owner:   the mount.
 * Threads: secret_released() FUSE thread; the rest RPC thread.
 *
 * While a file is being made a mode that hides it is accepted (permissions.h), because its maker
 * may widen the mode when the file is complete, which is after the close. So at the close it is too
 * early to refuse anything. If a timeout later the file still exists, its mode was not widened, and
 * nobody has asked for the mode that it really has, that is logged: at most one line a minute, with
 * how many such files there were.
 */
#pragma once

#include "fs/request/op.h"

#include <stdint.h>

/* The caller sets the fields up to `mirror`. */
struct secrets {
	struct requests *requests;
	struct mirror *mirror;
	bool ending;
	struct op_list closed; /* wait for their judgement */
	int64_t told_ms;       /* when the last line was logged; 0: none was */
	unsigned untold;       /* files since then */
	struct buf last;       /* the key of the last of these files */
};

void secrets_init(struct secrets *secrets);

/* The mount ends: judges all files now, and logs those not reported yet. */
void secrets_end(struct secrets *secrets);
void secrets_fini(struct secrets *secrets);

/* The file @id, which was made by its open, has been closed and is about to be released. */
void secret_released(struct secrets *secrets, uint64_t id);
