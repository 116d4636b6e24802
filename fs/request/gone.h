/* The answer to a request for a node that is gone. */
/*
 * Threads: RPC thread, of an op that is about to be answered.
 *
 * A LOOKUP is answered from memory, so the kernel may be given a node that is gone already. The
 * request for that node passes a barrier, which finds it dead. If no other node has its name now,
 * the answer is ENOENT. Else it is ESTALE, which makes the kernel walk the path once more. The
 * kernel does that once: a second ESTALE reaches the program, which expects ESTALE of no path. But
 * each node that the second walk is given existed during the call. So if such a node is dead as
 * well, the call is taken to have come just before its end: it is answered as the node was, without
 * the names that were in it.
 */
#pragma once

#include "fs/request/op.h"

/* Whether the request for @op->id, which is dead, is answered as the node was. */
bool gone_within_call(const struct op *op);

/* The negative errno that answers the path of @op, in place of ESTALE. */
int gone_errno(struct op *op);
