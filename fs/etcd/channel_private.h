/* What the parts of the channel share: channel.c has its states, channel_connection.c the
 * connection, stream_set.c what goes over it. */
#pragma once

#include "fs/etcd/channel.h"

/* 0 or -ENOMEM. */
int stream_start(struct channel *channel, struct stream *stream, enum transfer_kind kind);
void stream_stop(struct channel *channel, struct stream *stream);

void channel_keep_transfer(struct channel *channel, struct transfer *transfer);
void channel_drop_idle(struct channel *channel);

/* The connection is gone: ends what was sent, and queues the rest again. */
void running_end(struct channel *channel);

void stream_ended(struct channel *channel, struct stream *stream, CURLcode result, int64_t now_ms);

/* Starts what can be started. Whether there was something. */
bool channel_run_queue(struct channel *channel, int64_t now_ms);
/* When there may be something again, or POLLER_NEVER. */
int64_t channel_queue_due_ms(const struct channel *channel);

/* --- The connection (channel_connection.c) --- */

void channel_init_backoff(struct channel *channel);

/* Ends the streams that are the channel's own. */
void channel_stop_own(struct channel *channel);

/* Begins with the current endpoint: its name, if it has one, and then its connection. */
void channel_try(struct channel *channel, int64_t now_ms);
/* While RESOLVING. Whether there was something. */
bool channel_run_name(struct channel *channel, int64_t now_ms);
/* The connection stands, and we are let in. */
void channel_rise(struct channel *channel);
/* It is lost, or there was none: the next endpoint is tried. @is_final: it will refuse us again. */
void channel_lose(struct channel *channel, int64_t now_ms, const char *reason, bool is_final);
