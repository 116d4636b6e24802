/* The keyspace as a tree of names: files with values, directories with children. */
/*
 * Owner:   the mirror. Nodes belong to the tree, and live while they are in it or held.
 * Threads: no lock: the caller holds the mirror's lock around every call.
 * Paths:   names joined by '/', as key_to_path() writes them.
 *
 * If a key is also a directory, its value is the child "%value" of that directory. A file "%empty"
 * with an empty value is a marker: it keeps its directory in existence while that is empty, and is
 * never shown.
 *
 * IDs are never used again: a name that goes and comes back, or a file that becomes a directory, is
 * a new node; only a rename keeps the node. A node that has left the tree is dead. It stays in
 * memory until nobody holds it, for the processes that have it open.
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
	struct node *parent; /* NULL: the root, or a dead node */
	char *name;
	RB_ENTRY(node) by_name;
	RB_ENTRY(node) by_id;
	struct node_names children;
	size_t n_children; /* the marker included */
	size_t n_dirs;
	uint64_t n_changes;	 /* how often a name was added or removed here */
	char *heir;		 /* dead: the path of the file that a rename put in its place, or
				  * NULL */
	struct value *value;	 /* NULL: a directory */
	struct value *paged;	 /* while the file is open: the value for the kernel's page cache
				  * (mirror.h) */
	struct timespec changed; /* directory: when a name was last added or removed */
	struct times times;	 /* replace the times above (times.h) */
	uint64_t lookups;	 /* the kernel's lookup count */
	bool seen;		 /* one of the lookups was for a user, not for the notifier */
	unsigned handles;	 /* open files */
	unsigned holds;		 /* references from within this process */
	unsigned makers;	 /* open files that have created it */
	unsigned trails;	 /* trails to names in this directory that are not freed
				  * (mirror.h) */
	struct node_writers writers; /* in the order of their last writes */
	uint64_t listed;	     /* the number of the last list that had this file */
	uint64_t last_dir;	     /* dead: the ID of the directory that it was in */
	bool dead;
	bool unlinked_here; /* this mount is removing it, so its open files need no error */
	bool secret;	    /* chmod was accepted with a mode that denies reading to others, though
			     * modes are not kept */
	bool kept;	    /* a directory that may be empty without a marker: see tree_keep() */
};

RB_PROTOTYPE(node_names, node, by_name, node_name_compare)
RB_PROTOTYPE(node_ids, node, by_id, node_id_compare)

struct tree {
	/* Called for each change except moves, in order, while the node is in its place. May be
	 * NULL. */
	void (*listener)(void *arg, enum tree_event event, struct node *node);
	void *arg;
	struct node root;
	struct node_ids ids;
	uint64_t next_id;
	size_t n_files; /* with markers */
};

void tree_init(struct tree *tree);
void tree_fini(struct tree *tree); /* frees all nodes, held ones too */

bool node_is_dir(const struct node *node);
bool node_is_marker(const struct node *node); /* never shown */
bool node_is_empty(struct node *dir);	      /* no child but a marker */

/* Each returns NULL for what is not there. Markers are found here. */
struct node *tree_by_id(struct tree *tree, uint64_t id);
struct node *tree_next(struct tree *tree, uint64_t id);	     /* the first with this ID or a larger
							      * one */
struct node *tree_file(struct tree *tree, const char *path); /* for a directory: its "%value" */
struct node *node_child(struct node *dir, const char *name);
struct node *tree_walk(struct tree *tree, const char *path);

bool node_is_below(const struct node *node, const struct node *top); /* or @node is @top */

/* The next node in a walk over @top and all below it, each directory before its children; NULL:
 * @node was the last. */
struct node *node_next(const struct node *top, struct node *node);
size_t node_count_files(struct node *top); /* with markers */

/* Sets the value of the file at @path, which is made if it is missing, and takes a reference. 0, or
 * -ENOMEM; then only empty directories may have been added. */
int tree_put(struct tree *tree, const char *path, struct value *value);

/* Removes the file at @path, and the directories that exist only because of it. 0, or -ENOMEM; then
 * the file is removed, but a directory with nothing but a "%value" was not made a file. */
int tree_delete(struct tree *tree, const char *path);

/* Moves the file at @from to @to, the node staying the same; a file at @to dies. Nothing happens if
 * there is no file at @from. Directories that become empty stay until tree_prune(). 0 or
 * -ENOMEM. */
int tree_move(struct tree *tree, const char *from, const char *to);
int tree_prune(struct tree *tree, struct node *dir); /* removes @dir and its parents as long as
						      * nothing keeps them; fails as
						      * tree_delete() */

/* Moves the directory at @from, with all below it, to @to. An empty directory at @to dies; nothing
 * happens if there is anything else at @to. 0 or -ENOMEM. */
int tree_move_dir(struct tree *tree, const char *from, const char *to);

/* Exchanges the places of two nodes, unless one is below the other. */
void tree_exchange(struct node *one, struct node *other);

/* --- Directories of a cut component ("...%+"), which can have no marker (tree_long_name.c) --- */

bool name_is_cut(const char *name);
bool node_is_cut(const struct node *node);

/* Makes an empty directory @name in @dir, which only this mount has until there is a file in it.
 * The listener is not told. NULL without memory. */
struct node *tree_keep(struct tree *tree, struct node *dir, const char *name);

/* Keeps @dir, and the directories above it, from vanishing when they become empty, as far as they
 * are cut and a user has looked them up. */
void tree_keep_cuts(struct node *dir);

/* Stops keeping @dir, which is removed if it is empty. The listener is told, unless the kernel has
 * removed it itself (@here). 0 or -ENOMEM, as for tree_delete(). */
int tree_unkeep(struct tree *tree, struct node *dir, bool here);

/* Frees @node if it is dead and nobody holds it. */
void tree_let_go(struct tree *tree, struct node *node);

/* Appends the path of @node; the root's is empty. 0, -ESTALE (the node is dead) or -ENOMEM. */
int node_path(const struct node *node, struct buf *ret);

/* NULL if the invariants hold, else a text that says which does not. For tests. */
const char *tree_check(struct tree *tree);
