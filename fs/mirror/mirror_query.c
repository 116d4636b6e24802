/* Answers questions about single nodes, and counts the references to them. */
#include "fs/mirror/mirror_private.h"
#include "fs/tree/key.h"

#include <errno.h>
#include <string.h>

void mirror_info_locked(const struct node *node, struct mirror_info *ret)
{
	const struct mirror_writer *writer = TAILQ_LAST(&node->writers, node_writers);
	const struct value *value = node->value;

	*ret = (struct mirror_info){
		.id = node->id,
		.is_dir = node_is_dir(node),
		.is_value = strcmp(node->name, KEY_VALUE_NAME) == 0,
		.dead = node->dead,
		.unlinked_here = node->unlinked_here,
		.known = node->lookups,
		.making = node->makers,
		.secret = node->secret,
		.unpublished = writer,
		.handles = node->handles,
		.n_dirs = node->n_dirs,
		.size = value ? (int64_t)value->len : 0,
		.mod_revision = value ? value->mod_revision : 0,
		.changed = value ? value_seen(value) : node->changed,
	};
	ret->accessed = ret->modified = ret->changed;
	if (times_hold(&node->times, ret->mod_revision)) {
		ret->accessed = node->times.accessed;
		ret->modified = node->times.modified;
		ret->changed = node->times.changed;
	}
	if (writer)
		ret->size = writer->size;
}

int mirror_dir_locked(struct mirror *mirror, uint64_t id, struct node **ret)
{
	struct node *node = tree_by_id(&mirror->tree, id);

	if (!node || node->dead)
		return -ESTALE;
	if (!node_is_dir(node))
		return -ENOTDIR;
	*ret = node;
	return 0;
}

static int lookup_locked(struct mirror *mirror, uint64_t dir_id, const char *name, unsigned pins,
	struct mirror_info *ret) REQUIRES(mirror->lock)
{
	struct node *dir, *node;
	int r = mirror_dir_locked(mirror, dir_id, &dir);

	if (r < 0)
		return r;
	node = node_child(dir, name);
	if (!node || node_is_marker(node))
		return -ENOENT;
	node->lookups += pins;
	node->seen |= pins > 0;
	mirror_info_locked(node, ret);
	return 0;
}

int mirror_lookup(struct mirror *mirror, uint64_t dir, const char *name, unsigned pins,
	struct mirror_info *ret)
{
	int r;

	lock_take(&mirror->lock);
	r = lookup_locked(mirror, dir, name, pins, ret);
	lock_drop(&mirror->lock);
	return r;
}

int mirror_info(struct mirror *mirror, uint64_t id, struct mirror_info *ret)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node)
		mirror_info_locked(node, ret);
	lock_drop(&mirror->lock);
	return node ? 0 : -ESTALE;
}

static struct node *heir_locked(struct mirror *mirror, uint64_t id) REQUIRES(mirror->lock)
{
	struct node *node = tree_by_id(&mirror->tree, id), *heir = NULL;

	if (node && node->dead && node->heir)
		heir = tree_file(&mirror->tree, node->heir);
	return heir ? heir : node;
}

uint64_t mirror_heir(struct mirror *mirror, uint64_t id)
{
	const struct node *heir;

	lock_take(&mirror->lock);
	heir = heir_locked(mirror, id);
	if (heir)
		id = heir->id;
	lock_drop(&mirror->lock);
	return id;
}

static int value_locked(struct mirror *mirror, uint64_t id, struct value **ret)
	REQUIRES(mirror->lock)
{
	struct node *node = tree_by_id(&mirror->tree, id);

	if (!node || node->dead)
		return -ESTALE;
	if (node_is_dir(node))
		return -EISDIR;
	*ret = value_ref(node->value);
	return 0;
}

int mirror_value(struct mirror *mirror, uint64_t id, struct value **ret)
{
	int r;

	lock_take(&mirror->lock);
	r = value_locked(mirror, id, ret);
	lock_drop(&mirror->lock);
	return r;
}

size_t mirror_count(struct mirror *mirror)
{
	size_t count;

	lock_take(&mirror->lock);
	count = mirror->tree.n_files;
	lock_drop(&mirror->lock);
	return count;
}

/* --- Pins --- */

void mirror_unpin(struct mirror *mirror, uint64_t id, uint64_t count)
{
	void (*listener)(void *arg, enum tree_event event, struct node *node);
	struct node *node;

	lock_take(&mirror->lock);
	/* A directory that goes because the kernel forgets it is no change that was applied: the
	 * listener hears only of those, in the thread of the feed. */
	listener = STEAL(mirror->tree.listener);
	node = tree_by_id(&mirror->tree, id);
	if (node) {
		node->lookups -= count < node->lookups ? count : node->lookups;
		node->seen &= node->lookups > 0;
		node->holds++; /* tree_unkeep() may kill the node */
		if (!node->lookups)
			tree_unkeep(&mirror->tree, node, false);
		node->holds--;
		tree_let_go(&mirror->tree, node);
	}
	mirror->tree.listener = listener;
	lock_drop(&mirror->lock);
}

int mirror_hold(struct mirror *mirror, uint64_t id)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node)
		node->holds++;
	lock_drop(&mirror->lock);
	return node ? 0 : -ESTALE;
}

void mirror_release(struct mirror *mirror, uint64_t id)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node) {
		node->holds--;
		tree_let_go(&mirror->tree, node);
	}
	lock_drop(&mirror->lock);
}

static void set_paged(struct node *node, struct value *value)
{
	if (value)
		value_ref(value);
	value_unref(node->paged);
	node->paged = value;
}

static void handle_add(struct node *node)
{
	node->handles++;
	set_paged(node, node->value);
}

int mirror_handle_add(struct mirror *mirror, uint64_t id)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node)
		handle_add(node);
	lock_drop(&mirror->lock);
	return node ? 0 : -ESTALE;
}

void mirror_handle_remove(struct mirror *mirror, uint64_t id)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node) {
		if (--node->handles == 0)
			set_paged(node, NULL);
		tree_let_go(&mirror->tree, node);
	}
	lock_drop(&mirror->lock);
}

int mirror_open(struct mirror *mirror, uint64_t id, enum mirror_gone gone, struct mirror_info *ret,
	struct value **ret_value)
{
	struct node *node;
	int r = 0;

	lock_take(&mirror->lock);
	node = gone == MIRROR_GONE_FAIL ? tree_by_id(&mirror->tree, id) : heir_locked(mirror, id);
	if (!node || (node->dead && gone != MIRROR_GONE_LAST)) {
		r = -ESTALE;
	} else if (node_is_dir(node)) {
		r = -EISDIR;
	} else {
		mirror_info_locked(node, ret);
		*ret_value = value_ref(node->value);
		handle_add(node);
	}
	lock_drop(&mirror->lock);
	return r;
}

void mirror_set_paged(struct mirror *mirror, uint64_t id)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node && node->handles)
		set_paged(node, node->value);
	lock_drop(&mirror->lock);
}

int mirror_paged(struct mirror *mirror, uint64_t id, struct value **ret)
{
	struct value *value;
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	value = node ? node->paged : NULL;
	if (value)
		*ret = value_ref(value);
	lock_drop(&mirror->lock);
	return value ? 0 : -ESTALE;
}

static void writer_unlist_locked(struct mirror *mirror, struct node *node,
	struct mirror_writer *writer) REQUIRES(mirror->lock)
{
	if (writer->listed) {
		TAILQ_REMOVE(&node->writers, writer, entry);
		mirror->local_size -= writer->size;
	}
	writer->listed = false;
}

void mirror_set_local_size(
	struct mirror *mirror, uint64_t id, struct mirror_writer *writer, int64_t size)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node) {
		writer_unlist_locked(mirror, node, writer);
		TAILQ_INSERT_TAIL(&node->writers, writer, entry);
		writer->size = size;
		writer->listed = true;
		mirror->local_size += size;
		times_write(&node->times);
	}
	lock_drop(&mirror->lock);
}

void mirror_end_local_size(struct mirror *mirror, uint64_t id, struct mirror_writer *writer)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node && writer->listed) {
		writer_unlist_locked(mirror, node, writer);
		if (TAILQ_EMPTY(&node->writers))
			times_settle(&node->times);
	}
	lock_drop(&mirror->lock);
}

void mirror_set_times(struct mirror *mirror, uint64_t id, const struct times_wish *wish)
{
	struct mirror_info info;
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node) {
		mirror_info_locked(node, &info);
		times_set(&node->times, wish, info.changed, info.mod_revision);
	}
	lock_drop(&mirror->lock);
}

void mirror_keep_times(struct mirror *mirror, uint64_t id, int64_t revision)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node)
		times_publish(&node->times, revision);
	lock_drop(&mirror->lock);
}

void mirror_set_unlinked_here(struct mirror *mirror, uint64_t id, bool here)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node)
		node->unlinked_here = here;
	lock_drop(&mirror->lock);
}
