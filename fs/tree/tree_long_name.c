/*
 * A component that is too long for a name is cut, and goes on in a directory whose name ends in
 * "%+". That directory is no key's, so no marker can say that it is there, and the last file in it
 * would take it along: "rm -r" would not find what it has just emptied, and "cp -r" could not make
 * what it is about to fill. So this mount keeps such a directory, empty as it is, from the moment
 * in which somebody here empties or makes it, until it is removed or the kernel forgets it. Other
 * mounts see it when there is a file in it.
 */
#include "fs/tree/tree_private.h"

struct node *tree_keep(struct tree *tree, struct node *dir, const char *name)
{
	struct node *node = node_new(tree, name, NULL);

	if (node) {
		node->kept = true;
		node_attach(dir, node);
	}
	return node;
}

int tree_unkeep(struct tree *tree, struct node *dir, bool here)
{
	struct node *parent = dir->parent;

	if (!dir->kept)
		return 0;
	dir->kept = false;
	if (dir->n_children || !parent)
		return 0;
	if (here) {
		node_detach(dir);
		node_kill(tree, dir);
	} else {
		node_vanish(tree, dir);
	}
	return tree_prune(tree, parent);
}
