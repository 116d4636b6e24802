/*
 * The anchor. libcurl 7.88 cannot reuse a clear-text HTTP/2 connection for a transfer that says
 * prior knowledge, but others can join one that a transfer holds open. So the channel keeps one
 * stream of its own, a watch of nothing: its answer says that etcd serves on this connection, its
 * break says at once that the connection is lost. A server that accepts and never answers (etcd
 * without its first quorum) is thereby not taken for connected.
 *
 *   DOWN --due--> CONNECTING --answer--> UP
 *     ^               |                   |
 *     +--- backoff ---+--- break, due ----+
 *
 * Each connection has a multi handle of its own, thrown away with it: nothing is left that curl
 * could reuse. When the connection is lost, streams that curl has begun to write end; the others go
 * back to the head of the queue.
 *
 * Streams join while the connection has room. curl shows no room (the server's limit of streams, a
 * GOAWAY) by wanting a second connection, which it does not get: the stream goes back to the queue
 * until others have ended; and if none is left, or it lasts, the connection counts as lost.
 *
 * A server may end the anchor with a status and keep the connection (a learner has no watches). It
 * is then up, and the anchor is tried again on it.
 */
#include "fs/etcd/channel.h"

#include "fs/base/clock.h"

#include <errno.h>
#include <stdio.h>

enum {
	CONNECT_TIMEOUT_MS = 2000,
	BACKOFF_MIN_MS = 50,
	BACKOFF_MAX_MS = 500, /* of what heals within 3 s, connecting takes its small part */
	ANCHOR_AGAIN_MS = 2000,
	FLYING_MAX = 96, /* curl's work for each event grows with them */
	IDLE_MAX = FLYING_MAX + 8,
	START_BYTES = 64 * 1024, /* between two looks at the socket */
	START_COUNT = 32,
	HOLD_MS = 5,
	REFUSED_MAX_MS = 1000,
};

int channel_init(struct channel *channel, const char *endpoint, struct poller *poller,
	const struct channel_events *events)
{
	int r;

	*channel = (struct channel){
		.poller = poller,
		.events = *events,
		.multi = {.due_ms = POLLER_NEVER, .nudge_ms = POLLER_NEVER, .socket_fd = -1},
		.backoff = {.min_ms = BACKOFF_MIN_MS, .max_ms = BACKOFF_MAX_MS},
		.problem = "not connected yet",
	};
	TAILQ_INIT(&channel->queued);
	TAILQ_INIT(&channel->running);
	TAILQ_INIT(&channel->idle);
	r = target_init(&channel->target, endpoint);
	if (r < 0)
		return r;
	r = anchor_init(&channel->anchor);
	if (r < 0)
		target_fini(&channel->target);
	return r;
}

/* --- Transfers for streams ---------------------------------------------------------------- */

static struct transfer *channel_take_transfer(struct channel *channel)
{
	struct transfer *transfer = TAILQ_FIRST(&channel->idle);

	if (!transfer)
		return transfer_new(&channel->target);
	TAILQ_REMOVE(&channel->idle, transfer, link);
	channel->n_idle--;
	return transfer;
}

static void channel_keep_transfer(struct channel *channel, struct transfer *transfer)
{
	if (channel->n_idle >= IDLE_MAX) {
		transfer_free(transfer);
		return;
	}
	TAILQ_INSERT_HEAD(&channel->idle, transfer, link);
	channel->n_idle++;
}

static int stream_start(struct channel *channel, struct stream *stream, enum transfer_kind kind)
{
	struct transfer *transfer = channel_take_transfer(channel);
	int r;

	if (!transfer)
		return -ENOMEM;
	r = transfer_start(transfer, &channel->multi, stream, kind);
	if (r < 0)
		transfer_free(transfer);
	else
		stream->transfer = transfer;
	return r;
}

static void stream_stop(struct channel *channel, struct stream *stream)
{
	transfer_stop(stream->transfer);
	channel_keep_transfer(channel, STEAL(stream->transfer));
}

void channel_fini(struct channel *channel)
{
	struct transfer *transfer;

	if (channel->anchor.stream.transfer)
		stream_stop(channel, &channel->anchor.stream);
	if (channel->multi.curl)
		multi_close(&channel->multi);
	while ((transfer = TAILQ_FIRST(&channel->idle))) {
		TAILQ_REMOVE(&channel->idle, transfer, link);
		transfer_free(transfer);
	}
	anchor_fini(&channel->anchor);
	target_fini(&channel->target);
}

/* --- Streams ------------------------------------------------------------------------------ */

void channel_add(struct channel *channel, struct stream *stream)
{
	TAILQ_INSERT_TAIL(&channel->queued, stream, link);
	stream->is_queued = true;
}

static void channel_add_again(struct channel *channel, struct stream *stream)
{
	TAILQ_INSERT_HEAD(&channel->queued, stream, link);
	stream->is_queued = true;
}

static void stream_leave_queue(struct channel *channel, struct stream *stream)
{
	TAILQ_REMOVE(&channel->queued, stream, link);
	stream->is_queued = false;
}

static void stream_leave_running(struct channel *channel, struct stream *stream)
{
	TAILQ_REMOVE(&channel->running, stream, link);
	channel->n_flying -= !stream->is_long;
}

bool channel_remove(struct channel *channel, struct stream *stream)
{
	bool was_sent;

	if (stream->is_queued)
		stream_leave_queue(channel, stream);
	if (!stream->transfer)
		return false;
	was_sent = transfer_was_sent(stream->transfer);
	stream_leave_running(channel, stream);
	stream_stop(channel, stream);
	return was_sent;
}

/* --- The connection ----------------------------------------------------------------------- */

static void running_end(struct channel *channel)
{
	struct stream_end end = {
		.error = -ECONNRESET, .code = GRPC_NONE, .message = channel->problem};
	struct stream_list lost = TAILQ_HEAD_INITIALIZER(lost);
	struct stream *stream;

	/* Backwards, so that the queue keeps its order. */
	while ((stream = TAILQ_LAST(&channel->running, stream_list))) {
		if (channel_remove(channel, stream))
			TAILQ_INSERT_HEAD(&lost, stream, link);
		else
			channel_add_again(channel, stream);
	}
	multi_close(&channel->multi);
	while ((stream = TAILQ_FIRST(&lost))) {
		TAILQ_REMOVE(&lost, stream, link);
		stream->ops->ended(stream, &end);
	}
}

static void channel_lose(struct channel *channel, int64_t now_ms, const char *reason)
{
	bool was_up = channel->state == CHANNEL_UP;

	snprintf(channel->problem, sizeof(channel->problem), "%s", reason);
	if (channel->anchor.stream.transfer)
		stream_stop(channel, &channel->anchor.stream);
	channel->state = CHANNEL_DOWN;
	channel->due_ms = now_ms + backoff_next_ms(&channel->backoff, backoff_chance());
	running_end(channel);
	if (was_up && channel->events.connection)
		channel->events.connection(channel->events.arg, false, channel->problem);
}

static void channel_connect(struct channel *channel, int64_t now_ms)
{
	channel->due_ms = now_ms + BACKOFF_MAX_MS;
	if (multi_open(&channel->multi, channel->poller) < 0)
		return;
	channel->anchor.is_answered = false;
	if (stream_start(channel, &channel->anchor.stream, TRANSFER_OPENS) < 0) {
		multi_close(&channel->multi);
		return;
	}
	channel->state = CHANNEL_CONNECTING;
	channel->due_ms = now_ms + CONNECT_TIMEOUT_MS;
}

static void channel_rise(struct channel *channel)
{
	channel->state = CHANNEL_UP;
	channel->due_ms = POLLER_NEVER;
	channel->hold_ms = 0;
	channel->refused_ms = 0;
	channel->problem[0] = '\0';
	backoff_reset(&channel->backoff);
	if (channel->events.connection)
		channel->events.connection(channel->events.arg, true, "");
}

static void anchor_ended(struct channel *channel, CURLcode result, int64_t now_ms)
{
	struct stream *stream = &channel->anchor.stream;
	struct stream_end end;

	transfer_finish(stream->transfer, result, &end);
	if (end.error) {
		channel_lose(channel, now_ms, end.message);
		return;
	}
	channel_keep_transfer(channel, STEAL(stream->transfer));
	if (channel->state == CHANNEL_CONNECTING)
		channel_rise(channel);
	channel->due_ms = now_ms + (channel->anchor.is_answered ? 0 : ANCHOR_AGAIN_MS);
}

static void anchor_again(struct channel *channel, int64_t now_ms)
{
	channel->due_ms = POLLER_NEVER;
	channel->anchor.is_answered = false;
	if (stream_start(channel, &channel->anchor.stream, TRANSFER_JOINS) < 0)
		channel->due_ms = now_ms + ANCHOR_AGAIN_MS;
}

static bool channel_run_state(struct channel *channel, int64_t now_ms)
{
	if (channel->state == CHANNEL_CONNECTING && channel->anchor.is_answered) {
		channel_rise(channel);
		return true;
	}
	if (channel->due_ms > now_ms)
		return false;
	if (channel->state == CHANNEL_DOWN)
		channel_connect(channel, now_ms);
	else if (channel->state == CHANNEL_CONNECTING)
		channel_lose(channel, now_ms, "connected, but no answer");
	else
		anchor_again(channel, now_ms);
	return true;
}

/* --- Streams on it ------------------------------------------------------------------------ */

/* It was not sent: curl found no place for it, or not enough room for its body. */
static void stream_put_back(
	struct channel *channel, struct stream *stream, bool was_refused, int64_t now_ms)
{
	channel_add_again(channel, stream);
	channel->hold_ms = now_ms + HOLD_MS;
	if (!was_refused)
		return;
	if (!channel->refused_ms)
		channel->refused_ms = now_ms;
	if (!channel->n_flying || now_ms - channel->refused_ms > REFUSED_MAX_MS)
		channel_lose(channel, now_ms, "the server takes no more requests");
}

static void stream_ended(
	struct channel *channel, struct stream *stream, CURLcode result, int64_t now_ms)
{
	struct transfer *transfer = STEAL(stream->transfer);
	struct stream_end end;

	stream_leave_running(channel, stream);
	transfer_finish(transfer, result, &end);
	if (transfer->was_begun && transfer->started_ms > channel->refused_ms)
		channel->refused_ms = 0;
	if (end.error == -ECONNRESET && !transfer_was_sent(transfer))
		stream_put_back(channel, stream, transfer->was_refused, now_ms);
	else
		stream->ops->ended(stream, &end);
	channel_keep_transfer(channel, transfer);
}

static bool channel_run_ended(struct channel *channel, int64_t now_ms)
{
	struct transfer *transfer;
	CURLcode result;
	bool any = false;
	CURL *easy;

	while ((easy = multi_next_ended(&channel->multi, &result))) {
		any = true;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
		if (transfer->stream == &channel->anchor.stream)
			anchor_ended(channel, result, now_ms);
		else
			stream_ended(channel, transfer->stream, result, now_ms);
	}
	return any;
}

static bool channel_may_start(const struct channel *channel, int64_t now_ms)
{
	return channel->state == CHANNEL_UP && channel->hold_ms <= now_ms &&
	       channel->n_flying < FLYING_MAX && !TAILQ_EMPTY(&channel->queued);
}

/* curl writes what is started here before the next look at the socket. */
static bool channel_run_queue(struct channel *channel, int64_t now_ms)
{
	size_t n_bytes = 0, count = 0;

	if (!channel_may_start(channel, now_ms))
		return false;
	if (!multi_is_writable(&channel->multi)) {
		channel->hold_ms = now_ms + HOLD_MS;
		return false;
	}
	while (channel_may_start(channel, now_ms) && n_bytes < START_BYTES && count < START_COUNT) {
		struct stream *stream = TAILQ_FIRST(&channel->queued);

		if (stream_start(channel, stream, TRANSFER_JOINS) < 0) {
			channel->hold_ms = now_ms + HOLD_MS;
			return false;
		}
		stream_leave_queue(channel, stream);
		TAILQ_INSERT_TAIL(&channel->running, stream, link);
		channel->n_flying += !stream->is_long;
		n_bytes += stream->body.len;
		count++;
	}
	return true;
}

void channel_socket(struct channel *channel, int fd, uint32_t events)
{
	multi_socket(&channel->multi, fd, events);
}

bool channel_run(struct channel *channel, int64_t now_ms)
{
	bool any = multi_run(&channel->multi, now_ms);

	any |= channel_run_ended(channel, now_ms);
	any |= channel_run_state(channel, now_ms);
	any |= channel_run_queue(channel, now_ms);
	return any;
}

int64_t channel_due_ms(const struct channel *channel)
{
	int64_t due_ms = channel->due_ms;

	if (multi_due_ms(&channel->multi) < due_ms)
		due_ms = multi_due_ms(&channel->multi);
	if (channel->state == CHANNEL_UP && !TAILQ_EMPTY(&channel->queued) &&
		channel->n_flying < FLYING_MAX && channel->hold_ms < due_ms)
		due_ms = channel->hold_ms;
	return due_ms;
}

const char *channel_problem(const struct channel *channel)
{
	return channel->problem;
}
