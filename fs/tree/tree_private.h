/* What the files of the tree share, and nobody else sees. */
#pragma once

#include "fs/tree/tree.h"

/* --- node.c --- */

/* Outside of the tree yet. NULL without memory. @value is referenced; NULL: a directory. */
struct node *node_new(struct tree *tree, const char *name, struct value *value);
void node_drop(struct tree *tree, struct node *node); /* one that never was in it; NULL is fine */
void node_free(struct tree *tree, struct node *node);

bool is_marker(const char *name, const struct value *value); /* what is so called and has it */

/* Into its place and out of it, told to nobody. */
void node_attach(struct node *dir, struct node *node);
void node_detach(struct node *node);

/* @node is detached, and will not come back. */
void node_kill(struct tree *tree, struct node *node);

/* Told, and into its place, or out of it for good. */
void node_appear(struct tree *tree, struct node *dir, struct node *node);
void node_vanish(struct tree *tree, struct node *node);

void tree_tell(struct tree *tree, enum tree_event event, struct node *node);

/* --- tree_path.c --- */

/* Takes the first name off @path, into @name. False at the end. */
bool path_next(const char **path, char name[256]);

/* The file that @node is, or that has the value of the directory that it is; NULL: none, as of
 * NULL. */
struct node *node_file(struct node *node);

/* --- tree_change.c --- */

/* The directory that @path is in, made where it is not; @name gets its last name. NULL without
 * memory. */
struct node *tree_enter(struct tree *tree, const char *path, char name[256]);

/* The directory and the name under which a new file @name of @dir belongs. */
struct node *place_for(struct node *dir, const char **name);
