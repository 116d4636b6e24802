/* Shared by the files of the mirror; not for others. */
#pragma once

#include "fs/base/lock.h"
#include "fs/mirror/mirror_own.h"
#include "fs/tree/tree.h"

#include <bsd/sys/tree.h>

/* Long work handles so many nodes before it passes the lock on. */
#define MIRROR_PIECE 512

struct own_entry;
RB_HEAD(own_entries, own_entry);

/* etcdfs' own keys (mirror_own.c). */
struct own_keys {
	struct own_entries entries;
	size_t n, n_bytes, n_value_bytes;
	bool ignores_meta;
	bool had_metas; /* at any time */
	size_t n_metas; /* of those with kept metadata that can be read */
	mirror_own_listener_fn *listener;
	void *listener_arg;
};

/* A revision, and when that was: CLOCK_REALTIME. */
struct mirror_date {
	int64_t revision, ns;
};

/* When @revision was, by @date. */
int64_t mirror_date_of(struct mirror_date date, int64_t revision);

struct mirror {
	struct lock lock; /* protects all below */
	struct tree tree;
	struct own_keys own;
	int64_t revision;
	bool sparse;		 /* mirror_set_sparse() */
	uint64_t lists;		 /* number of lists that have replaced the tree */
	struct mirror_date date; /* of the first list */
	int64_t local_size;	 /* bytes of all values with unpublished writes */
	struct mirror_move *moves;
	mirror_listener_fn *listener;
	void *listener_arg;
	struct buf prefix; /* constant */
};

/* The path of @key, NUL-terminated, in @ret (cleared first). 0, -ENOMEM, -ENOENT: the key has not
 * our prefix, or is an own one. */
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

/* Sets times for the present value of @node, or those that it will have. */
void mirror_set_times_locked(struct mirror *mirror, struct node *node,
	const struct times_wish *wish) REQUIRES(mirror->lock);

/* Whether something is kept with the node's next value: see mirror_add_pending(). */
bool extra_is_pending(const struct extra *extra);

void mirror_info_locked(struct mirror *mirror, struct node *node, struct mirror_info *ret)
	REQUIRES(mirror->lock);

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

/* A list that comes (mirror_list.c). */
struct mirror_list {
	struct mirror *mirror;
	int64_t revision; /* 0: no keys have come */
	struct mirror_date date;
	size_t room;   /* for the bytes of values: what finds none is hollow */
	bool is_first; /* its keys go into the tree at once; the rest of this is empty then */
	struct tree_load load;
	struct mirror_item {
		size_t key_end; /* in `keys` */
		struct value *value;
	} * items;
	size_t n_items;
	size_t capacity;
	struct buf keys; /* one behind the other: no blocks that leave holes when they are freed */
};

/* --- mirror_own.c --- */

void own_fini(struct own_keys *own);

/* Whether @key is an own one, and then its name. */
bool own_name(const struct mirror *mirror, struct bytes key, struct bytes *ret);

/* Applies the own keys among @events. 0 or -ENOMEM. */
int own_apply_locked(struct mirror *mirror, const struct etcd_event *events, size_t n_events)
	REQUIRES(mirror->lock);

/* Puts the own key @name, and tells the listener. 0 or -ENOMEM. */
int own_put_locked(struct mirror *mirror, struct bytes name, struct value *value)
	REQUIRES(mirror->lock);

/* The value of the own key @name, which the list being compared has; NULL: the key is missing. */
const struct value *own_listed_locked(struct mirror *mirror, struct bytes name)
	REQUIRES(mirror->lock);

/* Appends pointers to the entries that the list being compared has not, in pieces; and deletes
 * them. 0 or -ENOMEM. */
int own_unlisted_locked(struct mirror *mirror, struct buf *ret) REQUIRES(mirror->lock);
void own_drop_locked(struct mirror *mirror, const struct buf *unlisted) REQUIRES(mirror->lock);

/* The mod_revision of the own key @name; 0: there is none. */
int64_t own_revision_locked(struct mirror *mirror, struct bytes name) REQUIRES(mirror->lock);
/* The kept metadata in the own key @name; NULL: there is none that can be read. */
const struct meta *own_meta_locked(struct mirror *mirror, struct bytes name) REQUIRES(mirror->lock);

/* Shows all kept metadata, with what follows "meta/" in its name. False: it wants no more. */
typedef bool own_meta_fn(void *arg, struct bytes key, const struct meta *meta);
void own_metas_locked(struct mirror *mirror, own_meta_fn *fn, void *arg) REQUIRES(mirror->lock);

/* --- mirror_meta.c --- */

/* Whether an own key is kept metadata, and then the key that it belongs to, without the prefix. */
bool meta_name(struct bytes own_name, struct bytes *ret);

/* NULL: without memory, or it cannot be read, which the log says. */
struct meta *mirror_meta_parse(struct bytes key, const struct value *value);

/* The metadata that counts for @node. NULL: none. */
const struct meta *mirror_meta_locked(struct mirror *mirror, struct node *node)
	REQUIRES(mirror->lock);
/* What @node is, for which @meta counts (NULL: none). */
enum meta_kind meta_kind(const struct node *node, const struct meta *meta);
enum meta_kind meta_kind_locked(struct mirror *mirror, struct node *node) REQUIRES(mirror->lock);
/* Whether the times in @meta, which counts for @node, are those of its present value. */
bool meta_times_hold(struct node *node, const struct meta *meta);

/* The metadata that belongs to @key, which has no prefix, was put at @revision, or deleted. */
void meta_changed_locked(struct mirror *mirror, struct bytes key, int64_t revision)
	REQUIRES(mirror->lock);
void meta_deleted_locked(struct mirror *mirror, struct bytes key) REQUIRES(mirror->lock);
/* The key @key, with the prefix, was put, perhaps for a new node. */
void meta_mark_locked(struct mirror *mirror, struct bytes key) REQUIRES(mirror->lock);
/* After all changes of a revision, for each key, own ones too: for the kernel a node is what it was
 * first, so if it is another thing now it becomes another node. 0 or -ENOMEM. */
int meta_renew_locked(struct mirror *mirror, struct bytes key) REQUIRES(mirror->lock);
/* Fills in what is kept for @file, whose keys and value are there. 0 or -ENOMEM. */
int meta_of_file_locked(struct mirror *mirror, struct node *node, struct mirror_file *file)
	REQUIRES(mirror->lock);
/* After a list: which times of directories still hold. */
void meta_date_dirs_locked(struct mirror *mirror) REQUIRES(mirror->lock);
