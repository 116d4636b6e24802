/* What the files of the mirror share, and nobody else sees. */
#pragma once

#include "fs/base/lock.h"
#include "fs/mirror/mirror.h"
#include "fs/tree/tree.h"

/* Of long work, so much is done between two moments in which others may have the lock. */
#define MIRROR_PIECE 512

struct mirror {
	struct lock lock; /* all below */
	struct tree tree;
	int64_t revision;
	bool sparse;	    /* revisions are left out */
	uint64_t lists;	    /* how many have replaced the tree */
	int64_t local_size; /* bytes of all that is written and not published */
	struct mirror_move *moves;
	mirror_listener_fn *listener;
	void *listener_arg;
	struct buf prefix; /* constant */
};

/* The path of @key, with its NUL, in @ret (cleared first). -ENOENT: not ours. */
int mirror_path(const struct mirror *mirror, struct bytes key, struct buf *ret);

/* The key of @path (not empty), with the prefix, appended. */
int mirror_path_key(const struct mirror *mirror, struct bytes path, struct buf *ret);

/* The living directory @id. 0, -ESTALE, -ENOTDIR. */
int mirror_dir_locked(struct mirror *mirror, uint64_t id, struct node **ret) REQUIRES(mirror->lock);

void mirror_info_locked(const struct node *node, struct mirror_info *ret);

/* A rename of our own in the revision that is being applied; all zero: there is none. */
struct moved {
	uint64_t ids[2]; /* who has another place; the second of an exchange only */
	uint64_t left;	 /* the directory that it has left, 0: none */
};

/* Before the puts and the deletes of a revision, and behind them. 0 or -ENOMEM. */
int move_begin_locked(struct mirror *mirror, const struct etcd_event *events, size_t n_events,
	struct moved *ret) REQUIRES(mirror->lock);
int move_end_locked(struct mirror *mirror, int64_t revision, const struct moved *moved)
	REQUIRES(mirror->lock);
