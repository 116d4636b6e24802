/* Publishes what an open file has written: one transaction, or a replay on a newer value. */
/*
 * RPC thread only, except publish_release(), publish_is_settled() and the functions
 * publish_start...().
 */
#pragma once

#include "fs/file/publisher.h"

/* Publishes the edits of @op->handle, if there are any, then runs @done. Publishes of one handle
 * run one after another. Errors: -errno: refused, and the edits are kept for another try, unless
 * @op->undo. ETCD_E_UNKNOWN: the edits are dropped, unless they begin with an O_TRUNC. */
void publish_run(struct op *op, op_fn *done);

/* op_start(), and then @next when the handle is not being published. An error goes to @next too. */
void publish_start_await(struct op *op, op_fn *next);

/* The kernel has released @handle: its remaining edits are published, and then it is freed. One
 * that could have edits is freed in the RPC thread, because an operation that was answered early
 * may still use it. From the FUSE thread; needs no memory. */
void publish_release(struct handle *handle);

/* Makes the key of the draft @id, with an empty value or with what is being published of it; then
 * runs @next. */
void publish_make(struct publisher *publisher, struct op *op, uint64_t id, op_fn *next);

/* Whether no closed file at all waits to be published. From the FUSE thread. */
bool publish_is_settled(const struct publisher *publisher);

/* Runs @next when no closed file of node @op->id waits to be published, so that their edits are
 * visible. */
void publish_settle(struct publisher *publisher, struct op *op, op_fn *next);

/* barrier_start_read() or barrier_start(), and then publish_settle(). An error goes to @next
 * too. */
void publish_start_read(struct publisher *publisher, struct op *op, op_fn *next);
void publish_start_fresh(struct publisher *publisher, struct op *op, op_fn *next);
