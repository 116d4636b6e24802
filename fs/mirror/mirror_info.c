/* What a node shows: of its value or its children, of its kept metadata, and of what this mount has
 * not published yet. */
#include "fs/mirror/mirror_private.h"

#include "fs/tree/key.h"

#include <errno.h>
#include <string.h>

static struct timespec later(struct timespec one, int64_t other_ns)
{
	struct timespec other = {other_ns / 1000000000, other_ns % 1000000000};
	bool is_later = one.tv_sec > other.tv_sec ||
			(one.tv_sec == other.tv_sec && one.tv_nsec > other.tv_nsec);

	return is_later ? one : other;
}

/* Times of its own that this mount has not published hide those that are kept; others are kept
 * nowhere else. */
static void info_times(struct node *node, const struct meta *meta, struct mirror_info *ret)
{
	const struct times *times = &node_extra(node)->times;
	bool kept = meta && meta_times_hold(node, meta);

	ret->changed = node_value(node) ? value_seen(node_value(node)) : node_dir(node)->changed;
	if (meta)
		ret->changed = later(ret->changed, meta->seen_ns);
	ret->accessed = kept ? meta->accessed : ret->changed;
	ret->modified = kept ? meta->modified : ret->changed;
	if (!times_hold(times, ret->mod_revision) || (kept && times->state == TIMES_SET))
		return;
	ret->accessed = times->accessed;
	ret->modified = times->modified;
	ret->changed = times->changed;
}

static void info_meta(
	const struct meta *meta, const struct meta_change *pending, struct mirror_info *ret)
{
	struct meta shown = meta ? *meta : (struct meta){0};

	meta_change_apply(pending, &shown);
	ret->has = shown.has;
	ret->mode = shown.mode;
	ret->uid = shown.uid;
	ret->gid = shown.gid;
}

void mirror_info_locked(struct mirror *mirror, struct node *node, struct mirror_info *ret)
{
	const struct extra *extra = node_extra(node);
	const struct mirror_writer *writer = TAILQ_LAST(&extra->writers, node_writers);
	const struct meta *meta = mirror_meta_locked(mirror, node);
	const struct value *value = node_value(node);

	*ret = (struct mirror_info){
		.id = node->id,
		.is_dir = !value,
		.is_value = strcmp(node_name(node), KEY_VALUE_NAME) == 0,
		.dead = node->dead,
		.unlinked_here = node->unlinked_here,
		.known = extra->lookups,
		.making = extra->makers,
		.secret = node->secret,
		.unpublished = writer,
		.draft = node->draft,
		.orphan = extra->orphan,
		.pending = extra_is_pending(extra),
		.times_pending = extra->times.state == TIMES_PENDING,
		.dir = node->parent ? node->parent->id : 0,
		.handles = extra->handles,
		.n_dirs = value ? 0 : node_dir(node)->n_dirs,
		.size = value ? (int64_t)value->len : 0,
		.mod_revision = value ? value->mod_revision : 0,
		.kind = meta_kind(node, meta),
	};
	info_meta(meta, &extra->pending, ret);
	info_times(node, meta, ret);
	if (writer)
		ret->size = writer->size;
}

int mirror_info(struct mirror *mirror, uint64_t id, struct mirror_info *ret)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node)
		mirror_info_locked(mirror, node, ret);
	lock_drop(&mirror->lock);
	return node ? 0 : -ESTALE;
}
