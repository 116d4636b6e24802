/* Shared by the files of the mirror; not for others. */
#pragma once

#include "fs/base/lock.h"
#include "fs/mirror/mirror.h"
#include "fs/tree/tree.h"

/* Long work handles so many nodes before it passes the lock on. */
#define MIRROR_PIECE 512

struct mirror {
	struct lock lock; /* protects all below */
	struct tree tree;
	int64_t revision;
	bool sparse;	    /* mirror_set_sparse() */
	uint64_t lists;	    /* number of lists that have replaced the tree */
	int64_t local_size; /* bytes of all values with unpublished writes */
	struct mirror_move *moves;
	mirror_listener_fn *listener;
	void *listener_arg;
	struct buf prefix; /* constant */
};

/* The path of @key, NUL-terminated, in @ret (cleared first). 0, -ENOMEM, -ENOENT: the key has not
 * our prefix. */
int mirror_path(const struct mirror *mirror, struct bytes key, struct buf *ret);

/* Appends the key of @path (not empty), with the prefix. */
int mirror_path_key(const struct mirror *mirror, struct bytes path, struct buf *ret);

/* The living directory @id. 0, -ESTALE, -ENOTDIR. */
int mirror_dir_locked(struct mirror *mirror, uint64_t id, struct node **ret) REQUIRES(mirror->lock);

/* The extra of the node @id. NULL: there is no such node, or without memory. */
struct extra *mirror_extra_locked(struct mirror *mirror, uint64_t id) REQUIRES(mirror->lock);

/* @pins more lookups of the kernel. 0 or -ENOMEM. */
int mirror_pin_locked(struct mirror *mirror, struct node *node, unsigned pins)
	REQUIRES(mirror->lock);

void mirror_info_locked(const struct node *node, struct mirror_info *ret);

/* The rename of this mount that is in the revision being applied; all zero: there is none. */
struct moved {
	uint64_t ids[2]; /* the nodes that were moved; the second only of an exchange */
	uint64_t left;	 /* the directory that the node was moved from; 0: none */
};

/* Called before and after the puts and deletes of a revision. 0 or -ENOMEM. */
int move_begin_locked(struct mirror *mirror, const struct etcd_event *events, size_t n_events,
	struct moved *ret) REQUIRES(mirror->lock);
int move_end_locked(struct mirror *mirror, int64_t revision, const struct moved *moved)
	REQUIRES(mirror->lock);
