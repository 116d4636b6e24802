/* The keyspace as etcd last told us: a tree at one known revision. */
/*
 * Owner:   whoever called mirror_new(); freed after the feed has stopped.
 * Threads: any for the questions; one, the feed's, for mirror_apply() and mirror_replace(). Each
 *          function takes the mirror's lock and calls nothing that blocks under it.
 * Time:    every question sees one revision whole, never half a transaction.
 * Keys:    with the mount's prefix, as etcd has them. Ids are those of the tree.
 */
#pragma once

#include "fs/base/buf.h"
#include "fs/etcd/etcd.h"
#include "fs/tree/ids.h"
#include "fs/tree/times.h"
#include "fs/tree/tree_event.h"
#include "fs/tree/value.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct mirror;

int mirror_new(struct bytes prefix, struct mirror **ret);
void mirror_free(struct mirror *mirror);
CLEANUP_POINTER(struct mirror, mirror_free)

/* --- What the feed tells it --- */

/* The revision that it shows; 0 before the first mirror_replace(). */
int64_t mirror_revision(struct mirror *mirror);

/* All events of one revision, which must be the next (of a sparse mirror: a later one): 0; -ESTALE
 * for one that is not (a gap, or a step back: list again), -ENOMEM (the same). Keys without the
 * prefix are passed over. */
int mirror_apply(
	struct mirror *mirror, int64_t revision, const struct etcd_event *events, size_t n_events);

/* From now on revisions may be left out: those that change nothing of ours are not shown to us. */
void mirror_set_sparse(struct mirror *mirror);

/* Only of a sparse one: nothing of ours has changed up to @revision but what was applied. */
void mirror_skip(struct mirror *mirror, int64_t revision);

/* Only of a sparse one: what was passed over behind @revision, the last that was applied, is to be
 * shown or seen again. */
void mirror_unskip(struct mirror *mirror, int64_t revision);

/* The same, if it can be seen: at @revision there were @count keys, the newest put at @newest.
 * Whether the mirror is at @revision, or beyond. */
bool mirror_reach(struct mirror *mirror, int64_t revision, int64_t newest, size_t count);

/* A list, gathered page by page, that becomes the mirror at once. */
struct mirror_list;
int mirror_list_new(struct mirror_list **ret);
int mirror_list_add(struct mirror_list *list, const struct etcd_kv *kvs, size_t n_kvs);
void mirror_list_free(struct mirror_list *list);
CLEANUP_POINTER(struct mirror_list, mirror_list_free)

/* The whole keyspace at @revision: nodes whose value did not change stay what they are.
 * *@ret_forked: a key that was last changed when the mirror already was where it is is not the one
 * that the mirror has, so what it has was never in this history. 0, or -ENOMEM (list again: the
 * mirror is at revision 0 then). */
int mirror_replace(struct mirror *mirror, int64_t revision, const struct mirror_list *list,
	bool *ret_forked);

/* --- Questions --- */

struct mirror_info {
	uint64_t id;
	bool is_dir;
	bool is_value;	    /* a directory's own: KEY_VALUE_NAME */
	bool dead;	    /* no longer there; only open files still know it */
	bool unlinked_here; /* dead, or dying, by this mount */
	bool known;	    /* the kernel knows it */
	bool making;	    /* who has made it, on this mount, has it still open */
	bool secret;	    /* mirror_set_secret() */
	bool unpublished;   /* this mount has written what it has not published */
	unsigned handles;
	unsigned n_dirs; /* directories in it */
	int64_t size;	 /* bytes; what this mount has written and not published counts */
	int64_t mod_revision;
	struct timespec accessed, modified, changed;
};

/* The child @name of @dir, @pins more of the kernel's lookups. 0, -ENOENT, -ENOTDIR, -ESTALE (@dir
 * is gone). */
int mirror_lookup(struct mirror *mirror, uint64_t dir, const char *name, unsigned pins,
	struct mirror_info *ret);

/* 0 or -ESTALE (no such id; dead ones are found while pinned). */
int mirror_info(struct mirror *mirror, uint64_t id, struct mirror_info *ret);

/* Who stands in for @id: itself while it lives, and for a file that this mount has renamed another
 * onto, the one that has its name now. Whoever looked the name up just before means that one. */
uint64_t mirror_heir(struct mirror *mirror, uint64_t id);

/* Who has the name of @id now: itself, while it lives, or who is at its path. 0, -ENOENT (nobody),
 * -ESTALE (not known any more). */
int mirror_successor(struct mirror *mirror, uint64_t id, struct mirror_info *ret);

/* The value, or if it is dead the last one, referenced for the caller. 0, -ESTALE (no such id),
 * -EISDIR. */
int mirror_last_value(struct mirror *mirror, uint64_t id, struct value **ret);

/* The value, referenced for the caller. 0, -ESTALE (no such id, or dead), -EISDIR. */
int mirror_value(struct mirror *mirror, uint64_t id, struct value **ret);

/* The names in a directory, in bytewise order and at one moment. */
struct mirror_names {
	struct mirror_name {
		uint64_t id;
		bool is_dir;
		const char *name;
	} * names;
	size_t n_names;
	uint64_t parent; /* id of the directory above */
	struct buf text;
};

/* 0, -ENOMEM, -ENOTDIR, -ESTALE. */
int mirror_names(struct mirror *mirror, uint64_t dir, struct mirror_names **ret);
void mirror_names_free(struct mirror_names *names);
CLEANUP_POINTER(struct mirror_names, mirror_names_free)

/* Whether there is a name in the directory. 0: none, -ENOTEMPTY, -ENOTDIR, -ESTALE. */
int mirror_is_empty(struct mirror *mirror, uint64_t dir);

size_t mirror_count(struct mirror *mirror); /* keys shown */

/* --- What the kernel and open files hold --- */

/* A pin keeps a node's id answerable after its death. */
void mirror_unpin(struct mirror *mirror, uint64_t id, uint64_t count);

/* A hold of our own, and its end. 0 or -ESTALE. */
int mirror_hold(struct mirror *mirror, uint64_t id);
void mirror_release(struct mirror *mirror, uint64_t id);

/* A handle pins, and is counted. 0 or -ESTALE. */
int mirror_handle_add(struct mirror *mirror, uint64_t id);
void mirror_handle_remove(struct mirror *mirror, uint64_t id);

/* What an open is given when the node is gone. */
enum mirror_gone {
	MIRROR_GONE_FAIL, /* nothing */
	MIRROR_GONE_HEIR, /* mirror_heir() */
	MIRROR_GONE_LAST, /* mirror_heir(), or what it was */
};

/* All that an open asks of a file, of one moment: what it is (@ret->id may be the heir's) and its
 * value, referenced for the caller, just before a handle is added to it. 0, -ESTALE, -EISDIR. */
int mirror_open(struct mirror *mirror, uint64_t id, enum mirror_gone gone, struct mirror_info *ret,
	struct value **ret_value);

/* An open file of those has made it (@by 1), and is closed (-1). */
void mirror_making(struct mirror *mirror, uint64_t id, int by);

/* The mode that was accepted last keeps others from reading it, as they may; or does not. */
void mirror_set_secret(struct mirror *mirror, uint64_t id, bool secret);

/*
 * mmap(2), sendfile(2) and splice(2) read through pages that the kernel keeps, one set for a file
 * and all who have it open. It drops them with an open, and with attributes that are new. So
 * between two of these they are filled from one value, the one of that moment, or else they were
 * torn.
 */
void mirror_set_paged(struct mirror *mirror, uint64_t id); /* the present value, if it is open */

/* That value, referenced for the caller. 0 or -ESTALE (not open). */
int mirror_paged(struct mirror *mirror, uint64_t id, struct value **ret);

/* An open file with unpublished writes. It is the caller's, zeros at first. */
struct mirror_writer {
	TAILQ_ENTRY(mirror_writer) entry;
	int64_t size;
	bool listed;
};

/* What the open file has written makes the value @size bytes long: that is the size of the file, as
 * long as nobody has written after it. And the end of that: it is published, or given up. */
void mirror_set_local_size(
	struct mirror *mirror, uint64_t id, struct mirror_writer *writer, int64_t size);
/* Whether @size is not too much, with what all others have written and not published. */
#define MIRROR_LOCAL_MAX (INT64_C(512) << 20)
bool mirror_local_room(struct mirror *mirror, const struct mirror_writer *writer, int64_t size);
void mirror_end_local_size(struct mirror *mirror, uint64_t id, struct mirror_writer *writer);

/* utimens, of what the node is now; with unpublished writes of what they become. */
void mirror_set_times(struct mirror *mirror, uint64_t id, const struct times_wish *wish);

/* What was written is published as @revision; before mirror_end_local_size(). */
void mirror_keep_times(struct mirror *mirror, uint64_t id, int64_t revision);

/* This mount is about to remove the node, or has not (@here false). */
void mirror_set_unlinked_here(struct mirror *mirror, uint64_t id, bool here);

/* --- What changes, for those who make events of it --- */

/* The way from the root to a node: what each name on it is. Held: their ids stay answerable. */
struct trail {
	size_t n_ids;
	bool is_dir;
	bool known;    /* a user may have seen the node itself */
	uint64_t *ids; /* of each name, the node's own last */
	char path[];   /* its names */
};

uint64_t trail_dir(const struct trail *trail); /* the directory of the last name */
const char *trail_name(const struct trail *trail);

/* Told, under the mirror's lock, of each change of a name that a user may have looked up,
 * or whose directory he may, so where somebody may watch. @mod_revision is a file's. Nothing of the
 * mirror may be called from it. True: it has taken @trail, which is now its own. */
typedef bool mirror_listener_fn(
	void *arg, enum tree_event event, struct trail *trail, int64_t mod_revision);

/* From now on; NULL: no longer. */
void mirror_listen(struct mirror *mirror, mirror_listener_fn *fn, void *arg);

void mirror_trail_free(struct mirror *mirror, struct trail *trail); /* NULL is fine */

/* False: what has changed in @dir is not told yet, since the trail of a name in it is out. Asked
 * after a question about a name in @dir, it is about a state not older than the answer. */
bool mirror_is_told(struct mirror *mirror, uint64_t dir);

/* One more lookup of the kernel's, of a node that may be dead, for the notifier: no user sees it by
 * that. 0 or -ESTALE. */
int mirror_look(struct mirror *mirror, uint64_t id, struct mirror_info *ret);

/* --- Keys, for those who change them --- */

/* The key of the file @id, appended. 0, -ESTALE, -EISDIR, -ENOMEM. */
int mirror_key(struct mirror *mirror, uint64_t id, struct buf *ret);

/* The key that @name in @dir is or would be, appended. 0, -ESTALE, -ENOMEM, -EINVAL (no key has
 * that path), -ENAMETOOLONG. */
int mirror_child_key(struct mirror *mirror, uint64_t dir, const char *name, struct buf *ret);

/* How a directory can be made to outlive the loss of a child. */
struct mirror_dir {
	bool is_root;	    /* always there */
	bool has_marker;    /* there as long as its marker */
	struct buf key;	    /* its marker's key: the key and '/' */
	struct buf sibling; /* the key of another file in it; empty: there is none */
};

/* 0, -ENOMEM, -ENOTDIR, -ESTALE, -EINVAL (a directory that can have no marker). */
int mirror_dir(struct mirror *mirror, uint64_t dir, struct mirror_dir *ret);
void mirror_dir_fini(struct mirror_dir *dir);

/* The same without its child @except; and where @dir is of a cut component ("...%+", which no
 * marker keeps): of what keeps the directory that this is in, unless another file keeps @dir
 * itself; then @key is empty. */
int mirror_dir_above(
	struct mirror *mirror, uint64_t dir, const char *except, struct mirror_dir *ret);

/* Makes a directory @name of a cut component in @dir, of this mount alone while it is empty. 0
 * (also if it is there), -ENOMEM, -ENOTDIR, -ESTALE, -EINVAL (it is none, or no key's component).
 */
int mirror_keep(struct mirror *mirror, uint64_t dir, const char *name);

/* Removes one. 0, -EINVAL (it is none), -ENOTEMPTY, -ESTALE. */
int mirror_unkeep(struct mirror *mirror, uint64_t id);

/* Where what is below a directory is: keys from @first to before @end, of which those whose path
 * begins with @path. */
struct mirror_range {
	struct buf path; /* with a '/' at its end; empty: the root */
	struct buf first;
	struct buf end;
};

/* 0, -ENOMEM, -ENOTDIR, -ESTALE. */
int mirror_range(struct mirror *mirror, uint64_t dir, struct mirror_range *ret);
void mirror_range_fini(struct mirror_range *range);

/* The files of which a name consists: itself, or all that is below it, its value and markers
 * included. Each has a key, and the one that it gets when the name is changed. */
struct mirror_files {
	struct mirror_file {
		struct buf from, to;
		struct value *value;
	} * files;
	size_t n_files, capacity;
	size_t n_bytes;	  /* of keys and values, at least, in a transaction that renames them */
	int64_t revision; /* of the mirror: since then none of them was changed, none came */
};

/* Those of @id, which is to be @name in @dir. 0, -ENOMEM, -ESTALE, -ENOTDIR, -EINVAL or
 * -ENAMETOOLONG (there is no key for one of them), -EXDEV (several, of more than @max bytes). */
int mirror_files(struct mirror *mirror, uint64_t id, uint64_t dir, const char *name, size_t max,
	struct mirror_files *ret);
void mirror_files_fini(struct mirror_files *files);

/* A rename that this mount has asked for: the node at key @from will have @to, and with @exchange
 * the other way round as well. In the revision that puts key @put they stay the same nodes, and so
 * does all below. @move is borrowed until mirror_unexpect_move(). */
struct mirror_move {
	struct mirror_move *next;
	struct bytes from, to;
	struct bytes put;
	bool is_dir, to_is_dir;
	bool exchange;
};
void mirror_expect_move(struct mirror *mirror, struct mirror_move *move);
void mirror_unexpect_move(struct mirror *mirror, struct mirror_move *move);

/* One is under way: a name that the mirror shows may have another node soon. */
bool mirror_expects_move(struct mirror *mirror);
