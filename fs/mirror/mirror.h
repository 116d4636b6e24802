/* The keyspace in memory: a tree of keys at one known revision of etcd. */
/*
 * Owner:   the caller of mirror_new(), who frees it after the feed has stopped.
 * Threads: any for the questions; only the feed's for mirror_apply() and mirror_replace(). Each
 *          function takes the mirror's lock, and calls nothing that blocks under it.
 * Time:    every question sees one whole revision, never half a transaction.
 * Keys:    with the mount's prefix, as etcd has them. IDs are those of the tree. etcdfs' own keys
 *          are in no answer but those of mirror_own_...(), and in the count and the memory.
 */
#pragma once

#include "fs/base/buf.h"
#include "fs/etcd/etcd.h"
#include "fs/tree/ids.h"
#include "fs/tree/meta.h"
#include "fs/tree/times.h"
#include "fs/tree/tree_event.h"
#include "fs/tree/value.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct mirror;

int mirror_new(struct bytes prefix, struct mirror **ret);
/* Before anything is in it: whose part of the range of IDs it uses; 0 if it is not said. */
void mirror_set_incarnation(struct mirror *mirror, unsigned incarnation);
void mirror_free(struct mirror *mirror);
CLEANUP_POINTER(struct mirror, mirror_free)

/* --- For the feed --- */

/* The revision that the mirror shows; 0 before the first mirror_replace(). */
int64_t mirror_revision(struct mirror *mirror);

/* Applies all events of one revision, which must be the next one, or for a sparse mirror a later
 * one. Keys without the prefix are ignored. 0; -ESTALE: @revision is not the next (a gap, or a step
 * back), or -ENOMEM: after either the caller must list again. */
int mirror_apply(
	struct mirror *mirror, int64_t revision, const struct etcd_event *events, size_t n_events);

/* Makes the mirror sparse: its watch covers only the mount's prefix, so that revisions which change
 * nothing there are missing. */
void mirror_set_sparse(struct mirror *mirror);

/* Only for a sparse mirror: all changes below the prefix up to @revision have been applied, so that
 * is the mirror's revision now. */
void mirror_skip(struct mirror *mirror, int64_t revision);

/* Only for a sparse mirror: the revisions skipped after @revision, the last one applied, will be
 * watched again, so the mirror's revision goes back to it. */
void mirror_unskip(struct mirror *mirror, int64_t revision);

/* Does mirror_skip() if the mirror is complete: at @revision there were @count keys below the
 * prefix, the last put of which was at @newest. Whether the mirror is at @revision or beyond. */
bool mirror_reach(struct mirror *mirror, int64_t revision, int64_t newest, size_t count);

/* A list of all keys at one revision, which comes in pieces, for mirror_replace(). The first list
 * of a mirror goes into it at once, so it is the only one at that time. */
struct mirror_list;
int mirror_list_new(struct mirror *mirror, struct mirror_list **ret);
/* There will be about @count keys: a hint. */
void mirror_list_expect(struct mirror_list *list, size_t count);
/* At most so many bytes of values are kept; the values that find no room are hollow (value.h). */
void mirror_list_limit(struct mirror_list *list, size_t bytes);
/* Adds keys; @revision is that of the whole list. 0, or -ENOMEM: then the list is good for nothing
 * but mirror_list_free(). */
int mirror_list_add(
	struct mirror_list *list, int64_t revision, const struct etcd_kv *kvs, size_t n_kvs);
void mirror_list_free(struct mirror_list *list);
CLEANUP_POINTER(struct mirror_list, mirror_list_free)

/* Replaces the keyspace by @list, which is that of @revision. A node whose key has the same
 * create_revision stays the same node. *@ret_forked: @list has a key whose mod_revision the mirror
 * had reached already, but the mirror lacks that key or has it otherwise; so the mirror's content
 * was never in this history. 0, or -ENOMEM: the mirror's revision is then 0, and the caller must
 * list again. */
int mirror_replace(
	struct mirror *mirror, int64_t revision, const struct mirror_list *list, bool *ret_forked);

/* When @revision was, by the date of the mirror's first list: in the order of revisions, if not the
 * true time. */
int64_t mirror_date_ns(struct mirror *mirror, int64_t revision);
/* Before anything is in @mirror: it is to date values as @other does. */
void mirror_date_like(struct mirror *mirror, struct mirror *other);

/* --- Questions --- */

struct mirror_info {
	uint64_t id;
	bool is_dir;
	bool is_value;	    /* a directory's own value: KEY_VALUE_NAME */
	bool dead;	    /* removed; only open files and the kernel still refer to it */
	bool unlinked_here; /* removed by this mount, or about to be */
	bool known;	    /* the kernel has looked it up, and not forgotten it */
	bool making;	    /* the open file that created it, on this mount, is not closed yet */
	bool secret;	    /* mirror_set_secret() */
	bool unpublished;   /* this mount has writes to it that are not published */
	bool draft;	    /* a file of this mount alone, which never had a key */
	bool orphan;	    /* a draft: who was to make its key has failed */
	bool pending;	    /* something is kept with the value that is to be published */
	bool times_pending; /* its times are for the value that is to be published */
	uint64_t dir;	    /* the ID of its directory; 0: the root, or dead */
	unsigned handles;
	unsigned n_dirs; /* number of directories in it */
	int64_t size;	 /* bytes, with this mount's unpublished writes */
	int64_t mod_revision;
	enum meta_kind kind;
	unsigned has; /* META_HAS_...: which of the next three are kept; else the mount's hold */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	struct timespec accessed, modified, changed;
};

/* Looks up the child @name of @dir, and adds @pins to the kernel's lookup count. 0, -ENOENT,
 * -ENOTDIR, -ESTALE (@dir is gone), -ENOMEM (with pins only). */
int mirror_lookup(struct mirror *mirror, uint64_t dir, const char *name, unsigned pins,
	struct mirror_info *ret);

/* 0 or -ESTALE (no such ID). Dead nodes are found while they are held. */
int mirror_info(struct mirror *mirror, uint64_t id, struct mirror_info *ret);

/* The ID of the node that an open of @id means: @id, or, if a rename of this mount has put another
 * file in its place, that file. A caller who looked the name up just before the rename means it. */
uint64_t mirror_heir(struct mirror *mirror, uint64_t id);

/* The node that has the name of @id now: @id while it lives, else the node at its last path. 0,
 * -ENOENT (there is none), -ESTALE (the path is not known any more). */
int mirror_successor(struct mirror *mirror, uint64_t id, struct mirror_info *ret);

/* The value, of a dead node the last one, referenced for the caller. 0, -ESTALE (no such ID),
 * -EISDIR. */
int mirror_last_value(struct mirror *mirror, uint64_t id, struct value **ret);

/* The value, referenced for the caller. 0, -ESTALE (no such ID, or dead), -EISDIR. */
int mirror_value(struct mirror *mirror, uint64_t id, struct value **ret);

/* The names in a directory, in bytewise order, all of one moment. */
struct mirror_names {
	struct mirror_name {
		uint64_t id;
		bool is_dir;
		enum meta_kind kind;
		const char *name;
	} * names;
	size_t n_names;
	uint64_t parent; /* the ID of the directory above */
	struct buf text;
};

/* 0, -ENOMEM, -ENOTDIR, -ESTALE. */
int mirror_names(struct mirror *mirror, uint64_t dir, struct mirror_names **ret);
void mirror_names_free(struct mirror_names *names);
CLEANUP_POINTER(struct mirror_names, mirror_names_free)

/* 0: the directory is empty. -ENOTEMPTY, -ENOTDIR, -ESTALE. */
int mirror_is_empty(struct mirror *mirror, uint64_t dir);

size_t mirror_count(struct mirror *mirror);	/* number of keys, etcdfs' own included */
uint64_t mirror_ids_end(struct mirror *mirror); /* above all IDs that it has given */

/* What the keys take in memory, and how much of it are the bytes of values. Copies of old values
 * that open files still have are not in it. */
struct mirror_memory {
	size_t n_bytes;
	size_t n_value_bytes;
};
void mirror_memory(struct mirror *mirror, struct mirror_memory *ret);

/* --- References by the kernel, open files and others --- */

/* Takes @count off the kernel's lookup count (FORGET). While the count is not 0, a node's ID stays
 * valid after the node's death. */
void mirror_unpin(struct mirror *mirror, uint64_t id, uint64_t count);

/* Adds and drops a reference from within this process. 0, -ESTALE, or -ENOMEM: not for a directory,
 * nor for a file that the kernel knows or that is open or held. */
int mirror_hold(struct mirror *mirror, uint64_t id);
void mirror_release(struct mirror *mirror, uint64_t id);

/* Adds and drops the reference of an open file. 0, -ESTALE, or -ENOMEM as for mirror_hold(). */
int mirror_handle_add(struct mirror *mirror, uint64_t id);
void mirror_handle_remove(struct mirror *mirror, uint64_t id);

/* What an open gets when its node is dead. */
enum mirror_gone {
	MIRROR_GONE_FAIL, /* -ESTALE */
	MIRROR_GONE_HEIR, /* mirror_heir() */
	MIRROR_GONE_LAST, /* mirror_heir(), or the dead node with its last value */
};

/* All that an open needs to know of a file, at one moment: its attributes (@ret->id may be the
 * heir's) and its value, referenced for the caller. Counts the open file as mirror_handle_add()
 * does. 0, -ESTALE, -EISDIR, -ENOMEM. */
int mirror_open(struct mirror *mirror, uint64_t id, enum mirror_gone gone, struct mirror_info *ret,
	struct value **ret_value);

/* Makes a draft: the file @name in @dir, of this mount alone until a revision has its key, and then
 * the file of that key. It is gone if its last open file is closed before; until it has one, the
 * caller may drop it. 0, -ENOMEM, -ENOTDIR, -ESTALE, -EEXIST. */
int mirror_draft(struct mirror *mirror, uint64_t dir, const char *name, uint64_t *ret_id);

/* Tells the listener that the file @id, a draft, has appeared: where the kernel has not told the
 * watchers of its directory. Between echo_open_here() and echo_close(). */
void mirror_tell_draft(struct mirror *mirror, uint64_t id);

/* Who was to make the key of draft @id has failed: whoever opens it to write is to make it. */
void mirror_orphan_draft(struct mirror *mirror, uint64_t id);

/* Whether the file, which may be dead, never had a key. */
bool mirror_is_draft(struct mirror *mirror, uint64_t id);

/* Unlinks a draft. False: it is none, or dead. */
bool mirror_drop_draft(struct mirror *mirror, uint64_t id);

/* The file @id, which is open here, was opened by who created it (@by 1), or closed (@by -1). */
void mirror_making(struct mirror *mirror, uint64_t id, int by);

/* Notes whether the mode that was accepted last denies reading to others, who can read the file all
 * the same, since modes are not kept. */
void mirror_set_secret(struct mirror *mirror, uint64_t id, bool secret);

/*
 * mmap(2), sendfile(2) and splice(2) read through the kernel's page cache, which is shared by all
 * who have the file open. The kernel drops the pages at an open, and when it gets new attributes.
 * Between two such moments all pages must be filled from one value, that of the first moment;
 * otherwise a reader would see parts of two values.
 */
void mirror_set_paged(struct mirror *mirror, uint64_t id); /* the present value, if it is open */

/* The value for the kernel's page cache, referenced for the caller. 0 or -ESTALE (not open). */
int mirror_paged(struct mirror *mirror, uint64_t id, struct value **ret);

/* An open file with unpublished writes. Embedded in the caller's struct, zeroed at first. */
struct mirror_writer {
	TAILQ_ENTRY(mirror_writer) entry;
	int64_t size;
	bool listed;
};

/* Of a file that is open. mirror_set_local_size(): with the writes of @writer the value has @size
 * bytes. The file has the size of the writer that has written last. mirror_end_local_size(): the
 * writes were published or given up. */
void mirror_set_local_size(
	struct mirror *mirror, uint64_t id, struct mirror_writer *writer, int64_t size);
/* Whether @size fits into MIRROR_LOCAL_MAX, together with the unpublished writes of all others. */
#define MIRROR_LOCAL_MAX (INT64_C(512) << 20)
bool mirror_local_room(struct mirror *mirror, const struct mirror_writer *writer, int64_t size);
void mirror_end_local_size(struct mirror *mirror, uint64_t id, struct mirror_writer *writer);

/* Sets times (utimens(2)) for the present value, or, with unpublished writes, for the value that
 * they become. The kernel knows the node, so this needs no memory. */
void mirror_set_times(struct mirror *mirror, uint64_t id, const struct times_wish *wish);

/* The writes were published as @revision, so times set since the last write belong to it. Called
 * before mirror_end_local_size(). */
void mirror_keep_times(struct mirror *mirror, uint64_t id, int64_t revision);

/* This mount is about to remove the node; with @here false it has not removed it. */
void mirror_set_unlinked_here(struct mirror *mirror, uint64_t id, bool here);

/* --- Changes, for those who make inotify events of them --- */

/* The way from the root to a node: its names, and the node of each. It holds the nodes, so that
 * their IDs stay valid. */
struct trail {
	size_t n_ids;
	bool is_dir;
	bool known;	  /* a user may have looked up the node itself */
	int64_t heard_us; /* set by the listener: when the mount has heard of the change */
	uint64_t *ids;	  /* the node of each name, as an ID; the last is the node's own */
	char path[];	  /* its names, joined by a slash; empty: the root */
};

uint64_t trail_dir(const struct trail *trail); /* the ID of the directory of the last name */
const char *trail_name(const struct trail *trail);

/* Called under the mirror's lock for each change of a name that a process may watch: a user may
 * have looked up the name or its directory. @mod_revision is that of a file. The listener must not
 * call the mirror. True: it has taken over @trail. */
typedef bool mirror_listener_fn(
	void *arg, enum tree_event event, struct trail *trail, int64_t mod_revision);

/* Sets the listener; NULL: none. */
void mirror_listen(struct mirror *mirror, mirror_listener_fn *fn, void *arg);

void mirror_trail_free(struct mirror *mirror, struct trail *trail); /* NULL is fine */

/* False: a change of a name in @dir is not done with yet, since its trail is not freed. Call this
 * after the question about a name in @dir, so that it is about a state not older than the
 * answer. */
bool mirror_is_told(struct mirror *mirror, uint64_t dir);

/* Adds a lookup by the notifier, of a node that may be dead. It does not make the name known to
 * users. 0, -ESTALE, or -ENOMEM as for mirror_hold(). */
int mirror_look(struct mirror *mirror, uint64_t id, struct mirror_info *ret);

/* --- Keys, for those who change them in etcd --- */

/* Appends the key of the file @id. 0, -ESTALE, -EISDIR, -ENOMEM. */
int mirror_key(struct mirror *mirror, uint64_t id, struct buf *ret);

/* Appends the key that @name in @dir has or would have. 0, -ESTALE, -ENOMEM, -EINVAL (no key has
 * that path), -ENAMETOOLONG. */
int mirror_child_key(struct mirror *mirror, uint64_t dir, const char *name, struct buf *ret);

/* What keeps a directory in existence when it loses a child. */
struct mirror_dir {
	bool is_root;	    /* the root, which always exists */
	bool has_marker;    /* it exists as long as its marker does */
	struct buf key;	    /* the key of its marker: the directory's key and '/' */
	struct buf sibling; /* the key of another file in it; empty: there is no other */
};

/* 0, -ENOMEM, -ENOTDIR, -ESTALE, -EINVAL (the directory can have no marker). */
int mirror_dir(struct mirror *mirror, uint64_t dir, struct mirror_dir *ret);
void mirror_dir_fini(struct mirror_dir *dir);

/* Answers as mirror_dir(), for @dir without its child @except. No marker can keep the directory of
 * a cut component ("...%+"): if @dir is one and no other file keeps it, the answer is about the
 * first directory above that has another file or can have a marker. If a file keeps a cut
 * directory, @key is empty. */
int mirror_dir_above(
	struct mirror *mirror, uint64_t dir, const char *except, struct mirror_dir *ret);

/* Makes a directory @name of a cut component in @dir, which only this mount has while it is empty.
 * 0 (also if it exists), -ENOMEM, -ENOTDIR, -ESTALE, -EINVAL (@name is not cut, or belongs to no
 * key). */
int mirror_keep(struct mirror *mirror, uint64_t dir, const char *name);

/* Removes such a directory. 0, -EINVAL (it is not kept), -ENOTEMPTY, -ESTALE, -ENOMEM. */
int mirror_unkeep(struct mirror *mirror, uint64_t id);

/* The range of keys below a directory: from @first to before @end, and of these only the keys whose
 * path begins with @path. */
struct mirror_range {
	struct buf path; /* ends in '/'; empty: the root */
	struct buf first;
	struct buf end;
};

/* 0, -ENOMEM, -ENOTDIR, -ESTALE. */
int mirror_range(struct mirror *mirror, uint64_t dir, struct mirror_range *ret);
void mirror_range_fini(struct mirror_range *range);

/* The files of which a name consists: the file itself, or all below the directory, its "%value" and
 * markers included. For each its key, and its key after the rename. */
struct mirror_files {
	struct mirror_file {
		struct buf from, to;
		struct value *value;
		struct meta *meta;     /* what is kept for it under the new name; NULL: nothing */
		int64_t meta_revision; /* mirror_meta_revision() of its present key */
	} * files;
	size_t n_files, capacity;
	size_t n_bytes;	  /* bytes of a transaction that renames them, at least */
	int64_t revision; /* the mirror's revision; changed and new files have a later one */
};

/* The files of @id, which is to become @name in @dir. 0, -ENOMEM, -ESTALE, -ENOTDIR, -EINVAL or
 * -ENAMETOOLONG (one of them would have no key), -EXDEV (several files, of more than @max
 * bytes). */
int mirror_files(struct mirror *mirror, uint64_t id, uint64_t dir, const char *name, size_t max,
	struct mirror_files *ret);
void mirror_files_fini(struct mirror_files *files);

/* A rename that this mount has asked etcd for: the node at the key @from moves to @to, and with
 * @exchange that at @to moves to @from. When the revision that puts the key @put is applied, these
 * nodes, and all below them, stay the same nodes. @move is borrowed until
 * mirror_unexpect_move(). */
struct mirror_move {
	struct mirror_move *next;
	struct bytes from, to;
	struct bytes put;
	bool is_dir, to_is_dir;
	bool exchange;
};
void mirror_expect_move(struct mirror *mirror, struct mirror_move *move);
void mirror_unexpect_move(struct mirror *mirror, struct mirror_move *move);

/* Whether a rename is under way, so that a name in the mirror may soon belong to another node. */
bool mirror_expects_move(struct mirror *mirror);
