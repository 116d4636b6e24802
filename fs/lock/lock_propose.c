/*
 * What is proposed to etcd to take a lock, and when an owner may not wait.
 *
 * Who does not wait proposes its key only if the mirror shows none that excludes it, and the
 * transaction compares that the queue is still the one that was seen. Who waits puts its key in any
 * case, and looks afterwards. Either costs one transaction if nobody else is there.
 *
 * An owner with a shared key that wants to be exclusive changes the value of that key, if it is
 * alone. Else flock(2) gives the old key up in the transaction that makes the new one. fcntl(2)
 * keeps the old one until the new one is granted; but if an earlier one in the queue waits for that
 * old key, each would wait for the other: EDEADLK.
 */
#include "fs/lock/lock_private.h"

#include <errno.h>

/* A key of the owner becomes exclusive where it is. Those of this mount that wait do not come
 * before, as they may wait for this very owner. */
static int propose_in_place(struct lock_request *holder, struct txn *txn)
{
	CLEANUP(buf) struct buf key = {0};
	int r = lock_request_key(holder, &key);

	if (r < 0)
		return r;
	txn_expect(txn, buf_bytes(&key), ETCD_COMPARE_CREATE, ETCD_COMPARE_EQUAL,
		holder->create_revision);
	r = lock_expect_unchanged(holder->queue, txn);
	return r < 0 ? r : lock_put(txn, holder, true);
}

static int propose_key(struct lock_request *request, struct txn *txn)
{
	CLEANUP(buf) struct buf key = {0};
	int r = lock_request_key(request, &key);

	if (r == 0 && !request->waits)
		r = lock_expect_unchanged(request->queue, txn);
	if (r < 0)
		return r;
	txn_expect_none(txn, buf_bytes(&key));
	return lock_put(txn, request, request->range.exclusive);
}

static int propose_upgrade(
	struct lock_request *request, struct lock_request *holder, struct txn *txn)
{
	CLEANUP(buf) struct buf key = {0};
	struct lock_others others = lock_others(request->queue);
	int r = 0;

	holder->leaving = false;
	request->in_place = others.first == INT64_MAX && lock_fits_holders(request);
	if (request->in_place)
		return propose_in_place(holder, txn);
	if (!request->waits)
		return -EAGAIN;
	if (request->kind == LOCK_FLOCK) {
		holder->leaving = true;
		r = lock_request_key(holder, &key);
		txn_delete(txn, buf_bytes(&key));
	}
	return r < 0 ? r : propose_key(request, txn);
}

int lock_propose(struct op *op, struct txn *txn)
{
	struct lock_request *request = op->request;
	struct lock_request *holder = lock_holder_of(request);
	struct lock_others others;

	request->in_place = false;
	op->mutation->needs_lease = true;
	if (request->create_revision)
		return MUTATION_NOTHING; /* an earlier try has made it, unanswered */
	if (holder && holder->state == LOCK_GRANTED)
		return propose_upgrade(request, holder, txn);
	if (request->waits)
		return propose_key(request, txn);
	others = lock_others(request->queue);
	if (!lock_fits_others(request, &others) || !lock_fits_here(request))
		return -EAGAIN;
	return propose_key(request, txn);
}

/* Whether @other waits for what its owner has of the queue that @request is of. */
static bool waits_for(const struct lock_request *other, const struct lock_request *request)
{
	const struct ranges *ranges = &request->queue->ranges[request->kind];

	if (other->state != LOCK_WAITING || other->kind != request->kind)
		return false;
	for (size_t i = 0; i < ranges->n; i++)
		if (ranges->list[i].owner == request->range.owner &&
			range_conflicts(&ranges->list[i], &other->range))
			return true;
	return false;
}

bool lock_is_deadlock(const struct lock_request *request, const struct lock_others *others)
{
	const struct lock_request *other;

	if (others->first_exclusive < request->create_revision)
		return true;
	TAILQ_FOREACH (other, &request->queue->requests, entry)
		if (!other->keyless && other->create_revision < request->create_revision &&
			range_conflicts(&other->range, &request->range) &&
			waits_for(other, request))
			return true;
	return false;
}
