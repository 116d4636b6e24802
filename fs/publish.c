/*
 * With O_TRUNC the last writer wins: the transaction asks only that it is still the key that was
 * opened. What is written after it was published, and what is written without O_TRUNC, asks that
 * the key is at the revision to which the edits were applied; when it is not, they are applied to
 * the newer value. Either way a key that is gone stays gone, also when another has its name, and
 * one that has become a directory too is no longer the file that was opened.
 *
 * What an O_TRUNC has begun is kept when nobody knows whether it was published: to publish it again
 * makes the same value. Other edits would then be made twice, and are dropped.
 */
#include "fs/publish.h"

#include "fs/base/log.h"
#include "fs/fs_private.h"
#include "fs/handle.h"
#include "fs/mutation.h"

#include <errno.h>
#include <string.h>

static int publish_build(
	struct op *op, struct change *change, struct bytes key, const struct value *base)
{
	CLEANUP(buf) struct buf content = {0};
	int r = handle_apply(op->handle, value_bytes(base), &content);

	if (r < 0)
		return r;
	if (content.len > op->fs->config->max_value)
		return -EFBIG;
	if (op->handle->cut)
		change_expect(change, key, ETCD_COMPARE_CREATE, ETCD_COMPARE_EQUAL,
			base->create_revision);
	else
		change_expect(
			change, key, ETCD_COMPARE_MOD, ETCD_COMPARE_EQUAL, base->mod_revision);
	change_put_taken(change, key, &content, base->lease);
	return 0;
}

static int publish_prepare(struct op *op, struct change *change)
{
	CLEANUP(value_unref) struct value *base = NULL;
	CLEANUP(buf) struct buf key = {0};
	struct mirror *mirror = op->fs->mirror;
	struct mirror_info info;
	int r = mirror_info(mirror, op->handle->id, &info);

	if (r < 0)
		return r;
	if (info.dead)
		return info.unlinked_here ? MUTATION_NOTHING : -ESTALE;
	r = mirror_value(mirror, op->handle->id, &base);
	if (r == 0)
		r = mirror_key(mirror, op->handle->id, &key);
	if (r == 0 && !info.is_value)
		change_expect_no_dir(change, buf_bytes(&key));
	return r < 0 ? r : publish_build(op, change, buf_bytes(&key), base);
}

/* The last of the queue may be the release, and then the handle is gone. */
static void publish_next(struct handle *handle)
{
	struct op *op;
	bool last = false;

	handle->publisher = NULL;
	while (!last && !handle->publisher && (op = TAILQ_FIRST(&handle->queue))) {
		last = !TAILQ_NEXT(op, entry);
		op_resume(op, 0);
	}
}

static void publish_done(struct op *op, int error)
{
	CLEANUP(value_unref) struct value *value = NULL;
	struct handle *handle = op->handle;
	op_fn *done = op->after_publish;
	bool keep = error < 0 ? !op->undo : handle->cut;

	/* An unlinked file has no value there, and what it holds stays with who has it open. */
	if (error == 0) {
		if (mirror_value(op->fs->mirror, handle->id, &value) == 0)
			mirror_keep_times(op->fs->mirror, handle->id, op->revision);
		keep = !value;
	}
	handle_finish(handle, value, keep);
	publish_next(handle);
	done(op, error);
}

static void publish_turn(struct op *op, int error)
{
	struct handle *handle = op->handle;

	if (error || !handle_begin(handle)) {
		op->after_publish(op, error);
		return;
	}
	handle->publisher = op;
	mutation_run(op, publish_prepare, publish_done);
}

static void publish_await(struct op *op, op_fn *next)
{
	if (op->handle->publisher)
		op_wait(op, &op->handle->queue, next);
	else
		next(op, 0);
}

static void await_next(struct op *op, int error)
{
	if (error)
		op->after_publish(op, error);
	else
		publish_await(op, op->after_publish);
}

void publish_start_await(struct op *op, op_fn *next)
{
	op->after_publish = next;
	op_start(op, await_next);
}

void publish_run(struct op *op, op_fn *done)
{
	op->after_publish = done;
	publish_await(op, publish_turn);
}

/* --- Closed files --- */

static void released_done(struct op *op, int error)
{
	struct handle *handle = op->handle;
	CLEANUP(buf) struct buf key = {0};
	struct op *waiting;

	if (error && mirror_key(op->fs->mirror, handle->id, &key) == 0)
		log_error("key '%.*s': truncation at close: %s", (int)key.len, (char *)key.data,
			strerror(op_errno(error)));
	TAILQ_REMOVE(&op->fs->releasing, handle, entry);
	while ((waiting = TAILQ_FIRST(&handle->settlers)))
		op_resume(waiting, 0);
	op->handle = NULL;
	handle_free(handle);
	op_reply(op, 0);
}

/* Nobody is left to hear of a refusal but of the O_TRUNC's: the rest has been told to who closed.
 */
static void released_turn(struct op *op, int error)
{
	if (op->handle->publisher) /* our time is over before its: it still has the handle */
		op_wait(op, &op->handle->queue, released_turn);
	else if (error == 0 && handle_dirty(op->handle, true))
		publish_run(op, released_done);
	else
		released_done(op, error);
}

void publish_released(struct op *op, int error)
{
	(void)error;
	TAILQ_INSERT_TAIL(&op->fs->releasing, op->handle, entry);
	publish_await(op, released_turn);
}

static void settle_next(struct op *op, int error)
{
	if (error)
		op->after_settle(op, error);
	else
		publish_settle(op, op->after_settle);
}

void publish_settle(struct op *op, op_fn *next)
{
	struct handle *handle;

	op->after_settle = next;
	TAILQ_FOREACH (handle, &op->fs->releasing, entry) {
		if (handle->id == op->id) {
			op_wait(op, &handle->settlers, settle_next);
			return;
		}
	}
	next(op, 0);
}

void publish_start_read(struct op *op, op_fn *next)
{
	op->after_settle = next;
	op_start_read(op, settle_next);
}

void publish_start_fresh(struct op *op, op_fn *next)
{
	op->after_settle = next;
	op_start_fresh(op, settle_next);
}
