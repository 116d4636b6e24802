/* Notes about files that processes on this mount create and write: not closed yet by their creator,
 * hidden from others by a mode, not published yet. */
#include "fs/mirror/mirror_meta.h"
#include "fs/mirror/mirror_private.h"

#include <errno.h>

void mirror_making(struct mirror *mirror, uint64_t id, int by)
{
	struct extra *extra;

	lock_take(&mirror->lock);
	extra = mirror_extra_locked(mirror, id);
	if (extra)
		extra->makers += by;
	lock_drop(&mirror->lock);
}

int mirror_draft(struct mirror *mirror, uint64_t dir_id, const char *name, uint64_t *ret_id)
{
	CLEANUP(value_unref) struct value *value = value_new(&(struct etcd_kv){0});
	struct node *dir, *file = NULL;
	int r;

	if (!value)
		return -ENOMEM;
	lock_take(&mirror->lock);
	r = mirror_dir_locked(mirror, dir_id, &dir);
	if (r == 0 && node_child(dir, name))
		r = -EEXIST;
	if (r == 0)
		file = tree_draft(&mirror->tree, dir, name, value);
	if (r == 0 && !file)
		r = -ENOMEM;
	if (file)
		*ret_id = file->id;
	lock_drop(&mirror->lock);
	return r;
}

void mirror_tell_draft(struct mirror *mirror, uint64_t id)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node && !node->dead)
		tree_draft_tell(&mirror->tree, node);
	lock_drop(&mirror->lock);
}

bool mirror_is_draft(struct mirror *mirror, uint64_t id)
{
	const struct node *node;
	bool draft;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	draft = node && node->draft;
	lock_drop(&mirror->lock);
	return draft;
}

void mirror_orphan_draft(struct mirror *mirror, uint64_t id)
{
	struct extra *extra;

	lock_take(&mirror->lock);
	extra = mirror_extra_locked(mirror, id);
	if (extra)
		extra->orphan = true;
	lock_drop(&mirror->lock);
}

bool mirror_drop_draft(struct mirror *mirror, uint64_t id)
{
	struct node *node;
	bool there;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	there = node && node->draft && !node->dead;
	if (there) {
		node->unlinked_here = true;
		tree_draft_drop(&mirror->tree, node, true);
	}
	lock_drop(&mirror->lock);
	return there;
}

void mirror_set_secret(struct mirror *mirror, uint64_t id, bool secret)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node)
		node->secret = secret;
	lock_drop(&mirror->lock);
}

static void writer_unlist_locked(struct mirror *mirror, struct extra *extra,
	struct mirror_writer *writer) REQUIRES(mirror->lock)
{
	if (writer->listed) {
		TAILQ_REMOVE(&extra->writers, writer, entry);
		mirror->local_size -= writer->size;
	}
	writer->listed = false;
}

void mirror_set_local_size(
	struct mirror *mirror, uint64_t id, struct mirror_writer *writer, int64_t size)
{
	struct extra *extra;

	lock_take(&mirror->lock);
	extra = mirror_extra_locked(mirror, id);
	if (extra) {
		writer_unlist_locked(mirror, extra, writer);
		TAILQ_INSERT_TAIL(&extra->writers, writer, entry);
		writer->size = size;
		writer->listed = true;
		mirror->local_size += size;
		times_write(&extra->times);
	}
	lock_drop(&mirror->lock);
}

/* What was set for writes that are given up is given up with them; a draft has it until it has a
 * key, and a dead file as long as it is open. */
static void settle(struct node *node)
{
	if (!TAILQ_EMPTY(&node->extra->writers))
		return;
	times_settle(&node->extra->times);
	if (!node->draft && !node->dead)
		node->extra->pending = (struct meta_change){0};
}

void mirror_end_local_size(struct mirror *mirror, uint64_t id, struct mirror_writer *writer)
{
	struct extra *extra;

	lock_take(&mirror->lock);
	extra = writer->listed ? mirror_extra_locked(mirror, id) : NULL;
	if (extra) {
		writer_unlist_locked(mirror, extra, writer);
		settle(tree_by_id(&mirror->tree, id));
	}
	lock_drop(&mirror->lock);
}

bool mirror_local_room(struct mirror *mirror, const struct mirror_writer *writer, int64_t size)
{
	int64_t others;

	lock_take(&mirror->lock);
	others = mirror->local_size - (writer->listed ? writer->size : 0);
	lock_drop(&mirror->lock);
	return others + size <= MIRROR_LOCAL_MAX;
}

bool extra_is_pending(const struct extra *extra)
{
	return meta_change_any(&extra->pending) || extra->times.state == TIMES_PENDING;
}

static void add_pending_locked(struct mirror *mirror, struct node *node,
	const struct meta_change *change, const struct times_wish *times) REQUIRES(mirror->lock)
{
	struct extra *extra = node_extend(&mirror->tree, node);

	if (!extra)
		return;
	meta_change_add(&extra->pending, change);
	if (!times_wish_any(times))
		return;
	mirror_set_times_locked(mirror, node, times);
	if (extra->times.state == TIMES_SET)
		extra->times.state = TIMES_PENDING;
}

void mirror_add_pending(struct mirror *mirror, uint64_t id, const struct meta_change *change,
	const struct times_wish *times)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node)
		add_pending_locked(mirror, node, change, times);
	lock_drop(&mirror->lock);
}

bool mirror_is_pending(struct mirror *mirror, uint64_t id)
{
	const struct node *node;
	bool pending;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	pending = node && extra_is_pending(node_extra(node));
	lock_drop(&mirror->lock);
	return pending;
}

void mirror_end_pending(struct mirror *mirror, uint64_t id)
{
	struct extra *extra;

	lock_take(&mirror->lock);
	extra = mirror_extra_locked(mirror, id);
	if (extra)
		extra->pending = (struct meta_change){0};
	if (extra && extra->times.state == TIMES_PENDING)
		extra->times.state = TAILQ_EMPTY(&extra->writers) ? TIMES_OWN : TIMES_WRITTEN;
	lock_drop(&mirror->lock);
}

void mirror_drop_pending(struct mirror *mirror, uint64_t id)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node && node->extended)
		settle(node);
	lock_drop(&mirror->lock);
}
