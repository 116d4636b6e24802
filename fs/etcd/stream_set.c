/*
 * Streams join while the connection has room. curl shows no room (the server's limit of streams, a
 * GOAWAY) by wanting a second connection, which it does not get: the stream goes back to the queue
 * until others have ended; and if none is left, or it lasts, the connection counts as lost.
 */
#include "fs/etcd/channel_private.h"

#include <errno.h>

enum {
	FLYING_MAX = 96, /* curl's work for each event grows with them */
	IDLE_MAX = FLYING_MAX + 8,
	START_BYTES = 64 * 1024, /* between two looks at the socket */
	START_COUNT = 32,
	HOLD_MS = 5,
	REFUSED_MAX_MS = 1000,
};

/* --- Transfers for streams ---------------------------------------------------------------- */

static struct transfer *channel_take_transfer(struct channel *channel)
{
	struct transfer *transfer = TAILQ_FIRST(&channel->idle);

	if (!transfer)
		return transfer_new(targets_current(&channel->targets));
	TAILQ_REMOVE(&channel->idle, transfer, link);
	channel->n_idle--;
	return transfer;
}

void channel_keep_transfer(struct channel *channel, struct transfer *transfer)
{
	if (channel->n_idle >= IDLE_MAX || transfer->target != targets_current(&channel->targets)) {
		transfer_free(transfer);
		return;
	}
	TAILQ_INSERT_HEAD(&channel->idle, transfer, link);
	channel->n_idle++;
}

void channel_drop_idle(struct channel *channel)
{
	struct transfer *transfer;

	while ((transfer = TAILQ_FIRST(&channel->idle))) {
		TAILQ_REMOVE(&channel->idle, transfer, link);
		transfer_free(transfer);
	}
	channel->n_idle = 0;
}

int stream_start(struct channel *channel, struct stream *stream, enum transfer_kind kind)
{
	struct transfer *transfer = channel_take_transfer(channel);
	int r;

	if (!transfer)
		return -ENOMEM;
	stream->is_open = stream->is_watch && channel->is_proxied;
	r = transfer_start(transfer, &channel->multi, stream,
		stream->is_bare ? channel->bare : channel->headers, kind);
	if (r < 0)
		transfer_free(transfer);
	else
		stream->transfer = transfer;
	stream->n_entered = channel->n_entered;
	return r;
}

void stream_stop(struct channel *channel, struct stream *stream)
{
	transfer_stop(stream->transfer);
	channel_keep_transfer(channel, STEAL(stream->transfer));
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

void running_end(struct channel *channel)
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
		channel_lose(channel, now_ms, "the server takes no more requests", false);
}

void stream_ended(struct channel *channel, struct stream *stream, CURLcode result, int64_t now_ms)
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

static bool channel_may_start(const struct channel *channel, int64_t now_ms)
{
	return channel->state == CHANNEL_UP && channel->hold_ms <= now_ms &&
	       channel->n_flying < FLYING_MAX && !TAILQ_EMPTY(&channel->queued);
}

/* curl writes what is started here before the next look at the socket. */
bool channel_run_queue(struct channel *channel, int64_t now_ms)
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

int64_t channel_queue_due_ms(const struct channel *channel)
{
	bool may_start = channel->state == CHANNEL_UP && channel->n_flying < FLYING_MAX;

	return may_start && !TAILQ_EMPTY(&channel->queued) ? channel->hold_ms : POLLER_NEVER;
}
