/* The fence: no change of what is locked here is made any more when the lock is lost. */
/*
 * Owner:   the mount. RPC thread only.
 *
 * Who else may change a file does not depend on clocks: a change of what this mount has locked is a
 * transaction that compares whether the keys of the locks are still those that were granted. So a
 * mount that stood still while its locks were given to others changes nothing when it goes on.
 *
 * Which process a change belongs to is not known, so the file is fenced and not the process: also
 * what COMMAND does in "flock FILE COMMAND". As long as a lost lock is not given up by its owner,
 * this mount changes its file only by a newer lock.
 */
#pragma once

#include "fs/base/buf.h"
#include "fs/request/txn.h"

#include <bsd/sys/tree.h>
#include <sys/queue.h>

/* What a lock is about. */
struct fence_place {
	uint64_t id;	   /* the node of the file, or of the directory */
	bool below;	   /* it is the directory: all keys that begin with @name */
	struct bytes name; /* the file's key; or what the keys below the directory begin with */
};

enum fence_state {
	FENCE_HELD,
	FENCE_DOUBTED, /* its lease was not renewed in time; it may be held all the same */
	FENCE_LOST,    /* etcd does not have its key, and its owner has not given it up */
};

/* A lock that this mount holds, or has lost. */
struct fenced {
	RB_ENTRY(fenced) by_name;
	TAILQ_ENTRY(fenced) entry;
	struct fence *fence;
	struct fence_place place;
	struct bytes lock_key;
	int64_t create_revision;
	enum fence_state state;
	bool ended;    /* its owner has given it up */
	unsigned refs; /* of its owner, and of the changes under way that it guards */
};

RB_HEAD(fenced_names, fenced);
TAILQ_HEAD(fenced_list, fenced);

struct fence {
	struct bytes prefix;	   /* of all keys of the mount; the caller's */
	struct fenced_names files; /* locks of files */
	struct fenced_list dirs;   /* locks of all that is below a directory */
	size_t n_lost;
};

/* The locks that guard a transaction; zero-initialised there are none. */
struct fence_guard {
	struct fenced **locks;
	size_t n;
};

void fence_init(struct fence *fence, struct bytes prefix);

/* This mount has been granted a lock: etcd's key @lock_key, made at @create_revision. The bytes are
 * copied. Returns NULL without memory. */
struct fenced *fence_add(struct fence *fence, const struct fence_place *place,
	struct bytes lock_key, int64_t create_revision);

/* etcd does not have the lock's key any more, although its owner has not given it up. */
void fence_lose(struct fenced *fenced);

/* The lock is in doubt from now on, or not any more. Not of one that is lost. */
void fence_doubt(struct fenced *fenced, bool doubted);

/* The owner has given up the lock, which it may have lost before. NULL: nothing. */
void fence_end(struct fenced *fenced);

/* Adds to @txn what it must compare. @guard has the locks that guard the try before of the same
 * change, and then those of this one. Returns 0, -ENOMEM, or -EIO: a lock that guards it is lost.
 */
int fence_guard(struct fence *fence, struct txn *txn, struct fence_guard *guard);

/* The change is over. */
void fence_leave(struct fence_guard *guard);

/* Whether a lock of @place is about @key. */
bool fence_place_has(const struct fence_place *place, struct bytes key);

/* The locks in @state that are not given up, one after another: the one after @at. NULL: none. */
struct fenced *fence_next_in(struct fence *fence, enum fence_state state, struct fenced *at);

/* The worst state of the locks of what is below the directory @dir. */
enum fence_state fence_state_of(struct fence *fence, uint64_t dir);

/* Whether @key may be changed, as far as is known: 0, or -EIO. */
int fence_check(struct fence *fence, struct bytes key);
