/* Publishes several open files of one key together, in one transaction. */
/*
 * RPC thread only.
 *
 * A publish that appends, or replays its edits onto the newest value, depends on that value. If
 * several were sent at the same time, all but one would be refused and have to be sent again. So
 * they wait for their turn (turns.h), and the one whose turn it is takes in all that wait: their
 * edits, applied one after the other, make one value and one revision. All of them share its
 * outcome, also when the outcome is unknown. A publish of an O_TRUNC depends on no value. It is a
 * transaction by itself, beside others of its kind, because each of them gives a complete value.
 */
#pragma once

#include "fs/request/op.h"

/* Publishes the edits of @op->handle, which handle_begin() has closed for other writers; then runs
 * @done. With error 0, @op->revision is the transaction's. */
void batch_run(struct op *op, op_fn *done);
