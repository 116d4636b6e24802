/*
 * The anchor. libcurl 7.88 cannot reuse a clear-text HTTP/2 connection for a transfer that asks for
 * prior knowledge, but a transfer can join a connection that another transfer holds open. So the
 * channel keeps one stream of its own, a watch that no event can pass. Its answer means that etcd
 * serves on this connection; its break means that the connection is lost. A server that accepts and
 * never answers (etcd before its first quorum) is thereby not taken for connected.
 *
 *   DOWN --due--> RESOLVING --addresses--> CONNECTING --answer--> ENTERING --token--> UP
 *     ^               |                        |                    |  ^               | |
 *     |               |                        |                    |  +-- its token --+ |
 *     +--- backoff ---+--------- due ----------+--- break, due -----+------ break -------+
 *
 * RESOLVING is skipped for an endpoint that is an address, ENTERING without a user. When etcd has
 * forgotten the token, or the token is older than etcd's last change of users and roles, the
 * channel goes from UP back to ENTERING: streams under way stay, streams not sent yet wait for the
 * new token.
 *
 * Each connection has a multi handle of its own, freed with the connection, so that curl has
 * nothing to reuse. When the connection is lost, streams that curl has begun to write end; the
 * others go back to the head of the queue, and the next endpoint is tried. The pauses grow only
 * after all endpoints were tried.
 *
 * A server may end the anchor with a status and keep the connection open (a learner refuses
 * watches). The channel is then UP, and sends the anchor again later. With several endpoints there
 * are two more rules. A member without a leader, or one that is no voter, is taken only if no other
 * endpoint was better. And a connection that has been silent for a while is asked for etcd's
 * Status; without an answer it counts as lost, because a dead machine sends nothing, and a stopped
 * process keeps its connections open.
 *
 * etcd's gRPC proxy (etcd grpc-proxy) cancels a watch when it sees the end of the request stream,
 * and our requests all end at once. The anchor is the first stream to be cancelled so; from then on
 * the watches of this connection, and the anchor, keep their request open until the answer has
 * ended. Without a proxy requests end at once: with an open request the trailers are the only sign
 * that etcd has ended the watch, and curl before 8.1 may lose them (target.h), so that a dead watch
 * would be noticed only when a barrier waits for it.
 */
#include "fs/etcd/channel_private.h"

#include "fs/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	ENTER_TIMEOUT_MS = 5000, /* etcd checks a password with bcrypt, which is slow on purpose */
	ANCHOR_AGAIN_MS = 2000,
	SILENT_MS = 1000,
	DEAF_MS = 3000,
	OWN_MESSAGE_MAX = 1 << 20,
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
	channel->auth.stream.max_message = channel->anchor.stream.max_message = OWN_MESSAGE_MAX;
	channel->probe = (struct stream){.ops = &probe_ops,
		.is_own = true,
		.max_message = OWN_MESSAGE_MAX,
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

/* The anchor was answered: asks for a token if there is a user, else the channel is UP. */
static void channel_greet(struct channel *channel, int64_t now_ms)
{
	channel->heard_ms = now_ms;
	if (channel->auth.user)
		channel_enter(channel, now_ms);
	else
		channel_rise(channel);
}

/* The password was refused. It may have been changed in etcd and in its file, so the file is read
 * again. */
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

/* Whether to try the next endpoint, since this member has no leader or is no voter. When all
 * endpoints have been tried it is taken all the same. */
static bool channel_passes_over(const struct channel *channel, const struct stream_end *end)
{
	return end->code == GRPC_UNAVAILABLE && channel->targets.count > 1 &&
	       (channel->state != CHANNEL_CONNECTING || channel->n_tries < channel->targets.count);
}

/* The text is that of Go's context package; etcd sends it as CANCELLED, a proxy as UNKNOWN. */
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

/* When the silence has lasted so long that the probe must be sent, or has failed. */
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
		channel->heard_ms = now_ms - SILENT_MS; /* this thread was not running, so the
							 * silence does not count as the server's */
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
