/* Kept metadata, for those who change it: what the own keys "meta/..." say of files and
 * directories. */
#pragma once

#include "fs/mirror/mirror.h"
#include "fs/tree/meta_change.h"

/* The kept metadata of a node, for who changes it. */
struct mirror_meta {
	struct meta *meta;	    /* what counts now; the times only if they hold */
	struct meta_change pending; /* mirror_add_pending() */
	struct buf key;		    /* its key in etcd */
	int64_t mod_revision;	    /* of that key; 0: there is none */
	struct buf keeper; /* the key that it belongs to: the file's, or the directory's marker */
	int64_t create_revision; /* of that one; 0: there is none */
	int64_t value_revision;	 /* mod_revision of a file's key; 0: a directory */
	int64_t lease;		 /* of that key; 0: none */
	bool is_dir, is_root;
};

/* 0, -ENOMEM, -ESTALE, -EINVAL (a node that can keep none: "%empty", or a directory of a cut
 * component). */
int mirror_meta(struct mirror *mirror, uint64_t id, struct mirror_meta *ret);
void mirror_meta_fini(struct mirror_meta *meta);

static inline void mirror_meta_cleanup(struct mirror_meta *meta)
{
	mirror_meta_fini(meta);
}

/* Before anything is in it: what is kept counts for nothing. */
void mirror_ignore_meta(struct mirror *mirror);

/* Appends the key in etcd of what is kept for @key, a file's or a directory's marker. 0 or
 * -ENOMEM. */
int mirror_meta_key(const struct mirror *mirror, struct bytes key, struct buf *ret);
/* The mod_revision of that key, whether or not it counts; 0: there is none. */
int64_t mirror_meta_revision(struct mirror *mirror, struct bytes key);

/* The node @id, whose next value is this mount's to publish, or that is dead, shows @change and
 * @times from now on. They are kept with that value. The kernel knows it, so this needs no
 * memory. */
void mirror_add_pending(struct mirror *mirror, uint64_t id, const struct meta_change *change,
	const struct times_wish *times);
bool mirror_is_pending(struct mirror *mirror, uint64_t id);
/* They are kept; or given up, unless there are other unpublished writes, or no key yet. */
void mirror_end_pending(struct mirror *mirror, uint64_t id);
void mirror_drop_pending(struct mirror *mirror, uint64_t id);
