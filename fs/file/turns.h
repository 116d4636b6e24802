/* Whose turn it is to change a file: the operations of this mount do not lose to each other. */
/*
 * Owner:   the mount. RPC thread only.
 *
 * What relies on the value that is there takes the file for itself, one after another; what does
 * not (an O_TRUNC's publish) shares it with others of its kind. Who shares goes in when who had it
 * for itself is done, and who comes while somebody waits to have it for itself waits too: so each
 * waits for those at most that were there before, and one round more. What other mounts do is
 * compared in the transaction, as ever.
 */
#pragma once

#include "fs/request/op.h"

struct turns;
TAILQ_HEAD(turns_list, turns);

enum turn {
	TURN_ALONE,
	TURN_SHARED,
};

/* @next runs when it is the turn of @op to change node op->id, perhaps at once, and is followed by
 * turns_end(); with an error (-ENOMEM, its time is over, or a signal) it is not, and nothing is to
 * be ended. */
void turns_take(struct turns_list *list, struct op *op, enum turn turn, op_fn *next);
void turns_end(struct turns_list *list, uint64_t id, enum turn turn);

/* For who has @id alone: the next of those who wait to have it alone with @next, which does not run
 * any more: its turn is the caller's. NULL: none. */
struct op *turns_take_in(struct turns_list *list, uint64_t id, op_fn *next);
