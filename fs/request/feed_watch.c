#include "fs/request/feed.h"

#include "fs/base/log.h"
#include "fs/request/feed_private.h"
#include "fs/request/op.h"

#include <errno.h>
#include <string.h>

/* --- The watch --- */

static void feed_must_list(struct feed *feed, const char *reason)
{
	if (!feed->must_list)
		log_warning("lost sight of etcd's changes (%s): reading all keys again", reason);
	feed->must_list = true;
}

void feed_lost(struct feed *feed, const char *reason)
{
	if (!feed->watching)
		return;
	feed_must_list(feed, reason);
	etcd_cancel(feed->etcd, feed->call);
}

static void feed_forked(struct feed *feed, const char *reason)
{
	feed->forked = true;
	feed->proven = 0;
	feed_lost(feed, reason);
}

bool feed_is_proven(const struct feed *feed)
{
	return feed->proven && feed->proven == etcd_connection(feed->etcd);
}

/* All revisions that had to come again have come. */
static void feed_prove(struct feed *feed, uint64_t connection)
{
	if (feed->proven == connection)
		return;
	feed->proven = connection;
	feed->proven_to = mirror_revision(feed->mirror);
	feed->events.proven(feed->events.arg);
	feed->events.advanced(feed->events.arg);
}

/* The answer of the cluster, after a member was met whose revision is lower than ours. The member
 * alone may be behind; but if this linearizable answer is lower too, the cluster went back. */
static void behind_answered(void *arg, int error, const struct etcd_reply *reply)
{
	struct feed *feed = arg;

	if (error == -ECANCELED)
		return;
	if (!error && reply->header.revision < mirror_revision(feed->mirror)) {
		feed->forked = true;
		feed->proven = 0;
		feed_must_list(feed, "its revision went back");
	}
	feed_retry(feed, 0, "");
}

static void feed_ask_behind(struct feed *feed)
{
	struct bytes prefix = feed->config->prefix;
	struct etcd_range range = {
		.key = feed->limited ? prefix : BYTES_LITERAL("\0"), .count_only = true};

	if (etcd_range(feed->etcd, &range, feed->config->timeout_ms, behind_answered, feed,
		    &feed->call) < 0)
		feed_retry(feed, 0, "");
}

static void feed_stands(struct feed *feed)
{
	feed->told = true;
	feed->events.stands(feed->events.arg);
}

static void watch_created(void *arg, const struct etcd_header *header)
{
	struct feed *feed = arg;

	bool is_behind = header->revision < mirror_revision(feed->mirror);
	bool is_unproven = feed->proven != header->connection && history_is_met(&feed->history);

	feed->denied = false;
	if (header->cluster_id != feed->cluster_id) {
		feed_forked(feed, "another cluster answers");
	} else if (is_behind && header->member_id == feed->member_id) {
		feed_forked(feed, "its revision went back");
	} else if (is_behind || is_unproven) {
		feed->behind = is_behind;
		feed->deaf = true;
		etcd_cancel(feed->etcd, feed->call);
	} else {
		feed->member_id = header->member_id;
		if (!feed->told)
			feed_stands(feed);
	}
}

/* Whether the events of a revision that was shown before are the same this time. */
static bool revision_met(struct feed *feed, const struct etcd_header *header,
	const struct etcd_event *events, size_t n_events)
{
	if (!history_meets(&feed->history, events, n_events)) {
		feed_forked(feed, "it has another history");
		return false;
	}
	if (history_is_met(&feed->history))
		feed_prove(feed, header->connection);
	return true;
}

/* Applies the events of the first revision in @events. Returns how many they are; 0: one was
 * lost. */
static size_t revision_apply(struct feed *feed, const struct etcd_header *header,
	const struct etcd_event *events, size_t n_events)
{
	int64_t revision = events[0].kv.mod_revision;
	bool lost = false;
	size_t n = 1;

	while (n < n_events && events[n].kv.mod_revision == revision)
		n++;
	if (!history_is_met(&feed->history))
		return revision_met(feed, header, events, n) ? n : 0;
	if (revision <= mirror_revision(feed->mirror))
		return n; /* known bugs of etcd send old events again */
	echo_open(feed->echo, revision, events, n);
	if (mirror_apply(feed->mirror, revision, events, n) < 0)
		lost = true;
	echo_close(feed->echo);
	if (lost)
		return 0;
	history_add(&feed->history, events, n);
	return n;
}

/* etcd says that all events up to @revision have been sent. */
static void watch_progress(struct feed *feed, int64_t revision)
{
	if (!history_is_met(&feed->history))
		feed_forked(feed, "it has another history");
	else if (feed->limited)
		mirror_skip(feed->mirror, revision);
	if (revision > mirror_revision(feed->mirror))
		feed_lost(feed, "a revision did not come");
	else
		feed->events.advanced(feed->events.arg);
}

static void watch_events(void *arg, const struct etcd_header *header,
	const struct etcd_event *events, size_t n_events)
{
	struct feed *feed = arg;

	if (feed->must_list || feed->deaf)
		return;
	for (size_t i = 0; i < n_events;) {
		size_t n = revision_apply(feed, header, events + i, n_events - i);
		if (!n) {
			feed_lost(feed, "a revision is missing");
			return;
		}
		i += n;
	}
	if (n_events)
		feed->events.advanced(feed->events.arg);
	else
		watch_progress(feed, header->revision);
}

/* The revisions that etcd still has may be enough to prove the mirror; feed_watch() finds out. */
static void watch_compacted(struct feed *feed, int64_t compact_revision)
{
	feed->compacted = compact_revision;
	if (compact_revision > mirror_revision(feed->mirror))
		feed_must_list(feed, "compacted");
}

static void watch_ended(void *arg, int error, int64_t compact_revision, const char *message)
{
	struct feed *feed = arg;

	feed->watching = false;
	if (feed->ending)
		return;
	log_debug("watch: %s", message[0] ? message : strerror(op_errno(error)));
	if (error != -ECANCELED)
		feed->proven = 0; /* the next connection may be to another etcd */
	if (error == ETCD_E_COMPACTED)
		watch_compacted(feed, compact_revision);
	if (error == -EACCES && !feed->limited && feed->config->prefix.len)
		feed_limit(feed);
	if (feed->behind && !feed->must_list)
		feed_ask_behind(feed);
	else if (feed->must_list || error == ETCD_E_COMPACTED)
		loop_timer_set(feed->loop, &feed->retry, 0);
	else
		feed_retry(feed, error, message);
}

/* The revision to begin the watch with; 0: no revision is left by which etcd's history could be
 * recognised. A revision that must come again is asked for from the one before it, which is
 * skipped, because etcd 3.4 accepts a watch from the very revision of a compaction but leaves out
 * that revision's deletes. */
static int64_t watch_begin(struct feed *feed)
{
	int64_t next = mirror_revision(feed->mirror) + 1, first;

	if (feed_is_proven(feed)) {
		history_begin(&feed->history, next);
		return next;
	}
	first = history_first(&feed->history, feed->compacted + 1);
	history_begin(&feed->history, first);
	if (first && feed->limited)
		mirror_unskip(feed->mirror, history_last(&feed->history));
	return first > 1 ? first - 1 : first;
}

static void feed_watch(struct feed *feed)
{
	static const struct etcd_watch_handler handler = {
		.created = watch_created,
		.events = watch_events,
		.ended = watch_ended,
	};
	CLEANUP(buf) struct buf end = {0};
	struct bytes prefix = feed->config->prefix;
	struct etcd_watch watch = {
		.key = feed->limited ? prefix : BYTES_LITERAL("\0"),
		.start_revision = watch_begin(feed),
		.progress_notify = true,
	};
	int r;

	feed->behind = feed->deaf = false;
	if (!watch.start_revision) {
		log_debug("no change is left to know etcd's history by");
		feed->must_list = true;
		feed_list(feed);
		return;
	}
	r = feed->limited ? etcd_prefix_end(prefix, &end) : buf_append_byte(&end, 0);

	watch.range_end = buf_bytes(&end);
	if (r == 0)
		r = etcd_watch(feed->etcd, &watch, &handler, feed, &feed->call);
	feed->watching = r == 0;
	if (r < 0)
		feed_retry(feed, r, "");
}

/* --- Its life --- */

static void retry_run(void *arg)
{
	struct feed *feed = arg;

	if (feed->must_list || mirror_revision(feed->mirror) == 0)
		feed_list(feed);
	else
		feed_watch(feed);
}

void feed_init(struct feed *feed)
{
	feed->listed = feed_watch;
	feed->retry = (struct timer){.run = retry_run, .arg = feed};
}

void feed_start(struct feed *feed)
{
	feed_list(feed);
}

void feed_end(struct feed *feed)
{
	feed->ending = true;
}

void feed_doubt(struct feed *feed)
{
	if (feed->watching)
		etcd_cancel(feed->etcd, feed->call);
	feed->events.doubted(feed->events.arg);
}

void feed_denied(struct feed *feed)
{
	if (!feed->limited)
		feed_doubt(feed);
}

void feed_fini(struct feed *feed)
{
	mirror_list_free(STEAL(feed->list));
}
