/* A key's value at one revision: its bytes and what etcd says of them; constant. */
/*
 * Owner:   reference-counted by value_ref() and value_unref().
 * Threads: any; the count is atomic, the rest is constant.
 */
#pragma once

#include "fs/base/buf.h"
#include "fs/etcd/etcd.h"

#include <stdatomic.h>
#include <time.h>

struct value {
	atomic_uint refs;
	uint32_t len : 30;
	bool hollow : 1; /* its bytes are not kept, only their number */
	bool leased : 1; /* the lease is behind the bytes: most values have none */
	int64_t create_revision;
	int64_t mod_revision;
	int64_t version;
	int64_t seen_ns; /* when this mount learnt of the change, CLOCK_REALTIME */
	uint8_t data[];
};

/* A copy of @kv's value with one reference; NULL without memory. */
struct value *value_new(const struct etcd_kv *kv);
struct value *value_seen_at(
	const struct etcd_kv *kv, int64_t seen_ns); /* the same, with its date */
struct value *value_hollow(const struct etcd_kv *kv, int64_t seen_ns); /* without its bytes */
/* A copy of @value with other @bytes and one reference; NULL without memory. */
struct value *value_with(const struct value *value, struct bytes bytes);
struct value *value_ref(struct value *value);
void value_unref(struct value *value); /* NULL is fine */
CLEANUP_POINTER(struct value, value_unref)

struct bytes value_bytes(const struct value *value); /* of a hollow one: none */
int64_t value_lease(const struct value *value); /* 0: none */
struct timespec value_seen(const struct value *value);
/* Whether etcd says the same of both, the bytes included. */
bool value_same(const struct value *a, const struct value *b);

size_t block_bytes(void *block); /* what a block costs malloc; NULL: 0 */

/* CLOCK_REALTIME, as `seen_ns` has it. */
int64_t value_now_ns(void);
