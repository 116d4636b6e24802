/* Shared by the files of the tree; not for others. */
#pragma once

#include "fs/tree/tree.h"

/* --- node.c --- */

/* A new node, not in its place yet. NULL without memory. @value is referenced; NULL: a
 * directory. */
struct node *node_new(struct tree *tree, const char *name, struct value *value);
void node_drop(struct tree *tree, struct node *node); /* frees a node that never got a place; NULL
						       * is fine */
void node_free(struct tree *tree, struct node *node);

void root_init(struct tree *tree);

bool is_marker(const char *name, const struct value *value); /* whether a file with this name and
							      * value is a marker */

/* Sets the value, and takes a reference. */
void node_set_value(struct tree *tree, struct node *node, struct value *value);

/* Before node_attach(); @name is malloc's, and taken over. */
void node_rename(struct tree *tree, struct node *node, char *name);

/* Put a node into its place, or take it out, without telling the listener. */
void node_attach(struct tree *tree, struct node *dir, struct node *node);
void node_detach(struct tree *tree, struct node *node);

/* Marks a detached node as dead; it is freed once nobody holds it. */
void node_kill(struct tree *tree, struct node *node);

/* Puts a node into its place behind all others in @dir, and tells the listener. */
void node_append(struct tree *tree, struct node *dir, struct node *node);

/* Put a node into its place, or take it out for good, and tell the listener. */
void node_appear(struct tree *tree, struct node *dir, struct node *node);
void node_vanish(struct tree *tree, struct node *node);

/* --- node_names.c --- */

/* Of the children of a directory, of which *@top is the top. */
void children_add(struct tree *tree, struct node **top, struct node *node);
/* The same, where its name is behind all others. */
void children_append(struct tree *tree, struct node **top, struct node *node);
void children_remove(struct tree *tree, struct node **top, struct node *node);
struct node *node_last_child(struct node *dir); /* NULL: it has none */

/* --- node_ids.c --- */

/* A number that nobody can foretell, for each node another. */
uint64_t node_rank(const struct tree *tree, uint64_t id);

int ids_add(struct tree *tree, struct node *node); /* 0 or -ENOMEM */
void ids_remove(struct tree *tree, struct node *node);

/* --- tree_path.c --- */

/* Moves the first name of @path to @name. False at the end. */
bool path_next(const char **path, char name[256]);

/* @node if it is a file; if it is a directory, its "%value", or NULL if it has none. NULL for
 * NULL. */
struct node *node_file(struct node *node);

/* --- tree_draft.c --- */

/* Those in @dir go if nothing else makes it a directory. */
void drafts_prune(struct tree *tree, struct node *dir);

/* --- tree_change.c --- */

/* The directory of the last name in @path, which is copied to @name. Directories that are missing
 * are made. NULL without memory. */
struct node *tree_enter(struct tree *tree, const char *path, char name[256]);

/* Where a new file @name of @dir belongs: @dir, or, if @name is a directory, that directory with
 * *@name changed to "%value". */
struct node *place_for(struct node *dir, const char **name);
