/* What is said of a node that is gone when it is asked for. */
/*
 * Threads: RPC thread, of an op that is about to be answered.
 *
 * A LOOKUP is answered from memory, so a walk may be given a node that is gone already: what asks
 * for it passes a barrier, and finds it dead. If nothing has its name now, there is no such path.
 * Else another has: ESTALE makes the kernel walk once more. That is done once; the second ESTALE
 * reaches the program, which expects it of no path. But what a second walk is given was there in
 * the time of the call. So if it is dead as well when it is asked for, the call came just before
 * its end: it is answered as what it was, and what has been in it is missing.
 */
#pragma once

#include "fs/request/op.h"

/* Whether @op->id, which is dead, is to be answered as what it was. */
bool gone_within_call(const struct op *op);

/* The errno (negative) instead of ESTALE, with which the path of @op is answered. */
int gone_errno(struct op *op);
