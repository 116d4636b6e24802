/*
 * Granting and losing. A lock is granted when its key is there and no earlier key excludes it; and
 * it is lost when its key is not there any more, whoever has deleted it.
 */
#include "fs/lock/lease.h"
#include "fs/lock/lock_private.h"

#include <errno.h>

static int hold(struct lock_request *request, const struct fence_place *place)
{
	const struct held_lock lock = {request->file, request->range.owner, request->kind,
		place->below, place->name};

	return held_add(request->queue->locks->held, &lock, &request->slot);
}

static int fence_request(struct lock_request *request)
{
	CLEANUP(buf) struct buf key = {0};
	struct lock_queue *queue = request->queue;
	struct fence_place place = {request->id, request->below, buf_bytes(&queue->key)};
	int r = lock_request_key(request, &key);

	if (!place.name.len)
		place.name = queue->locks->config->prefix;
	if (r == 0)
		r = hold(request, &place);
	if (r < 0)
		return r;
	request->fenced = fence_add(
		queue->locks->fence, &place, buf_bytes(&key), request->create_revision);
	return request->fenced ? 0 : -ENOMEM;
}

static void unfence_request(struct lock_request *request)
{
	held_remove(request->queue->locks->held, request->slot);
	request->slot = HELD_NONE;
	fence_end(STEAL(request->fenced));
}

void lock_set_file(struct lock_request *holder, const struct lock_request *request)
{
	holder->file = request->file;
	held_set_file(holder->queue->locks->held, holder->slot, holder->file);
}

/* The owner has one key: its present one if that is enough, else the new one. */
static void grant_key(struct lock_request *request, struct lock_request *holder)
{
	if (holder && (holder->exclusive || !request->exclusive)) {
		lock_set_file(holder, request);
		unfence_request(request);
		lock_request_abandon(request);
		return;
	}
	if (holder)
		lock_request_become(holder, LOCK_GOING);
	lock_request_become(request, LOCK_GRANTED);
	if (holder) {
		unfence_request(holder);
		lock_request_go(holder);
	}
}

int lock_grant(struct lock_request *request)
{
	struct lock_request *holder = lock_holder_of(request);
	struct lock_queue *queue = request->queue;
	int r = request->keyless ? 0 : fence_request(request);

	if (r == 0)
		r = ranges_lock(&queue->ranges[request->kind], &request->range);
	if (r < 0) {
		unfence_request(request);
		return r;
	}
	request->op->request = NULL;
	request->op = NULL;
	if (request->keyless) {
		lock_set_file(holder, request);
		lock_request_free(request);
	} else {
		grant_key(request, holder);
	}
	return 0;
}

static void lose(struct lock_request *request)
{
	struct locks *locks = request->queue->locks;

	lock_request_become(request, LOCK_LOST);
	counter_add(locks->requests->counters, COUNTER_LOCKS_LOST);
	ranges_drop(&request->queue->ranges[request->kind], request->range.owner);
	locks->lost(locks->arg, request->fenced);
}

/* What becomes of one that waits: 0: it is granted, LOCK_E_AGAIN: it has to be asked for anew,
 * -EAGAIN: it waits on. */
static int judge(const struct lock_request *request, const struct lock_others *others)
{
	const struct lock_request *holder = lock_holder_of(request);

	if (holder && holder->state == LOCK_LOST)
		return -EIO;
	if (request->keyless && !lock_covers(holder, request))
		return LOCK_E_AGAIN;
	if (request->keyless)
		return lock_fits_holders(request) ? 0 : -EAGAIN;
	if (request->gone)
		return LOCK_E_AGAIN;
	if (request->lease != lease_id(request->queue->locks->lease))
		return -EAGAIN; /* the mirror will show that it is gone */
	return lock_fits_others(request, others) && lock_fits_here(request) ? 0 : -EAGAIN;
}

/* Returns whether the request's op has gone on. */
static bool look_at(struct lock_request *request, const struct lock_others *others)
{
	struct op *op = request->op;
	int r = judge(request, others);

	if (r == 0)
		r = lock_grant(request);
	if (r == -EAGAIN)
		return false;
	op_resume(op, r);
	return true;
}

static bool look_once(struct lock_queue *queue, const struct lock_others *others)
{
	struct lock_request *request;

	TAILQ_FOREACH (request, &queue->requests, entry) {
		if (request->state == LOCK_GRANTED && request->gone) {
			if (request->leaving)
				lock_request_retire(request);
			else
				lose(request);
			return true;
		}
		if (request->state == LOCK_WAITING && look_at(request, others))
			return true; /* the queue may be another now */
	}
	return false;
}

void lock_queue_look(struct lock_queue *queue)
{
	struct lock_others others = lock_others(queue);

	if (queue->changed)
		TAILQ_REMOVE(&queue->locks->changed, queue, change);
	queue->changed = false;
	queue->n_users++;
	while (look_once(queue, &others))
		;
	lock_queue_put(queue);
}
