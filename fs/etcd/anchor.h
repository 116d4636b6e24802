/* The stream that holds the connection open: a watch that filters out every event. */
/*
 * Owner: the channel, which handles the end of the stream. channel_state.c says what it is for.
 */
#pragma once

#include "fs/etcd/stream.h"

struct anchor {
	struct stream stream;
	bool is_answered; /* an answer has come since the channel cleared this, so etcd serves on
			   * this connection */
};

/* 0 or -ENOMEM. */
int anchor_init(struct anchor *anchor);
void anchor_fini(struct anchor *anchor);
