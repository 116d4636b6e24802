/* Turns to change a file, so that the operations of this mount do not conflict with each other. */
/*
 * Owner:   the mount. RPC thread only.
 *
 * An operation that depends on the present value takes the file alone, one after another. One that
 * does not (the publish of an O_TRUNC) shares the file with others of its kind. When an operation
 * that was alone has ended, those that wait to share go in; a new one also waits if another waits
 * to be alone. So each waits only for those that were there before, and at most one round more.
 * Changes by other mounts are found by the compares of the transaction, as always.
 */
#pragma once

#include "fs/request/op.h"

struct turns;
TAILQ_HEAD(turns_list, turns);

enum turn {
	TURN_ALONE,
	TURN_SHARED,
};

/* @next runs when it is the turn of @op to change node op->id, perhaps before this returns;
 * turns_end() must follow. With an error (-ENOMEM, its deadline, a signal) it has no turn, and
 * turns_end() must not be called. */
void turns_take(struct turns_list *list, struct op *op, enum turn turn, op_fn *next);
void turns_end(struct turns_list *list, uint64_t id, enum turn turn);

/* For the op that has @id alone: returns the next op that waits with @next to have it alone. Its
 * @next does not run any more; it shares the caller's turn. NULL: none. */
struct op *turns_take_in(struct turns_list *list, uint64_t id, op_fn *next);
