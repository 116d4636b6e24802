/*
 * Taking a lock: what is proposed (lock_propose.c), how it goes on with etcd's answer, and who
 * waits.
 *
 * Whether a put has happened is not known when etcd has not answered. Who waits puts the same key
 * again, as often as need be; the key of who does not wait is deleted.
 */
#include "fs/lock/lease.h"
#include "fs/lock/lock_name.h"
#include "fs/lock/lock_private.h"

#include "fs/base/clock.h"

#include <errno.h>

#define RETRY_MS 100

static void take_begin(struct op *op, int error);

/* --- Its end --- */

/* The caller of the op has been told already that it has failed (op_give_up()). */
static bool is_given_up(const struct op *op)
{
	return !op->req;
}

static void take_fail(struct op *op, int error)
{
	lock_request_abandon(STEAL(op->request));
	op_next(op, error);
}

static void take_grant(struct op *op)
{
	int r = lock_grant(op->request);

	if (r < 0)
		take_fail(op, r);
	else
		op_next(op, 0);
}

/* --- Waiting --- */

/* The key of the waiting op's lock is lost with its lease: the op queues anew. */
static void woken(struct op *op, int error)
{
	if (error == LOCK_E_AGAIN)
		take_begin(op, 0);
	else if (error)
		take_fail(op, error);
	else
		op_next(op, 0);
}

static void take_wait(struct op *op)
{
	struct lock_request *request = op->request;

	lock_request_become(request, LOCK_WAITING);
	op_wait(op, &request->queue->locks->waiters, woken);
}

void locks_retry(struct locks *locks)
{
	if (locks->retries)
		return;
	locks->retries = true;
	loop_timer_set(locks->requests->loop, &locks->retry, RETRY_MS);
}

static void retried(struct op *op, int error)
{
	if (error)
		take_fail(op, error);
	else
		take_begin(op, 0);
}

/* Once more in a moment. */
static void take_retry(struct op *op)
{
	struct locks *locks = op->request->queue->locks;

	op_wait(op, &locks->retrying, retried);
	locks_retry(locks);
}

/* --- Only the ranges of an owner that has a key --- */

static void take_ranges(struct op *op)
{
	struct lock_request *request = op->request;
	struct lock_queue *queue = request->queue;
	int r;

	request->keyless = true;
	if (!lock_fits_holders(request)) {
		if (request->waits)
			take_wait(op);
		else
			take_fail(op, -EAGAIN);
		return;
	}
	r = lock_grant(request);
	if (r < 0) {
		take_fail(op, r);
	} else {
		lock_queue_changed(queue);
		lock_downgrade(op, NULL);
	}
}

/* --- A key in etcd --- */

/* The request's key is in the queue. */
static void take_queued(struct op *op)
{
	struct lock_request *request = op->request;
	struct lock_request *holder = lock_holder_of(request);
	struct lock_others others = lock_others(request->queue);

	if (holder && holder->leaving) {
		lock_request_retire(holder);
		holder = NULL;
	}
	if (holder && holder->state == LOCK_LOST)
		take_fail(op, -EIO);
	else if (lock_fits_others(request, &others) && lock_fits_here(request))
		take_grant(op);
	else if (!request->waits)
		take_fail(op, -EAGAIN);
	else if (holder && lock_is_deadlock(request, &others))
		take_fail(op, -EDEADLK);
	else
		take_wait(op);
}

/* The owner's key is exclusive now. If its owner has ended it meanwhile, that came later. */
static void take_upgraded(struct op *op)
{
	struct lock_request *request = op->request;
	struct lock_request *holder = lock_holder_of(request);
	int r = 0;

	if (holder && holder->state == LOCK_LOST) {
		r = -EIO;
	} else if (holder) {
		holder->exclusive = true;
		lock_set_file(holder, request);
		r = ranges_lock(&request->queue->ranges[request->kind], &request->range);
	}
	lock_request_abandon(STEAL(op->request));
	op_next(op, r);
}

/* What the answer says of a key that was asked for, and may be there. */
static void take_refused(struct op *op, int error)
{
	struct lock_request *request = op->request;
	struct locks *locks = request->queue->locks;
	bool again = error == ETCD_E_UNKNOWN || error == -ETIMEDOUT;

	if (error == ETCD_E_NO_LEASE) {
		lease_gone(locks->lease, request->lease);
		again = true;
	}
	if (error == -EACCES)
		locks_denied(locks);
	if (again && (request->waits || error == ETCD_E_NO_LEASE) && !locks->ending)
		take_retry(op);
	else
		take_fail(op, error);
}

/* The caller was told that it has failed. If flock(2) may have given up the old lock, it has. */
static void take_given_up(struct op *op)
{
	struct lock_request *holder = lock_holder_of(op->request);

	if (holder && holder->leaving)
		lock_request_drop(holder);
	take_fail(op, -ECANCELED);
}

static void take_done(struct op *op, int error)
{
	struct lock_request *request = op->request;
	struct lock_request *holder = lock_holder_of(request);

	if ((error == 0 && !request->in_place) || error == ETCD_E_UNKNOWN)
		request->put = true;
	if (holder && error && error != ETCD_E_UNKNOWN)
		holder->leaving = false;
	if (holder)
		lock_request_idle(holder);
	if (is_given_up(op))
		take_given_up(op);
	else if (error)
		take_refused(op, error);
	else if (request->in_place)
		take_upgraded(op);
	else if (request->create_revision && !request->gone)
		take_queued(op);
	else
		take_retry(op); /* the mirror is behind, or the lease has ended already */
}

/* A key of another lease, or one that was lost, is another key. */
static void take_number(struct lock_request *request)
{
	struct locks *locks = request->queue->locks;

	if (request->lease == lease_id(locks->lease) && !request->gone)
		return;
	request->lease = lease_id(locks->lease);
	request->number = ++locks->last_number;
	request->create_revision = 0;
	request->gone = request->put = false;
}

static void take_leased(struct op *op, int error)
{
	struct locks *locks = op->lock.locks;

	if (error || is_given_up(op)) {
		op->request->in_place = true; /* nothing was put */
		take_done(op, error ? error : -ECANCELED);
		return;
	}
	take_number(op->request);
	op->fresh = false;
	mutation_run(locks->mutations, op, lock_propose, take_done);
}

static void take_key(struct op *op, struct lock_request *holder)
{
	struct lock_request *request = op->request;

	request->keyless = false;
	request->exclusive = request->range.exclusive;
	if (holder)
		holder->busy = true;
	lease_take(request->queue->locks->lease, op, take_leased);
}

static void take_begin(struct op *op, int error)
{
	struct lock_request *request = op->request;
	struct lock_request *holder = lock_holder_of(request);

	if (error) {
		take_fail(op, error);
		return;
	}
	lock_request_become(request, LOCK_ASKED);
	if (op->patient)
		op->deadline = clock_now_ms() + op->requests->config->timeout_ms;
	if (holder && holder->state == LOCK_LOST)
		take_fail(op, -EIO);
	else if (holder && holder->busy)
		op_wait(op, &holder->turn, take_begin);
	else if (lock_covers(holder, request))
		take_ranges(op);
	else
		take_key(op, holder);
}

static struct lock_request *take_new(struct lock_queue *queue, struct op *op)
{
	const struct op_lock *wish = &op->lock;
	struct lock_request *request = lock_request_new(queue, wish->kind, op->id);

	if (!request)
		return NULL;
	request->file = (struct held_file){wish->node, op->file.fh};
	request->below = wish->below;
	request->waits = wish->waits;
	request->range =
		(struct range){wish->owner, wish->first, wish->last, wish->exclusive, wish->pid};
	request->op = op;
	return request;
}

void locks_take(struct locks *locks, struct op *op, struct bytes key, op_fn *next)
{
	struct lock_request *holder = locks_holder(locks, op->lock.kind, op->id, op->lock.owner);
	struct lock_queue *queue = holder ? holder->queue : NULL;

	op->lock.locks = locks;
	op_then(op, next, NULL);
	if (locks->ending) {
		op_next(op, -ENOTCONN);
		return;
	}
	if (queue)
		queue->n_users++;
	else if (lock_queue_get(locks, key, &queue) < 0)
		queue = NULL;
	op->request = queue ? take_new(queue, op) : NULL;
	if (queue)
		lock_queue_put(queue);
	if (op->request)
		take_begin(op, 0);
	else
		op_next(op, -ENOMEM);
}
