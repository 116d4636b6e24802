#include "fs/tree/meta_change.h"

void meta_change_apply(const struct meta_change *change, struct meta *meta)
{
	meta->has = (meta->has & ~change->set) | (change->has & change->set);
	if (change->set & META_HAS_MODE)
		meta->mode = change->mode;
	if (change->set & META_HAS_UID)
		meta->uid = change->uid;
	if (change->set & META_HAS_GID)
		meta->gid = change->gid;
}

void meta_set_times(
	struct meta *meta, struct timespec accessed, struct timespec modified, int64_t of)
{
	meta->has |= META_HAS_TIMES;
	meta->accessed = accessed;
	meta->modified = modified;
	meta->of = of;
}

void meta_change_add(struct meta_change *change, const struct meta_change *later)
{
	struct meta both = {
		.has = change->has, .mode = change->mode, .uid = change->uid, .gid = change->gid};

	meta_change_apply(later, &both);
	*change = (struct meta_change){
		change->set | later->set, both.has, both.mode, both.uid, both.gid};
}
