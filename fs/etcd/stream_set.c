/*
 * Streams are started while the connection has room. When it has none (the server's limit of
 * streams, a GOAWAY), curl tries to open a second connection for the stream, which is refused: the
 * stream goes back to the queue until others have ended. If no stream is left on the connection, or
 * that lasts for too long, the connection counts as lost.
 */
#include "fs/etcd/stream_set.h"

#include <errno.h>

enum {
	FLYING_MAX = 96, /* curl's work for each event grows with the number of transfers */
	IDLE_MAX = FLYING_MAX + 8,
	START_BYTES = 64 * 1024, /* started between two looks at the socket */
	START_COUNT = 32,
	HOLD_MS = 5,
	REFUSED_MAX_MS = 1000,
};

/* --- The connection ----------------------------------------------------------------------- */

static void idle_drop(struct stream_set *set)
{
	struct transfer *transfer;

	while ((transfer = TAILQ_FIRST(&set->idle))) {
		TAILQ_REMOVE(&set->idle, transfer, link);
		transfer_free(transfer);
	}
	set->n_idle = 0;
}

int stream_set_init(struct stream_set *set)
{
	*set = (struct stream_set){
		.multi = {.due_ms = POLLER_NEVER, .nudge_ms = POLLER_NEVER, .socket_fd = -1},
		.headers = headers_new(NULL),
		.bare = headers_new(NULL),
	};
	TAILQ_INIT(&set->queued);
	TAILQ_INIT(&set->running);
	TAILQ_INIT(&set->idle);
	return set->headers && set->bare ? 0 : -ENOMEM;
}

void stream_set_fini(struct stream_set *set)
{
	if (set->multi.curl)
		multi_close(&set->multi);
	idle_drop(set);
	headers_unref(set->headers);
	headers_unref(set->bare);
}

int stream_set_open(struct stream_set *set, const struct target *target, struct poller *poller)
{
	if (target != set->target)
		idle_drop(set);
	set->target = target;
	set->is_proxied = false;
	set->hold_ms = set->refused_ms = 0;
	return multi_open(&set->multi, poller);
}

void stream_set_enter(struct stream_set *set, struct headers *headers)
{
	headers_unref(set->headers);
	set->headers = headers;
	set->n_entered++;
	set->hold_ms = set->refused_ms = 0;
}

/* --- Transfers for streams ---------------------------------------------------------------- */

static struct transfer *transfer_take(struct stream_set *set)
{
	struct transfer *transfer = TAILQ_FIRST(&set->idle);

	if (!transfer)
		return transfer_new(set->target);
	TAILQ_REMOVE(&set->idle, transfer, link);
	set->n_idle--;
	return transfer;
}

void stream_set_keep(struct stream_set *set, struct transfer *transfer)
{
	if (set->n_idle >= IDLE_MAX) {
		transfer_free(transfer);
		return;
	}
	TAILQ_INSERT_HEAD(&set->idle, transfer, link);
	set->n_idle++;
}

int stream_set_start(struct stream_set *set, struct stream *stream, enum transfer_kind kind)
{
	struct transfer *transfer = transfer_take(set);
	int r;

	if (!transfer)
		return -ENOMEM;
	stream->is_open = stream->is_watch && set->is_proxied;
	r = transfer_start(
		transfer, &set->multi, stream, stream->is_own ? set->bare : set->headers, kind);
	if (r < 0)
		transfer_free(transfer);
	else
		stream->transfer = transfer;
	stream->n_entered = set->n_entered;
	return r;
}

void stream_set_stop(struct stream_set *set, struct stream *stream)
{
	if (!stream->transfer)
		return;
	transfer_stop(stream->transfer);
	stream_set_keep(set, STEAL(stream->transfer));
}

/* --- Streams ------------------------------------------------------------------------------ */

void stream_set_add(struct stream_set *set, struct stream *stream)
{
	TAILQ_INSERT_TAIL(&set->queued, stream, link);
	stream->is_queued = true;
}

static void stream_add_again(struct stream_set *set, struct stream *stream)
{
	TAILQ_INSERT_HEAD(&set->queued, stream, link);
	stream->is_queued = true;
}

static void stream_leave_queue(struct stream_set *set, struct stream *stream)
{
	TAILQ_REMOVE(&set->queued, stream, link);
	stream->is_queued = false;
}

static void stream_leave_running(struct stream_set *set, struct stream *stream)
{
	TAILQ_REMOVE(&set->running, stream, link);
	set->n_flying -= !stream->is_long;
}

bool stream_set_remove(struct stream_set *set, struct stream *stream)
{
	bool was_sent;

	if (stream->is_queued)
		stream_leave_queue(set, stream);
	if (!stream->transfer)
		return false;
	was_sent = transfer_was_sent(stream->transfer);
	stream_leave_running(set, stream);
	stream_set_stop(set, stream);
	return was_sent;
}

void stream_set_close(struct stream_set *set, const char *problem)
{
	struct stream_end end = {.error = -ECONNRESET, .code = GRPC_NONE, .message = problem};
	struct stream_list lost = TAILQ_HEAD_INITIALIZER(lost);
	struct stream *stream;

	/* From the last to the first, so that the queue keeps its order. */
	while ((stream = TAILQ_LAST(&set->running, stream_list))) {
		if (stream_set_remove(set, stream))
			TAILQ_INSERT_HEAD(&lost, stream, link);
		else
			stream_add_again(set, stream);
	}
	multi_close(&set->multi);
	while ((stream = TAILQ_FIRST(&lost))) {
		TAILQ_REMOVE(&lost, stream, link);
		stream->ops->ended(stream, &end);
	}
}

/* --- Streams on it ------------------------------------------------------------------------ */

struct stream *stream_set_next_ended(struct stream_set *set, CURLcode *ret_result)
{
	CURL *easy = multi_next_ended(&set->multi, ret_result);
	struct transfer *transfer;

	if (!easy)
		return NULL;
	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
	return transfer->stream;
}

/* Queues a stream again that was not sent: @was_refused (curl wanted a second connection for it),
 * or its body found no room in the socket. False: the connection takes no more streams. */
static bool stream_put_back(
	struct stream_set *set, struct stream *stream, bool was_refused, int64_t now_ms)
{
	stream_add_again(set, stream);
	set->hold_ms = now_ms + HOLD_MS;
	if (!was_refused)
		return true;
	if (!set->refused_ms)
		set->refused_ms = now_ms;
	return set->n_flying && now_ms - set->refused_ms <= REFUSED_MAX_MS;
}

bool stream_set_ended(
	struct stream_set *set, struct stream *stream, CURLcode result, int64_t now_ms)
{
	struct transfer *transfer = STEAL(stream->transfer);
	bool has_place = true;
	struct stream_end end;

	stream_leave_running(set, stream);
	transfer_finish(transfer, result, &end);
	if (transfer->was_begun && transfer->started_ms > set->refused_ms)
		set->refused_ms = 0;
	if (end.error == -ECONNRESET && !transfer_was_sent(transfer))
		has_place = stream_put_back(set, stream, transfer->was_refused, now_ms);
	else
		stream->ops->ended(stream, &end);
	stream_set_keep(set, transfer);
	return has_place;
}

static bool may_start(const struct stream_set *set, int64_t now_ms)
{
	return set->hold_ms <= now_ms && set->n_flying < FLYING_MAX && !TAILQ_EMPTY(&set->queued);
}

/* curl writes what is started here only after this returns, so the socket is looked at once, and
 * what is started is limited. */
bool stream_set_run(struct stream_set *set, int64_t now_ms)
{
	size_t n_bytes = 0, count = 0;

	if (!may_start(set, now_ms))
		return false;
	if (!multi_is_writable(&set->multi)) {
		set->hold_ms = now_ms + HOLD_MS;
		return false;
	}
	while (may_start(set, now_ms) && n_bytes < START_BYTES && count < START_COUNT) {
		struct stream *stream = TAILQ_FIRST(&set->queued);

		if (stream_set_start(set, stream, TRANSFER_JOINS) < 0) {
			set->hold_ms = now_ms + HOLD_MS;
			return false;
		}
		stream_leave_queue(set, stream);
		TAILQ_INSERT_TAIL(&set->running, stream, link);
		set->n_flying += !stream->is_long;
		n_bytes += stream->body.len;
		count++;
	}
	return true;
}

int64_t stream_set_due_ms(const struct stream_set *set)
{
	bool waits = set->n_flying < FLYING_MAX && !TAILQ_EMPTY(&set->queued);

	return waits ? set->hold_ms : POLLER_NEVER;
}
