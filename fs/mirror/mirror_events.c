/* Reports changes to the listener, with the trail of each name that a process may watch. */
#include "fs/mirror/mirror_private.h"

#include <errno.h>
#include <string.h>

/* Whether a process may have an inotify watch on @node. A watch pins the inode, so the kernel has
 * not forgotten it and `seen` is set. Lookups by the notifier do not set `seen`, because no user
 * gets at the inode by them. The root needs no lookup: it is the mount's root. */
static bool may_be_watched(const struct node *node)
{
	return node->seen || !node->parent;
}

/* Fills the trail from its end, with @len bytes of path and @depth names, to its start. */
static void trail_fill(struct trail *trail, struct node *node, size_t len, size_t depth)
{
	char *end = trail->path + len;

	trail->n_ids = depth;
	for (; node->parent; node = node->parent) {
		size_t n = strlen(node_name(node));
		end -= n;
		memcpy(end, node_name(node), n);
		if (node->parent->parent)
			*--end = '/';
		trail->ids[--depth] = node->id;
		node->extra->holds++;
	}
}

/* That of the root has the root, and no name. */
static void trail_fill_root(struct trail *trail, struct node *root)
{
	trail->n_ids = 1;
	trail->ids[0] = root->id;
	root->extra->holds++;
}

static struct trail *trail_new(struct tree *tree, struct node *node)
{
	struct node *dir = node->parent ? node->parent : node;
	size_t size = 0, depth = 0;
	struct trail *trail;

	for (struct node *at = node; at->parent; at = at->parent) {
		size += strlen(node_name(at)) + 1;
		depth++;
	}
	trail = node_extend(tree, node) ? calloc(1, sizeof(*trail) + size + 1) : NULL;
	if (!trail)
		return NULL;
	trail->ids = calloc(depth + 1, sizeof(*trail->ids));
	if (!trail->ids) {
		free(trail);
		return NULL;
	}
	trail->is_dir = node_is_dir(node);
	trail->known = may_be_watched(node);
	if (node->parent)
		trail_fill(trail, node, size - 1, depth);
	else
		trail_fill_root(trail, node);
	node_dir(dir)->trails++;
	return trail;
}

uint64_t trail_dir(const struct trail *trail)
{
	return trail->n_ids > 1 ? trail->ids[trail->n_ids - 2] : ROOT_ID;
}

const char *trail_name(const struct trail *trail)
{
	const char *slash = strrchr(trail->path, '/');

	return slash ? slash + 1 : trail->path;
}

static void trail_free_locked(struct mirror *mirror, struct trail *trail) REQUIRES(mirror->lock)
{
	node_dir(tree_by_id(&mirror->tree, trail_dir(trail)))->trails--;
	for (size_t i = 0; i < trail->n_ids; i++) {
		struct node *node = tree_by_id(&mirror->tree, trail->ids[i]);
		node->extra->holds--;
		tree_let_go(&mirror->tree, node);
	}
	free(trail->ids);
	free(trail);
}

/* Called by the tree, so the mirror's lock is held. */
static void on_tree_event(void *arg, enum tree_event event, struct node *node)
	THREAD_ATTRIBUTE(no_thread_safety_analysis)
{
	const struct value *value = node_value(node);
	struct mirror *mirror = arg;
	struct trail *trail;

	if (!may_be_watched(node) && !may_be_watched(node->parent))
		return;
	trail = trail_new(&mirror->tree, node);
	if (trail && !mirror->listener(
			     mirror->listener_arg, event, trail, value ? value->mod_revision : 0))
		trail_free_locked(mirror, trail);
}

void mirror_listen(struct mirror *mirror, mirror_listener_fn *fn, void *arg)
{
	lock_take(&mirror->lock);
	mirror->listener = fn;
	mirror->listener_arg = arg;
	mirror->tree.listener = fn ? on_tree_event : NULL;
	mirror->tree.arg = mirror;
	lock_drop(&mirror->lock);
}

void mirror_trail_free(struct mirror *mirror, struct trail *trail)
{
	if (!trail)
		return;
	lock_take(&mirror->lock);
	trail_free_locked(mirror, trail);
	lock_drop(&mirror->lock);
}

bool mirror_is_told(struct mirror *mirror, uint64_t dir)
{
	struct node *node;
	bool told;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, dir);
	told = !node || !node_is_dir(node) || !node_dir(node)->trails;
	lock_drop(&mirror->lock);
	return told;
}

int mirror_look(struct mirror *mirror, uint64_t id, struct mirror_info *ret)
{
	struct node *node;
	int r;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	r = node ? mirror_pin_locked(mirror, node, 1) : -ESTALE;
	if (r == 0)
		mirror_info_locked(mirror, node, ret);
	lock_drop(&mirror->lock);
	return r;
}
