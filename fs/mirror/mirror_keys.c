/* The keys in etcd of a mirror's nodes, for those who change them. */
#include "fs/mirror/mirror_private.h"

#include "fs/tree/key.h"

#include <errno.h>
#include <limits.h>
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

/* The first file with a key in @node, or @node if it is one. NULL: none, as in a kept directory. */
static const struct node *node_first_file(struct node *node)
{
	const struct node *top = node;

	while (node && (node_is_dir(node) || node->draft))
		node = node_next(top, node);
	return node;
}

/* A file below @dir that keeps @dir a directory: not its marker, not its "%value", and not in the
 * child @except. */
static const struct node *sibling_locked(struct node *dir, const char *except)
{
	const struct node *file = NULL;
	struct node *child;

	for (child = node_first_child(dir); child; child = node_next_child(child)) {
		if (node_is_marker(child) || strcmp(node_name(child), KEY_VALUE_NAME) == 0)
			continue;
		if (except && strcmp(node_name(child), except) == 0)
			continue;
		file = node_first_file(child);
		if (file)
			break;
	}
	return file;
}

static int dir_locked(struct mirror *mirror, uint64_t id, const char *except, bool above,
	struct mirror_dir *ret) REQUIRES(mirror->lock)
{
	const struct node *sibling;
	struct node *dir, *marker;
	int r = mirror_dir_locked(mirror, id, &dir);

	if (r < 0)
		return r;
	while (!(sibling = sibling_locked(dir, except)) && above && node_is_cut(dir)) {
		except = node_name(dir);
		dir = dir->parent;
	}
	ret->is_root = !dir->parent;
	marker = node_child(dir, KEY_EMPTY_NAME);
	ret->has_marker = marker && node_is_marker(marker);
	if (!above || !node_is_cut(dir))
		r = child_key_locked(mirror, dir, KEY_EMPTY_NAME, &ret->key);
	if (r == 0 && sibling)
		r = node_key_locked(mirror, sibling, &ret->sibling);
	return r;
}

static int dir_ask(
	struct mirror *mirror, uint64_t dir, const char *except, bool above, struct mirror_dir *ret)
{
	struct mirror_dir found = {0};
	int r;

	lock_take(&mirror->lock);
	r = dir_locked(mirror, dir, except, above, &found);
	lock_drop(&mirror->lock);
	if (r == 0)
		*ret = found;
	else
		mirror_dir_fini(&found);
	return r;
}

int mirror_dir(struct mirror *mirror, uint64_t dir, struct mirror_dir *ret)
{
	return dir_ask(mirror, dir, NULL, false, ret);
}

int mirror_dir_above(
	struct mirror *mirror, uint64_t dir, const char *except, struct mirror_dir *ret)
{
	return dir_ask(mirror, dir, except, true, ret);
}

/* Whether any key has a component that is cut where @name in @dir ends. The test goes on in NULs,
 * which need the most room when encoded: if no such component is cut there, none is. 0, -EINVAL,
 * -ENOMEM. */
static int cut_check_locked(struct mirror *mirror, const struct node *dir, const char *name)
	REQUIRES(mirror->lock)
{
	CLEANUP(buf) struct buf key = {0};
	CLEANUP(buf) struct buf more = {0};
	int r = name_is_cut(name) ? 0 : -EINVAL;

	if (r == 0)
		r = buf_printf(&more, "%s/", name);
	for (int i = 0; i < NAME_MAX / 3 && r == 0; i++)
		r = buf_append(&more, "%00", 3);
	if (r == 0)
		r = buf_append_byte(&more, 0);
	return r < 0 ? r : child_key_locked(mirror, dir, (char *)more.data, &key);
}

int mirror_keep(struct mirror *mirror, uint64_t id, const char *name)
{
	struct node *dir;
	int r;

	lock_take(&mirror->lock);
	r = mirror_dir_locked(mirror, id, &dir);
	if (r == 0)
		r = cut_check_locked(mirror, dir, name);
	if (r == 0 && !node_child(dir, name))
		r = tree_keep(&mirror->tree, dir, name) ? 0 : -ENOMEM;
	lock_drop(&mirror->lock);
	return r;
}

int mirror_unkeep(struct mirror *mirror, uint64_t id)
{
	struct node *dir;
	int r;

	lock_take(&mirror->lock);
	r = mirror_dir_locked(mirror, id, &dir);
	if (r == 0 && !dir->kept)
		r = -EINVAL;
	if (r == 0)
		r = node_dir(dir)->n_children ? -ENOTEMPTY : tree_unkeep(&mirror->tree, dir, true);
	lock_drop(&mirror->lock);
	return r;
}

void mirror_dir_fini(struct mirror_dir *dir)
{
	buf_fini(&dir->key);
	buf_fini(&dir->sibling);
}
