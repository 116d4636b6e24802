#include "fs/feed.h"

#include "fs/base/log.h"
#include "fs/fs_private.h"

#include <errno.h>
#include <string.h>

#define RETRY_MS 100   /* the client has its own backoff for a connection that fails */
#define DENIED_MS 2000 /* rights change seldom */

static void feed_list(struct feed *feed);
static void feed_watch(struct feed *feed);

/* --- What etcd does not permit --- */

/* At the start that is the end; later somebody has changed the rights, and may change them back. */
static void feed_refuse(struct feed *feed, const char *message)
{
	struct bytes prefix = feed->fs->config->prefix;

	if (feed->told)
		log_warning("etcd no longer permits reading '%.*s': %s", (int)prefix.len,
			(const char *)prefix.data, message);
	else
		fs_fail(feed->fs, -EACCES, "etcd does not permit reading %s%.*s%s: %s",
			prefix.len ? "'" : "all keys", (int)prefix.len, (const char *)prefix.data,
			prefix.len ? "'" : "", message);
}

static void feed_retry(struct feed *feed, int error, const char *message)
{
	if (error == -EACCES && !feed->denied)
		feed_refuse(feed, message);
	feed->denied |= error == -EACCES;
	loop_timer_set(&feed->fs->loop, &feed->retry, error == -EACCES ? DENIED_MS : RETRY_MS);
}

/* The whole keyspace was refused: the prefix then. What has been missed meanwhile is listed. */
static void feed_limit(struct feed *feed)
{
	struct bytes prefix = feed->fs->config->prefix;

	log_warning(
		"etcd permits '%.*s' only: reads cost more with the number of keys, and changes "
		"that a fault of etcd's watch loses are not always noticed",
		(int)prefix.len, (const char *)prefix.data);
	feed->limited = true;
	feed->must_list = true;
	mirror_set_sparse(feed->fs->mirror);
}

void feed_denied(struct feed *feed)
{
	if (!feed->limited)
		feed_doubt(feed);
}

/* --- The list --- */

static void list_page(void *arg, int error, const struct etcd_reply *reply)
{
	struct feed *feed = arg;

	(void)error;
	if (feed->list && mirror_list_add(feed->list, reply->kvs, reply->n_kvs) < 0)
		mirror_list_free(STEAL(feed->list));
}

static int list_install(struct feed *feed, const struct etcd_reply *reply)
{
	CLEANUP(mirror_list_free) struct mirror_list *list = STEAL(feed->list);
	int r;

	if (!list)
		return -ENOMEM;
	feed->cluster_id = reply->header.cluster_id;
	feed->member_id = reply->header.member_id;
	own_open(&feed->fs->own, reply->header.revision, NULL, 0);
	r = mirror_replace(feed->fs->mirror, reply->header.revision, list);
	own_close(&feed->fs->own);
	return r;
}

static void list_done(void *arg, int error, const struct etcd_reply *reply)
{
	struct feed *feed = arg;

	if (error == -ECANCELED)
		return;
	if (error == 0)
		error = list_install(feed, reply);
	if (error) {
		log_debug(
			"list: %s", reply->message[0] ? reply->message : strerror(op_errno(error)));
		feed_retry(feed, error, reply->message);
		return;
	}
	feed_watch(feed);
	barrier_advance(&feed->fs->barrier);
	if (!feed->synced) {
		/* Nobody has seen less than this: no events of it. */
		if (feed->fs->config->inotify || feed->fs->config->cached)
			mirror_listen(feed->fs->mirror, own_hear, &feed->fs->own);
	}
	feed->synced = true;
}

static void feed_list(struct feed *feed)
{
	CLEANUP(buf) struct buf end = {0};
	struct bytes prefix = feed->fs->config->prefix;
	struct bytes first = prefix.len ? prefix : BYTES_LITERAL("\0");
	int r = etcd_prefix_end(prefix, &end);

	metrics_count(&feed->fs->metrics, METRIC_LISTS);
	mirror_list_free(STEAL(feed->list));
	feed->must_list = false;
	if (r == 0)
		r = mirror_list_new(&feed->list);
	if (r == 0)
		r = etcd_list(feed->fs->etcd, first, buf_bytes(&end), feed->fs->config->timeout_ms,
			list_page, list_done, feed, &feed->call);
	if (r < 0)
		loop_timer_set(&feed->fs->loop, &feed->retry, RETRY_MS);
}

/* --- The watch --- */

void feed_lost(struct feed *feed, const char *reason)
{
	if (!feed->watching)
		return;
	if (!feed->must_list)
		log_warning("lost sight of etcd's changes (%s): reading all keys again", reason);
	feed->must_list = true;
	etcd_cancel(feed->fs->etcd, feed->call);
}

/* For the first time: the mirror is whole, and will stay so. */
static void feed_stands(struct feed *feed)
{
	feed->told = true;
	barrier_open(&feed->fs->barrier);
	permit_start(feed->fs);
}

static void watch_created(void *arg, const struct etcd_header *header)
{
	struct feed *feed = arg;

	bool is_behind = header->revision < mirror_revision(feed->fs->mirror);

	feed->denied = false;
	if (header->cluster_id != feed->cluster_id)
		feed_lost(feed, "another cluster answers");
	else if (is_behind && header->member_id == feed->member_id)
		feed_lost(feed, "its revision went back");
	else if (is_behind)
		etcd_cancel(feed->fs->etcd, feed->call);
	else
		feed->member_id = header->member_id;
	if (!feed->told && !feed->must_list && !is_behind)
		feed_stands(feed);
}

/* Applies the events of the first revision in @events. Returns how many they are, 0 when lost. */
static size_t revision_apply(struct feed *feed, const struct etcd_event *events, size_t n_events)
{
	int64_t revision = events[0].kv.mod_revision;
	bool lost = false;
	size_t n = 1;

	while (n < n_events && events[n].kv.mod_revision == revision)
		n++;
	if (revision <= mirror_revision(feed->fs->mirror))
		return n; /* known bugs of etcd send old events again */
	own_open(&feed->fs->own, revision, events, n);
	if (mirror_apply(feed->fs->mirror, revision, events, n) < 0)
		lost = true;
	own_close(&feed->fs->own);
	return lost ? 0 : n;
}

static void watch_events(void *arg, const struct etcd_header *header,
	const struct etcd_event *events, size_t n_events)
{
	struct feed *feed = arg;

	if (feed->must_list)
		return;
	for (size_t i = 0; i < n_events;) {
		size_t n = revision_apply(feed, events + i, n_events - i);
		if (!n) {
			feed_lost(feed, "a revision is missing");
			return;
		}
		i += n;
	}
	if (!n_events && feed->limited)
		mirror_skip(feed->fs->mirror, header->revision);
	if (!n_events && header->revision > mirror_revision(feed->fs->mirror))
		feed_lost(feed, "a revision did not come");
	else
		barrier_advance(&feed->fs->barrier);
}

static void watch_ended(void *arg, int error, int64_t compact_revision, const char *message)
{
	struct feed *feed = arg;

	(void)compact_revision;
	feed->watching = false;
	if (feed->fs->ending)
		return;
	log_debug("watch: %s", message[0] ? message : strerror(op_errno(error)));
	if (error == ETCD_E_COMPACTED) {
		log_warning("lost sight of etcd's changes (compacted): reading all keys again");
		feed->must_list = true;
	}
	if (error == -EACCES && !feed->limited && feed->fs->config->prefix.len)
		feed_limit(feed);
	if (feed->must_list)
		loop_timer_set(&feed->fs->loop, &feed->retry, 0);
	else
		feed_retry(feed, error, message);
}

static void feed_watch(struct feed *feed)
{
	static const struct etcd_watch_handler handler = {
		.created = watch_created,
		.events = watch_events,
		.ended = watch_ended,
	};
	CLEANUP(buf) struct buf end = {0};
	struct bytes prefix = feed->fs->config->prefix;
	struct etcd_watch watch = {
		.key = feed->limited ? prefix : BYTES_LITERAL("\0"),
		.start_revision = mirror_revision(feed->fs->mirror) + 1,
		.progress_notify = true,
	};
	int r = feed->limited ? etcd_prefix_end(prefix, &end) : buf_append_byte(&end, 0);

	watch.range_end = buf_bytes(&end);
	if (r == 0)
		r = etcd_watch(feed->fs->etcd, &watch, &handler, feed, &feed->call);
	feed->watching = r == 0;
	if (r < 0)
		loop_timer_set(&feed->fs->loop, &feed->retry, RETRY_MS);
}

/* --- Its life --- */

static void retry_run(void *arg)
{
	struct feed *feed = arg;

	if (feed->must_list || mirror_revision(feed->fs->mirror) == 0)
		feed_list(feed);
	else
		feed_watch(feed);
}

void feed_init(struct feed *feed, struct fs *fs)
{
	feed->fs = fs;
	feed->retry = (struct timer){.run = retry_run, .arg = feed};
}

void feed_start(struct feed *feed)
{
	feed_list(feed);
}

void feed_doubt(struct feed *feed)
{
	if (feed->watching)
		etcd_cancel(feed->fs->etcd, feed->call);
	streams_doubt(feed->fs);
}

void feed_fini(struct feed *feed)
{
	mirror_list_free(STEAL(feed->list));
}
