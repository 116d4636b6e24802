#include "fs/events/own.h"

#include <stdlib.h>

struct own_item {
	TAILQ_ENTRY(own_item) entry;
	enum mirror_event event;
	struct trail *trail;
	bool ours;
};

TAILQ_HEAD(own_item_list, own_item);

struct own_batch {
	TAILQ_ENTRY(own_batch) entry;
	int64_t revision;   /* 0: of a list */
	uint64_t contender; /* ours with a serial up to this may be the one; 0: none */
	bool ours;
	struct own_item_list items;
};

void own_init(struct own *own, const struct fs_config *config, struct mirror *mirror,
	struct invalidate *invalidate, struct touches *touches)
{
	*own = (struct own){config, mirror, invalidate, touches};
	TAILQ_INIT(&own->pending);
	TAILQ_INIT(&own->batches);
}

static void batch_free(struct own *own, struct own_batch *batch)
{
	struct own_item *item;

	while ((item = TAILQ_FIRST(&batch->items))) {
		TAILQ_REMOVE(&batch->items, item, entry);
		mirror_trail_free(own->mirror, item->trail);
		free(item);
	}
	free(batch);
}

void own_fini(struct own *own)
{
	struct own_batch *batch;

	while ((batch = TAILQ_FIRST(&own->batches))) {
		TAILQ_REMOVE(&own->batches, batch, entry);
		batch_free(own, batch);
	}
	free(own->revisions);
}

/* --- Our revisions --- */

static bool revision_is_ours(const struct own *own, int64_t revision)
{
	for (size_t i = 0; i < own->n_revisions; i++)
		if (own->revisions[i] == revision)
			return true;
	return false;
}

static void revision_add(struct own *own, int64_t revision)
{
	if (own->n_revisions == own->capacity) {
		size_t capacity = own->capacity ? 2 * own->capacity : 16;
		int64_t *more = reallocarray(own->revisions, capacity, sizeof(*more));
		if (!more)
			return; /* an echo then, and no harm */
		own->revisions = more;
		own->capacity = capacity;
	}
	own->revisions[own->n_revisions++] = revision;
}

/* What the mirror shows needs no telling apart any more. */
static void revisions_forget(struct own *own, int64_t shown)
{
	size_t kept = 0;

	for (size_t i = 0; i < own->n_revisions; i++)
		if (own->revisions[i] > shown)
			own->revisions[kept++] = own->revisions[i];
	own->n_revisions = kept;
}

/* --- Telling --- */

static bool batch_waits(const struct own *own, const struct own_batch *batch)
{
	const struct own_pending *first = TAILQ_FIRST(&own->pending);

	return !batch->ours && first && first->serial <= batch->contender;
}

/* A change reaches watchers by a touch, unless the kernel has raised its event already. What the
 * kernel remembers of it is forgotten before. */
static void item_tell(struct own *own, struct own_item *item, bool ours)
{
	struct trail *trail = STEAL(item->trail);
	bool cached = own->config->cached;
	uint64_t serial = 0;

	if (cached)
		serial = invalidate_change(own->invalidate, item->event, trail, ours);
	if (ours || !own->config->inotify)
		mirror_trail_free(own->mirror, trail);
	else if (cached)
		invalidate_then_touch(own->invalidate, item->event, trail, serial);
	else
		touches_add(own->touches, item->event, trail);
}

static void batch_tell(struct own *own, struct own_batch *batch)
{
	struct own_item *item;

	TAILQ_FOREACH (item, &batch->items, entry)
		item_tell(own, item, batch->ours || item->ours);
}

static void batches_tell(struct own *own)
{
	struct own_batch *batch;

	while ((batch = TAILQ_FIRST(&own->batches)) && !batch_waits(own, batch)) {
		TAILQ_REMOVE(&own->batches, batch, entry);
		batch_tell(own, batch);
		batch_free(own, batch);
	}
}

/* --- Transactions --- */

void own_begin(
	struct own *own, struct own_pending *pending, const struct etcd_op *ops, size_t n_ops)
{
	pending->ops = ops;
	pending->n_ops = n_ops;
	pending->serial = ++own->serial;
	pending->seen = false;
	TAILQ_INSERT_TAIL(&own->pending, pending, entry);
}

void own_end(struct own *own, struct own_pending *pending, int64_t revision)
{
	struct own_batch *batch;

	TAILQ_REMOVE(&own->pending, pending, entry);
	TAILQ_FOREACH (batch, &own->batches, entry)
		batch->ours |= revision && batch->revision == revision;
	if (revision > mirror_revision(own->mirror))
		revision_add(own, revision);
	batches_tell(own);
}

void own_disown(struct own *own, int64_t revision)
{
	for (size_t i = 0; i < own->n_revisions; i++)
		if (own->revisions[i] == revision)
			own->revisions[i] = 0;
}

void own_forget(struct own *own)
{
	own->n_revisions = 0;
}

static bool has_key(const struct own_pending *pending, struct bytes key)
{
	for (size_t i = 0; i < pending->n_ops; i++)
		if (bytes_equal(pending->ops[i].key, key))
			return true;
	return false;
}

/* The last of ours that may be what made @events. */
static uint64_t contender(const struct own *own, const struct etcd_event *events, size_t n_events)
{
	const struct own_pending *pending;
	uint64_t serial = 0;

	TAILQ_FOREACH (pending, &own->pending, entry)
		for (size_t i = 0; i < n_events && serial < pending->serial; i++)
			if (has_key(pending, events[i].kv.key))
				serial = pending->serial;
	return serial;
}

static const struct etcd_op *first_put(const struct own_pending *pending)
{
	for (size_t i = 0; i < pending->n_ops; i++)
		if (pending->ops[i].type == ETCD_OP_PUT)
			return &pending->ops[i];
	return NULL;
}

/* A transaction is one revision, so one of its puts is enough. */
static bool shows(
	const struct own_pending *pending, const struct etcd_event *events, size_t n_events)
{
	const struct etcd_op *put = first_put(pending);

	for (size_t i = 0; put && i < n_events; i++)
		if (events[i].type == ETCD_EVENT_PUT && bytes_equal(events[i].kv.key, put->key) &&
			bytes_equal(events[i].kv.value, put->value))
			return true;
	return false;
}

/* Of what a list has in place of events nobody knows how it came about. */
static void see(struct own *own, const struct etcd_event *events, size_t n_events)
{
	struct own_pending *pending;

	TAILQ_FOREACH (pending, &own->pending, entry)
		pending->seen |= !events || shows(pending, events, n_events);
}

/* --- What the feed applies --- */

void own_open(struct own *own, int64_t revision, const struct etcd_event *events, size_t n_events)
{
	struct own_batch *batch = calloc(1, sizeof(*batch));

	see(own, events, n_events);
	own->open = batch;
	if (!batch)
		return; /* no events of this revision */
	TAILQ_INIT(&batch->items);
	batch->revision = events ? revision : 0;
	batch->ours = events && revision_is_ours(own, revision);
	batch->contender = contender(own, events, n_events);
}

bool own_hear(void *arg, enum mirror_event event, struct trail *trail, int64_t mod_revision)
{
	struct own *own = arg;
	struct own_batch *batch = own->open;
	struct own_item *item = batch ? calloc(1, sizeof(*item)) : NULL;

	if (!item)
		return false;
	/* In a list each key comes with a revision of its own. */
	item->ours = !batch->revision && revision_is_ours(own, mod_revision);
	item->event = event;
	item->trail = trail;
	TAILQ_INSERT_TAIL(&batch->items, item, entry);
	return true;
}

void own_close(struct own *own)
{
	struct own_batch *batch = STEAL(own->open);

	if (!batch)
		return;
	TAILQ_INSERT_TAIL(&own->batches, batch, entry);
	revisions_forget(own, mirror_revision(own->mirror));
	batches_tell(own);
}
