/* Directories as they were at an older revision: each a tree in memory, loaded when it is looked
 * at. */
/*
 * Owner:   the mount.
 * Threads: any for the trees; a load lives in the RPC thread (past_load.c).
 * Ids:     from PAST_FIRST_ID up. A tree is a mirror that never changes, with IDs of its own; the
 *          whole mount's number of a node is the tree's `base` and that ID.
 * Time:    a tree is there while the kernel knows anything of it, but all trees together take at
 *          most PAST_BYTES_MAX: then those that nobody has used for longest go. For the kernel
 *          their nodes are gone (ESTALE), so that it walks the path anew, which loads them again.
 *          Open files and directories have what they need, and do not mind.
 */
#pragma once

#include "fs/base/lock.h"
#include "fs/request/barrier.h"
#include "fs/request/op.h"

#include <stdatomic.h>

enum {
	PAST_BYTES_MAX = 256 * 1024 * 1024, /* of all trees, unless one alone takes more */
	PAST_VALUES_MAX = 96 * 1024 * 1024, /* of the values that one tree keeps */
};

/* How long the kernel keeps what it knows of a tree: nothing there changes. */
#define PAST_KEEP_SECONDS (10.0 * 365 * 24 * 3600)
/* And the names on the way to it: a cluster that is restored has another past under the same
 * numbers. */
#define PAST_NAME_SECONDS 1.0

struct past_tree {
	atomic_uint refs;
	struct past *past;
	int64_t revision;
	struct buf path;       /* of the directory, NUL-terminated */
	struct mirror *mirror; /* what has the path, perhaps with other keys around it */
	uint64_t root;	       /* that directory, as an ID of the mirror's */
	uint64_t base;	       /* the number of a node, less its ID */
	uint64_t span;	       /* all its numbers are below base + span */
	size_t n_bytes;
	/* Under the lock of struct past. */
	uint64_t lookups; /* the kernel's, of all its nodes */
	bool listed;
	TAILQ_ENTRY(past_tree) entry;
};

struct past_load;
TAILQ_HEAD(past_trees, past_tree);
TAILQ_HEAD(past_loads, past_load);

/* The caller sets the fields up to `barrier`, and then calls past_init(). */
struct past {
	const struct fs_config *config;
	struct loop *loop;
	struct etcd *etcd;
	struct mirror *mirror;
	struct requests *requests;
	struct barrier *barrier;

	struct lock lock;	 /* down to next_base */
	struct past_trees trees; /* the one that was used last comes first */
	size_t n_bytes;
	uint64_t next_base;

	struct past_loads loads; /* RPC thread */
	bool ending;
};

void past_init(struct past *past);
void past_fini(struct past *past); /* after the client was freed */

/* --- Trees --- */

/* The tree of node @id, and the one of @path (NUL-terminated) at @revision, referenced for the
 * caller. NULL: there is none, or none any more. */
struct past_tree *past_tree_of(struct past *past, uint64_t id);
struct past_tree *past_tree_at(struct past *past, const char *path, int64_t revision);
void past_tree_unref(struct past_tree *tree); /* NULL is fine */
CLEANUP_POINTER(struct past_tree, past_tree_unref)

/* Gives @tree its numbers, and makes room for it. It takes no reference: past_known() and
 * past_forget() decide how long the tree is there. */
void past_add(struct past *past, struct past_tree *tree);

/* Lets trees go until @n_bytes more have room, as far as that is possible. */
void past_make_room(struct past *past, size_t n_bytes);

/* The kernel is about to be given a node of @tree; past_forget() takes that back. */
void past_known(struct past *past, struct past_tree *tree);
void past_forget(struct past *past, uint64_t id, uint64_t count);

/* Another history has the same revisions: nothing of what was loaded is looked at again. RPC
 * thread. */
void past_replaced(struct past *past);

/* What the kernel is told of a node, as mirror_info() has it. */
void past_entry(struct past *past, const struct past_tree *tree, const struct mirror_info *info,
	struct fuse_entry_param *ret);

/* --- Loads (past_load.c) --- */

/* Loads the directory of @range, which is emptied, at op->past_revision, or waits for the load that
 * is under way. @next runs with op->arg the load, unless there is an error. RPC thread. */
void past_load_join(struct past *past, struct op *op, struct mirror_range *range, op_fn *next);
struct past_tree *past_load_tree(const struct past_load *load);

/* What is being loaded is of another history: it begins anew. RPC thread. */
void past_load_again(struct past *past);

/* The mount ends. RPC thread. */
void past_end(struct past *past);

/* Answers a LOOKUP of the directory @dir, of the mount's, as it was at @revision. FUSE thread.
 * (past_lookup.c) */
void past_lookup(struct past *past, fuse_req_t req, uint64_t dir, int64_t revision);
