/* From a mirror's nodes to etcd's keys, for those who change them. */
#include "fs/mirror_private.h"

#include "fs/key.h"

#include <errno.h>
#include <string.h>

static int node_key_locked(struct mirror *mirror, const struct node *node, struct buf *ret)
	REQUIRES(mirror->lock)
{
	CLEANUP(buf) struct buf path = {0};
	int r = node_path(node, &path);

	return r < 0 ? r : mirror_path_key(mirror, buf_bytes(&path), ret);
}

static int child_key_locked(struct mirror *mirror, const struct node *dir, const char *name,
	struct buf *ret) REQUIRES(mirror->lock)
{
	CLEANUP(buf) struct buf path = {0};
	int r = node_path(dir, &path);

	if (r == 0 && path.len)
		r = buf_append_byte(&path, '/');
	if (r == 0)
		r = buf_append(&path, name, strlen(name));
	return r < 0 ? r : mirror_path_key(mirror, buf_bytes(&path), ret);
}

static int key_locked(struct mirror *mirror, uint64_t id, struct buf *ret) REQUIRES(mirror->lock)
{
	struct node *node = tree_by_id(&mirror->tree, id);

	if (!node || node->dead)
		return -ESTALE;
	return node_is_dir(node) ? -EISDIR : node_key_locked(mirror, node, ret);
}

int mirror_key(struct mirror *mirror, uint64_t id, struct buf *ret)
{
	int r;

	lock_take(&mirror->lock);
	r = key_locked(mirror, id, ret);
	lock_drop(&mirror->lock);
	return r;
}

int mirror_child_key(struct mirror *mirror, uint64_t dir, const char *name, struct buf *ret)
{
	struct node *node;
	int r;

	lock_take(&mirror->lock);
	r = mirror_dir_locked(mirror, dir, &node);
	if (r == 0)
		r = child_key_locked(mirror, node, name, ret);
	lock_drop(&mirror->lock);
	return r == 0 && !ret->len ? -EINVAL : r; /* etcd has no empty key */
}

/* A file of @dir that keeps it a directory: neither its marker nor its value nor in @except. */
static const struct node *sibling_locked(struct node *dir, const char *except)
{
	struct node *child;

	RB_FOREACH (child, node_names, &dir->children) {
		if (node_is_marker(child) || strcmp(child->name, KEY_VALUE_NAME) == 0)
			continue;
		if (except && strcmp(child->name, except) == 0)
			continue;
		while (node_is_dir(child))
			child = RB_MIN(node_names, &child->children);
		return child;
	}
	return NULL;
}

static int dir_locked(struct mirror *mirror, uint64_t id, const char *except,
	struct mirror_dir *ret) REQUIRES(mirror->lock)
{
	const struct node *sibling;
	struct node *dir, *marker;
	int r = mirror_dir_locked(mirror, id, &dir);

	if (r < 0)
		return r;
	ret->is_root = !dir->parent;
	marker = node_child(dir, KEY_EMPTY_NAME);
	ret->has_marker = marker && node_is_marker(marker);
	r = child_key_locked(mirror, dir, KEY_EMPTY_NAME, &ret->key);
	sibling = sibling_locked(dir, except);
	if (r == 0 && sibling)
		r = node_key_locked(mirror, sibling, &ret->sibling);
	return r;
}

int mirror_dir(struct mirror *mirror, uint64_t dir, const char *except, struct mirror_dir *ret)
{
	struct mirror_dir found = {0};
	int r;

	lock_take(&mirror->lock);
	r = dir_locked(mirror, dir, except, &found);
	lock_drop(&mirror->lock);
	if (r == 0)
		*ret = found;
	else
		mirror_dir_fini(&found);
	return r;
}

void mirror_dir_fini(struct mirror_dir *dir)
{
	buf_fini(&dir->key);
	buf_fini(&dir->sibling);
}
