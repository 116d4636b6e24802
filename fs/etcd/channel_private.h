/* What channel_state.c calls in channel_connection.c. */
#pragma once

#include "fs/etcd/channel.h"

void channel_init_backoff(struct channel *channel);

/* Stops the streams that are the channel's own: anchor, authentication and probe. */
void channel_stop_own(struct channel *channel);

/* Tries the current endpoint: resolves its name, if it has one, and then connects. */
void channel_try(struct channel *channel, int64_t now_ms);
/* While RESOLVING: looks for the resolver's answer. Whether there was one, or its time was over. */
bool channel_run_name(struct channel *channel, int64_t now_ms);
/* The connection is made, and etcd has accepted our user if there is one: the channel is UP. */
void channel_rise(struct channel *channel);
/* The connection is lost, or was never made: the next endpoint is tried. @is_final: this endpoint
 * would refuse us again. */
void channel_lose(struct channel *channel, int64_t now_ms, const char *reason, bool is_final);
