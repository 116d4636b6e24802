/* How what an open file has written becomes the value: one transaction, or a replay. */
/*
 * RPC thread only, but for publish_release() and what begins with publish_start.
 */
#pragma once

#include "fs/file/publisher.h"

/* Publishes what @op->handle has unpublished, if anything, then runs @done. Publishes of one handle
 * run one after another. Errors: -errno: refused, and the edits are kept for another try, unless
 * @op->undo; ETCD_E_UNKNOWN: they are not, but those from an O_TRUNC on. */
void publish_run(struct op *op, op_fn *done);

/* op_start(), and then @next when the handle is not being published; an error goes to @next as
 * well. */
void publish_start_await(struct op *op, op_fn *next);

/* The kernel has closed @handle for good: what it still has is published, and then it is freed.
 * Only there, in the RPC thread, since an operation that was answered before its time may still use
 * it. From the FUSE thread; needs no memory. */
void publish_release(struct handle *handle);

/* Runs @next when no closed file of node @op->id waits to be published: what it had is seen then.
 */
void publish_settle(struct publisher *publisher, struct op *op, op_fn *next);

/* barrier_start_read() and barrier_start(), and then publish_settle(); an error goes to @next as
 * well.
 */
void publish_start_read(struct publisher *publisher, struct op *op, op_fn *next);
void publish_start_fresh(struct publisher *publisher, struct op *op, op_fn *next);
