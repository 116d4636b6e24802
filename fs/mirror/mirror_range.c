/* The range of keys of a directory, for those who watch it. */
#include "fs/mirror/mirror_private.h"

#include "fs/tree/key.h"

#include <errno.h>
#include <string.h>

/* Appends the bytes with which all keys below @dir begin. -EINVAL, -ENAMETOOLONG: @dir ends within
 * a component, so that no such bytes are known. */
static int first_key_locked(struct mirror *mirror, const struct node *dir, struct buf *ret)
	REQUIRES(mirror->lock)
{
	CLEANUP(buf) struct buf path = {0};
	int r;

	if (!dir->parent)
		return buf_append_bytes(ret, buf_bytes(&mirror->prefix));
	r = node_path(dir, &path);
	if (r == 0)
		r = buf_append(&path, "/" KEY_EMPTY_NAME, strlen("/" KEY_EMPTY_NAME));
	return r < 0 ? r : mirror_path_key(mirror, buf_bytes(&path), ret);
}

static int range_locked(struct mirror *mirror, uint64_t id, struct mirror_range *ret)
	REQUIRES(mirror->lock)
{
	struct node *dir;
	int r = mirror_dir_locked(mirror, id, &dir);

	if (r < 0)
		return r;
	r = node_path(dir, &ret->path);
	if (r == 0 && ret->path.len)
		r = buf_append_byte(&ret->path, '/');
	if (r < 0)
		return r;
	while ((r = first_key_locked(mirror, dir, &ret->first)) < 0 && r != -ENOMEM) {
		buf_clear(&ret->first);
		dir = dir->parent;
	}
	if (r == 0)
		r = etcd_prefix_end(buf_bytes(&ret->first), &ret->end);
	if (r == 0 && !ret->first.len)
		r = buf_append_byte(&ret->first, 0);
	return r;
}

int mirror_range(struct mirror *mirror, uint64_t dir, struct mirror_range *ret)
{
	struct mirror_range found = {0};
	int r;

	lock_take(&mirror->lock);
	r = range_locked(mirror, dir, &found);
	lock_drop(&mirror->lock);
	if (r == 0)
		*ret = found;
	else
		mirror_range_fini(&found);
	return r;
}

void mirror_range_fini(struct mirror_range *range)
{
	buf_fini(&range->path);
	buf_fini(&range->first);
	buf_fini(&range->end);
}
