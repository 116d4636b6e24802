#include "fs/lock/orphans.h"

#include "fs/lock/locks.h"

#include <errno.h>
#include <stdlib.h>

/* As its create_revision, which nobody compares any more: any newer lock is newer. */
#define LONG_AGO 1

struct orphan {
	TAILQ_ENTRY(orphan) entry;
	struct orphans *all;
	size_t slot;
	struct held_file file;
	uint64_t owner;
	unsigned kind;
	struct fenced *fenced;
	bool has_ended;
	struct task end;
};

static void orphan_free(struct orphan *orphan)
{
	TAILQ_REMOVE(&orphan->all->list, orphan, entry);
	free(orphan);
}

/* Its owner has given it up. */
static void end_run(void *arg)
{
	struct orphan *orphan = arg;
	struct orphans *all = orphan->all;

	all->ended(all->arg, orphan->fenced);
	held_remove(all->held, orphan->slot);
	lock_take(&all->lock);
	orphan_free(orphan);
	lock_drop(&all->lock);
}

void orphans_init(struct orphans *orphans)
{
	lock_init(&orphans->lock);
	TAILQ_INIT(&orphans->list);
}

void orphans_fini(struct orphans *orphans)
{
	struct orphan *orphan;

	while ((orphan = TAILQ_FIRST(&orphans->list))) {
		fence_end(orphan->fenced);
		orphan_free(orphan);
	}
	lock_fini(&orphans->lock);
}

/* --- From an earlier process --- */

static struct fenced *fence_lost(struct orphans *orphans, const struct held_lock *lock)
{
	const struct fence_place place = {.below = lock->below, .name = lock->name};
	struct fenced *fenced = fence_add(orphans->fence, &place, (struct bytes){0}, LONG_AGO);

	if (fenced)
		fence_lose(fenced);
	return fenced;
}

static int take_over(void *arg, size_t slot, const struct held_lock *lock)
{
	CLEANUP(free) struct orphan *orphan = calloc(1, sizeof(*orphan));
	struct orphans *all = arg;

	if (!orphan)
		return -ENOMEM;
	*orphan = (struct orphan){.all = all,
		.slot = slot,
		.file = lock->file,
		.owner = lock->owner,
		.kind = lock->kind,
		.fenced = fence_lost(all, lock),
		.end = {.run = end_run, .arg = orphan}};
	if (!orphan->fenced)
		return -ENOMEM;
	TAILQ_INSERT_TAIL(&all->list, orphan, entry);
	orphan = NULL;
	return 0;
}

int orphans_take_over(struct orphans *orphans)
{
	return held_take_over(orphans->held, take_over, orphans);
}

/* --- From the kernel --- */

/* A close of any descriptor ends what its process has locked by fcntl(2) (FLUSH), and the last
 * close of an open file what was locked by that (RELEASE), as in ops_lock.c. */
static bool is_ended_by(const struct orphan *orphan, const struct orphan_news *news)
{
	bool is_node = orphan->file.node == news->file.node;
	bool is_owner = is_node && orphan->owner == news->owner;

	switch (news->what) {
	case ORPHAN_CLOSED:
		return is_node && orphan->file.file == news->file.file;
	case ORPHAN_FLUSHED:
		return is_owner && orphan->kind == LOCK_FCNTL;
	case ORPHAN_UNLOCKED:
		return is_owner && orphan->kind == news->kind;
	}
	return false;
}

void orphans_hear(struct orphans *orphans, const struct orphan_news *news)
{
	struct orphan *orphan;

	lock_take(&orphans->lock);
	TAILQ_FOREACH (orphan, &orphans->list, entry) {
		if (orphan->has_ended || !is_ended_by(orphan, news))
			continue;
		orphan->has_ended = true;
		loop_post(orphans->loop, &orphan->end);
	}
	lock_drop(&orphans->lock);
}
