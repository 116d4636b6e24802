/*
 * The anchor. libcurl 7.88 cannot reuse a clear-text HTTP/2 connection for a transfer that says
 * prior knowledge, but others can join one that a transfer holds open. So the channel keeps one
 * stream of its own, a watch of nothing: its answer says that etcd serves on this connection, its
 * break says at once that the connection is lost. A server that accepts and never answers (etcd
 * without its first quorum) is thereby not taken for connected.
 *
 *   DOWN --due--> RESOLVING --addresses--> CONNECTING --answer--> ENTERING --token--> UP
 *     ^               |                        |                    |  ^               | |
 *     |               |                        |                    |  +-- its token --+ |
 *     +--- backoff ---+--------- due ----------+--- break, due -----+------ break -------+
 *
 * An endpoint that is an address is not RESOLVING, and without a user there is no ENTERING. A token
 * that etcd has forgotten, or that is older than its rules, leads back there: what is under way
 * stays, what has not been sent waits for the new one.
 *
 * Each connection has a multi handle of its own, thrown away with it: nothing is left that curl
 * could reuse. When the connection is lost, streams that curl has begun to write end; the others go
 * back to the head of the queue, and the next endpoint is tried. All are tried before the pauses
 * grow.
 *
 * A server may end the anchor with a status and keep the connection (a learner has no watches). It
 * is then up, and the anchor is tried again on it. But where there are several endpoints, a member
 * that has no leader, or is no voter, is only taken when none of the others was better; and one
 * that says nothing at all for a while, asked for its status, counts as lost. A machine that is
 * gone says nothing, and a process that is stopped still has its connections.
 *
 * etcd's proxy for gRPC (etcd grpc-proxy) ends a watch, as cancelled, when it sees the end of its
 * request, which all of ours have. The anchor is the first to learn that; from then on the watches
 * of this connection, the anchor too, keep their request open until the answer has ended. Not
 * everywhere, because curl before 8.1 may lose the trailers (target.h), which are the only sign of
 * that end then: the watch is found out to be dead when a barrier waits for it.
 */
#include "fs/etcd/channel_private.h"

#include "fs/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	ENTER_TIMEOUT_MS = 5000, /* a password takes etcd long on purpose */
	ANCHOR_AGAIN_MS = 2000,
	SILENT_MS = 1000,
	DEAF_MS = 3000,
};

static uint8_t probe_body[FRAME_HEADER_SIZE]; /* an empty message */

static int probe_message(struct stream *stream, struct bytes message)
{
	return 0;
}

static const struct stream_ops probe_ops = {.message = probe_message};

static int channel_init_parts(struct channel *channel, const struct etcd_config *config)
{
	int r = targets_init(&channel->targets, config);

	if (r == 0)
		r = anchor_init(&channel->anchor);
	if (r == 0)
		r = auth_init(&channel->auth, config);
	return r == 0 ? stream_set_init(&channel->streams) : r;
}

int channel_init(struct channel *channel, const struct etcd_config *config, struct poller *poller)
{
	int r;

	*channel = (struct channel){
		.poller = poller,
		.on_connection = config->on_connection,
		.on_refused = config->on_refused,
		.arg = config->arg,
		.anchor_ms = POLLER_NEVER,
		.problem = "not connected yet",
	};
	channel_init_backoff(channel);
	r = channel_init_parts(channel, config);
	if (r < 0) {
		channel_fini(channel);
		return r;
	}
	channel->anchor.stream.has_leader = channel->targets.count > 1;
	channel->auth.stream.is_own = channel->anchor.stream.is_own = true;
	channel->probe = (struct stream){.ops = &probe_ops,
		.is_own = true,
		.path = "/etcdserverpb.Maintenance/Status",
		.body = {probe_body, sizeof(probe_body)}};
	return 0;
}

void channel_fini(struct channel *channel)
{
	channel_stop_own(channel);
	stream_set_fini(&channel->streams);
	auth_fini(&channel->auth);
	anchor_fini(&channel->anchor);
	targets_fini(&channel->targets);
}

/* --- The token ---------------------------------------------------------------------------- */

static void channel_enter(struct channel *channel, int64_t now_ms)
{
	channel->state = CHANNEL_ENTERING;
	channel->due_ms = now_ms + ENTER_TIMEOUT_MS;
	if (stream_set_start(&channel->streams, &channel->auth.stream, TRANSFER_JOINS) < 0)
		channel->due_ms = now_ms;
}

/* The server answers. */
static void channel_greet(struct channel *channel, int64_t now_ms)
{
	channel->heard_ms = now_ms;
	if (channel->auth.user)
		channel_enter(channel, now_ms);
	else
		channel_rise(channel);
}

/* Somebody may have changed the password, in etcd and in its file. */
static void auth_refused(struct channel *channel, const struct stream_end *end, int64_t now_ms)
{
	char why[ETCD_WORDS_SIZE], words[2 * ETCD_WORDS_SIZE];

	if (auth_read_again(&channel->auth, why)) {
		channel_enter(channel, now_ms);
		return;
	}
	snprintf(
		words, sizeof(words), "%s%s%s", end->message, *why ? "; password-file: " : "", why);
	channel_lose(channel, now_ms, words, true);
}

static void auth_ended(struct channel *channel, const struct stream_end *end, int64_t now_ms)
{
	struct headers *headers;
	int r = auth_result(&channel->auth, end, &headers);

	if (r == -EACCES)
		auth_refused(channel, end, now_ms);
	else if (r < 0)
		channel_lose(channel, now_ms, end->message, false);
	if (r < 0)
		return;
	stream_set_enter(&channel->streams, headers);
	if (channel->state == CHANNEL_ENTERING)
		channel_rise(channel);
}

bool channel_renew(struct channel *channel, struct stream *stream, unsigned max)
{
	if (stream->n_renewals >= max)
		return false;
	stream->n_renewals++;
	if (channel->auth.user && channel->state == CHANNEL_UP &&
		stream->n_entered == channel->streams.n_entered)
		channel_enter(channel, clock_now_ms());
	return true;
}

/* --- The anchor --------------------------------------------------------------------------- */

/* No leader, or no voter: another one may be better, unless all have been tried. */
static bool channel_passes_over(const struct channel *channel, const struct stream_end *end)
{
	return end->code == GRPC_UNAVAILABLE && channel->targets.count > 1 &&
	       (channel->state != CHANNEL_CONNECTING || channel->n_tries < channel->targets.count);
}

/* Go's words, which come as CANCELLED or, from a proxy, as UNKNOWN. */
static bool is_cancelled(const struct stream_end *end)
{
	return end->code == GRPC_CANCELED ||
	       (end->code == GRPC_UNKNOWN && strstr(end->message, "context canceled"));
}

static void anchor_ended(struct channel *channel, const struct stream_end *end, int64_t now_ms)
{
	if (end->error || channel_passes_over(channel, end)) {
		channel_lose(channel, now_ms, end->message, end->is_final);
		return;
	}
	if (is_cancelled(end) && !channel->streams.is_proxied) {
		channel->streams.is_proxied = true;
		channel->anchor_ms = now_ms;
		return;
	}
	if (channel->state == CHANNEL_CONNECTING)
		channel_greet(channel, now_ms);
	channel->anchor_ms = now_ms + (channel->anchor.is_answered ? 0 : ANCHOR_AGAIN_MS);
}

static void anchor_again(struct channel *channel, int64_t now_ms)
{
	channel->anchor_ms = POLLER_NEVER;
	channel->anchor.is_answered = false;
	if (stream_set_start(&channel->streams, &channel->anchor.stream, TRANSFER_JOINS) < 0)
		channel->anchor_ms = now_ms + ANCHOR_AGAIN_MS;
}

/* --- The probe ---------------------------------------------------------------------------- */

/* When the silence needs something to be done. */
static int64_t channel_silence_ms(const struct channel *channel)
{
	if (channel->targets.count == 1 || channel->state != CHANNEL_UP)
		return POLLER_NEVER;
	return channel->heard_ms + (channel->probe.transfer ? DEAF_MS : SILENT_MS);
}

static void channel_run_silence(struct channel *channel, int64_t now_ms)
{
	if (channel->probe.transfer)
		channel_lose(channel, now_ms, "it does not answer any more", false);
	else if (stream_set_start(&channel->streams, &channel->probe, TRANSFER_JOINS) < 0)
		channel->heard_ms = now_ms;
	else if (channel->heard_ms < now_ms - SILENT_MS)
		channel->heard_ms = now_ms - SILENT_MS; /* we were not there to hear */
}

/* --- Its work ----------------------------------------------------------------------------- */

static void channel_late(struct channel *channel, int64_t now_ms)
{
	if (channel->state == CHANNEL_DOWN)
		channel_try(channel, now_ms);
	else
		channel_lose(channel, now_ms, "connected, but no answer", false);
}

static bool channel_run_state(struct channel *channel, int64_t now_ms)
{
	if (channel->state == CHANNEL_RESOLVING)
		return channel_run_name(channel, now_ms);
	if (channel->state == CHANNEL_CONNECTING && channel->anchor.is_answered)
		channel_greet(channel, now_ms);
	else if (channel->due_ms <= now_ms)
		channel_late(channel, now_ms);
	else if (channel->anchor_ms <= now_ms)
		anchor_again(channel, now_ms);
	else if (channel_silence_ms(channel) <= now_ms)
		channel_run_silence(channel, now_ms);
	else
		return false;
	return true;
}

static void own_ended(
	struct channel *channel, struct stream *stream, CURLcode result, int64_t now_ms)
{
	struct transfer *transfer = STEAL(stream->transfer);
	struct stream_end end;

	transfer_finish(transfer, result, &end);
	if (stream == &channel->anchor.stream)
		anchor_ended(channel, &end, now_ms);
	else if (stream == &channel->auth.stream)
		auth_ended(channel, &end, now_ms);
	stream_set_keep(&channel->streams, transfer);
}

static bool channel_run_ended(struct channel *channel, int64_t now_ms)
{
	struct stream_set *streams = &channel->streams;
	struct stream *stream;
	CURLcode result;
	bool any = false;

	while ((stream = stream_set_next_ended(streams, &result))) {
		any = true;
		if (stream->is_own)
			own_ended(channel, stream, result, now_ms);
		else if (!stream_set_ended(streams, stream, result, now_ms))
			channel_lose(channel, now_ms, "the server takes no more requests", false);
	}
	return any;
}

void channel_socket(struct channel *channel, int fd, uint32_t events)
{
	if (events & EPOLLIN)
		channel->heard_ms = clock_now_ms();
	multi_socket(&channel->streams.multi, fd, events);
}

bool channel_run(struct channel *channel, int64_t now_ms)
{
	bool any = multi_run(&channel->streams.multi, now_ms);

	any |= channel_run_ended(channel, now_ms);
	any |= channel_run_state(channel, now_ms);
	if (channel->state == CHANNEL_UP)
		any |= stream_set_run(&channel->streams, now_ms);
	return any;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t channel_due_ms(const struct channel *channel)
{
	int64_t due_ms = earlier(channel->due_ms, multi_due_ms(&channel->streams.multi));

	due_ms = earlier(due_ms, earlier(channel->anchor_ms, channel_silence_ms(channel)));
	if (channel->state != CHANNEL_UP)
		return due_ms;
	return earlier(due_ms, stream_set_due_ms(&channel->streams));
}

const char *channel_problem(const struct channel *channel)
{
	return channel->problem;
}
