/*
 * Copies the names in a directory, of which there may be very many, in pieces, and passes the lock
 * on between two of them. All names must be of one moment: a directory counts its changes, and if
 * it has changed meanwhile the copy begins anew. The last try does not pass the lock on.
 */
#include "fs/mirror/mirror_private.h"

#include <errno.h>
#include <string.h>

#define TRIES 4

void mirror_names_free(struct mirror_names *names)
{
	if (!names)
		return;
	buf_fini(&names->text);
	free(names->names);
	free(names);
}

int mirror_is_empty(struct mirror *mirror, uint64_t id)
{
	struct node *dir;
	int r;

	lock_take(&mirror->lock);
	r = mirror_dir_locked(mirror, id, &dir);
	if (r == 0 && !node_is_empty(dir))
		r = -ENOTEMPTY;
	lock_drop(&mirror->lock);
	return r;
}

static int names_begin(struct mirror_names *names, const struct node *dir)
{
	free(names->names);
	buf_clear(&names->text);
	names->n_names = 0;
	names->parent = dir->parent ? dir->parent->id : dir->id;
	names->names = calloc(node_dir(dir)->n_children + 1, sizeof(*names->names));
	return names->names ? 0 : -ENOMEM;
}

static int names_add_locked(struct mirror *mirror, struct mirror_names *names, struct node *node)
	REQUIRES(mirror->lock)
{
	struct mirror_name *name = &names->names[names->n_names];

	name->id = node->id;
	name->is_dir = node_is_dir(node);
	name->kind = meta_kind_locked(mirror, node);
	name->name = (const char *)names->text.len; /* an offset into the text, which may still
						     * move */
	names->n_names++;
	return buf_append(&names->text, node_name(node), strlen(node_name(node)) + 1);
}

/* Passes the lock on. 0: *@dir is the directory, unchanged; -EAGAIN: it has changed, or -errno. */
static int names_pause_locked(struct mirror *mirror, uint64_t id, struct node **dir)
	REQUIRES(mirror->lock)
{
	uint64_t n_changes = node_dir(*dir)->n_changes;
	int r = lock_pass(&mirror->lock) ? mirror_dir_locked(mirror, id, dir) : 0;

	return r == 0 && node_dir(*dir)->n_changes != n_changes ? -EAGAIN : r;
}

static int names_locked(struct mirror *mirror, uint64_t id, bool in_pieces,
	struct mirror_names *names) REQUIRES(mirror->lock)
{
	size_t n = 0;
	struct children children;
	struct node *dir, *node;
	int r = mirror_dir_locked(mirror, id, &dir);

	if (r == 0)
		r = names_begin(names, dir);
	if (r < 0)
		return r;
	children_begin(&children, dir);
	while ((node = children_next(&children))) {
		if (!node_is_marker(node))
			r = names_add_locked(mirror, names, node);
		/* If the directory has not changed, @node is still in its place. */
		if (r == 0 && in_pieces && ++n % MIRROR_PIECE == 0)
			r = names_pause_locked(mirror, id, &dir);
		if (r < 0)
			return r;
	}
	return 0;
}

int mirror_names(struct mirror *mirror, uint64_t dir, struct mirror_names **ret)
{
	CLEANUP(mirror_names_free) struct mirror_names *names = calloc(1, sizeof(*names));
	int r = names ? -EAGAIN : -ENOMEM;

	for (int tries = TRIES; r == -EAGAIN && tries; tries--) {
		lock_take(&mirror->lock);
		r = names_locked(mirror, dir, tries > 1, names);
		lock_drop(&mirror->lock);
	}
	if (r < 0)
		return r;
	for (size_t i = 0; i < names->n_names; i++)
		names->names[i].name = (char *)names->text.data + (size_t)names->names[i].name;
	*ret = STEAL(names);
	return 0;
}
