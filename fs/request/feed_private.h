/* Shared by the files of the feed. RPC thread only. */
#pragma once

#include "fs/request/feed.h"

/* Lists or watches again after a delay, whichever is due. @error, with etcd's @message, is the
 * reason; -EACCES is logged, and has a longer delay. */
void feed_retry(struct feed *feed, int error, const char *message);

/* etcd has refused the whole keyspace: the feed uses the prefix from now on. */
void feed_limit(struct feed *feed);

/* Lists the keys, and calls feed->listed() when they are in the mirror. */
void feed_list(struct feed *feed);
