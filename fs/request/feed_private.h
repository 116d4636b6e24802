/* What the files of the feed share. RPC thread only. */
#pragma once

#include "fs/request/feed.h"

/* After a while: the list or the watch again, whichever is due. @error, with etcd's @message, is
 * why; -EACCES is told, and takes longer. */
void feed_retry(struct feed *feed, int error, const char *message);

/* The whole keyspace was refused: the prefix from now on. */
void feed_limit(struct feed *feed);

/* Lists the keys; feed->listed() when the mirror has them. */
void feed_list(struct feed *feed);
