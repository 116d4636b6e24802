/*
 * Ending a lock. Its owner does not have it from the first moment on, whatever becomes of its key:
 * the key is deleted by an op of its own, which is tried again until etcd has done it or the lease
 * is gone. Until then it excludes nobody on this mount, which may take the lock again at once.
 */
#include "fs/lock/lease.h"
#include "fs/lock/lock_name.h"
#include "fs/lock/lock_private.h"

#include "fs/base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- Parts of transactions --- */

int lock_expect_unchanged(struct lock_queue *queue, struct txn *txn)
{
	CLEANUP(buf) struct buf from = {0};
	CLEANUP(buf) struct buf to = {0};
	struct locks *locks = queue->locks;
	int r = mirror_own_key(locks->mirror, buf_bytes(&queue->name), &from);

	if (r == 0)
		r = etcd_prefix_end(buf_bytes(&from), &to);
	if (r == 0)
		txn_expect_older(
			txn, buf_bytes(&from), buf_bytes(&to), mirror_revision(locks->mirror));
	return r;
}

/* The name of the process, or of the thread that has asked. */
static void command_of(pid_t pid, char *ret, size_t size)
{
	char path[32];
	FILE *file;

	ret[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	file = pid > 0 ? fopen(path, "re") : NULL;
	if (!file)
		return;
	if (!fgets(ret, (int)size, file))
		ret[0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	fclose(file);
}

int lock_put(struct txn *txn, const struct lock_request *request, bool exclusive)
{
	CLEANUP(buf) struct buf key = {0};
	CLEANUP(buf) struct buf value = {0};
	struct lock_holder holder = {
		.shared = !exclusive, .beside = lock_is_beside(request), .pid = request->range.pid};
	int r = lock_request_key(request, &key);

	memcpy(holder.host, request->queue->locks->host, sizeof(holder.host));
	command_of(request->range.pid, holder.command, sizeof(holder.command));
	if (r == 0)
		r = lock_value(&holder, &value);
	if (r == 0)
		txn_put(txn, buf_bytes(&key), buf_bytes(&value), request->lease);
	return r;
}

/* --- Deleting a key --- */

static void go_start(struct lock_request *request);

void lock_request_gone(struct lock_request *request, int error)
{
	struct op *waiting;

	while ((waiting = TAILQ_FIRST(&request->goers)))
		op_resume(waiting, error);
}

static bool lease_is_gone(const struct lock_request *request)
{
	return request->lease != lease_id(request->queue->locks->lease);
}

static void go_done(struct op *op, int error)
{
	struct lock_request *request = op->request;
	struct locks *locks = request->queue->locks;

	request->op = NULL;
	op_reply(op, 0);
	lock_request_gone(request, error);
	if (error == -EACCES)
		locks_denied(locks);
	if (error == 0 || request->gone || lease_is_gone(request) || locks->ending)
		lock_request_free(request);
	else
		locks_retry(locks);
}

static int go_prepare(struct op *op, struct txn *txn)
{
	CLEANUP(buf) struct buf key = {0};
	int r = lock_request_key(op->request, &key);

	txn_delete(txn, buf_bytes(&key));
	return r;
}

static void go_begin(struct op *op, int error)
{
	(void)error;
	mutation_run(op->request->queue->locks->mutations, op, go_prepare, go_done);
}

static void go_start(struct lock_request *request)
{
	struct locks *locks = request->queue->locks;

	request->op = op_new(locks->requests, NULL, request->id);
	if (!request->op) {
		locks_retry(locks);
		return;
	}
	request->op->request = request;
	op_start(request->op, go_begin);
}

void lock_request_go(struct lock_request *request)
{
	lock_request_become(request, LOCK_GOING);
	lock_request_idle(request);
	lock_queue_changed(request->queue);
	go_start(request);
}

void lock_request_abandon(struct lock_request *request)
{
	request->op = NULL;
	if (request->put)
		lock_request_go(request);
	else
		lock_request_free(request);
}

/* --- The timer of what could not be done --- */

static void go_again(struct locks *locks)
{
	struct lock_request *request, *next;

	for (request = lock_request_first(locks, 0); request; request = next) {
		next = lock_request_next(request);
		if (request->state != LOCK_GOING || request->op)
			continue;
		if (lease_is_gone(request) || locks->ending)
			lock_request_free(request);
		else
			go_start(request);
	}
}

void locks_retry_run(void *arg)
{
	struct op_list retrying = TAILQ_HEAD_INITIALIZER(retrying);
	struct locks *locks = arg;
	struct op *op;

	locks->retries = false;
	go_again(locks);
	TAILQ_CONCAT(&retrying, &locks->retrying, entry);
	TAILQ_FOREACH (op, &retrying, entry)
		op->waiting = &retrying;
	while ((op = TAILQ_FIRST(&retrying)))
		op_resume(op, locks->ending ? -ENOTCONN : 0);
}

/* --- Ends by the owner --- */

void lock_request_idle(struct lock_request *request)
{
	struct op *op;

	request->busy = false;
	while (!request->busy && (op = TAILQ_FIRST(&request->turn)))
		op_resume(op, 0);
}

static void end_at_owner(struct lock_request *holder)
{
	struct lock_queue *queue = holder->queue;
	struct locks *locks = queue->locks;

	if (holder->state == LOCK_GRANTED)
		ranges_drop(&queue->ranges[holder->kind], holder->range.owner);
	held_remove(locks->held, holder->slot);
	holder->slot = HELD_NONE;
	locks->ended(locks->arg, STEAL(holder->fenced));
}

void lock_request_retire(struct lock_request *holder)
{
	end_at_owner(holder);
	lock_request_free(holder);
}

void lock_request_drop(struct lock_request *holder)
{
	bool lost = holder->state == LOCK_LOST;

	end_at_owner(holder);
	if (lost)
		lock_request_free(holder);
	else
		lock_request_go(holder);
}

static struct lock_request *holder_of(struct locks *locks, const struct op *op)
{
	return locks_holder(locks, op->lock.kind, op->id, op->lock.owner);
}

/* Waits until the key of @holder is deleted. */
static void drop_and_wait(struct op *op, struct lock_request *holder)
{
	bool lost = holder->state == LOCK_LOST;

	lock_request_drop(holder);
	if (lost)
		op_next(op, 0);
	else
		op_wait(op, &holder->goers, NULL);
}

void locks_drop(struct locks *locks, struct op *op, op_fn *next)
{
	struct lock_request *holder = holder_of(locks, op);

	op_then(op, next, NULL);
	if (holder)
		drop_and_wait(op, holder);
	else
		op_next(op, 0);
}

static void unlock_begin(struct op *op, int error)
{
	struct lock_request *holder = holder_of(op->lock.locks, op);
	struct range range = {.owner = op->lock.owner, op->lock.first, op->lock.last};
	struct ranges *ranges = holder ? &holder->queue->ranges[holder->kind] : NULL;

	if (!holder || error) {
		op_next(op, error);
	} else if (holder->busy) {
		op_wait(op, &holder->turn, unlock_begin);
	} else if (holder->state == LOCK_GRANTED && ranges_unlock(ranges, &range) < 0) {
		op_next(op, -ENOMEM);
	} else if (holder->state == LOCK_LOST || !ranges_has(ranges, range.owner)) {
		drop_and_wait(op, holder);
	} else {
		lock_queue_changed(holder->queue);
		lock_downgrade(op, NULL);
	}
}

void locks_unlock(struct locks *locks, struct op *op, op_fn *next)
{
	op->lock.locks = locks;
	op_then(op, next, NULL);
	unlock_begin(op, 0);
}

void locks_release(struct locks *locks, uint64_t id, uint64_t file)
{
	struct lock_request *request = lock_request_first(locks, id), *next;

	for (; request && request->id == id; request = next) {
		next = lock_request_next(request);
		if (request->file.file == file &&
			(request->state == LOCK_GRANTED || request->state == LOCK_LOST))
			lock_request_drop(request);
	}
}

/* --- Less than before --- */

static bool is_too_much(const struct lock_request *holder)
{
	return holder && holder->state == LOCK_GRANTED && holder->exclusive &&
	       !ranges_has_exclusive(&holder->queue->ranges[holder->kind], holder->range.owner);
}

static int downgrade_prepare(struct op *op, struct txn *txn)
{
	CLEANUP(buf) struct buf key = {0};
	struct lock_request *holder = holder_of(op->lock.locks, op);
	int r;

	if (!is_too_much(holder))
		return MUTATION_NOTHING;
	r = lock_request_key(holder, &key);
	if (r < 0)
		return r;
	txn_expect(txn, buf_bytes(&key), ETCD_COMPARE_CREATE, ETCD_COMPARE_EQUAL,
		holder->create_revision);
	return lock_put(txn, holder, false);
}

static void downgrade_done(struct op *op, int error)
{
	struct lock_request *holder = holder_of(op->lock.locks, op);

	if (holder && !error)
		holder->exclusive = false;
	if (holder) {
		lock_queue_changed(holder->queue);
		lock_request_idle(holder);
	}
	op_next(op, error);
}

static void downgrade_begin(struct op *op, int error)
{
	struct locks *locks = op->lock.locks;
	struct lock_request *holder = holder_of(locks, op);

	if (error || !is_too_much(holder)) {
		op_next(op, error);
	} else if (holder->busy) {
		op_wait(op, &holder->turn, downgrade_begin);
	} else {
		holder->busy = true;
		op->fresh = false;
		mutation_run(locks->mutations, op, downgrade_prepare, downgrade_done);
	}
}

void lock_downgrade(struct op *op, op_fn *next)
{
	op_then(op, next, NULL);
	downgrade_begin(op, 0);
}
