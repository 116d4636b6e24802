/* What the files of the tree share, and nobody else sees. */
#pragma once

#include "fs/tree/tree.h"

/* Outside of the tree yet. NULL without memory. @value is referenced; NULL: a directory. */
struct node *node_new(struct tree *tree, const char *name, struct value *value);

/* Into its place and out of it, told to nobody. */
void node_attach(struct node *dir, struct node *node);
void node_detach(struct node *node);

/* @node is detached, and will not come back. */
void node_kill(struct tree *tree, struct node *node);

/* Told, and out of its place for good. */
void node_vanish(struct tree *tree, struct node *node);

/* Takes the first name off @path, into @name. False at the end. */
bool path_next(const char **path, char name[256]);

/* The directory that @path is in, made where it is not; @name gets its last name. NULL without
 * memory. */
struct node *tree_enter(struct tree *tree, const char *path, char name[256]);

/* Where the file @name in @dir is, if it is: in "%value" when there is a directory of that name. */
struct node *file_at(struct node *dir, const char *name);

/* The directory and the name under which a new file @name of @dir belongs. */
struct node *place_for(struct node *dir, const char **name);
