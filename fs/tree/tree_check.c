/*
 * The invariants of a tree:
 *   - a child points to its parent; the children, and the directories among them, are counted
 *   - a directory other than the root has children, and more than its own value; a cut directory
 *     may be empty
 *   - a file has no children
 *   - a dead node is held, and has no living node below it
 */
#include "fs/tree/key.h"
#include "fs/tree/tree.h"

#include <string.h>

static const char *children_check(struct node *dir)
{
	struct node *child;
	size_t n_children = 0, n_dirs = 0;

	RB_FOREACH (child, node_names, &dir->children) {
		if (child->parent != dir)
			return "a child has another parent";
		if (child->dead)
			return "a dead node has a parent";
		n_children++;
		n_dirs += node_is_dir(child);
	}
	if (n_children != dir->n_children || n_dirs != dir->n_dirs)
		return "the children are miscounted";
	return NULL;
}

static const char *node_check(struct node *node)
{
	if (!node->parent)
		return node->lookups || node->handles || node->holds
			       ? NULL
			       : "a dead node is held by nobody";
	if (!node_is_dir(node))
		return node->n_children ? "a file has children" : NULL;
	if (node->n_children == 0 && !node->kept)
		return "a directory is empty";
	if (node->kept && !node_is_cut(node))
		return "a directory is kept that could have a marker";
	if (node->n_children == 1 && node_child(node, KEY_VALUE_NAME))
		return "a directory has nothing but its value";
	return NULL;
}

const char *tree_check(struct tree *tree)
{
	const char *wrong = NULL;
	struct node *node;
	size_t n_files = 0;

	RB_FOREACH (node, node_ids, &tree->ids) {
		wrong = children_check(node);
		if (!wrong && node != &tree->root)
			wrong = node_check(node);
		if (wrong)
			return wrong;
		n_files += node->value && !node->dead;
	}
	return n_files == tree->n_files ? NULL : "the files are miscounted";
}
