/* The channel's connection, which its states are made of. */
#pragma once

#include "fs/etcd/channel.h"

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
