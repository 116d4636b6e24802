/*
 * With O_TRUNC the last writer wins: the transaction only requires that the key is still the one
 * that was opened. After that was published, and without O_TRUNC, the transaction requires the
 * revision to which the edits were applied; if the key has a newer one, the edits are applied to
 * the newer value. In both cases a key that is gone stays gone, even if another key has its name
 * now, and a key that has become a directory is no longer the file that was opened.
 *
 * If the outcome of a transaction is unknown, edits after an O_TRUNC are kept: publishing them
 * again gives the same value. Other edits could be applied twice, so they are dropped.
 */
#include "fs/file/publish.h"

#include "fs/base/log.h"
#include "fs/file/batch.h"
#include "fs/lock/ephemeral.h"
#include "fs/mirror/mirror_meta.h"

#include <errno.h>
#include <string.h>

static void release_next(struct handle *handle);

/* The next op that waits for the handle has its turn; this may free a released handle. */
static void publish_next(struct handle *handle)
{
	struct op *op;

	handle->publishing = NULL;
	while (!handle->publishing && (op = TAILQ_FIRST(&handle->queue)))
		op_resume(op, 0);
	if (handle->released && !handle->publishing)
		release_next(handle);
}

static void publish_begin(struct op *op);

static void publish_done(struct op *op, int error)
{
	CLEANUP(value_unref) struct value *value = NULL;
	struct handle *handle = op->handle;
	bool keep = error < 0 ? !op->undo : handle->cut;

	if (error == ETCD_E_NO_LEASE) {
		ttl_gone(handle->publisher->ttls, handle->lease);
		publish_begin(op);
		return;
	}
	if (error == 0)
		handle->ttl_s = 0;
	/* An unlinked file has no value in etcd, so its edits stay with the process that has it
	 * open. */
	if (error == 0) {
		if (mirror_value(handle->mirror, handle->id, &value) == 0)
			mirror_keep_times(handle->mirror, handle->id, op->revision);
		mirror_end_pending(handle->mirror, handle->id);
		keep = !value;
	}
	if (error == -EIO)
		handle_drop(handle);
	handle_finish(handle, value, keep);
	if (error)
		mirror_drop_pending(handle->mirror, handle->id);
	publish_next(handle);
	op_next(op, error);
}

static void publish_leased(struct op *op, int error)
{
	op->handle->lease = op->lease;
	if (error)
		publish_done(op, error);
	else
		batch_run(op, publish_done);
}

static void publish_begin(struct op *op)
{
	struct handle *handle = op->handle;

	if (handle->ttl_s)
		ttl_take(handle->publisher->ttls, op, handle->ttl_s, publish_leased);
	else
		batch_run(op, publish_done);
}

static void publish_turn(struct op *op, int error)
{
	struct handle *handle = op->handle;

	/* While it waited the edits may have been lost. */
	if (!error)
		error = handle_spoiled(handle);
	if (error || !handle_begin(handle)) {
		op_next(op, error);
		return;
	}
	handle->publishing = op;
	publish_begin(op);
}

static void publish_await(struct op *op, int error)
{
	if (op->handle->publishing)
		op_wait(op, &op->handle->queue, NULL);
	else
		op_next(op, error);
}

void publish_start_await(struct op *op, op_fn *next)
{
	op_then(op, next, NULL);
	op_start(op, publish_await);
}

void publish_run(struct op *op, op_fn *done)
{
	op_then(op, done, NULL);
	op_then(op, publish_turn, NULL);
	publish_await(op, 0);
}

/* --- Closed files --- */

/* What could not be made goes with the last that has it open, and watchers are told. */
static void handle_end(struct handle *handle)
{
	struct echo *echo = handle->publisher->mutations->echo;
	bool unmade = handle_is_draft(handle);

	if (unmade && handle->owes)
		mirror_orphan_draft(handle->mirror, handle->id);
	if (unmade)
		echo_open_here(echo);
	handle_free(handle);
	if (unmade)
		echo_close(echo);
}

static void release_end(struct handle *handle)
{
	struct publisher *publisher = handle->publisher;
	struct op *waiting;

	if (handle->locked)
		publisher->unlock(publisher->arg, handle);
	TAILQ_REMOVE(&publisher->releasing, handle, entry);
	publisher->n_releasing--;
	while ((waiting = TAILQ_FIRST(&handle->settlers)))
		op_resume(waiting, 0);
	if (handle->ephemeral)
		ephemeral_close(STEAL(handle->ephemeral));
	handle_end(handle);
}

static void release_log(struct bytes key, int error)
{
	if (key.len)
		log_error("key '%.*s': truncation at close: %s", (int)key.len,
			(const char *)key.data, strerror(op_errno(error)));
}

/* There was nothing more to publish, so the handle is freed already, and with it a file that could
 * not be made, whose key is in op->data. */
static void release_published(struct op *op, int error)
{
	if (error && error != -ESTALE)
		release_log(buf_bytes(&op->data), error);
	op_reply(op, 0);
}

/* Another client may have made the draft's key since release_next(). Then no publish ends the
 * handle. */
static void release_publish(struct op *op, int error)
{
	struct handle *handle = op->handle;

	(void)error;
	if (handle->publishing || handle_dirty(handle, true)) {
		publish_run(op, release_published);
		return;
	}
	release_end(handle);
	op_reply(op, 0);
}

/* Publishes an O_TRUNC without writes. Its failure can only be logged; the errors of all other
 * edits were returned by the close. */
static void release_next(struct handle *handle)
{
	CLEANUP(buf) struct buf key = {0};
	struct op *op = NULL;

	if (handle_dirty(handle, true)) {
		mirror_key(handle->mirror, handle->id, &key);
		op = op_new(handle->publisher->requests, NULL, handle->id);
		if (!op)
			release_log(buf_bytes(&key), -ENOMEM);
	}
	if (!op) {
		release_end(handle);
		return;
	}
	op->handle = handle;
	buf_append_bytes(&op->data, buf_bytes(&key));
	op_start(op, release_publish);
}

static void release_run(void *arg)
{
	struct handle *handle = arg;

	handle->released = true;
	TAILQ_INSERT_TAIL(&handle->publisher->releasing, handle, entry);
	if (!handle->publishing)
		release_next(handle);
}

/* A handle without edits is closed here at once, because a LOOKUP that follows would ask etcd as
 * long as the file is open. But a draft may end with it, which is for the RPC thread. If it had
 * nothing to publish at any time, the RPC thread does not know it any more: the kernel releases a
 * file when all requests for it are answered. */
void publish_release(struct handle *handle)
{
	bool is_draft = handle_is_draft(handle);

	if (handle->read_only && !handle->owes && !is_draft && !handle->locked &&
		!handle->ephemeral) {
		handle_free(handle);
		return;
	}
	if (!handle_dirty(handle, true) && !is_draft)
		handle_close(handle);
	handle->publisher->n_releasing++;
	handle->release = (struct task){.run = release_run, .arg = handle};
	loop_post(handle->publisher->requests->loop, &handle->release);
}

/* --- A file that is needed before its first publish --- */

static void make_done(struct op *op, int error)
{
	struct handle *handle = op->handle;
	struct op *waiting;

	while ((waiting = TAILQ_FIRST(&handle->settlers)))
		op_resume(waiting, error);
	handle_end(handle);
	op_reply(op, 0);
}

static void make_start(struct op *op, int error)
{
	(void)error;
	publish_run(op, make_done);
}

/* By an open file of its own, which is closed as soon as there is a key. */
void publish_make(struct publisher *publisher, struct op *op, uint64_t id, op_fn *next)
{
	struct op *maker = op_new(publisher->requests, NULL, id);
	struct mirror_info info;
	int r = maker ? handle_new(publisher->mirror, publisher, id, MIRROR_GONE_FAIL, 0, &info,
				&maker->handle)
		      : -ENOMEM;

	if (r < 0) {
		if (maker)
			op_reply(maker, 0);
		next(op, r);
		return;
	}
	handle_made(maker->handle);
	op_wait(op, &maker->handle->settlers, next);
	op_start(maker, make_start);
}

/* --- What waits for closed files --- */

bool publish_is_settled(const struct publisher *publisher)
{
	return publisher->n_releasing == 0;
}

/* Waits again until there is none, because other files may be closed meanwhile. */
static void settle(struct op *op, int error)
{
	struct publisher *publisher = op->arg;
	struct handle *handle;

	TAILQ_FOREACH (handle, &publisher->releasing, entry)
		if (handle->id == op->id)
			break;
	if (error || !handle) {
		op_next(op, error);
		return;
	}
	op_then(op, settle, publisher);
	op_wait(op, &handle->settlers, NULL);
}

static void settle_later(struct publisher *publisher, struct op *op, op_fn *next)
{
	op_then(op, next, NULL);
	op_then(op, settle, publisher);
}

void publish_settle(struct publisher *publisher, struct op *op, op_fn *next)
{
	settle_later(publisher, op, next);
	op_next(op, 0);
}

void publish_start_read(struct publisher *publisher, struct op *op, op_fn *next)
{
	settle_later(publisher, op, next);
	barrier_start_read(publisher->barrier, op, NULL);
}

void publish_start_fresh(struct publisher *publisher, struct op *op, op_fn *next)
{
	settle_later(publisher, op, next);
	barrier_start(publisher->barrier, op, NULL);
}
