/* The keyspace as a tree of names: files with values, directories with children. */
/*
 * Owner:   the mirror. Nodes belong to the tree and live while they are in it or held.
 * Threads: none of its own: the mirror's lock is held around every call.
 * Paths:   names joined by '/', as key_to_path() writes them.
 *
 * A key that is also a directory is the child "%value" of that directory. A file "%empty" with an
 * empty value marks its directory as one that exists though it is empty, and is never shown.
 *
 * Ids are never used again: a name that goes and comes back, or becomes a directory, is another
 * node, and only a rename keeps it. A node that has left the tree is dead; it stays, for those who
 * have it open, until nobody holds it.
 */
#pragma once

#include "fs/base/buf.h"
#include "fs/tree/ids.h"
#include "fs/tree/times.h"
#include "fs/tree/tree_event.h"
#include "fs/tree/value.h"

#include <bsd/sys/tree.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct node;
struct mirror_writer;
RB_HEAD(node_names, node);
RB_HEAD(node_ids, node);
TAILQ_HEAD(node_writers, mirror_writer);

struct node {
	uint64_t id;
	struct node *parent; /* NULL: the root, or dead */
	char *name;
	RB_ENTRY(node) by_name;
	RB_ENTRY(node) by_id;
	struct node_names children;
	size_t n_children; /* marker included */
	size_t n_dirs;
	uint64_t n_changes; /* how often a name came or went here */
	char *heir;		 /* dead: the path of the file that was renamed onto it, or NULL */
	struct value *value;	 /* a file's; NULL: a directory */
	struct value *paged;	 /* what the kernel's pages are filled from, while it is open */
	struct timespec changed; /* directory: when a name came or went here */
	struct times times;	 /* shown instead of these */
	uint64_t lookups;	 /* by the kernel, not yet forgotten */
	bool seen;		 /* one of them was for a user, not for the notifier */
	unsigned handles;	 /* open files */
	unsigned holds;		 /* by ourselves */
	unsigned makers;	 /* of the open files, those that have made it */
	unsigned trails;	 /* of names in it, that are out (mirror.h) */
	struct node_writers writers; /* the last one has written last */
	uint64_t listed;	     /* the last list that had it */
	uint64_t last_dir; /* dead: the directory that it was in */
	bool dead;
	bool unlinked_here; /* this mount is removing it: its open files need no error */
	bool secret;	    /* a mode was accepted, and not kept, that others may not read */
	bool kept;	    /* a directory that need not have children: see tree_keep() */
};

RB_PROTOTYPE(node_names, node, by_name, node_name_compare)
RB_PROTOTYPE(node_ids, node, by_id, node_id_compare)

struct tree {
	/* Told of each change but moves, in order, with the node in its place. May be NULL.
	 */
	void (*listener)(void *arg, enum tree_event event, struct node *node);
	void *arg;
	struct node root;
	struct node_ids ids;
	uint64_t next_id;
	size_t n_files; /* markers included */
};

void tree_init(struct tree *tree);
void tree_fini(struct tree *tree); /* held nodes go too */

bool node_is_dir(const struct node *node);
bool node_is_marker(const struct node *node); /* never shown */
bool node_is_empty(struct node *dir);	      /* nothing is in it but its marker */

/* NULL: not there. Markers are found here. */
struct node *tree_by_id(struct tree *tree, uint64_t id);
struct node *tree_next(struct tree *tree, uint64_t id);	     /* the first whose id is not below */
struct node *tree_file(struct tree *tree, const char *path); /* of a directory: its value */
struct node *node_child(struct node *dir, const char *name);
struct node *tree_walk(struct tree *tree, const char *path);

bool node_is_below(const struct node *node, const struct node *top); /* or is it */

/* What comes after @node in the walk over @top and all below it, directories before what is in
 * them; NULL: that was all. */
struct node *node_next(const struct node *top, struct node *node);
size_t node_count_files(struct node *top); /* markers included */

/* Sets the file at @path to @value, taking a reference. 0, or -ENOMEM with the tree unchanged
 * but perhaps for directories that are still empty. */
int tree_put(struct tree *tree, const char *path, struct value *value);

/* Removes the file at @path, and the directories that exist no more without it. 0, or -ENOMEM with
 * the file removed, and a directory left that should be a file. */
int tree_delete(struct tree *tree, const char *path);

/* Makes the file at @from the one at @to, the same node; one that is there dies. Nothing happens
 * where either has no place any more. Directories that have become empty stay until
 * tree_prune(). */
int tree_move(struct tree *tree, const char *from, const char *to);
int tree_prune(struct tree *tree, struct node *dir); /* as tree_delete() */

/* The same with the directory at @from and all that is in it. An empty directory at @to dies;
 * nothing happens where there is anything else. 0 or -ENOMEM. */
int tree_move_dir(struct tree *tree, const char *from, const char *to);

/* Each gets the other's place, unless one is below the other. */
void tree_exchange(struct node *one, struct node *other);

/* --- Directories of a cut component ("...%+"), for which there is no marker (tree_long_name.c) ---
 */

bool name_is_cut(const char *name);
bool node_is_cut(const struct node *node);

/* Makes the directory @name in @dir, empty: it is this mount's alone until there is a file in it.
 * Nobody is told. NULL without memory. */
struct node *tree_keep(struct tree *tree, struct node *dir, const char *name);

/* Those from @dir upwards that a user knows stay when they have become empty. */
void tree_keep_cuts(struct node *dir);

/* It is kept no more, and ends if it is empty; told, unless the kernel has done it (@here). 0 or
 * -ENOMEM as of tree_delete(). */
int tree_unkeep(struct tree *tree, struct node *dir, bool here);

/* Frees a dead node that nobody holds any more. */
void tree_let_go(struct tree *tree, struct node *node);

/* Appends the node's path. -ESTALE for a dead one, -ENOMEM. The root's is empty. */
int node_path(const struct node *node, struct buf *ret);

/* NULL when the invariants hold, else the first that does not, in words. For tests. */
const char *tree_check(struct tree *tree);
