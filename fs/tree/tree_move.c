/* Moves: nodes that get another place and stay the same nodes. */
#include "fs/tree/tree_private.h"

#include <errno.h>
#include <string.h>

/* Takes over @name. */
static void node_replace(struct tree *tree, struct node *node, struct node *dir, char *name)
{
	tree_keep_cuts(node->parent);
	node_detach(tree, node);
	node_rename(tree, node, name);
	node_attach(tree, dir, node);
}

int tree_move(struct tree *tree, const char *from, const char *to)
{
	struct node *file = tree_file(tree, from);
	char last[256];
	const char *name = last;
	struct node *dir, *old;
	char *copy;

	if (!file)
		return 0;
	dir = tree_enter(tree, to, last);
	old = dir ? node_file(node_child(dir, name)) : NULL;
	if (old == file)
		return 0;
	if (dir)
		dir = place_for(dir, &name);
	copy = dir ? strdup(name) : NULL;
	if (!copy)
		return -ENOMEM;
	if (old) {
		if (old->extended)
			old->extra->heir = strdup(to); /* NULL without memory: it has none then */
		node_detach(tree, old);
		node_kill(tree, old);
	}
	node_replace(tree, file, dir, copy);
	return 0;
}

bool node_is_below(const struct node *node, const struct node *top)
{
	while (node && node != top)
		node = node->parent;
	return node;
}

struct node *node_next(const struct node *top, struct node *node)
{
	struct node *next = node_first_child(node);

	while (!next && node != top) {
		next = node_next_child(node);
		node = node->parent;
	}
	return next;
}

size_t node_count_files(struct node *top)
{
	size_t count = 0;

	for (struct node *node = top; node; node = node_next(top, node))
		count += !node_is_dir(node) && !node->draft;
	return count;
}

/* The directory of the last name in @path, and that name; NULL: it does not exist. */
static struct node *dir_of(struct tree *tree, const char *path, char name[256])
{
	struct node *dir = &tree->root;

	if (!path_next(&path, name))
		return NULL;
	while (dir && *path) {
		dir = node_child(dir, name);
		if (!path_next(&path, name))
			return NULL;
	}
	return dir && node_is_dir(dir) ? dir : NULL;
}

static void dir_kill(struct tree *tree, struct node *dir)
{
	struct node *marker = node_first_child(dir);

	if (marker) {
		node_detach(tree, marker);
		node_kill(tree, marker);
	}
	node_detach(tree, dir);
	node_kill(tree, dir);
}

int tree_move_dir(struct tree *tree, const char *from, const char *to)
{
	struct node *node = tree_walk(tree, from), *dir, *old;
	char name[256], *copy;

	dir = node && node->parent && node_is_dir(node) ? dir_of(tree, to, name) : NULL;
	old = dir ? node_child(dir, name) : NULL;
	if (!dir || node_is_below(dir, node))
		return 0;
	if (old && (old == node || !node_is_dir(old) || !node_is_empty(old)))
		return 0;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	if (old)
		dir_kill(tree, old);
	node_replace(tree, node, dir, copy);
	return 0;
}

int tree_exchange(struct tree *tree, struct node *one, struct node *other)
{
	struct node *dir = one->parent, *other_dir = other->parent;
	char *name, *other_name;

	if (node_is_below(one, other) || node_is_below(other, one))
		return 0;
	name = strdup(node_name(one));
	other_name = strdup(node_name(other));
	if (!name || !other_name) {
		free(name);
		free(other_name);
		return -ENOMEM;
	}
	node_detach(tree, one);
	node_detach(tree, other);
	node_rename(tree, one, other_name);
	node_rename(tree, other, name);
	node_attach(tree, other_dir, one);
	node_attach(tree, dir, other);
	return 0;
}
