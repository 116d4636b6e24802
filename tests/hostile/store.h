/* What an honest etcd would have: keys at their revisions, the history of changes, and leases. */
/*
 * Owner:   the caller; zero-initialised, with a revision of 1, it is empty.
 * Threads: one. Without memory it ends the process.
 */
#pragma once

#include "fs/etcd/rpc.pb-c.h"

#include "fs/base/buf.h"

struct store_key {
	struct buf key, value;
	int64_t create_revision, mod_revision, version, lease;
};

struct store_change {
	bool is_delete;
	struct store_key key; /* as the change has left it */
};

struct store {
	int64_t revision;
	struct store_key *keys; /* in order */
	size_t n_keys;
	struct store_change *history; /* the oldest first */
	size_t n_history;
	int64_t *leases;
	size_t n_leases;
};

/* Makes @ret, whose arrays and keys borrow from the store until it changes; store_range_end() frees
 * the arrays. */
void store_range(
	const struct store *store, const Etcd__RangeRequest *request, Etcd__RangeResponse *ret);
void store_range_end(Etcd__RangeResponse *response);

/* The keys as they were at @revision, in @ret, which store_fini() frees. */
void store_at(const struct store *store, int64_t revision, struct store *ret);
void store_fini(struct store *store);

/* Whether all its compares hold, by the present state. */
bool store_holds(const struct store *store, const Etcd__TxnRequest *request);
/* Does its operations, all in the revision after @before. */
void store_do(struct store *store, const Etcd__TxnRequest *request, int64_t before);

bool store_has_lease(const struct store *store, int64_t id);
void store_grant(struct store *store, int64_t id);
void store_revoke(struct store *store, int64_t id); /* deletes its keys */

/* Makes @ret of a key, borrowed. */
void store_show(const struct store_key *key, Etcd__KeyValue *ret);

/* Whether @key is in [@first, @end), as etcd has it. */
bool store_is_in(struct bytes key, ProtobufCBinaryData first, ProtobufCBinaryData end);
