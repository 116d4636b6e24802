/* What must hold of every key and of every path, and the mapping written down a second time. */
/*
 * Owner:   nothing is kept.
 * Threads: any.
 *
 * The model is the definition in the slowest way: an escape is found by taking "25" away until what
 * is left is one of the base escapes, in the name as it would stand in the directory.
 */
#pragma once

#include "fs/base/buf.h"

/* NULL, or which property does not hold, in words. */
const char *keys_check_key(struct bytes key);
const char *keys_check_path(struct bytes path);
const char *keys_check_both(struct bytes a, struct bytes b); /* two keys share no path */

/* All of these, of any bytes: as a key, as a path, and as two keys. */
const char *keys_check(struct bytes bytes);

/* Takes away from @bytes, of which keys_check() says something, as much as can go. */
void keys_shrink(struct buf *bytes);
