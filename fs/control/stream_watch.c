/*
 * A watch always begins at the revision before the next one, whose changes are skipped. If etcd 3.4
 * has compacted up to a revision, a watch from that very revision shows its puts, but not its
 * deletions; one from the revision before is answered with "compacted".
 *
 * Another connection may show another history, of a cluster that was restored from a backup. So a
 * watch counts only if the feed has proven the same connection (feed.h). When the connection was
 * lost, the stream may have been ahead of the feed. Then the watch begins where the feed was, and
 * the changes that the stream has shown since must come again. Until they have, the feed may lose
 * that connection too and advance meanwhile; `sure` then stays at its first value.
 */
#include "fs/control/stream_private.h"

#include "fs/base/log.h"
#include "fs/control/stream_line.h"

#include <errno.h>

/* --- The ends ------------------------------------------------------------------------------ */

/* Queues the last line; another stream can go on from @revision. */
static void stream_end(struct stream *stream, const char *type, int64_t revision)
{
	CLEANUP(buf) struct buf line = {0};

	if (stream_line_end(type, revision, &line) == 0)
		stream_queue_add_last(&stream->queue, buf_bytes(&line));
	stream->ended = true;
	stream_watch_stop(stream);
	stream_wake(stream);
	stream_opened(stream, 0); /* may free the stream, if the opener has gone */
}

bool stream_watch_stop(struct stream *stream)
{
	loop_timer_clear(stream->streams->loop, &stream->retry);
	if (stream->watching)
		etcd_cancel(stream->streams->etcd, stream->watch);
	return !stream->watching;
}

/* Ignores what the watch still brings, and starts it again from `next`. */
static void stream_drop(struct stream *stream)
{
	stream->dropped = true;
	etcd_cancel(stream->streams->etcd, stream->watch);
}

static bool stream_deaf(const struct stream *stream)
{
	return stream->closed || stream->ended || stream->dropped;
}

void streams_doubt(struct streams *streams)
{
	struct stream *stream;

	TAILQ_FOREACH (stream, &streams->list, entry)
		if (stream->watching && !stream_deaf(stream))
			stream_drop(stream);
}

void streams_proven(struct streams *streams)
{
	int64_t to = streams->feed->proven_to;
	struct stream *stream;

	TAILQ_FOREACH (stream, &streams->list, entry)
		if (stream->connection != streams->feed->proven && to < stream->sure)
			stream->sure = to;
}

void streams_replaced(struct streams *streams, int64_t revision)
{
	struct stream *stream, *next;

	for (stream = TAILQ_FIRST(&streams->list); stream; stream = next) {
		next = TAILQ_NEXT(stream, entry);
		if (!stream->closed && !stream->ended)
			stream_end(stream, "replaced", revision + 1);
	}
}

/* --- The watch ----------------------------------------------------------------------------- */

/* All revisions that the stream has shown are in the history of the feed's etcd. */
static void stream_prove(struct stream *stream)
{
	stream->connection = stream->streams->feed->proven;
	stream->sure = ETCD_REVISION_MAX;
}

static void watch_created(void *arg, const struct etcd_header *header)
{
	struct stream *stream = arg;

	if (stream_deaf(stream))
		return;
	if (header->connection == stream->streams->feed->proven) {
		if (history_is_met(&stream->shown))
			stream_prove(stream);
		stream_opened(stream, 0);
	} else {
		stream->dropped = stream->early = true;
		etcd_cancel(stream->streams->etcd, stream->watch);
	}
}

/* Other changes come than were shown: the feed was behind the stream, and could not compare
 * these. */
static void stream_forked(struct stream *stream)
{
	log_warning("a stream has shown what is not in etcd's history any more");
	stream_end(stream, "replaced", stream->sure + 1);
}

/* Bytes in the queues of the mount's other streams. */
static size_t others_hold(const struct stream *stream)
{
	return stream->streams->bytes - stream->counted;
}

/* Queues the lines of the changes of one revision: all or none. */
static int revision_queue(struct stream *stream, const struct etcd_event *events, size_t n_events)
{
	CLEANUP(buf) struct buf lines = {0};
	int r;

	for (size_t i = 0; i < n_events; i++) {
		r = stream_line_event(&events[i], stream->streams->config->prefix,
			buf_bytes(&stream->range.path), &lines);

		if (r < 0)
			return r;
	}
	if (!lines.len)
		return 0;
	r = stream_queue_add(&stream->queue, buf_bytes(&lines), others_hold(stream));
	stream->lacking = r == -ENOBUFS ? lines.len : 0;
	stream_count(stream);
	return r;
}

/* Changes that were shown and are not sure must come again, else it is another history. */
static void revision_meet(struct stream *stream, const struct etcd_event *events, size_t n_events)
{
	if (!history_meets(&stream->shown, events, n_events))
		stream_forked(stream);
	else if (history_is_met(&stream->shown))
		stream_prove(stream);
}

static void revision_show(struct stream *stream, const struct etcd_event *events, size_t n_events)
{
	int64_t revision = events[0].kv.mod_revision;
	int r;

	if (!history_is_met(&stream->shown)) {
		revision_meet(stream, events, n_events);
		return;
	}
	if (revision < stream->next)
		return;
	r = revision_queue(stream, events, n_events);
	if (r == -ENOBUFS && revision > stream->history) {
		stream_end(stream, "overflow", revision);
	} else if (r < 0) {
		stream->paused = r == -ENOBUFS;
		stream_drop(stream);
	} else {
		stream->next = revision + 1;
		history_add(&stream->shown, events, n_events);
	}
}

static void watch_events(void *arg, const struct etcd_header *header,
	const struct etcd_event *events, size_t n_events)
{
	struct stream *stream = arg;

	if (n_events == 0 && !stream_deaf(stream) && !history_is_met(&stream->shown))
		stream_forked(stream);
	else if (n_events == 0 && !stream_deaf(stream) && header->revision >= stream->next)
		stream->next = header->revision + 1;
	for (size_t i = 0, n; i < n_events && !stream_deaf(stream); i += n) {
		for (n = 1; i + n < n_events; n++)
			if (events[i + n].kv.mod_revision != events[i].kv.mod_revision)
				break;
		revision_show(stream, events + i, n);
	}
	if (!stream->closed)
		stream_wake(stream);
}

static void watch_ended(void *arg, int error, int64_t compact_revision, const char *message)
{
	struct stream *stream = arg;
	bool at_once = stream->dropped && !stream->early;

	(void)message;
	stream->watching = stream->dropped = stream->early = false;
	if (stream->closed)
		stream_free(stream);
	else if (stream->ended || stream->streams->ending)
		return;
	else if (error == ETCD_E_COMPACTED)
		stream_end(stream, "compacted", compact_revision + 1);
	else if (stream->paused)
		stream_watch_resume(stream);
	else if (error == -EACCES && !TAILQ_EMPTY(&stream->openers))
		stream_opened(stream, error);
	else
		loop_timer_set(stream->streams->loop, &stream->retry, at_once ? 0 : FEED_RETRY_MS);
}

/* Goes back to `sure`: the revisions after it that were shown must come again. */
static void stream_step_back(struct stream *stream)
{
	int64_t last = history_last(&stream->shown);

	if (last < stream->sure)
		last = stream->sure;
	if (stream->next > last + 1 && stream->since <= last + 1)
		stream->next = last + 1;
	history_begin(&stream->shown, stream->sure + 1);
}

/* The revision at which the watch begins: one before the first that is to be shown, or to come
 * again. */
static int64_t first_revision(const struct stream *stream)
{
	int64_t first = stream->next;

	if (!history_is_met(&stream->shown) && stream->shown.begin < first)
		first = stream->shown.begin;
	return first > 2 ? first - 1 : 1;
}

void stream_watch_start(struct stream *stream)
{
	static const struct etcd_watch_handler handler = {
		.created = watch_created,
		.events = watch_events,
		.ended = watch_ended,
	};
	struct etcd_watch watch = {
		.key = buf_bytes(&stream->range.first),
		.range_end = buf_bytes(&stream->range.end),
		.progress_notify = true,
	};
	int r;

	if (stream->streams->feed->proven != etcd_connection(stream->streams->etcd)) {
		loop_timer_set(stream->streams->loop, &stream->retry, FEED_RETRY_MS);
		return;
	}
	if (stream->connection != stream->streams->feed->proven)
		stream_step_back(stream);
	watch.start_revision = first_revision(stream);
	r = etcd_watch(stream->streams->etcd, &watch, &handler, stream, &stream->watch);
	stream->watching = r == 0;
	if (r < 0)
		loop_timer_set(stream->streams->loop, &stream->retry, FEED_RETRY_MS);
}

void stream_watch_resume(struct stream *stream)
{
	if (!stream->paused || stream->ended || stream->watching ||
		stream_queue_len(&stream->queue) > STREAM_QUEUE_MAX / 2 ||
		!stream_queue_has_room(&stream->queue, stream->lacking, others_hold(stream)))
		return;
	stream->paused = false;
	stream_watch_start(stream);
}

static void retry_run(void *arg)
{
	stream_watch_start(arg);
}

void stream_watch_init(struct stream *stream)
{
	stream->retry = (struct timer){.run = retry_run, .arg = stream};
}
