#include "fs/tree/meta_change.h"

#include <sys/stat.h>

bool meta_change_any(const struct meta_change *change)
{
	return change->set || change->drops;
}

static void mode_drop(const struct meta_change *change, struct meta *meta)
{
	meta->mode &= ~(S_ISUID | (meta->mode & S_IXGRP ? S_ISGID : 0));
	if (meta->mode == change->usual)
		meta->has &= ~META_HAS_MODE;
}

void meta_change_apply(const struct meta_change *change, struct meta *meta)
{
	meta->has = (meta->has & ~change->set) | (change->has & change->set);
	if (change->set & META_HAS_MODE)
		meta->mode = change->mode;
	if (change->set & META_HAS_UID)
		meta->uid = change->uid;
	if (change->set & META_HAS_GID)
		meta->gid = change->gid;
	if (change->drops && (meta->has & META_HAS_MODE))
		mode_drop(change, meta);
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
		.set = change->set | later->set,
		.has = both.has,
		.mode = both.mode,
		.uid = both.uid,
		.gid = both.gid,
		.drops = later->drops || (change->drops && !(later->set & META_HAS_MODE)),
		.usual = later->drops ? later->usual : change->usual,
	};
}
