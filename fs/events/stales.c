#include "fs/events/stales.h"

#include <stdlib.h>
#include <string.h>

static int stale_compare(struct stale *a, struct stale *b)
{
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return strcmp(a->name, b->name);
}

RB_PROTOTYPE(stale_set, stale, by_what, stale_compare)
RB_GENERATE(stale_set, stale, by_what, stale_compare)

void stales_init(struct stales *stales)
{
	*stales = (struct stales){0};
	lock_init(&stales->lock);
	pthread_cond_init(&stales->news, NULL);
	TAILQ_INIT(&stales->list);
	RB_INIT(&stales->set);
}

void stales_fini(struct stales *stales)
{
	struct stale *stale;

	while ((stale = TAILQ_FIRST(&stales->list))) {
		TAILQ_REMOVE(&stales->list, stale, entry);
		free(stale);
	}
	pthread_cond_destroy(&stales->news);
	lock_fini(&stales->lock);
}

static struct stale *stale_new(uint64_t id, const char *name)
{
	struct stale *stale = calloc(1, sizeof(*stale) + strlen(name) + 1);

	if (!stale)
		return NULL;
	stale->id = id;
	strcpy(stale->name, name);
	return stale;
}

/* The one that is due: @stale, or another that says the same, and @stale is freed. */
static uint64_t add_locked(struct stales *stales, struct stale *stale) REQUIRES(stales->lock)
{
	struct stale *same = RB_INSERT(stale_set, &stales->set, stale);

	if (same) {
		free(stale);
		return same->serial;
	}
	stale->serial = ++stales->serial;
	TAILQ_INSERT_TAIL(&stales->list, stale, entry);
	pthread_cond_signal(&stales->news);
	return stale->serial;
}

uint64_t stales_add(struct stales *stales, uint64_t id, const char *name)
{
	struct stale *stale = stale_new(id, name ? name : "");
	uint64_t serial;

	if (!stale)
		return 0;
	lock_take(&stales->lock);
	serial = add_locked(stales, stale);
	lock_drop(&stales->lock);
	return serial;
}

struct stale *stales_take(struct stales *stales)
{
	struct stale *stale = NULL;

	lock_take(&stales->lock);
	while (!stales->stopped && TAILQ_EMPTY(&stales->list))
		pthread_cond_wait(&stales->news, &stales->lock.mutex);
	if (!stales->stopped) {
		stale = TAILQ_FIRST(&stales->list);
		TAILQ_REMOVE(&stales->list, stale, entry);
		RB_REMOVE(stale_set, &stales->set, stale);
	}
	lock_drop(&stales->lock);
	return stale;
}

void stales_stop(struct stales *stales)
{
	lock_take(&stales->lock);
	stales->stopped = true;
	pthread_cond_signal(&stales->news);
	lock_drop(&stales->lock);
}
