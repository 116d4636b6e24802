/* Which locks the owners of a mount have, in a file in memory that outlives this process. */
/*
 * Owner:   the mount. The supervisor has made the file, and gives it to each process that goes on
 *          with the mount; for a new mount it is empty.
 * Threads: RPC thread only.
 *
 * An entry is there from before its owner is told of the lock until the owner has given it up. So
 * whenever the process dies, its successor knows whose locks are lost (orphans.h).
 */
#pragma once

#include "fs/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct held {
	int file;      /* 0: there is none, and nothing is kept */
	uint8_t *used; /* for each slot: whether it is part of an entry */
	size_t n;
};

/* An open file, as the kernel names it in its requests. */
struct held_file {
	uint64_t node, file;
};

struct held_lock {
	struct held_file file; /* through which it was locked last */
	uint64_t owner;
	unsigned kind; /* enum lock_kind */
	/* What is locked, as struct fence_place has it. */
	bool below;
	struct bytes name;
};

#define HELD_NONE SIZE_MAX /* not a slot */

void held_init(struct held *held, int file);
void held_fini(struct held *held);

/* Adds an entry. 0, or -errno: nothing has changed. */
int held_add(struct held *held, const struct held_lock *lock, size_t *ret_slot);

/* Its owner has locked more of it, through another open file perhaps. */
void held_set_file(struct held *held, size_t slot, struct held_file file);

/* HELD_NONE is fine. */
void held_remove(struct held *held, size_t slot);

/* Calls see() with each entry that is there when a process begins; the bytes of its name are valid
 * meanwhile. 0, or the first error: of see(), or -ENOMEM. */
typedef int held_see_fn(void *arg, size_t slot, const struct held_lock *lock);
int held_take_over(struct held *held, held_see_fn *see, void *arg);
