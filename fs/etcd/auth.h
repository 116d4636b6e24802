/* Who we are to etcd: user and password become a token, which every request then carries. */
/*
 * Owner:   the channel, which reads the end of the stream itself.
 * Threads: the dispatching thread only.
 */
#pragma once

#include "fs/etcd/etcd.h"
#include "fs/etcd/stream.h"

struct auth {
	struct stream stream;
	uint8_t *body; /* the question, password included; NULL: no user */
	char *token;   /* the answer */
};

/* 0 or -ENOMEM. */
int auth_init(struct auth *auth, const struct etcd_config *config);
void auth_fini(struct auth *auth);

/* What a stream that has ended says, with @ret_headers in fresh memory:
 * 0 (a token, or an etcd that wants none), -EACCES (user or password are wrong), -EAGAIN, -ENOMEM.
 */
int auth_result(struct auth *auth, const struct stream_end *end, struct headers **ret_headers);
