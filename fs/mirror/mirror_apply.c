/* Applies one revision of the watch as a whole. */
#include "fs/mirror/mirror_private.h"
#include "fs/tree/times.h"

#include <errno.h>

/* After a rename: if the bytes of the file at @path are the same in @value, its times go over to
 * @value, although that has a new revision. */
static void move_times_locked(struct mirror *mirror, const char *path, struct value *value)
	REQUIRES(mirror->lock)
{
	struct node *file = tree_file(&mirror->tree, path);

	if (!file || !bytes_equal(value_bytes(node_value(file)), value_bytes(value)))
		return;
	value->seen_ns = node_value(file)->seen_ns;
	if (file->extended)
		times_move(
			&file->extra->times, node_value(file)->mod_revision, value->mod_revision);
}

/* Puts a key if it is new (@fresh), or if it has existed before this revision (not @fresh). */
static int put_locked(struct mirror *mirror, const struct etcd_kv *kv, bool fresh, bool moved,
	struct buf *scratch) REQUIRES(mirror->lock)
{
	CLEANUP(value_unref) struct value *value = NULL;
	int r = mirror_path(mirror, kv->key, scratch);
	const struct node *file;

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	file = tree_file(&mirror->tree, (char *)scratch->data);
	if (file && !file->draft && (fresh || node_value(file)->mod_revision == kv->mod_revision))
		return 0;
	value = value_new(kv);
	if (!value)
		return -ENOMEM;
	if (moved)
		move_times_locked(mirror, (char *)scratch->data, value);
	r = tree_put(&mirror->tree, (char *)scratch->data, value);
	meta_mark_locked(mirror, kv->key);
	return r;
}

static int puts_apply_locked(struct mirror *mirror, const struct etcd_event *events,
	size_t n_events, bool fresh, bool moved) REQUIRES(mirror->lock)
{
	CLEANUP(buf) struct buf scratch = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_events; i++)
		if (events[i].type == ETCD_EVENT_PUT)
			r = put_locked(mirror, &events[i].kv, fresh, moved, &scratch);
	return r;
}

static int delete_locked(struct mirror *mirror, struct bytes key, struct buf *scratch)
	REQUIRES(mirror->lock)
{
	int r = mirror_path(mirror, key, scratch);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return tree_delete(&mirror->tree, (char *)scratch->data);
}

/* New keys come first, so that a directory which loses its last file and gets another stays. New
 * values come last: a file may vanish in this revision because a directory takes its name, or
 * because the directory whose "%value" it is becomes a file, and it must vanish with the value that
 * it had. */
static int events_apply_locked(struct mirror *mirror, const struct etcd_event *events,
	size_t n_events) REQUIRES(mirror->lock)
{
	CLEANUP(buf) struct buf scratch = {0};
	struct moved moved = {0};
	int r = mirror->moves ? move_begin_locked(mirror, events, n_events, &moved) : 0;

	if (r == 0)
		r = puts_apply_locked(mirror, events, n_events, true, moved.ids[0]);
	for (size_t i = 0; r == 0 && i < n_events; i++)
		if (events[i].type == ETCD_EVENT_DELETE)
			r = delete_locked(mirror, events[i].kv.key, &scratch);
	if (r == 0)
		r = puts_apply_locked(mirror, events, n_events, false, moved.ids[0]);
	if (r == 0 && moved.ids[0])
		r = move_end_locked(mirror, events[0].kv.mod_revision, &moved);
	if (r == 0)
		r = own_apply_locked(mirror, events, n_events);
	for (size_t i = 0; r == 0 && i < n_events; i++)
		r = meta_renew_locked(mirror, events[i].kv.key);
	return r;
}

static bool revision_fits_locked(struct mirror *mirror, int64_t revision) REQUIRES(mirror->lock)
{
	if (mirror->revision == 0)
		return false;
	return revision == mirror->revision + 1 || (mirror->sparse && revision > mirror->revision);
}

int mirror_apply(
	struct mirror *mirror, int64_t revision, const struct etcd_event *events, size_t n_events)
{
	int r = -ESTALE;

	lock_take(&mirror->lock);
	if (revision_fits_locked(mirror, revision)) {
		r = events_apply_locked(mirror, events, n_events);
		mirror->revision = r == 0 ? revision : 0;
	}
	lock_drop(&mirror->lock);
	return r;
}
