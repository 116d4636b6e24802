/* A lock on a directory that only one etcdfs may use; it records who holds it. */
/*
 * Owner:   the supervisor. The kernel drops the lock when the descriptor is closed, however the
 *          process ends; no child may inherit it.
 * Threads: none of its own.
 */
#pragma once

#include "supervisor/config/refusal.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#define DATALOCK_FILE "etcdfs.lock" /* in the directory; etcd leaves it alone */

struct datalock {
	int fd; /* -1: not held */
};

/* The holder of the lock; or a holder that was killed. */
struct datalock_record {
	pid_t pid; /* 0: there is none, or it is ending */
	char mountpoint[PATH_MAX];
};

/* Takes the lock and records us; @what is what the user calls the directory. Waits at most ten
 * seconds for a holder that is ending. Returns 0; -ENOENT: there is no such directory (any more);
 * or REFUSED: the refusal names the holder. */
int datalock_take(struct datalock *lock, const char *what, const char *dir, const char *mountpoint,
	struct refusal *refusal);

/* Records another mountpoint; an error keeps the old one. Does nothing if the lock is not held. */
void datalock_note(const struct datalock *lock, const char *mountpoint);

/* We begin to end: records that, so that an etcdfs that wants the lock waits for it. */
void datalock_end(const struct datalock *lock, const char *mountpoint);

/* The orderly end: clears the record and drops the lock. */
void datalock_drop(struct datalock *lock);

/* True: somebody holds the lock, and the record in *ret names it. Keeps nothing. */
bool datalock_holder(const char *dir, struct datalock_record *ret);

/* Whether somebody holds the lock, ending or not. Keeps nothing. */
bool datalock_is_held(const char *dir);

/* Whether there is a record of a holder that is ending, or that has ended without clearing it.
 * Keeps nothing. */
bool datalock_is_going(const char *dir, struct datalock_record *ret);

/* Whether a process holds etcd's own lock on its database in @data_dir. */
bool datalock_etcd_runs(const char *data_dir);
