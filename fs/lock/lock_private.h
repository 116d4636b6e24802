/* Shared by the files that implement locks. */
#pragma once

#include "fs/lock/locks.h"

/* For a waiting op: its lock has to be asked for anew. */
#define LOCK_E_AGAIN 3

/* --- lock_queue.c --- */

/* The queue of @key, or of the keys that begin with @name; the first is made if there is none, and
 * the caller is a user. 0 or -ENOMEM. */
int lock_queue_get(struct locks *locks, struct bytes key, struct lock_queue **ret);
struct lock_queue *lock_queue_find(struct locks *locks, struct bytes name);
void lock_queue_put(struct lock_queue *queue); /* one user less */

/* It has to be looked at, soon. */
void lock_queue_changed(struct lock_queue *queue);

/* A request in @queue, without a key. NULL: no memory. */
struct lock_request *lock_request_new(struct lock_queue *queue, enum lock_kind kind, uint64_t id);
void lock_request_free(struct lock_request *request); /* it has no op any more */
/* Before one becomes GRANTED, another that its owner has of the same node and kind is GOING. */
void lock_request_become(struct lock_request *request, enum lock_state state);

/* The request with that key; NULL: there is none. */
struct lock_request *lock_request_find(struct lock_queue *queue, int64_t lease, uint64_t number);

/* The first request of the node @id, or of one with a higher ID; the one that follows a request.
 * NULL: there is none. */
struct lock_request *lock_request_first(struct locks *locks, uint64_t id);
struct lock_request *lock_request_next(struct lock_request *request);

/* What the request's owner has already; whether its key is enough for what is wanted. @holder may
 * be NULL. */
struct lock_request *lock_holder_of(const struct lock_request *request);
bool lock_covers(const struct lock_request *holder, const struct lock_request *request);

/* The keys in a queue that are not of this mount's present lease. */
struct lock_others {
	int64_t first, first_exclusive; /* the lowest create_revision; INT64_MAX: there is none */
};
struct lock_others lock_others(struct lock_queue *queue);

/* Whether @request could be granted, as far as those of this mount go: those that have it, and
 * those that wait and come before. */
bool lock_fits_here(const struct lock_request *request);
/* The same without those that wait. */
bool lock_fits_holders(const struct lock_request *request);
/* Whether none of this mount excludes it, as its key is put: those that have it, and those that
 * were asked for before or have a key already. */
bool lock_is_beside(const struct lock_request *request);
/* Whether none of the others excludes it. */
bool lock_fits_others(const struct lock_request *request, const struct lock_others *others);

/* --- lock_grant.c --- */

/* Gives it to its owner; the op does not have it any more. 0, or -ENOMEM: nothing has changed. */
int lock_grant(struct lock_request *request);

/* The owner of @holder has made @request, which changes that lock. */
void lock_set_file(struct lock_request *holder, const struct lock_request *request);

/* Grants those that can be granted, and finds those whose keys are lost. */
void lock_queue_look(struct lock_queue *queue);

/* --- lock_propose.c --- */

/* Of the mutation that takes op->request. */
int lock_propose(struct op *op, struct txn *txn);

/* Whether one that waits for what the request's owner has already comes before the request: the two
 * would wait for each other for ever. An exclusive one of another mount waits for any. */
bool lock_is_deadlock(const struct lock_request *request, const struct lock_others *others);

/* --- lock_take.c --- */

/* Runs the ops in `retrying` again, and what could not be deleted, in a moment. */
void locks_retry(struct locks *locks);

/* --- locks.c --- */

/* Logs once that etcd does not permit the keys of locks. */
void locks_denied(struct locks *locks);

/* --- lock_drop.c --- */

void locks_retry_run(void *arg);

/* Whoever asked for it does not get it: its key must not stay. */
void lock_request_abandon(struct lock_request *request);
/* Its key is deleted, or was not: who waits for that goes on. */
void lock_request_gone(struct lock_request *request, int error);

/* Deletes the request's key, and frees it then. It is no owner's. */
void lock_request_go(struct lock_request *request);

/* Makes the key of op->lock's owner shared, if all that the owner has is shared. */
void lock_downgrade(struct op *op, op_fn *next);

/* The lock of a holder that has none any more, and wants no key deleted. */
void lock_request_retire(struct lock_request *holder);

/* Who waits for the request's turn looks again. */
void lock_request_idle(struct lock_request *request);

/* Adds the compare that no key of the queue was put after the mirror's revision. 0 or -ENOMEM. */
int lock_expect_unchanged(struct lock_queue *queue, struct txn *txn);

/* Puts the key of @request with its value. 0 or -ENOMEM. */
int lock_put(struct txn *txn, const struct lock_request *request, bool exclusive);
