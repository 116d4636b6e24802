/* Answers questions about single nodes, and counts the references to them. */
#include "fs/mirror/mirror_private.h"
#include "fs/tree/key.h"

#include <errno.h>
#include <string.h>

struct extra *mirror_extra_locked(struct mirror *mirror, uint64_t id)
{
	struct node *node = tree_by_id(&mirror->tree, id);

	return node ? node_extend(&mirror->tree, node) : NULL;
}

int mirror_pin_locked(struct mirror *mirror, struct node *node, unsigned pins)
{
	struct extra *extra = node_extend(&mirror->tree, node);

	if (!extra)
		return -ENOMEM;
	extra->lookups += pins;
	extra->kind = meta_kind_locked(mirror, node);
	return 0;
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
	if (pins) {
		r = mirror_pin_locked(mirror, node, pins);
		node->seen |= r == 0;
	}
	if (r == 0)
		mirror_info_locked(mirror, node, ret);
	return r;
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

static struct node *heir_locked(struct mirror *mirror, uint64_t id) REQUIRES(mirror->lock)
{
	struct node *node = tree_by_id(&mirror->tree, id), *heir = NULL;

	if (node && node->dead && node_extra(node)->heir)
		heir = tree_file(&mirror->tree, node->extra->heir);
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
	*ret = value_ref(node_value(node));
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
	count = mirror->tree.n_files + mirror->own.n;
	lock_drop(&mirror->lock);
	return count;
}

uint64_t mirror_ids_end(struct mirror *mirror)
{
	uint64_t end;

	lock_take(&mirror->lock);
	end = mirror->tree.next_id;
	lock_drop(&mirror->lock);
	return end;
}

void mirror_memory(struct mirror *mirror, struct mirror_memory *ret)
{
	lock_take(&mirror->lock);
	ret->n_bytes = mirror->tree.n_bytes + mirror->own.n_bytes;
	ret->n_value_bytes = mirror->tree.n_value_bytes + mirror->own.n_value_bytes;
	lock_drop(&mirror->lock);
}

/* --- Pins --- */

void mirror_unpin(struct mirror *mirror, uint64_t id, uint64_t count)
{
	void (*listener)(void *arg, enum tree_event event, struct node *node);
	struct extra *extra;
	struct node *node;

	lock_take(&mirror->lock);
	/* A directory that goes because the kernel forgets it is no change that was applied: the
	 * listener hears only of those, in the thread of the feed. */
	listener = STEAL(mirror->tree.listener);
	node = tree_by_id(&mirror->tree, id);
	if (node && node->extended) {
		extra = node->extra;
		extra->lookups -= count < extra->lookups ? count : extra->lookups;
		node->seen &= extra->lookups > 0;
		extra->holds++; /* tree_unkeep() may kill the node */
		if (!extra->lookups)
			tree_unkeep(&mirror->tree, node, false);
		extra->holds--;
		tree_let_go(&mirror->tree, node);
	}
	mirror->tree.listener = listener;
	lock_drop(&mirror->lock);
}

int mirror_hold(struct mirror *mirror, uint64_t id)
{
	struct node *node;
	int r = -ESTALE;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node)
		r = node_extend(&mirror->tree, node) ? 0 : -ENOMEM;
	if (r == 0)
		node->extra->holds++;
	lock_drop(&mirror->lock);
	return r;
}

void mirror_release(struct mirror *mirror, uint64_t id)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node && node->extended) {
		node->extra->holds--;
		tree_let_go(&mirror->tree, node);
	}
	lock_drop(&mirror->lock);
}

static void set_paged(struct extra *extra, struct value *value)
{
	if (value)
		value_ref(value);
	value_unref(extra->paged);
	extra->paged = value;
}

static int handle_add_locked(struct mirror *mirror, struct node *node) REQUIRES(mirror->lock)
{
	struct extra *extra = node_extend(&mirror->tree, node);

	if (!extra)
		return -ENOMEM;
	extra->handles++;
	set_paged(extra, extra->value);
	return 0;
}

int mirror_handle_add(struct mirror *mirror, uint64_t id)
{
	struct node *node;
	int r;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	r = node ? handle_add_locked(mirror, node) : -ESTALE;
	lock_drop(&mirror->lock);
	return r;
}

void mirror_handle_remove(struct mirror *mirror, uint64_t id)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node && node->extended) {
		if (--node->extra->handles == 0)
			set_paged(node->extra, NULL);
		node->extra->holds++; /* tree_draft_drop() may be its end */
		if (!node->extra->handles && node->draft && !node->dead)
			tree_draft_drop(&mirror->tree, node, false);
		node->extra->holds--;
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
		mirror_info_locked(mirror, node, ret);
		r = handle_add_locked(mirror, node);
		if (r == 0)
			*ret_value = value_ref(node_value(node));
	}
	lock_drop(&mirror->lock);
	return r;
}

void mirror_set_paged(struct mirror *mirror, uint64_t id)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node && node_extra(node)->handles)
		set_paged(node->extra, node->extra->value);
	lock_drop(&mirror->lock);
}

int mirror_paged(struct mirror *mirror, uint64_t id, struct value **ret)
{
	struct value *value;
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	value = node ? node_extra(node)->paged : NULL;
	if (value)
		*ret = value_ref(value);
	lock_drop(&mirror->lock);
	return value ? 0 : -ESTALE;
}

void mirror_set_times_locked(
	struct mirror *mirror, struct node *node, const struct times_wish *wish)
{
	struct extra *extra = node_extend(&mirror->tree, node);
	struct mirror_info info;

	if (!extra)
		return;
	mirror_info_locked(mirror, node, &info);
	times_set(&extra->times, wish, info.changed, info.mod_revision);
	if (node->draft)
		extra->times.state = TIMES_PENDING;
}

void mirror_set_times(struct mirror *mirror, uint64_t id, const struct times_wish *wish)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node)
		mirror_set_times_locked(mirror, node, wish);
	lock_drop(&mirror->lock);
}

void mirror_keep_times(struct mirror *mirror, uint64_t id, int64_t revision)
{
	struct extra *extra;

	lock_take(&mirror->lock);
	extra = mirror_extra_locked(mirror, id);
	if (extra)
		times_publish(&extra->times, revision);
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
