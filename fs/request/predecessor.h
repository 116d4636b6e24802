/* What the kernel still asks about nodes and open files of an earlier process of this mount. */
/*
 * Threads: any; pure.
 */
#pragma once

#include "fs/base/buf.h"

/* Not an errno: the request is to be served like any other. */
#define PREDECESSOR_NONE (-1)

/*
 * How the @incarnation of the mount ends a request that an earlier one has left to it: 0, a
 * positive errno, or PREDECESSOR_NONE.
 *
 * A change that the kernel sends once more may have happened, so it is ETIMEDOUT. What is about a
 * node or an open file of an earlier incarnation is ESTALE: the kernel then walks a path anew.
 */
int predecessor_error(unsigned incarnation, struct bytes request);
