/* The feed's lists of the whole keyspace, or the prefix, at one revision. */
#include "fs/api/protocol.h"
#include "fs/base/log.h"
#include "fs/mirror/mirror_own.h"
#include "fs/request/feed_private.h"
#include "fs/request/op.h"
#include "fs/tree/key.h"

#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DENIED_MS 2000 /* rights seldom change */
#define LISTS_MAX 3    /* failed ones, until the start gives up if waiting cannot help */

static void feed_fail(struct feed *feed, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void feed_fail(struct feed *feed, int error, const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	feed->events.failed(feed->events.arg, error, text);
}

/* --- What etcd does not permit --- */

/* At the start a refusal ends the mount. Later the mount goes on, because somebody has changed the
 * rights and may change them back. */
static void feed_refuse(struct feed *feed, const char *message)
{
	struct bytes prefix = feed->config->prefix;

	if (feed->told)
		log_warning("etcd no longer permits reading '%.*s': %s", (int)prefix.len,
			(const char *)prefix.data, message);
	else
		feed_fail(feed, -EACCES, "etcd does not permit reading %s%.*s%s: %s",
			prefix.len ? "'" : "all keys", (int)prefix.len, (const char *)prefix.data,
			prefix.len ? "'" : "", message);
}

void feed_retry(struct feed *feed, int error, const char *message)
{
	if (error == -EACCES && !feed->denied)
		feed_refuse(feed, message);
	feed->denied |= error == -EACCES;
	loop_timer_set(feed->loop, &feed->retry, error == -EACCES ? DENIED_MS : FEED_RETRY_MS);
}

/* Changes missed before the watch of the prefix begins are found by a new list. */
void feed_limit(struct feed *feed)
{
	struct bytes prefix = feed->config->prefix;

	log_warning(
		"etcd permits '%.*s' only: reads cost more with the number of keys, and changes "
		"that a fault of etcd's watch loses are not always noticed",
		(int)prefix.len, (const char *)prefix.data);
	feed->limited = true;
	feed->must_list = true;
	mirror_set_sparse(feed->mirror);
}

/* --- The list --- */

static void list_page(void *arg, int error, const struct etcd_reply *reply)
{
	struct feed *feed = arg;

	(void)error;
	if (!feed->list)
		return;
	mirror_list_expect(feed->list, reply->count);
	if (mirror_list_add(feed->list, reply->header.revision, reply->kvs, reply->n_kvs) < 0)
		mirror_list_free(STEAL(feed->list));
}

static int list_install(struct feed *feed, const struct etcd_reply *reply)
{
	CLEANUP(mirror_list_free) struct mirror_list *list = STEAL(feed->list);
	struct mirror *mirror = feed->mirror;
	int64_t before = mirror_revision(mirror);
	bool forked = false;
	int r;

	if (!list)
		return -ENOMEM;
	feed->cluster_id = reply->header.cluster_id;
	feed->member_id = reply->header.member_id;
	feed->history = (struct history){0};
	feed->compacted = 0;
	if (feed->forked)
		echo_forget(feed->echo);
	echo_open(feed->echo, reply->header.revision, NULL, 0);
	r = mirror_replace(mirror, reply->header.revision, list, &forked);
	echo_close(feed->echo);
	if (r < 0)
		return r;
	if (forked && !feed->forked)
		log_warning("etcd has another history than was shown (restored from a backup?)");
	feed->proven = reply->header.connection;
	feed->proven_to = before;
	feed->events.proven(feed->events.arg);
	if (forked || feed->forked)
		feed->events.replaced(feed->events.arg, reply->header.revision);
	feed->forked = feed->must_list = false;
	return 0;
}

/* --- Own keys of no kind that etcdfs uses --- */

struct strangers {
	struct buf first;
	size_t n;
};

static bool stranger_count(void *arg, const struct own_key *key)
{
	struct strangers *strangers = arg;

	if (bytes_has_prefix(key->name, BYTES_LITERAL("lock/")) ||
		bytes_has_prefix(key->name, BYTES_LITERAL("meta/")))
		return true;
	if (!strangers->n++)
		buf_append_bytes(&strangers->first, key->name);
	return true;
}

/* Others may have put them, or an older etcdfs, to which they were files. */
static void strangers_tell(struct feed *feed)
{
	struct bytes prefix = feed->config->prefix;
	struct strangers strangers = {0};

	mirror_own_walk(feed->mirror, (struct bytes){0}, stranger_count, &strangers);
	if (strangers.n)
		log_warning("%zu keys begin with '%.*s" KEY_OWN_PREFIX "' and are not shown, "
			    "because such keys are etcdfs' own; the first is '%.*s" KEY_OWN_PREFIX
			    "%.*s'",
			strangers.n, (int)prefix.len, (const char *)prefix.data, (int)prefix.len,
			(const char *)prefix.data, (int)strangers.first.len,
			(const char *)strangers.first.data);
	buf_fini(&strangers.first);
}

static bool error_may_pass(int error)
{
	return error == -ETIMEDOUT || error == -EACCES || error == -ESTALE ||
	       error == ETCD_E_COMPACTED;
}

/* At the start the supervisor is told why it takes so long; the mount ends if waiting cannot
 * help. */
static void list_failed(struct feed *feed, int error, const char *message)
{
	const char *words = message[0] ? message : strerror(op_errno(error));

	log_debug("list: %s", words);
	feed->n_failed++;
	if (!feed->told && !error_may_pass(error) && feed->n_failed >= LISTS_MAX)
		feed_fail(feed, -EIO, "cannot read the keys: %s", words);
	else if (!feed->told)
		fs_report_failed(feed->config->control, "cannot read the keys: %s", words);
	else if (feed->n_failed == LISTS_MAX && error != -EACCES)
		log_warning("cannot read all keys again: %s", words);
	feed_retry(feed, error, message);
}

static void list_done(void *arg, int error, const struct etcd_reply *reply)
{
	struct feed *feed = arg;

	if (error == -ECANCELED)
		return;
	if (error == 0)
		error = list_install(feed, reply);
	if (error) {
		list_failed(feed, error, reply->message);
		return;
	}
	feed->n_failed = 0;
	feed->listed(feed);
	feed->events.advanced(feed->events.arg);
	if (!feed->synced) {
		if (!feed->config->inherited.incarnation)
			strangers_tell(feed);
		/* The events begin here: nobody has seen a mirror with less than this list. */
		if (feed->config->inotify || feed->config->cached)
			mirror_listen(feed->mirror, echo_hear, feed->echo);
	}
	feed->synced = true;
	malloc_trim(0); /* the pages of a list were large, and are gone */
}

void feed_list(struct feed *feed)
{
	CLEANUP(buf) struct buf end = {0};
	struct bytes prefix = feed->config->prefix;
	struct bytes first = prefix.len ? prefix : BYTES_LITERAL("\0");
	int r = etcd_prefix_end(prefix, &end);

	counter_add(feed->counters, COUNTER_LISTS);
	mirror_list_free(STEAL(feed->list));
	if (r == 0)
		r = mirror_list_new(feed->mirror, &feed->list);
	if (r == 0)
		r = etcd_list(feed->etcd, first, buf_bytes(&end), feed->config->timeout_ms,
			list_page, list_done, feed, &feed->call);
	if (r < 0)
		loop_timer_set(feed->loop, &feed->retry, FEED_RETRY_MS);
}
