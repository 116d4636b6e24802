/* The stream that holds the connection open: a watch that no event can pass. */
/*
 * Owner:   the channel, which reads its end itself; channel_state.c says what it is for.
 */
#pragma once

#include "fs/etcd/stream.h"

struct anchor {
	struct stream stream;
	bool is_answered; /* since the channel cleared it: etcd serves on this connection */
};

/* 0 or -ENOMEM. */
int anchor_init(struct anchor *anchor);
void anchor_fini(struct anchor *anchor);
