/*
 * The invariants of a tree:
 *   - a child points to its parent; the children are in order, and counted, as are the
 *     directories among them
 *   - a directory other than the root has children, and more than its own value; a cut directory
 *     may be empty
 *   - each node is found by its ID
 *   - a dead node is held, and has no living node below it
 *   - drafts are counted, and are not all that is in a directory
 */
#include "fs/tree/key.h"
#include "fs/tree/tree.h"

#include <string.h>

static const char *children_check(struct node *dir)
{
	struct node *child, *before = NULL;
	size_t n_children = 0, n_dirs = 0;
	struct children children;

	children_begin(&children, dir);
	while ((child = children_next(&children))) {
		if (child != (before ? node_next_child(before) : node_first_child(dir)))
			return "the children are in two orders";
		if (child->parent != dir)
			return "a child has another parent";
		if (child->dead)
			return "a dead node has a parent";
		if (before && strcmp(node_name(before), node_name(child)) >= 0)
			return "the children are out of order";
		before = child;
		n_children++;
		n_dirs += node_is_dir(child);
	}
	if (n_children != node_dir(dir)->n_children || n_dirs != node_dir(dir)->n_dirs)
		return "the children are miscounted";
	return NULL;
}

static const char *dir_check(struct node *node)
{
	const struct dir *dir = node_dir(node);
	struct children children;
	struct node *child;
	size_t n_drafts = 0;

	children_begin(&children, node);
	while ((child = children_next(&children)))
		n_drafts += child->draft;
	if (dir->n_children == 0 && !node->kept)
		return "a directory is empty";
	if (dir->n_children == n_drafts && !node->kept)
		return "a directory has nothing but drafts";
	if (node->kept && !node_is_cut(node))
		return "a directory is kept that could have a marker";
	if (dir->n_children == 1 && node_child(node, KEY_VALUE_NAME))
		return "a directory has nothing but its value";
	return NULL;
}

static const char *node_check(struct tree *tree, struct node *node)
{
	const struct extra *extra = node_extra(node);
	const char *wrong = node_is_dir(node) ? children_check(node) : NULL;

	if (wrong)
		return wrong;
	if (tree_by_id(tree, node->id) != node)
		return "a node is not found by its ID";
	if (!node->parent)
		return extra->lookups || extra->handles || extra->holds
			       ? NULL
			       : "a dead node is held by nobody";
	return node_is_dir(node) ? dir_check(node) : NULL;
}

const char *tree_check(struct tree *tree)
{
	const char *wrong = children_check(&tree->root);
	size_t n_files = 0, n_drafts = 0;

	for (size_t i = 0; i < tree->n_buckets; i++)
		for (struct node *node = tree->buckets[i]; node && !wrong; node = node->next) {
			wrong = node_check(tree, node);
			n_files += !node_is_dir(node) && !node->dead && !node->draft;
			n_drafts += node->draft && !node->dead;
		}
	if (wrong)
		return wrong;
	if (n_drafts != tree->n_drafts)
		return "the drafts are miscounted";
	return n_files == tree->n_files ? NULL : "the files are miscounted";
}
