/* Puts writes of different files into one request: one Raft entry, one fsync, one revision. */
/*
 * Owner:   the mount.
 * Threads: the RPC thread only.
 *
 * While no transaction or one is under way, another is sent at once, together with those that are
 * posted to the loop already. A transaction that comes while more are under way waits until they
 * are answered, and then all that wait are sent together as the next request: what a request costs
 * etcd grows little with the number of its transactions, so fewer and larger requests are faster
 * than several at a time. In a request, each transaction has its own compares, so that the refusal
 * of one does not concern the others. etcd compares all of them with the state before the request,
 * so a transaction that changes what another one changes or compares waits for a later request. A
 * request that takes long no longer counts as under way: etcd may have lost it in an election, and
 * then says so only when the request's time is over.
 *
 * If it is unknown whether a request has happened, this is unknown of each of its transactions. If
 * etcd refuses a request, nothing of it has happened, and each transaction is sent by itself, since
 * the reason may be another one. ENOSPC is the exception: the request may have happened
 * (fs/etcd/etcd.h), so each transaction ends with ENOSPC.
 *
 * A mount with a user or a certificate shares nothing, because etcd does not check all rights of
 * transactions within another (etcd_txns()).
 */
#pragma once

#include "fs/request/op.h"
#include "fs/request/txn.h"

#include <sys/queue.h>

/* A transaction that waits or is under way. */
struct share_member {
	TAILQ_ENTRY(share_member) entry;
	struct op *op;
	const struct txn *txn;
	etcd_reply_fn *fn;
};

TAILQ_HEAD(share_list, share_member);

/* The fields up to `etcd` are the caller's. */
struct share {
	const struct fs_config *config;
	struct loop *loop;
	struct etcd *etcd;

	struct share_list waiting;
	unsigned n_under_way; /* transactions; others wait while there are too many */
	/* Members of a request, and its bytes, roughly; lowered when etcd refuses one for that. */
	size_t n_max, size_max;
	struct task pump; /* sends what waits */
};

void share_init(struct share *share);

/* Whether @txn may share a request: it puts one small value without a lease. */
bool share_takes(const struct share *share, const struct txn *txn);

/* Sends @txn, which @op owns, and which is borrowed until @fn runs. @fn runs once, with @op and the
 * ending that etcd_txn() would have, after this has returned. If @op is given up before
 * @txn was sent, @txn is not sent any more, and the error is -ETIMEDOUT. */
void share_send(struct share *share, struct share_member *member, struct op *op,
	const struct txn *txn, etcd_reply_fn *fn);
