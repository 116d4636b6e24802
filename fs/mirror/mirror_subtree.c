/*
 * Gathers the keys that change when a name is renamed: the present ones, and those that they
 * become.
 *
 * They are gathered in pieces, and the lock is passed on between two of them. If the mirror has
 * changed meanwhile they are gathered anew; the last try does not pass the lock on.
 */
#include "fs/mirror/mirror_private.h"

#include <errno.h>
#include <string.h>

/* The least that a compare and a put take in etcd's encoding, without key and value. */
#define FILE_BYTES 16
#define TRIES 4

void mirror_files_fini(struct mirror_files *files)
{
	for (size_t i = 0; i < files->n_files; i++) {
		buf_fini(&files->files[i].from);
		buf_fini(&files->files[i].to);
		value_unref(files->files[i].value);
		meta_free(files->files[i].meta);
	}
	free(files->files);
	*files = (struct mirror_files){0};
}

static struct mirror_file *files_grow(struct mirror_files *files)
{
	size_t capacity = files->capacity ? 2 * files->capacity : 16;
	struct mirror_file *more;

	if (files->n_files == files->capacity) {
		more = reallocarray(files->files, capacity, sizeof(*more));
		if (!more)
			return NULL;
		files->files = more;
		files->capacity = capacity;
	}
	more = &files->files[files->n_files++];
	*more = (struct mirror_file){0};
	return more;
}

/* The paths of a name before and after the rename; while one file of it is handled, with the rest
 * of that file's path appended. */
struct way {
	struct buf from, to;
	size_t from_len, to_len; /* lengths without that rest */
};

static void way_cleanup(struct way *way)
{
	buf_fini(&way->from);
	buf_fini(&way->to);
}

static int way_find_locked(struct mirror *mirror, const struct node *node, uint64_t dir_id,
	const char *name, struct way *ret) REQUIRES(mirror->lock)
{
	struct node *dir;
	int r = mirror_dir_locked(mirror, dir_id, &dir);

	if (r == 0)
		r = node_path(node, &ret->from);
	if (r == 0)
		r = node_path(dir, &ret->to);
	if (r == 0 && ret->to.len)
		r = buf_append_byte(&ret->to, '/');
	if (r == 0)
		r = buf_append(&ret->to, name, strlen(name));
	ret->from_len = ret->from.len;
	ret->to_len = ret->to.len;
	return r;
}

static int file_keys_locked(struct mirror *mirror, const struct node *node, struct way *way,
	struct mirror_file *ret) REQUIRES(mirror->lock)
{
	size_t len = way->from_len;
	int r;

	buf_clear(&way->from);
	r = node_path(node, &way->from);
	if (r == 0)
		r = mirror_path_key(mirror, buf_bytes(&way->from), &ret->from);
	if (r < 0)
		return r;
	way->to.len = way->to_len;
	r = buf_append(&way->to, way->from.data + len, way->from.len - len);
	return r < 0 ? r : mirror_path_key(mirror, buf_bytes(&way->to), &ret->to);
}

static int files_add_locked(struct mirror *mirror, struct node *node, struct way *way,
	struct mirror_files *files) REQUIRES(mirror->lock)
{
	struct mirror_file *file = files_grow(files);
	int r = file ? file_keys_locked(mirror, node, way, file) : -ENOMEM;

	if (r < 0)
		return r;
	file->value = value_ref(node_value(node));
	r = meta_of_file_locked(mirror, node, file);
	if (r < 0)
		return r;
	files->n_bytes += file->from.len + file->to.len + file->value->len + FILE_BYTES;
	return 0;
}

/* Passes the lock on. 0: nothing has changed meanwhile; else -EAGAIN. */
static int files_pause_locked(struct mirror *mirror, struct node *node, uint64_t n_lists,
	const struct mirror_files *files) REQUIRES(mirror->lock)
{
	struct extra *extra = node_extend(&mirror->tree, node);
	bool same;

	if (!extra)
		return -ENOMEM;
	extra->holds++; /* a file that dies meanwhile must not be freed, since its `dead` is read
			 * below */
	lock_pass(&mirror->lock);
	extra->holds--;
	same = mirror->revision == files->revision && mirror->lists == n_lists && !node->dead;
	tree_let_go(&mirror->tree, node);
	return same ? 0 : -EAGAIN;
}

static int files_locked(struct mirror *mirror, uint64_t id, uint64_t dir, const char *name,
	size_t max, bool in_pieces, struct mirror_files *files) REQUIRES(mirror->lock)
{
	CLEANUP(way) struct way way = {0};
	struct node *top = tree_by_id(&mirror->tree, id);
	uint64_t n_lists = mirror->lists;
	int r = top && !top->dead ? way_find_locked(mirror, top, dir, name, &way) : -ESTALE;

	files->revision = mirror->revision;
	if (r < 0)
		return r;
	for (struct node *node = top; node; node = node_next(top, node)) {
		if (node_is_dir(node) || node->draft)
			continue;
		r = files_add_locked(mirror, node, &way, files);
		if (r == 0 && files->n_files > 1 && files->n_bytes > max)
			r = -EXDEV;
		if (r == 0 && in_pieces && files->n_files % MIRROR_PIECE == 0)
			r = files_pause_locked(mirror, node, n_lists, files);
		if (r < 0)
			return r; /* the node may be gone */
	}
	return 0;
}

int mirror_files(struct mirror *mirror, uint64_t id, uint64_t dir, const char *name, size_t max,
	struct mirror_files *ret)
{
	int r = -EAGAIN;

	*ret = (struct mirror_files){0};
	for (int tries = TRIES; r == -EAGAIN && tries; tries--) {
		lock_take(&mirror->lock);
		r = files_locked(mirror, id, dir, name, max, tries > 1, ret);
		lock_drop(&mirror->lock);
		if (r < 0)
			mirror_files_fini(ret);
	}
	return r;
}
