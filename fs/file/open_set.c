#include "fs/file/open_set.h"

void open_set_init(struct open_set *set)
{
	lock_init(&set->lock);
	TAILQ_INIT(&set->list);
}

void open_set_add(
	struct open_set *set, struct open_entry *opened, void (*free)(void *arg), void *arg)
{
	opened->free = free;
	opened->arg = arg;
	lock_take(&set->lock);
	TAILQ_INSERT_TAIL(&set->list, opened, entry);
	set->n++;
	lock_drop(&set->lock);
}

void open_set_remove(struct open_set *set, struct open_entry *opened)
{
	lock_take(&set->lock);
	TAILQ_REMOVE(&set->list, opened, entry);
	set->n--;
	lock_drop(&set->lock);
}

size_t open_set_count(struct open_set *set)
{
	size_t n;

	lock_take(&set->lock);
	n = set->n;
	lock_drop(&set->lock);
	return n;
}

/* The mount is gone, so no other thread uses the list. */
void open_set_fini(struct open_set *set)
{
	struct open_entry *opened;

	while ((opened = TAILQ_FIRST(&set->list))) {
		open_set_remove(set, opened);
		opened->free(opened->arg);
	}
	lock_fini(&set->lock);
}
