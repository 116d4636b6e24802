/*
 * A watch is always asked from the revision before the next, whose changes are passed over: etcd
 * 3.4 lets a watch begin at the very revision to which it has compacted, and then shows the puts of
 * that revision but not its deletes. One earlier, it says that the history is gone.
 */
#include "fs/stream_private.h"

#include "fs/stream_line.h"

#include <errno.h>

#define RETRY_MS 100 /* the client has its own backoff for a connection that fails */

/* --- The ends ------------------------------------------------------------------------------ */

/* The last line; from @revision on another stream can go on. */
static void stream_end(struct stream *stream, const char *type, int64_t revision)
{
	CLEANUP(buf) struct buf line = {0};

	if (stream_line_end(type, revision, &line) == 0)
		stream_queue_add_last(&stream->queue, buf_bytes(&line));
	stream->ended = true;
	stream_watch_stop(stream);
	stream_wake(stream);
	stream_opened(stream, 0); /* may be its end: the opener has gone */
}

bool stream_watch_stop(struct stream *stream)
{
	loop_timer_clear(&stream->fs->loop, &stream->retry);
	if (stream->watching)
		etcd_cancel(stream->fs->etcd, stream->watch);
	return !stream->watching;
}

/* What the watch still shows is passed over; it is asked again from `next` on. */
static void stream_drop(struct stream *stream)
{
	stream->dropped = true;
	etcd_cancel(stream->fs->etcd, stream->watch);
}

static bool stream_deaf(const struct stream *stream)
{
	return stream->closed || stream->ended || stream->dropped;
}

void streams_doubt(struct fs *fs)
{
	struct stream *stream;

	TAILQ_FOREACH (stream, &fs->streams, entry)
		if (stream->watching && !stream_deaf(stream))
			stream_drop(stream);
}

/* --- The watch ----------------------------------------------------------------------------- */

static void watch_created(void *arg, const struct etcd_header *header)
{
	struct stream *stream = arg;
	bool is_behind = header->revision < stream->seen;
	bool is_same = header->member_id == stream->member_id;

	if (stream_deaf(stream))
		return;
	/* Another keyspace, or an older copy of this one: our revisions mean nothing there. */
	if (header->cluster_id != stream->cluster_id || (is_behind && is_same)) {
		stream_end(stream, "compacted", header->revision + 1);
		return;
	}
	/* Another member, that will catch up. */
	if (is_behind) {
		etcd_cancel(stream->fs->etcd, stream->watch);
		return;
	}
	stream->member_id = header->member_id;
	stream->seen = header->revision;
	stream_opened(stream, 0);
}

/* Queues the lines of the changes of one revision: all or none. */
static int revision_queue(struct stream *stream, const struct etcd_event *events, size_t n_events)
{
	CLEANUP(buf) struct buf lines = {0};

	for (size_t i = 0; i < n_events; i++) {
		int r = stream_line_event(&events[i], stream->fs->config->prefix,
			buf_bytes(&stream->range.path), &lines);

		if (r < 0)
			return r;
	}
	return lines.len ? stream_queue_add(&stream->queue, buf_bytes(&lines)) : 0;
}

static void revision_show(struct stream *stream, const struct etcd_event *events, size_t n_events)
{
	int64_t revision = events[0].kv.mod_revision;
	int r;

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
		if (stream->seen < revision)
			stream->seen = revision;
	}
}

static void watch_events(void *arg, const struct etcd_header *header,
	const struct etcd_event *events, size_t n_events)
{
	struct stream *stream = arg;

	if (n_events == 0 && !stream_deaf(stream) && header->revision >= stream->next)
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
	bool dropped = stream->dropped;

	(void)message;
	stream->watching = stream->dropped = false;
	if (stream->closed)
		stream_free(stream);
	else if (stream->ended || stream->fs->ending)
		return;
	else if (error == ETCD_E_COMPACTED)
		stream_end(stream, "compacted", compact_revision + 1);
	else if (stream->paused)
		stream_watch_resume(stream);
	else if (error == -EACCES && !TAILQ_EMPTY(&stream->openers))
		stream_opened(stream, error);
	else
		loop_timer_set(&stream->fs->loop, &stream->retry, dropped ? 0 : RETRY_MS);
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
		.start_revision = stream->next > 1 ? stream->next - 1 : 1,
		.progress_notify = true,
	};
	int r = etcd_watch(stream->fs->etcd, &watch, &handler, stream, &stream->watch);

	stream->watching = r == 0;
	if (r < 0)
		loop_timer_set(&stream->fs->loop, &stream->retry, RETRY_MS);
}

void stream_watch_resume(struct stream *stream)
{
	if (!stream->paused || stream->watching ||
		stream_queue_len(&stream->queue) > STREAM_QUEUE_MAX / 2)
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
