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
#include "fs/tree/meta_change.h"
#include "fs/tree/times.h"
#include "fs/tree/tree_event.h"
#include "fs/tree/value.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/queue.h>

struct mirror_writer;
TAILQ_HEAD(node_writers, mirror_writer);

/* There is one for a file only while it says something: while the kernel knows the file, it is open
 * or held, or has times of its own. */
struct extra {
	struct value *value;	     /* the node's, whose place this has taken */
	struct value *paged;	     /* while the file is open: the value for the kernel's page
				      * cache (mirror.h) */
	struct times times;	     /* replace those of the value or the directory (times.h) */
	struct node_writers writers; /* in the order of their last writes */
	struct meta_change pending;  /* what is kept with its next value: of a draft, or set with
				      * unpublished writes; dead: what is shown */
	char *heir;	   /* dead: the path of the file that a rename put in its place, or NULL */
	uint64_t last_dir; /* dead: the ID of the directory that it was in */
	uint64_t lookups;  /* the kernel's lookup count */
	unsigned handles;  /* open files */
	unsigned holds;	   /* references from within this process */
	unsigned makers;   /* open files that have created it */
	enum meta_kind kind; /* what the kernel was told that it is */
	bool orphan;	     /* a draft: who was to make its key has failed */
};

/* Every directory has one. */
struct dir {
	struct extra extra;
	struct node *children; /* the top of those by name */
	size_t n_children;     /* the marker included */
	size_t n_dirs;
	uint64_t n_changes;	 /* how often a name was added or removed here */
	struct timespec changed; /* when that was last */
	unsigned trails; /* trails to names in this directory that are not freed (mirror.h) */
	bool dated;	 /* no name has come or gone since its kept metadata was written */
};

#define NODE_LISTS 127 /* numbers of lists from 1 to this, again and again */

/* There is one for each key, so every byte counts: a block of malloc's with a short name is 64. */
struct node {
	struct node *parent; /* NULL: the root, or a dead node */
	union {
		struct value *value; /* a file */
		struct extra *extra; /* `extended` */
	};
	struct node *left, *right; /* of the same directory (node_names.c) */
	struct node *next;	   /* of the same bucket (node_ids.c) */
	uint64_t id : 48;
	uint64_t listed : 7; /* the number of the last list that had this file */
	bool extended : 1;
	bool renamed : 1; /* `text` is a pointer to the name */
	bool seen : 1;	  /* one of the lookups was for a user, not for the notifier */
	bool dead : 1;
	bool unlinked_here : 1; /* this mount is removing it, so its open files need no error */
	bool secret : 1;	/* chmod was accepted with a mode that denies reading to others,
				 * though modes are not kept */
	bool kept : 1;	    /* a directory that may be empty without a marker: see tree_keep() */
	bool draft : 1;	    /* a file that never had a key: see tree_draft() */
	bool kept_meta : 1; /* it may have kept metadata: see the mirror (mirror_meta.c) */
	char text[8];	    /* the name, and as long as it is, or a pointer to it */
};

struct tree {
	/* Called for each change except moves, in order, while the node is in its place. May be
	 * NULL. */
	void (*listener)(void *arg, enum tree_event event, struct node *node);
	void *arg;
	struct node root;
	struct dir root_dir;
	struct node **buckets; /* all nodes but the root, by ID (node_ids.c) */
	size_t n_buckets, half;
	size_t n_nodes;
	uint64_t next_id;
	uint64_t secret; /* of node_rank() */
	size_t n_files;	 /* with markers, without drafts */
	size_t n_drafts;
	size_t n_bytes;	      /* of all blocks of malloc's that it has, values included */
	size_t n_value_bytes; /* of these: what the values themselves have */
};

void tree_init(struct tree *tree);
void tree_fini(struct tree *tree); /* frees all nodes, held ones too */

/* Valid until it is renamed. */
static inline const char *node_name(const struct node *node)
{
	const char *name = node->text;

	if (node->renamed)
		memcpy(&name, node->text, sizeof(name));
	return name;
}

struct value *node_value(const struct node *node); /* NULL: a directory */
bool node_is_dir(const struct node *node);
struct dir *node_dir(const struct node *dir); /* of a directory */

/* To read: what has none has one with zeros. */
const struct extra *node_extra(const struct node *node);
/* To write: made where there is none, and there until tree_let_go(). NULL without memory, which
 * neither a directory nor what the kernel knows or is open or held needs. */
struct extra *node_extend(struct tree *tree, struct node *node);

bool node_is_marker(const struct node *node); /* never shown */
bool node_is_empty(struct node *dir);	      /* no child but a marker */

/* Each returns NULL for what is not there. Markers are found here. */
struct node *tree_by_id(struct tree *tree, uint64_t id);
struct node *tree_file(struct tree *tree, const char *path); /* for a directory: its "%value" */
struct node *node_child(struct node *dir, const char *name);
struct node *node_first_child(struct node *dir);
struct node *node_next_child(struct node *child);

/* A walk over the children of a directory in which no name comes or goes meanwhile: without the
 * search that node_next_child() often is. */
struct children {
	struct node *last;
	struct node *stack[64]; /* those that follow, each before what is on its right */
	size_t n;
};
void children_begin(struct children *children, struct node *dir);
struct node *children_next(struct children *children); /* NULL: that was all */
struct node *tree_walk(struct tree *tree, const char *path);

bool node_is_below(const struct node *node, const struct node *top); /* or @node is @top */

/* The next node in a walk over @top and all below it, each directory before its children; NULL:
 * @node was the last. */
struct node *node_next(const struct node *top, struct node *node);
size_t node_count_files(struct node *top); /* with markers, without drafts */

/* Sets the value of the file at @path, which is made if it is missing, and takes a reference. 0, or
 * -ENOMEM; then only empty directories may have been added. */
int tree_put(struct tree *tree, const char *path, struct value *value);

/* Puts many files: fast if they come in the order of their keys, and right in any order. Nobody
 * else may change the tree between two calls, or tree_load_forget() is called before the next. */
struct tree_load {
	struct tree *tree;
	struct node *dir;  /* of the last file; NULL: not known */
	struct node *last; /* of the children of `dir` */
	struct buf path;   /* of `dir`, with a '/' behind it; the root's is empty */
};
void tree_load_begin(struct tree_load *load, struct tree *tree);
void tree_load_end(struct tree_load *load); /* frees what it has beside the tree */
void tree_load_forget(struct tree_load *load);
int tree_load_put(
	struct tree_load *load, const char *path, struct value *value); /* as tree_put() */

/* Makes room for @n_files files in a tree that is still empty. Only a hint: it may be wrong, and
 * without memory nothing happens. */
void tree_expect(struct tree *tree, size_t n_files);

/* Puts a new node with the name and value of @file in its place. 0 or -ENOMEM. */
int tree_renew(struct tree *tree, struct node *file);

/* Tells the listener of @node, which is in its place. */
void tree_tell(struct tree *tree, enum tree_event event, struct node *node);

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

/* Exchanges the places of two nodes, unless one is below the other. 0 or -ENOMEM. */
int tree_exchange(struct tree *tree, struct node *one, struct node *other);

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

/* --- Drafts: new files of this mount that have no key yet (tree_draft.c) --- */

/* Makes the file @name in @dir. It becomes its key's file by the first tree_put(), and keeps no
 * directory in existence. The listener is not told. NULL without memory; @value is referenced. */
struct node *tree_draft(struct tree *tree, struct node *dir, const char *name, struct value *value);
void tree_draft_end(struct tree *tree, struct node *file); /* it has a key now */

/* Removes a draft. The listener is told, unless the kernel has removed it itself (@here). */
void tree_draft_drop(struct tree *tree, struct node *file, bool here);
/* Tells the listener that a draft has appeared. */
void tree_draft_tell(struct tree *tree, struct node *file);

/* If nobody holds @node: frees it if it is dead, and else its extra if that says nothing. */
void tree_let_go(struct tree *tree, struct node *node);

/* Appends the path of @node; the root's is empty. 0, -ESTALE (the node is dead) or -ENOMEM. */
int node_path(const struct node *node, struct buf *ret);

/* NULL if the invariants hold, else a text that says which does not. For tests. */
const char *tree_check(struct tree *tree);
