/*
 * Every change of the tree's structure is an attach or a detach of a node, which keep the counts
 * and the times of the parent; puts, deletes and moves consist of these two. A directory exists
 * because something is in it (perhaps only its marker), so each removal ends in tree_prune().
 */
#include "fs/tree/tree_private.h"

#include "fs/tree/key.h"

#include <errno.h>
#include <sys/random.h>

void tree_init(struct tree *tree)
{
	*tree = (struct tree){.next_id = KEY_FIRST_ID};
	/* There is none right after the machine's start; an address is not easily guessed either.
	 */
	if (getrandom(&tree->secret, sizeof(tree->secret), GRND_NONBLOCK) < 0)
		tree->secret = (uintptr_t)tree;
	root_init(tree);
}

void tree_fini(struct tree *tree)
{
	for (size_t i = 0; i < tree->n_buckets; i++)
		while (tree->buckets[i])
			node_free(tree, tree->buckets[i]);
	free(tree->buckets);
}

/* Replaces @file by a directory, in which the file's value becomes "%value". */
static struct node *file_becomes_dir(struct tree *tree, struct node *file)
{
	struct node *parent = file->parent;
	struct node *dir = node_new(tree, node_name(file), NULL);
	bool draft = file->draft; /* that has no value, and dies */
	struct node *value = draft ? NULL : node_new(tree, KEY_VALUE_NAME, node_value(file));

	if (!dir || (!value && !draft)) {
		node_drop(tree, dir);
		node_drop(tree, value);
		return NULL;
	}
	if (value) {
		value->listed = file->listed;
		value->kept_meta = file->kept_meta;
	}
	node_vanish(tree, file);
	node_appear(tree, parent, dir);
	if (value)
		node_appear(tree, dir, value);
	return dir;
}

/* Replaces @dir by a file, when @value is all that is left in it. */
static int dir_becomes_file(struct tree *tree, struct node *dir, struct node *value)
{
	struct node *parent = dir->parent;
	struct node *file = node_new(tree, node_name(dir), node_value(value));

	if (!file)
		return -ENOMEM;
	file->listed = value->listed;
	file->kept_meta = value->kept_meta;
	node_vanish(tree, value);
	node_vanish(tree, dir);
	node_appear(tree, parent, file);
	return 0;
}

/* The directory @name in @dir, which is made if it is missing. NULL without memory. */
static struct node *dir_enter(struct tree *tree, struct node *dir, const char *name)
{
	struct node *child = node_child(dir, name);

	if (!child) {
		child = node_new(tree, name, NULL);
		if (child)
			node_appear(tree, dir, child);
		return child;
	}
	return node_is_dir(child) ? child : file_becomes_dir(tree, child);
}

struct node *tree_enter(struct tree *tree, const char *path, char name[256])
{
	struct node *dir = &tree->root;

	if (!path_next(&path, name))
		return NULL;
	while (dir && *path) {
		dir = dir_enter(tree, dir, name);
		if (!path_next(&path, name))
			return NULL;
	}
	return dir;
}

struct node *place_for(struct node *dir, const char **name)
{
	struct node *node = node_child(dir, *name);

	if (node && node_is_dir(node)) {
		*name = KEY_VALUE_NAME;
		return node;
	}
	return dir;
}

static int file_replace(struct tree *tree, struct node *file, struct value *value)
{
	struct node *dir = file->parent;
	struct node *other = node_new(tree, node_name(file), value);

	if (!other)
		return -ENOMEM;
	other->listed = file->listed;
	other->kept_meta = file->kept_meta;
	node_vanish(tree, file);
	node_appear(tree, dir, other);
	return 0;
}

int tree_renew(struct tree *tree, struct node *file)
{
	return file_replace(tree, file, node_value(file));
}

static int file_change(struct tree *tree, struct node *file, struct value *value)
{
	/* Markers are not shown, so for users a name appears or vanishes. */
	if (is_marker(node_name(file), value) != node_is_marker(file))
		return file_replace(tree, file, value);
	node_set_value(tree, file, value);
	tree_draft_end(tree, file);
	tree_tell(tree, TREE_CHANGED, file);
	return 0;
}

int tree_put(struct tree *tree, const char *path, struct value *value)
{
	char last[256];
	const char *name = last;
	struct node *dir = tree_enter(tree, path, last);
	struct node *file = dir ? node_file(node_child(dir, name)) : NULL;

	if (!dir)
		return -ENOMEM;
	if (file)
		return file_change(tree, file, value);
	dir = place_for(dir, &name);
	file = node_new(tree, name, value);
	if (!file) {
		tree_prune(tree, dir);
		return -ENOMEM;
	}
	node_appear(tree, dir, file);
	return 0;
}

int tree_prune(struct tree *tree, struct node *dir)
{
	struct node *value;

	drafts_prune(tree, dir);
	while (dir != &tree->root && node_dir(dir)->n_children == 0 && !dir->kept) {
		struct node *parent = dir->parent;
		node_vanish(tree, dir);
		dir = parent;
		drafts_prune(tree, dir);
	}
	if (dir == &tree->root || node_dir(dir)->n_children != 1)
		return 0;
	value = node_child(dir, KEY_VALUE_NAME);
	return value ? dir_becomes_file(tree, dir, value) : 0;
}

int tree_delete(struct tree *tree, const char *path)
{
	struct node *file = tree_file(tree, path);
	struct node *dir = file ? file->parent : NULL;

	if (!file)
		return 0;
	node_vanish(tree, file);
	return tree_prune(tree, dir);
}
