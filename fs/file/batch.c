/*
 * A transaction is an op of its own (the carrier), without a request, because it outlives its
 * members: each member is answered at its own deadline, or soon after a signal, while its handle
 * stays busy until etcd has answered. A transaction that was refused because another mount was
 * faster is built again, without the members that have given up, and with those that have come
 * meanwhile.
 *
 * A batch that takes others in begins in the next turn of the loop, and so with all whose requests
 * are queued by now: who has been answered by one barrier, or by one batch, comes at one time.
 */
#include "fs/file/batch.h"

#include "fs/base/clock.h"
#include "fs/file/publisher.h"
#include "fs/mirror/mirror_meta.h"
#include "fs/request/txn_dir.h"
#include "fs/request/txn_meta.h"

#include <errno.h>

struct batch {
	struct publisher *publisher;
	enum turn turn;
	struct op_list members;
};

static void batch_start(struct op *op, int error);

static enum turn turn_of(const struct op *op)
{
	return op->handle->cut ? TURN_SHARED : TURN_ALONE;
}

static void batch_take_turn(struct op *op)
{
	turns_take(&op->handle->publisher->turns, op, turn_of(op), batch_start);
}

/* The carrier gets the latest deadline of its members. */
static void batch_join(struct op *carrier, struct op *member)
{
	TAILQ_INSERT_TAIL(&carrier->batch->members, member, entry);
	if (member->deadline > carrier->deadline)
		carrier->deadline = member->deadline;
	loop_timer_set(carrier->requests->loop, &carrier->timer, op_remaining_ms(carrier));
}

static void batch_leave(struct op *carrier, struct op *member, int error)
{
	TAILQ_REMOVE(&carrier->batch->members, member, entry);
	op_next(member, error);
}

/* --- The transaction --- */

static void overflow_fresh(struct op *op, int error)
{
	if (error)
		op_next(op, error);
	else
		batch_take_turn(op);
}

/* -EFBIG is final only after a barrier, because the value may be shorter by now. The other members
 * do not wait for that. */
static void batch_overflow(struct op *carrier, struct op *member)
{
	if (member->fresh) {
		batch_leave(carrier, member, -EFBIG);
		return;
	}
	TAILQ_REMOVE(&carrier->batch->members, member, entry);
	barrier_join(carrier->batch->publisher->barrier, member, overflow_fresh);
}

/* Drops the members that have given up, and takes in those that wait. */
static void batch_gather(struct op *carrier)
{
	struct batch *batch = carrier->batch;
	struct op *member, *next;

	for (member = TAILQ_FIRST(&batch->members); member; member = next) {
		next = TAILQ_NEXT(member, entry);
		if (member->given_up)
			batch_leave(carrier, member, -ECANCELED);
	}
	if (batch->turn == TURN_SHARED)
		return;
	while ((member = turns_take_in(&batch->publisher->turns, carrier->id, batch_start)))
		batch_join(carrier, member);
}

/* Whether any of them has written. Else they only want the file to be there. */
static bool batch_has_edits(const struct op *carrier)
{
	struct op *member;

	TAILQ_FOREACH (member, &carrier->batch->members, entry)
		if (handle_unpublished(member->handle))
			return true;
	return false;
}

/* Makes the new value: the edits of all members, applied to @base. */
static int batch_content(struct op *carrier, const struct value *base, struct buf *ret)
{
	size_t max = carrier->batch->publisher->config->max_value;
	struct op *member, *next;
	int r = buf_append_bytes(ret, value_bytes(base));

	for (member = TAILQ_FIRST(&carrier->batch->members); member && r == 0; member = next) {
		next = TAILQ_NEXT(member, entry);
		r = handle_add_to(member->handle, ret, max);
		if (r == -EFBIG) {
			batch_overflow(carrier, member);
			r = 0;
		}
	}
	return r;
}

/* The lease that a member wants for the file, the last one; 0: none. */
static int64_t batch_new_lease(const struct op *carrier)
{
	const struct op *member;
	int64_t lease = 0;

	TAILQ_FOREACH (member, &carrier->batch->members, entry)
		if (member->handle->ttl_s)
			lease = member->handle->lease;
	return lease;
}

/* Whether the kernel, which knows a member's file by another name, has told no watcher of the
 * directory. */
static bool batch_is_unheard(const struct op *carrier)
{
	const struct op *member;

	TAILQ_FOREACH (member, &carrier->batch->members, entry)
		if (member->handle->aside)
			return true;
	return false;
}

/* What is kept for a file begins with its first value; times that are set for a value, and what is
 * changed with unpublished writes, begin with that value. */
static int batch_meta(struct op *carrier, struct txn *txn, struct bytes key,
	const struct mirror_info *info, int64_t lease)
{
	CLEANUP(mirror_meta) struct mirror_meta now = {0};
	CLEANUP(meta_free) struct meta *wanted = NULL;
	struct publisher *publisher = carrier->batch->publisher;
	int r;

	if (!publisher->config->metadata || (!info->draft && !info->pending))
		return 0;
	r = mirror_meta(publisher->mirror, carrier->id, &now);
	if (r < 0)
		return r == -EINVAL ? 0 : r;
	now.lease = lease;
	wanted = meta_copy(now.meta);
	if (!wanted)
		return -ENOMEM;
	meta_change_apply(&now.pending, wanted);
	if (info->times_pending)
		meta_set_times(wanted, info->accessed, info->modified,
			batch_has_edits(carrier) ? 0 : info->mod_revision);
	if (info->draft)
		return txn_meta_put(carrier, txn, key, wanted, lease);
	if (meta_equal(wanted, now.meta))
		return 0;
	return txn_meta_change(carrier, txn, carrier->id, &now, wanted);
}

/* Nothing is written; but a mode, an owner or times may be set of a file that was made here. */
static int batch_meta_alone(struct op *carrier, struct txn *txn, struct bytes key,
	const struct mirror_info *info, int64_t lease)
{
	bool any = !TAILQ_EMPTY(&carrier->batch->members);
	int r = any ? batch_meta(carrier, txn, key, info, lease) : 0;

	return r == 0 && !txn->n_ops ? MUTATION_NOTHING : r;
}

static int batch_build(struct op *carrier, struct txn *txn, struct bytes key,
	const struct mirror_info *info, const struct value *base)
{
	CLEANUP(buf) struct buf content = {0};
	int r = batch_content(carrier, base, &content);
	int64_t lease;

	if (r < 0)
		return r;
	if (!batch_has_edits(carrier) &&
		(base->create_revision || TAILQ_EMPTY(&carrier->batch->members)))
		return batch_meta_alone(carrier, txn, key, info, value_lease(base));
	if (carrier->batch->turn == TURN_SHARED)
		txn_expect(
			txn, key, ETCD_COMPARE_CREATE, ETCD_COMPARE_EQUAL, base->create_revision);
	else
		txn_expect(txn, key, ETCD_COMPARE_MOD, ETCD_COMPARE_EQUAL, base->mod_revision);
	lease = batch_new_lease(carrier);
	carrier->mutation->needs_lease = lease != 0;
	lease = lease ? lease : value_lease(base);
	txn_put_taken(txn, key, &content, lease);
	return batch_meta(carrier, txn, key, info, lease);
}

static int batch_prepare(struct op *carrier, struct txn *txn)
{
	CLEANUP(value_unref) struct value *base = NULL;
	CLEANUP(buf) struct buf key = {0};
	struct mirror *mirror = carrier->batch->publisher->mirror;
	struct mirror_info info;
	int r;

	batch_gather(carrier);
	carrier->mutation->unheard = batch_is_unheard(carrier);
	carrier->mutation->told = !carrier->mutation->unheard;
	r = mirror_info(mirror, carrier->id, &info);
	if (r < 0)
		return r;
	if (info.dead)
		return info.unlinked_here ? MUTATION_NOTHING : -ESTALE;
	r = mirror_value(mirror, carrier->id, &base);
	if (r == 0)
		r = mirror_key(mirror, carrier->id, &key);
	if (r == 0 && !info.is_value)
		txn_expect_file(carrier, txn, buf_bytes(&key));
	if (r == 0 && info.draft)
		r = txn_in_dir(carrier, txn, info.dir);
	return r < 0 ? r : batch_build(carrier, txn, buf_bytes(&key), &info, base);
}

/* --- Its life --- */

/* A batch that has found nothing to publish was no publish. */
static void batch_count(const struct op *carrier, int error)
{
	if (error || carrier->revision)
		histogram_observe(&carrier->requests->counters->publishes,
			clock_now_us() - carrier->began_us);
}

static void batch_done(struct op *carrier, int error)
{
	struct batch *batch = STEAL(carrier->batch);
	enum turn turn = batch->turn;
	struct publisher *publisher = batch->publisher;
	uint64_t id = carrier->id;
	struct op *member;

	batch_count(carrier, error);
	/* etcd refused it, and there was no time left to try again. */
	if (error == -ECANCELED)
		error = -ETIMEDOUT;
	while ((member = TAILQ_FIRST(&batch->members))) {
		TAILQ_REMOVE(&batch->members, member, entry);
		member->revision = carrier->revision;
		op_next(member, error);
	}
	free(batch);
	op_reply(carrier, 0);
	turns_end(&publisher->turns, id, turn);
}

static struct op *batch_new(struct publisher *publisher, uint64_t id, enum turn turn)
{
	CLEANUP(free) struct batch *batch = calloc(1, sizeof(*batch));
	struct op *carrier = batch ? op_new(publisher->requests, NULL, id) : NULL;

	if (!carrier)
		return NULL;
	batch->publisher = publisher;
	batch->turn = turn;
	TAILQ_INIT(&batch->members);
	carrier->batch = STEAL(batch);
	carrier->deadline = 0; /* the members set it when they join */
	return carrier;
}

static void batch_begin(struct op *carrier, int error)
{
	(void)error; /* nothing comes between */
	mutation_run(carrier->batch->publisher->mutations, carrier, batch_prepare, batch_done);
}

static void batch_start(struct op *op, int error)
{
	struct publisher *publisher = op->handle->publisher;
	enum turn turn = turn_of(op);
	uint64_t id = op->id;
	struct op *carrier = error ? NULL : batch_new(publisher, id, turn);

	if (carrier) {
		batch_join(carrier, op);
		if (turn == TURN_ALONE)
			op_start(carrier, batch_begin);
		else
			batch_begin(carrier, 0);
		return;
	}
	op_next(op, error ? error : -ENOMEM);
	if (!error)
		turns_end(&publisher->turns, id, turn);
}

void batch_run(struct op *op, op_fn *done)
{
	op_then(op, done, NULL);
	batch_take_turn(op);
}
