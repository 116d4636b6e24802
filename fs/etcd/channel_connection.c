/* The connection: which endpoint is tried, with which addresses, and what happens when it is
 * lost. */
#include "fs/etcd/channel_private.h"

#include <stdio.h>
#include <string.h>

enum {
	CONNECT_TIMEOUT_MS = 2000,
	BACKOFF_MIN_MS = 50,
	BACKOFF_MAX_MS = 500, /* small, because a mount is to be back within 3 s of a failure */
};

void channel_init_backoff(struct channel *channel)
{
	channel->backoff = (struct backoff){.min_ms = BACKOFF_MIN_MS, .max_ms = BACKOFF_MAX_MS};
}

/* Puts the endpoint's name before the reason; a unix socket needs none. */
static void channel_set_problem(struct channel *channel, const char *reason)
{
	const struct target *target = targets_current(&channel->targets);
	bool is_named = !target->unix_path;

	snprintf(channel->problem, sizeof(channel->problem), "%s%s%s", is_named ? target->base : "",
		is_named ? ": " : "", reason);
}

/* Calls on_refused() once every endpoint has refused us for good, and again for each new reason. */
static void channel_count_refusal(struct channel *channel, bool is_final)
{
	channel->n_refusals = is_final ? channel->n_refusals + 1 : 0;
	if (!is_final || channel->n_refusals % channel->targets.count || !channel->on_refused ||
		strcmp(channel->refusal, channel->problem) == 0)
		return;
	strcpy(channel->refusal, channel->problem);
	channel->on_refused(channel->arg, channel->problem);
}

/* Goes on to the next endpoint, soon within a round; after a whole round there is a pause, longer
 * each time. */
static void channel_next_target(struct channel *channel, int64_t now_ms)
{
	uint32_t chance = backoff_chance();

	if (channel->n_tries % channel->targets.count)
		channel->due_ms = now_ms + chance % BACKOFF_MIN_MS;
	else
		channel->due_ms = now_ms + backoff_next_ms(&channel->backoff, chance);
	targets_next(&channel->targets);
}

void channel_stop_own(struct channel *channel)
{
	stream_set_stop(&channel->streams, &channel->anchor.stream);
	stream_set_stop(&channel->streams, &channel->auth.stream);
	stream_set_stop(&channel->streams, &channel->probe);
}

void channel_lose(struct channel *channel, int64_t now_ms, const char *reason, bool is_final)
{
	bool was_told = channel->is_told;

	channel_set_problem(channel, reason);
	channel_stop_own(channel);
	channel->state = CHANNEL_DOWN;
	channel->is_told = false;
	channel->anchor_ms = POLLER_NEVER;
	stream_set_close(&channel->streams, channel->problem);
	channel_next_target(channel, now_ms);
	channel_count_refusal(channel, is_final);
	if (was_told && channel->on_connection)
		channel->on_connection(channel->arg, false, channel->problem);
}

/* Opens the connection. The addresses, if the endpoint has a name, are known. */
static void channel_connect(struct channel *channel, int64_t now_ms)
{
	struct stream_set *streams = &channel->streams;

	channel->state = CHANNEL_DOWN;
	channel->due_ms = now_ms + BACKOFF_MAX_MS;
	if (stream_set_open(streams, targets_current(&channel->targets), channel->poller) < 0)
		return;
	channel->anchor.is_answered = false;
	if (stream_set_start(streams, &channel->anchor.stream, TRANSFER_OPENS) < 0) {
		multi_close(&streams->multi);
		return;
	}
	channel->state = CHANNEL_CONNECTING;
	channel->due_ms = now_ms + CONNECT_TIMEOUT_MS;
}

void channel_try(struct channel *channel, int64_t now_ms)
{
	struct resolver *resolver = targets_current(&channel->targets)->resolver;

	channel->n_tries++;
	channel->n_connections++;
	if (!resolver) {
		channel_connect(channel, now_ms);
		return;
	}
	channel->state = CHANNEL_RESOLVING;
	resolver_ask(resolver, channel->poller->wake_fd, now_ms);
}

bool channel_run_name(struct channel *channel, int64_t now_ms)
{
	struct resolver *resolver = targets_current(&channel->targets)->resolver;

	switch (resolver_look(resolver, now_ms, &channel->due_ms)) {
	case RESOLVER_ASKING:
		return false;
	case RESOLVER_KNOWS:
		channel_connect(channel, now_ms);
		break;
	case RESOLVER_FAILED:
		channel_lose(channel, now_ms, resolver_problem(resolver), false);
		break;
	}
	return true;
}

void channel_rise(struct channel *channel)
{
	channel->state = CHANNEL_UP;
	channel->due_ms = POLLER_NEVER;
	channel->problem[0] = channel->refusal[0] = '\0';
	channel->n_tries = channel->n_refusals = 0;
	backoff_reset(&channel->backoff);
	if (!channel->is_told && channel->on_connection)
		channel->on_connection(channel->arg, true, "");
	channel->is_told = true;
}
