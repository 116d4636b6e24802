/*
 * A component that is too long for a name is cut, and goes on in a directory whose name ends in
 * "%+". No key can be the marker of that directory, so it would vanish with the last file in it:
 * "rm -r" would not find the directory that it has just emptied, and "cp -r" could not make the one
 * that it is about to fill. So when a process on this mount empties or makes such a directory, this
 * mount keeps it, empty, until it is removed or the kernel forgets it. Other mounts see it only
 * while there is a file in it.
 */
#include "fs/tree/tree_private.h"

struct node *tree_keep(struct tree *tree, struct node *dir, const char *name)
{
	struct node *node = node_new(tree, name, NULL);

	if (node) {
		node->kept = true;
		node_attach(tree, dir, node);
	}
	return node;
}

int tree_unkeep(struct tree *tree, struct node *dir, bool here)
{
	struct node *parent = dir->parent;

	if (!dir->kept)
		return 0;
	dir->kept = false;
	if (node_dir(dir)->n_children || !parent)
		return 0;
	if (here) {
		node_detach(tree, dir);
		node_kill(tree, dir);
	} else {
		node_vanish(tree, dir);
	}
	return tree_prune(tree, parent);
}
