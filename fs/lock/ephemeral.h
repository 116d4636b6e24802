/* Files on the mount's lease that end with the open file that has made them. */
/*
 * Owner:   the mount; one struct for each such file, from before it is made until it is known to be
 *          gone, or its lease is.
 * Threads: RPC thread only.
 *
 * When its open file is closed the key is deleted, with a compare on its create_revision, so that
 * no file of another's with the same name is. While the cluster is away that is tried again. A file
 * of which nobody knows whether etcd has made it, because there was no answer, is looked for.
 */
#pragma once

#include "fs/base/backoff.h"
#include "fs/lock/lease.h"
#include "fs/request/mutation.h"

struct ephemeral {
	struct ephemerals *all;
	TAILQ_ENTRY(ephemeral) entry;
	int64_t lease;
	uint64_t dir; /* where it was made, and its name there */
	char name[256];
	uint64_t id;		 /* its node; 0: not known */
	int64_t create_revision; /* 0: not known */
	int64_t until_ms;	 /* if not known: how long it is looked for */
	struct timer again;
	struct backoff backoff;
};

TAILQ_HEAD(ephemeral_list, ephemeral);

/* The fields up to `lease` are the caller's. */
struct ephemerals {
	struct requests *requests;
	struct mirror *mirror;
	struct mutations *mutations;
	struct lease *lease;
	struct ephemeral_list list;
	bool is_ending;
};

void ephemerals_init(struct ephemerals *all);
void ephemerals_end(struct ephemerals *all); /* the lease is about to be revoked */
void ephemerals_fini(struct ephemerals *all);

/* @name in @dir is about to be put on @lease. NULL without memory. */
struct ephemeral *ephemeral_new(
	struct ephemerals *all, int64_t lease, uint64_t dir, const char *name);

/* One of these follows: it was made, and is open; it was not made; that is not known, and nobody
 * has it open. */
void ephemeral_made(struct ephemeral *ephemeral, uint64_t id, int64_t create_revision);
void ephemeral_drop(struct ephemeral *ephemeral); /* NULL is fine */
void ephemeral_doubt(struct ephemeral *ephemeral);

/* It is closed. */
void ephemeral_close(struct ephemeral *ephemeral);
