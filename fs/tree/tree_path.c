/* Finds the file at a path, and the path of a node. */
#include "fs/tree/tree_private.h"

#include "fs/tree/key.h"

#include <errno.h>
#include <string.h>

bool path_next(const char **path, char name[256])
{
	size_t len = strcspn(*path, "/");

	if (len == 0 || len > 255)
		return false;
	memcpy(name, *path, len);
	name[len] = 0;
	*path += len + ((*path)[len] == '/');
	return true;
}

struct node *tree_walk(struct tree *tree, const char *path)
{
	struct node *node = &tree->root;
	char name[256];

	while (node && path_next(&path, name))
		node = node_child(node, name);
	return node;
}

struct node *node_file(struct node *node)
{
	return node && node_is_dir(node) ? node_child(node, KEY_VALUE_NAME) : node;
}

struct node *tree_file(struct tree *tree, const char *path)
{
	return node_file(tree_walk(tree, path));
}

/* The length of the path, with a '/' before each name. */
static size_t node_path_len(const struct node *node)
{
	size_t len = 0;

	for (; node->parent; node = node->parent)
		len += 1 + strlen(node_name(node));
	return len;
}

/* Writes the path from its end to its start, without recursion, since a tree may be deeper than the
 * stack. */
int node_path(const struct node *node, struct buf *ret)
{
	size_t len = node_path_len(node);
	uint8_t *end;
	int r;

	if (node->dead)
		return -ESTALE;
	if (!len)
		return 0;
	r = buf_reserve(ret, len);
	if (r < 0)
		return r;
	ret->len += len - 1;
	for (end = ret->data + ret->len; node->parent; node = node->parent) {
		size_t n = strlen(node_name(node));
		end -= n;
		memcpy(end, node_name(node), n);
		if (node->parent->parent)
			*--end = '/';
	}
	return 0;
}
