/*
 * Invariants, under the lock:
 *   - the tree and `own` hold exactly the keys with our prefix as of `revision`; with revision 0
 *     nothing is known, and they hold the keys known last
 *   - revisions come without gaps: etcd numbers transactions one by one, and the watch covers every
 *     key. So a revision that is not the next one means a loss, and the feed lists again. A sparse
 *     mirror sees only the revisions below its prefix, and cannot tell a gap from a loss
 *
 * Within a revision moves come first, then new keys, then deletes, then new values, so that a
 * directory which loses one name and gets another (or its marker) in one transaction stays the same
 * directory.
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
	RB_INIT(&mirror->own.entries);
	if (buf_append_bytes(&mirror->prefix, prefix) < 0)
		return -ENOMEM;
	*ret = STEAL(mirror);
	return 0;
}

void mirror_set_incarnation(struct mirror *mirror, unsigned incarnation)
{
	lock_take(&mirror->lock);
	mirror->tree.next_id = ids_first(KEY_FIRST_ID, incarnation);
	lock_drop(&mirror->lock);
}

void mirror_free(struct mirror *mirror)
{
	if (!mirror)
		return;
	tree_fini(&mirror->tree);
	own_fini(&mirror->own);
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
	struct bytes rest = bytes_slice(key, mirror->prefix.len, key.len);
	int r;

	if (!bytes_has_prefix(key, buf_bytes(&mirror->prefix)) || key_is_own(rest))
		return -ENOENT;
	buf_clear(ret);
	r = key_to_path(rest, ret);
	return r < 0 ? r : buf_append_byte(ret, 0);
}

int mirror_path_key(const struct mirror *mirror, struct bytes path, struct buf *ret)
{
	int r = buf_append_bytes(ret, buf_bytes(&mirror->prefix));

	return r < 0 ? r : key_from_path(path, ret);
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
		mirror->tree.n_files + mirror->own.n != count)
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
