/* What makes reads linearizable: etcd's revision, asked once for many, and awaited. */
/*
 * Owner:   the mount. RPC thread only.
 *
 * An operation that joins is resumed once the mirror shows everything that was acknowledged
 * anywhere before it joined. One question is under way at a time; who joins meanwhile shares the
 * next, since the answer under way may be older than they are. So any number of operations cost two
 * round trips.
 *
 * The question (etcd_revision()) and the watch go to the same etcd:
 * there, the event of a revision is on its way before anybody can read that revision.
 */
#pragma once

#include "fs/op.h"

struct barrier {
	struct fs *fs;
	struct op_list asked;  /* for the question under way */
	struct op_list next;   /* for the one after */
	struct op_list behind; /* for the mirror, the lowest revision first */
	bool asking;
};

void barrier_init(struct barrier *barrier, struct fs *fs);

/* A read needs none: consistency=cached, and the mirror has been whole. Any thread. */
bool barrier_is_needless(struct fs *fs);

/* @next runs when the barrier has passed: error 0 and op->fresh, or -errno. */
void barrier_join(struct op *op, op_fn *next);

/* @next runs when the mirror shows @revision, perhaps at once. */
void barrier_await(struct op *op, int64_t revision, op_fn *next);

/* The feed's word that the mirror has moved on. */
void barrier_advance(struct barrier *barrier);
