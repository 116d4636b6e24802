/* The names and the values of the keys of locks: PREFIX.etcd/lock/ESC(key)/LEASE.N and its JSON. */
/*
 * Pure. The name here is what follows PREFIX.etcd/ (struct own_key). ESC writes the bytes of the
 * locked key so that they have no slash: `%` is `%25` and `/` is `%2F`. So the locks of `a` and of
 * `a/b` are apart, and each file has exactly one queue. `etcdctl lock PREFIX.etcd/lock/ESC(key)`
 * makes a key with only LEASE as its last part.
 */
#pragma once

#include "fs/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* Appends the name of the queue of @key, with the slash at its end. 0 or -ENOMEM. */
int lock_queue_name(struct bytes key, struct buf *ret);

/* Appends the key whose lock @name is, or belongs to; the reverse of lock_queue_name(). 0, -ENOMEM,
 * or -EINVAL: it is the name of no lock. */
int lock_queue_key(struct bytes name, struct buf *ret);

/* The part of a lock's name that is its queue's, with the slash; empty: it is the name of no
 * lock. */
struct bytes lock_queue_of(struct bytes name);

/* Appends the name of the lock @number of @lease in the queue @queue. 0 or -ENOMEM. */
int lock_name(struct bytes queue, int64_t lease, uint64_t number, struct buf *ret);

/* Which lease and number @name ends in. False: not in those of a lock that etcdfs has made; then
 * both are 0. */
bool lock_name_parse(struct bytes name, int64_t *ret_lease, uint64_t *ret_number);

/* What the value of a lock says of its holder. */
struct lock_holder {
	bool shared;
	bool beside; /* none of its own mount that is before it excludes it */
	int64_t pid; /* 0: not said */
	char host[256];
	char command[64];
};

/* Appends the value. Bytes that are not UTF-8 are left out as `?`. 0 or -ENOMEM. */
int lock_value(const struct lock_holder *holder, struct buf *ret);

/* Reads it. False: it is not such a value; then, as for an empty one, the lock is exclusive and
 * nothing is known of its holder. */
bool lock_value_parse(struct bytes value, struct lock_holder *ret);
