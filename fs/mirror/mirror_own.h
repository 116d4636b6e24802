/* etcdfs' own keys: those that begin with the mount's prefix and ".etcd/", which are no files. */
#pragma once

#include "fs/mirror/mirror.h"

/* Views that are valid during the call that shows them. */
struct own_key {
	struct bytes name; /* what follows the prefix and ".etcd/", such as "lock/..." */
	struct bytes value;
	int64_t create_revision, mod_revision;
	int64_t lease; /* 0: none */
};

/* Shows each own key whose name begins with @name_prefix, in bytewise order, all of one moment.
 * @fn runs under the mirror's lock, and must not call the mirror. False: it wants no more. The
 * second begins with the name @from. */
typedef bool mirror_own_fn(void *arg, const struct own_key *key);
void mirror_own_walk(struct mirror *mirror, struct bytes name_prefix, mirror_own_fn *fn, void *arg);
void mirror_own_walk_from(struct mirror *mirror, struct bytes name_prefix, struct bytes from,
	mirror_own_fn *fn, void *arg);

/* Called under the mirror's lock for each own key that is put (@there) or deleted, while a revision
 * is applied or a list replaces the keyspace. Of a list only the differences are told: a key that
 * was deleted and made again is a put with another create_revision. It must not call the mirror. */
typedef void mirror_own_listener_fn(void *arg, const struct own_key *key, bool there);
void mirror_own_listen(struct mirror *mirror, mirror_own_listener_fn *fn, void *arg);

/* Appends the key in etcd of the own key @name. 0 or -ENOMEM. */
int mirror_own_key(const struct mirror *mirror, struct bytes name, struct buf *ret);
