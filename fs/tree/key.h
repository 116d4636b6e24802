/* The one path of every etcd key, and the key that a path belongs to. */
/*
 * A key here is what stands after the mount's prefix, so it may be empty. A path is one or more
 * names joined by '/', without a slash at either end; a name has 1 to 255 bytes, no '/', no NUL,
 * and is never "." or "..". What is escaped, and why it has one reading, stands in key.c.
 *
 * Threads: any; there is no state.
 * Memory:  both append to a buffer of the caller's, which is not to hold what they read; used
 *          again and again it is not allocated again. A failure leaves it as it was.
 */
#pragma once

#include "fs/base/buf.h"

#include <stdbool.h>

/* The name, in a directory, of the value that the directory's own key has: made by the mirror for
 * a key "a" beside "a/b", never by key_to_path(). */
#define KEY_VALUE_NAME "%value"

/* The name of an empty component, and so of the key "a/" in the directory "a". */
#define KEY_EMPTY_NAME "%empty"

/* So many components of a key are directories; the rest is one, whatever slashes it has. No path
 * that the kernel takes (PATH_MAX) has more names. */
#define KEY_DEPTH_MAX 2048

/* Whether @key has so many slashes that nothing is below it: it is a file, whatever keys begin with
 * it and a '/'. */
bool key_is_deepest(struct bytes key);

/* Appends the path of @key. 0 or -ENOMEM. */
int key_to_path(struct bytes key, struct buf *ret_path);

/*
 * Appends the key whose path is @path; key_to_path() gives @path back. For "DIR/%value" it is the
 * key of DIR, and key_to_path() gives "DIR".
 *
 * -EINVAL        no key has this path
 * -ENAMETOOLONG  a name is over 255 bytes, or there are more directories than KEY_DEPTH_MAX
 * -ENOMEM
 */
int key_from_path(struct bytes path, struct buf *ret_key);
