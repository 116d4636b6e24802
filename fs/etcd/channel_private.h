/* What the two halves of the channel share: channel.c has the connection, channel_streams.c what
 * goes over it. */
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

void channel_lose(struct channel *channel, int64_t now_ms, const char *reason, bool is_final);
