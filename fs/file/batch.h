/* Publishes of one file that go out together, as one transaction. */
/*
 * RPC thread only.
 *
 * What was appended, or is written again onto the newest value, relies on that value. Sent at the
 * same time, all of them but one would be refused and have to be sent again, and so on. So they
 * wait for their turn (turns.h), and whose turn it is takes in all who wait: their edits one after
 * the other make one value, which is one revision. What becomes of it becomes of all of them; when
 * nobody knows, of none of them anybody does. A publish of an O_TRUNC relies on nothing and goes
 * alone, beside others of its kind: each is a value that was there.
 */
#pragma once

#include "fs/request/op.h"

/* Publishes what @op->handle has, which handle_begin() has closed for others; then runs @done.
 * error 0: @op->revision is that of the transaction. */
void batch_run(struct op *op, op_fn *done);
