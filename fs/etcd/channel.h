/* One HTTP/2 connection to one of etcd's endpoints, made again whenever it is lost, and the streams
 * on it. */
/*
 * Owner:   struct etcd.
 * Threads: the dispatching thread only.
 */
#pragma once

#include "fs/base/backoff.h"
#include "fs/etcd/anchor.h"
#include "fs/etcd/auth.h"
#include "fs/etcd/stream_set.h"

enum channel_state {
	CHANNEL_DOWN,	    /* until the next try */
	CHANNEL_RESOLVING,  /* until the endpoint's name is known; no multi yet */
	CHANNEL_CONNECTING, /* until the anchor is answered */
	CHANNEL_ENTERING,   /* until etcd has given us a token; only with a user */
	CHANNEL_UP,
};

struct channel {
	struct poller *poller;
	void (*on_connection)(void *arg, bool connected, const char *reason);
	void (*on_refused)(void *arg, const char *reason);
	void *arg;
	struct targets targets;
	struct stream_set streams; /* closed while DOWN and RESOLVING; they run while UP */
	struct anchor anchor;
	struct auth auth;
	struct stream probe; /* under way while the connection is silent */
	enum channel_state state;
	bool is_told;	/* that the connection stands */
	int64_t due_ms; /* DOWN: next try; RESOLVING, CONNECTING, ENTERING: the end of patience */
	int64_t anchor_ms; /* the next anchor, or POLLER_NEVER */
	int64_t heard_ms;  /* when the server last sent something */
	struct backoff backoff;
	uint64_t n_connections;	       /* so far; the number of the present one */
	unsigned n_tries;	       /* since a connection stood */
	unsigned n_refusals;	       /* of these, the last ones in a row that were final */
	char problem[CURL_ERROR_SIZE]; /* why there is no connection */
	char refusal[CURL_ERROR_SIZE]; /* the last that was told; \"\": none since a connection
					  stood */
};

/* 0, -EINVAL (no endpoint) or -ENOMEM. */
int channel_init(struct channel *channel, const struct etcd_config *config, struct poller *poller);
void channel_fini(struct channel *channel); /* all streams are removed by now */

/* A stream has ended because its token is not known, or is out of date: whether it may be added
 * again, at most @max times in all. Then there will be a new token before it is sent. */
bool channel_renew(struct channel *channel, struct stream *stream, unsigned max);

/* Lets the connection work on what the poller has seen. */
void channel_socket(struct channel *channel, int fd, uint32_t events);

/* Does what is due and what can be done. Whether there was something. */
bool channel_run(struct channel *channel, int64_t now_ms);
int64_t channel_due_ms(const struct channel *channel);

/* Why there is no connection, "" while there is one. */
const char *channel_problem(const struct channel *channel);
