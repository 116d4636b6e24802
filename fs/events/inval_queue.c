#include "fs/events/inval_queue.h"

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

void inval_queue_init(struct inval_queue *queue)
{
	*queue = (struct inval_queue){0};
	lock_init(&queue->lock);
	pthread_cond_init(&queue->news, NULL);
	TAILQ_INIT(&queue->list);
	RB_INIT(&queue->set);
}

void inval_queue_fini(struct inval_queue *queue)
{
	struct stale *stale;

	while ((stale = TAILQ_FIRST(&queue->list))) {
		TAILQ_REMOVE(&queue->list, stale, entry);
		free(stale);
	}
	pthread_cond_destroy(&queue->news);
	lock_fini(&queue->lock);
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

/* Queues @stale, or frees it if an equal entry is queued. Returns the serial of the queued
 * entry. */
static uint64_t add_locked(struct inval_queue *queue, struct stale *stale) REQUIRES(queue->lock)
{
	struct stale *same = RB_INSERT(stale_set, &queue->set, stale);

	if (same) {
		free(stale);
		return same->serial;
	}
	stale->serial = ++queue->serial;
	TAILQ_INSERT_TAIL(&queue->list, stale, entry);
	pthread_cond_signal(&queue->news);
	return stale->serial;
}

uint64_t inval_queue_add(struct inval_queue *queue, uint64_t id, const char *name)
{
	struct stale *stale = stale_new(id, name ? name : "");
	uint64_t serial;

	if (!stale)
		return 0;
	lock_take(&queue->lock);
	serial = add_locked(queue, stale);
	lock_drop(&queue->lock);
	return serial;
}

struct stale *inval_queue_take(struct inval_queue *queue)
{
	struct stale *stale = NULL;

	lock_take(&queue->lock);
	while (!queue->stopped && TAILQ_EMPTY(&queue->list))
		pthread_cond_wait(&queue->news, &queue->lock.mutex);
	if (!queue->stopped) {
		stale = TAILQ_FIRST(&queue->list);
		TAILQ_REMOVE(&queue->list, stale, entry);
		RB_REMOVE(stale_set, &queue->set, stale);
	}
	lock_drop(&queue->lock);
	return stale;
}

void inval_queue_stop(struct inval_queue *queue)
{
	lock_take(&queue->lock);
	queue->stopped = true;
	pthread_cond_signal(&queue->news);
	lock_drop(&queue->lock);
}
