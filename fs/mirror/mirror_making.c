/* Notes about files that processes on this mount create and write: not closed yet by their creator,
 * hidden from others by a mode, not published yet. */
#include "fs/mirror/mirror_private.h"

void mirror_making(struct mirror *mirror, uint64_t id, int by)
{
	struct extra *extra;

	lock_take(&mirror->lock);
	extra = mirror_extra_locked(mirror, id);
	if (extra)
		extra->makers += by;
	lock_drop(&mirror->lock);
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

void mirror_end_local_size(struct mirror *mirror, uint64_t id, struct mirror_writer *writer)
{
	struct extra *extra;

	lock_take(&mirror->lock);
	extra = writer->listed ? mirror_extra_locked(mirror, id) : NULL;
	if (extra) {
		writer_unlist_locked(mirror, extra, writer);
		if (TAILQ_EMPTY(&extra->writers))
			times_settle(&extra->times);
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
