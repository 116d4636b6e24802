#include "fs/events/echo.h"

#include "fs/base/clock.h"

#include <stdlib.h>

struct echo_item {
	TAILQ_ENTRY(echo_item) entry;
	enum tree_event event;
	struct trail *trail;
	bool ours;
};

TAILQ_HEAD(echo_item_list, echo_item);

struct echo_batch {
	TAILQ_ENTRY(echo_batch) entry;
	int64_t revision;   /* 0: a list */
	int64_t heard_us;   /* when it came */
	uint64_t contender; /* one of our transactions with a serial up to this may have made it; 0:
			     * none */
	bool ours;
	struct echo_item_list items;
};

void echo_init(struct echo *echo, const struct fs_config *config, struct mirror *mirror,
	struct invalidate *invalidate, struct touch_queue *touches)
{
	*echo = (struct echo){config, mirror, invalidate, touches};
	TAILQ_INIT(&echo->pending);
	TAILQ_INIT(&echo->batches);
}

static struct echo_batch *batch_new(void)
{
	struct echo_batch *batch = calloc(1, sizeof(*batch));

	if (!batch)
		return NULL;
	TAILQ_INIT(&batch->items);
	batch->heard_us = clock_now_us();
	return batch;
}

static void batch_free(struct echo *echo, struct echo_batch *batch)
{
	struct echo_item *item;

	while ((item = TAILQ_FIRST(&batch->items))) {
		TAILQ_REMOVE(&batch->items, item, entry);
		mirror_trail_free(echo->mirror, item->trail);
		free(item);
	}
	free(batch);
}

void echo_fini(struct echo *echo)
{
	struct echo_batch *batch;

	while ((batch = TAILQ_FIRST(&echo->batches))) {
		TAILQ_REMOVE(&echo->batches, batch, entry);
		batch_free(echo, batch);
	}
	free(echo->revisions);
}

/* --- Our revisions --- */

static bool revision_is_ours(const struct echo *echo, int64_t revision)
{
	for (size_t i = 0; i < echo->n_revisions; i++)
		if (echo->revisions[i] == revision)
			return true;
	return false;
}

static void revision_add(struct echo *echo, int64_t revision)
{
	if (echo->n_revisions == echo->capacity) {
		size_t capacity = echo->capacity ? 2 * echo->capacity : 16;
		int64_t *more = reallocarray(echo->revisions, capacity, sizeof(*more));
		if (!more)
			return; /* then it counts as made elsewhere: an event too many, which does
				 * no harm */
		echo->revisions = more;
		echo->capacity = capacity;
	}
	echo->revisions[echo->n_revisions++] = revision;
}

/* Forgets the revisions up to @shown, which the mirror has applied. */
static void revisions_forget(struct echo *echo, int64_t shown)
{
	size_t kept = 0;

	for (size_t i = 0; i < echo->n_revisions; i++)
		if (echo->revisions[i] > shown)
			echo->revisions[kept++] = echo->revisions[i];
	echo->n_revisions = kept;
}

/* --- Telling --- */

static bool batch_waits(const struct echo *echo, const struct echo_batch *batch)
{
	const struct echo_pending *first = TAILQ_FIRST(&echo->pending);

	return !batch->ours && first && first->serial <= batch->contender;
}

/* Hands a change on: a touch raises its inotify event, unless the kernel has raised that already
 * (@ours). With consistency=cached the kernel must first forget what it remembers of the name. */
static void item_tell(struct echo *echo, struct echo_item *item, bool ours)
{
	struct trail *trail = STEAL(item->trail);
	bool cached = echo->config->cached;
	uint64_t serial = 0;

	if (cached)
		serial = invalidate_change(echo->invalidate, item->event, trail, ours);
	if (ours || !echo->config->inotify)
		mirror_trail_free(echo->mirror, trail);
	else if (cached)
		invalidate_then_touch(echo->invalidate, item->event, trail, serial);
	else
		touch_queue_add(echo->touches, item->event, trail);
}

static void batch_tell(struct echo *echo, struct echo_batch *batch)
{
	struct echo_item *item;

	TAILQ_FOREACH (item, &batch->items, entry)
		item_tell(echo, item, batch->ours || item->ours);
}

static void batches_tell(struct echo *echo)
{
	struct echo_batch *batch;

	while ((batch = TAILQ_FIRST(&echo->batches)) && !batch_waits(echo, batch)) {
		TAILQ_REMOVE(&echo->batches, batch, entry);
		batch_tell(echo, batch);
		batch_free(echo, batch);
	}
}

/* --- Transactions --- */

void echo_begin(
	struct echo *echo, struct echo_pending *pending, const struct etcd_op *ops, size_t n_ops)
{
	pending->ops = ops;
	pending->n_ops = n_ops;
	pending->serial = ++echo->serial;
	pending->seen = false;
	TAILQ_INSERT_TAIL(&echo->pending, pending, entry);
}

void echo_end(struct echo *echo, struct echo_pending *pending, int64_t revision)
{
	struct echo_batch *batch;

	TAILQ_REMOVE(&echo->pending, pending, entry);
	TAILQ_FOREACH (batch, &echo->batches, entry)
		batch->ours |= revision && batch->revision == revision;
	if (revision > mirror_revision(echo->mirror))
		revision_add(echo, revision);
	batches_tell(echo);
}

void echo_disown(struct echo *echo, int64_t revision)
{
	for (size_t i = echo->n_revisions; i-- > 0;)
		if (echo->revisions[i] == revision)
			echo->revisions[i] = echo->revisions[--echo->n_revisions];
}

void echo_forget(struct echo *echo)
{
	echo->n_revisions = 0;
}

static bool has_key(const struct echo_pending *pending, struct bytes key)
{
	for (size_t i = 0; i < pending->n_ops; i++)
		if (bytes_equal(pending->ops[i].key, key))
			return true;
	return false;
}

/* The serial of our latest transaction under way that may have made @events; 0: none. */
static uint64_t contender(const struct echo *echo, const struct etcd_event *events, size_t n_events)
{
	const struct echo_pending *pending;
	uint64_t serial = 0;

	TAILQ_FOREACH (pending, &echo->pending, entry)
		for (size_t i = 0; i < n_events && serial < pending->serial; i++)
			if (has_key(pending, events[i].kv.key))
				serial = pending->serial;
	return serial;
}

static const struct etcd_op *first_put(const struct echo_pending *pending)
{
	for (size_t i = 0; i < pending->n_ops; i++)
		if (pending->ops[i].type == ETCD_OP_PUT)
			return &pending->ops[i];
	return NULL;
}

/* Whether @events have a put of this transaction. One is enough, since all operations of a
 * transaction are in one revision. */
static bool shows(
	const struct echo_pending *pending, const struct etcd_event *events, size_t n_events)
{
	const struct etcd_op *put = first_put(pending);

	for (size_t i = 0; put && i < n_events; i++)
		if (events[i].type == ETCD_EVENT_PUT && bytes_equal(events[i].kv.key, put->key) &&
			bytes_equal(events[i].kv.value, put->value))
			return true;
	return false;
}

/* Marks the transactions that @events may have come from. A list has no events, so it may have come
 * from any. */
static void see(struct echo *echo, const struct etcd_event *events, size_t n_events)
{
	struct echo_pending *pending;

	TAILQ_FOREACH (pending, &echo->pending, entry)
		pending->seen |= !events || shows(pending, events, n_events);
}

/* --- What the feed applies --- */

void echo_open(
	struct echo *echo, int64_t revision, const struct etcd_event *events, size_t n_events)
{
	struct echo_batch *batch = batch_new();

	see(echo, events, n_events);
	echo->open = batch;
	if (!batch)
		return; /* without memory its changes are not handed on */
	batch->revision = events ? revision : 0;
	batch->ours = events && revision_is_ours(echo, revision);
	batch->contender = contender(echo, events, n_events);
}

void echo_open_here(struct echo *echo)
{
	echo->open = batch_new();
}

bool echo_hear(void *arg, enum tree_event event, struct trail *trail, int64_t mod_revision)
{
	struct echo *echo = arg;
	struct echo_batch *batch = echo->open;
	struct echo_item *item = batch ? calloc(1, sizeof(*item)) : NULL;

	if (!item)
		return false;
	/* In a list each key has a revision of its own. */
	item->ours = !batch->revision && revision_is_ours(echo, mod_revision);
	item->event = event;
	item->trail = trail;
	trail->heard_us = batch->heard_us;
	TAILQ_INSERT_TAIL(&batch->items, item, entry);
	return true;
}

void echo_close(struct echo *echo)
{
	struct echo_batch *batch = STEAL(echo->open);

	if (!batch)
		return;
	TAILQ_INSERT_TAIL(&echo->batches, batch, entry);
	revisions_forget(echo, mirror_revision(echo->mirror));
	batches_tell(echo);
}
