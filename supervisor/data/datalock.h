/* A lock on a directory that only one etcdfs may use, which says who holds it. */
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
	int fd; /* -1 while not held */
};

/* Who holds the lock, or held it and was killed. */
struct datalock_record {
	pid_t pid; /* 0: nobody, or it ends */
	char mountpoint[PATH_MAX];
};

/* Takes the lock and writes down who we are; @what is the directory in the user's words. Waits for
 * a holder that ends, at most ten seconds. 0, -ENOENT: there is no such directory (any more), or
 * REFUSED: the line says who has it. */
int datalock_take(struct datalock *lock, const char *what, const char *dir, const char *mountpoint,
	struct refusal *refusal);

/* Writes down another mountpoint; what cannot be written stays. One that is not held is fine. */
void datalock_note(const struct datalock *lock, const char *mountpoint);

/* The holder begins to end: says so in the record, so that who wants the lock waits for it. */
void datalock_end(const struct datalock *lock, const char *mountpoint);

/* Clears the record and drops the lock: the orderly end. */
void datalock_drop(struct datalock *lock);

/* True: somebody holds the lock, and says who it is. Keeps nothing. */
bool datalock_holder(const char *dir, struct datalock_record *ret);

/* Whether somebody holds the lock, ending or not. Keeps nothing. */
bool datalock_is_held(const char *dir);

/* True: there is a record of a holder that ends, or is gone without an orderly end. Keeps nothing.
 */
bool datalock_is_going(const char *dir, struct datalock_record *ret);

/* Whether etcd's own lock on its database in @data_dir is held by some process. */
bool datalock_etcd_runs(const char *data_dir);
