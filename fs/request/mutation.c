#include "fs/request/mutation.h"

#include <errno.h>

static void mutation_try(struct op *op);

/* Takes back what this mutation has announced to the mirror. */
static void mutation_withdraw(struct op *op, bool failed)
{
	struct mutation *mutation = op->mutation;

	if (mutation->move.put.len)
		mirror_unexpect_move(op->mutation->common->mirror, &mutation->move);
	if (mutation->doomed && failed)
		mirror_set_unlinked_here(mutation->common->mirror, mutation->doomed, false);
	mutation->move = (struct mirror_move){0};
	mutation->doomed = 0;
}

/* The kernel has been told that a rename failed, so it keeps the old names. If etcd does the rename
 * all the same, the mirror must treat it as made elsewhere. */
static void mutation_give_up(struct op *op)
{
	if (op->mutation->move.put.len)
		mirror_unexpect_move(op->mutation->common->mirror, &op->mutation->move);
}

static void mutation_end(struct op *op, int error)
{
	mutation_withdraw(op, error);
	txn_clear(&op->mutation->txn);
	fence_leave(&op->mutation->guard);
	free(STEAL(op->mutation));
	op->give_up = NULL;
	op_next(op, error);
}

/* etcd has made the change, whether or not the mirror shows it in time. */
static void mutation_shown(struct op *op, int error)
{
	(void)error;
	mutation_end(op, 0);
}

/* Follows a barrier, or the wait for a conflict's revision, which has the same effect. */
static void mutation_caught_up(struct op *op, int error)
{
	op->fresh = error == 0;
	if (error)
		mutation_end(op, error);
	else
		mutation_try(op);
}

/* Whether the kernel was told that the call failed, so that it does not know of a later success.
 * For a value it has raised its events already, at the write. */
static bool kernel_gave_up(const struct op *op)
{
	return op->given_up && !op->mutation->told;
}

/* Whether the kernel raises inotify events for the change; then the notifier must not. */
static bool kernel_tells(const struct op *op)
{
	return !kernel_gave_up(op) && !op->mutation->unheard;
}

static void mutation_failed(struct op *op, int error)
{
	if (error == -EACCES)
		op->mutation->common->write_probe->denied = true;
	if (error == -ENOSPC)
		op->mutation->common->write_probe->full = true;
	if (error == ETCD_E_UNKNOWN)
		counter_add(op->mutation->common->counters, COUNTER_UNKNOWN);
	mutation_end(op, error);
}

/* etcd is over its quota. After the barrier the watch has shown whether the change was made
 * anyway. */
static void mutation_no_space(struct op *op, int error)
{
	struct mutation *mutation = op->mutation;

	echo_end(op->mutation->common->echo, &mutation->echo, 0);
	if (error || mutation->echo.seen) {
		mutation_failed(op, ETCD_E_UNKNOWN);
	} else if (mutation->txn.leaves_marker && !op->given_up) {
		/* A delete that makes room must not need room. */
		mutation->no_room = true;
		mutation_try(op);
	} else {
		mutation_failed(op, -ENOSPC);
	}
}

static void mutation_answered(void *arg, int error, const struct etcd_reply *reply)
{
	struct op *op = arg;
	int64_t revision = reply->header.revision;
	bool done = !error && reply->succeeded;

	if (error == -ENOSPC) {
		barrier_join(op->mutation->common->barrier, op, mutation_no_space);
		return;
	}
	echo_end(op->mutation->common->echo, &op->mutation->echo,
		done && kernel_tells(op) ? revision : 0);
	if (!error && !reply->succeeded)
		counter_add(op->mutation->common->counters, COUNTER_CONFLICTS);
	if (error == ETCD_E_NO_LEASE && !op->given_up && !op->mutation->needs_lease)
		barrier_join(op->mutation->common->barrier, op, mutation_caught_up);
	else if (error)
		mutation_failed(op, error);
	else if (reply->succeeded)
		barrier_await(op->mutation->common->barrier, op, revision, mutation_shown);
	else if (op->given_up)
		mutation_end(op, -ECANCELED);
	else
		barrier_await(op->mutation->common->barrier, op, revision, mutation_caught_up);
}

/* Only if the kernel has raised the events of this change already, whatever becomes of it: then the
 * whole revision is ours for its watchers (echo.h), also if this op is given up. */
static bool mutation_may_share(const struct mutation *mutation)
{
	return mutation->told && !mutation->unheard &&
	       share_takes(mutation->common->share, &mutation->txn);
}

static int mutation_send(struct op *op)
{
	struct mutation *mutation = op->mutation;
	struct mutations *common = mutation->common;
	struct txn *txn = &mutation->txn;
	bool shares = !txn_error(txn) && mutation_may_share(mutation);
	int r = 0;

	if (!shares)
		r = txn_send(txn, common->etcd, op_remaining_ms(op), mutation_answered, op);
	if (r < 0)
		return r;
	counter_add(common->counters, COUNTER_TRANSACTIONS);
	echo_begin(common->echo, &mutation->echo, txn->ops, txn->n_ops);
	if (shares)
		share_send(common->share, &mutation->share, op, txn, mutation_answered);
	return 0;
}

static void mutation_refused(struct op *op, int refusal)
{
	if (op->fresh || refusal == -ENOMEM || refusal == -EIO)
		mutation_end(op, refusal);
	else
		barrier_join(op->mutation->common->barrier, op, mutation_caught_up);
}

static void mutation_try(struct op *op)
{
	struct mutation *mutation = op->mutation;
	int r;

	mutation_withdraw(op, true);
	txn_clear(&mutation->txn);
	r = mutation->prepare(op, &mutation->txn);
	if (r == 0)
		r = fence_guard(mutation->common->fence, &mutation->txn, &mutation->guard);
	if (r == 0)
		r = mutation_send(op);
	if (r == MUTATION_NOTHING)
		mutation_end(op, 0);
	else if (r < 0)
		mutation_refused(op, r);
}

static bool mutation_set(
	struct mutations *mutations, struct op *op, mutation_prepare_fn *prepare, op_fn *done)
{
	op->mutation = calloc(1, sizeof(*op->mutation));
	if (!op->mutation)
		return false;
	op_then(op, done, NULL);
	op->give_up = mutation_give_up;
	op->mutation->common = mutations;
	op->mutation->prepare = prepare;
	return true;
}

void mutation_run(
	struct mutations *mutations, struct op *op, mutation_prepare_fn *prepare, op_fn *done)
{
	if (mutation_set(mutations, op, prepare, done))
		mutation_try(op);
	else
		done(op, -ENOMEM);
}

static void mutation_begin(struct op *op, int error)
{
	(void)error;
	mutation_try(op);
}

void mutation_start(
	struct mutations *mutations, struct op *op, mutation_prepare_fn *prepare, op_fn *done)
{
	if (mutation_set(mutations, op, prepare, done))
		op_start(op, mutation_begin);
	else
		op_reply(op, -ENOMEM);
}

/* --- Parts of prepare() --- */

void mutation_move(struct op *op, const struct mirror_move *move)
{
	op->mutation->move = *move;
	mirror_expect_move(op->mutation->common->mirror, &op->mutation->move);
}

void mutation_dooms(struct op *op, uint64_t id)
{
	op->mutation->doomed = id;
	mirror_set_unlinked_here(op->mutation->common->mirror, id, true);
}
