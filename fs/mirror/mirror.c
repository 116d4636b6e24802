/*
 * Invariants, under the lock:
 *   - the tree holds the keys with our prefix as of `revision`, no more and no less; 0 means that
 *     nothing is known, and then it holds what was known last
 *   - revisions come without gaps: etcd gives each transaction the next one, and the watch covers
 *     every key, so a revision that is not the next one is a loss, and the feed lists again. But a
 *     sparse mirror is shown only what concerns it, and cannot tell a gap from a loss
 *
 * Within a revision moves come first, then puts, then deletes, so that a directory which loses one
 * name and wins another (or its marker) in one transaction stays the same directory.
 */
#include "fs/mirror/mirror_private.h"

#include "fs/tree/key.h"

#include <errno.h>
#include <string.h>

int mirror_new(struct bytes prefix, struct mirror **ret)
{
	CLEANUP(mirror_free) struct mirror *mirror = calloc(1, sizeof(*mirror));

	if (!mirror)
		return -ENOMEM;
	lock_init(&mirror->lock);
	tree_init(&mirror->tree);
	if (buf_append_bytes(&mirror->prefix, prefix) < 0)
		return -ENOMEM;
	*ret = STEAL(mirror);
	return 0;
}

void mirror_free(struct mirror *mirror)
{
	if (!mirror)
		return;
	tree_fini(&mirror->tree);
	buf_fini(&mirror->prefix);
	lock_fini(&mirror->lock);
	free(mirror);
}

int64_t mirror_revision(struct mirror *mirror)
{
	int64_t revision;

	lock_take(&mirror->lock);
	revision = mirror->revision;
	lock_drop(&mirror->lock);
	return revision;
}

int mirror_path(const struct mirror *mirror, struct bytes key, struct buf *ret)
{
	size_t len = mirror->prefix.len;
	int r;

	if (!bytes_has_prefix(key, buf_bytes(&mirror->prefix)))
		return -ENOENT;
	buf_clear(ret);
	r = key_to_path((struct bytes){key.data + len, key.len - len}, ret);
	return r < 0 ? r : buf_append_byte(ret, 0);
}

int mirror_path_key(const struct mirror *mirror, struct bytes path, struct buf *ret)
{
	int r = buf_append_bytes(ret, buf_bytes(&mirror->prefix));

	return r < 0 ? r : key_from_path(path, ret);
}

/* --- Events --- */

/* The file at @path takes its times along: what has moved there has a new revision, and the old
 * bytes.
 */
static void move_times_locked(struct mirror *mirror, const char *path, struct value *value)
	REQUIRES(mirror->lock)
{
	struct node *file = tree_file(&mirror->tree, path);

	if (!file || !bytes_equal(value_bytes(file->value), value_bytes(value)))
		return;
	value->seen = file->value->seen;
	times_move(&file->times, file->value->mod_revision, value->mod_revision);
}

static int put_locked(struct mirror *mirror, const struct etcd_kv *kv, bool moved,
	struct buf *scratch) REQUIRES(mirror->lock)
{
	CLEANUP(value_unref) struct value *value = NULL;
	int r = mirror_path(mirror, kv->key, scratch);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	value = value_new(kv);
	if (!value)
		return -ENOMEM;
	if (moved)
		move_times_locked(mirror, (char *)scratch->data, value);
	return tree_put(&mirror->tree, (char *)scratch->data, value);
}

static int delete_locked(struct mirror *mirror, struct bytes key, struct buf *scratch)
	REQUIRES(mirror->lock)
{
	int r = mirror_path(mirror, key, scratch);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	return tree_delete(&mirror->tree, (char *)scratch->data);
}

static int events_apply_locked(struct mirror *mirror, const struct etcd_event *events,
	size_t n_events) REQUIRES(mirror->lock)
{
	CLEANUP(buf) struct buf scratch = {0};
	struct moved moved = {0};
	int r = mirror->moves ? move_begin_locked(mirror, events, n_events, &moved) : 0;

	for (size_t i = 0; r == 0 && i < n_events; i++)
		if (events[i].type == ETCD_EVENT_PUT)
			r = put_locked(mirror, &events[i].kv, moved.ids[0], &scratch);
	for (size_t i = 0; r == 0 && i < n_events; i++)
		if (events[i].type == ETCD_EVENT_DELETE)
			r = delete_locked(mirror, events[i].kv.key, &scratch);
	if (r == 0 && moved.ids[0])
		r = move_end_locked(mirror, events[0].kv.mod_revision, &moved);
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

void mirror_set_sparse(struct mirror *mirror)
{
	lock_take(&mirror->lock);
	mirror->sparse = true;
	lock_drop(&mirror->lock);
}

void mirror_skip(struct mirror *mirror, int64_t revision)
{
	lock_take(&mirror->lock);
	if (mirror->sparse && mirror->revision > 0 && revision > mirror->revision)
		mirror->revision = revision;
	lock_drop(&mirror->lock);
}

void mirror_unskip(struct mirror *mirror, int64_t revision)
{
	lock_take(&mirror->lock);
	if (mirror->sparse && revision > 0 && revision < mirror->revision)
		mirror->revision = revision;
	lock_drop(&mirror->lock);
}

static bool reach_locked(struct mirror *mirror, int64_t revision, int64_t newest, size_t count)
	REQUIRES(mirror->lock)
{
	if (mirror->revision >= revision)
		return true;
	if (!mirror->sparse || mirror->revision == 0 || mirror->revision < newest ||
		mirror->tree.n_files != count)
		return false;
	mirror->revision = revision;
	return true;
}

bool mirror_reach(struct mirror *mirror, int64_t revision, int64_t newest, size_t count)
{
	bool reached;

	lock_take(&mirror->lock);
	reached = reach_locked(mirror, revision, newest, count);
	lock_drop(&mirror->lock);
	return reached;
}
