/* Answers for nodes that are gone. */
#include "fs/mirror/mirror_private.h"

#include <errno.h>

#define DEEPEST 2048 /* names in the longest path that the kernel accepts */

/* The living node that has the path of @node. */
static int successor_locked(struct mirror *mirror, struct node *node, int depth, struct node **ret)
	REQUIRES(mirror->lock)
{
	struct node *dir = node;
	int r = 0;

	if (node->dead) {
		dir = tree_by_id(&mirror->tree, node_extra(node)->last_dir);
		r = dir && depth < DEEPEST ? successor_locked(mirror, dir, depth + 1, &dir)
					   : -ESTALE;
	}
	if (r < 0 || !node->dead) {
		*ret = dir;
		return r;
	}
	*ret = node_is_dir(dir) ? node_child(dir, node_name(node)) : NULL;
	return *ret && !node_is_marker(*ret) ? 0 : -ENOENT;
}

int mirror_successor(struct mirror *mirror, uint64_t id, struct mirror_info *ret)
{
	struct node *node;
	int r;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	r = node ? successor_locked(mirror, node, 0, &node) : -ESTALE;
	if (r == 0)
		mirror_info_locked(mirror, node, ret);
	lock_drop(&mirror->lock);
	return r;
}

int mirror_last_value(struct mirror *mirror, uint64_t id, struct value **ret)
{
	struct node *node;
	int r = -ESTALE;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node)
		r = node_value(node) ? 0 : -EISDIR;
	if (r == 0)
		*ret = value_ref(node_value(node));
	lock_drop(&mirror->lock);
	return r;
}
