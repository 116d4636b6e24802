/* Maps each etcd key to its one path, and paths back to keys. */
/*
 * A key here is without the mount's prefix, so it may be empty. A path is one or more names joined
 * by '/', without a slash at either end; a name has 1 to 255 bytes, no '/', no NUL, and is never
 * "." or "..". key.c says what is escaped, and why each escape has one reading.
 *
 * Threads: any; there is no state.
 * Memory:  both functions append to the caller's buffer, which must not be the one they read from.
 *          A buffer that is used again needs no new memory. A failure leaves it as it was.
 */
#pragma once

#include "fs/base/buf.h"

#include <stdbool.h>

/* The name, in a directory, of the file with the value of the directory's own key. The mirror makes
 * it for a key "a" beside "a/b"; key_to_path() never does. */
#define KEY_VALUE_NAME "%value"

/* The name of an empty component, and so of the key "a/" in the directory "a". */
#define KEY_EMPTY_NAME "%empty"

/* At most so many components of a key become directories; the rest is one component, with its
 * slashes. No path that the kernel accepts (PATH_MAX) has more names. */
#define KEY_DEPTH_MAX 2048

/* With this begin etcdfs' own keys, which are no files and have no paths. */
#define KEY_OWN_PREFIX ".etcd/"
#define KEY_META_NAME "meta/" /* of these, those with what is kept for another key */
bool key_is_own(struct bytes key);

/* Whether @key, without the mount's prefix, has what is kept for another, and then which. */
bool key_is_meta(struct bytes key, struct bytes *ret);

/* Whether keys that begin with @key and a '/' make a directory of it. False: @key is always a file,
 * because it has KEY_DEPTH_MAX slashes, or because those keys are etcdfs' own. */
bool key_may_be_dir(struct bytes key);

/* Appends the path of @key, which is not etcdfs' own. 0 or -ENOMEM. */
int key_to_path(struct bytes key, struct buf *ret_path);

/*
 * Appends the key whose path is @path; key_to_path() gives @path back. The key of "DIR/%value" is
 * that of DIR, for which key_to_path() gives "DIR".
 *
 * -EINVAL        no key has this path, or one that is etcdfs' own would
 * -ENAMETOOLONG  a name is over 255 bytes, or there are more directories than KEY_DEPTH_MAX
 * -ENOMEM
 */
int key_from_path(struct bytes path, struct buf *ret_key);
