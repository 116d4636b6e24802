#include "fs/file/opened.h"

void opened_init(struct opened_set *set)
{
	lock_init(&set->lock);
	TAILQ_INIT(&set->list);
}

void opened_add(struct opened_set *set, struct opened *opened, void (*free)(void *arg), void *arg)
{
	opened->free = free;
	opened->arg = arg;
	lock_take(&set->lock);
	TAILQ_INSERT_TAIL(&set->list, opened, entry);
	lock_drop(&set->lock);
}

void opened_remove(struct opened_set *set, struct opened *opened)
{
	lock_take(&set->lock);
	TAILQ_REMOVE(&set->list, opened, entry);
	lock_drop(&set->lock);
}

/* The mount is gone: nobody else is left. */
void opened_fini(struct opened_set *set)
{
	struct opened *opened;

	while ((opened = TAILQ_FIRST(&set->list))) {
		opened_remove(set, opened);
		opened->free(opened->arg);
	}
	lock_fini(&set->lock);
}
