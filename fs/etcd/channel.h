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
	CHANNEL_DOWN,	    /* until the next try, at due_ms */
	CHANNEL_RESOLVING,  /* until the resolver has the endpoint's addresses; no multi handle
			     * yet */
	CHANNEL_CONNECTING, /* until etcd answers the anchor */
	CHANNEL_ENTERING,   /* until etcd gives us a token; only with a user */
	CHANNEL_UP,
};

struct channel {
	struct poller *poller;
	void (*on_connection)(void *arg, bool connected, const char *reason);
	void (*on_refused)(void *arg, const char *reason);
	void *arg;
	struct targets targets;
	struct stream_set streams; /* no connection while DOWN and RESOLVING; the streams run while
				    * UP */
	struct anchor anchor;
	struct auth auth;
	struct stream probe; /* a Status request, under way while the connection is silent */
	enum channel_state state;
	bool is_told;	   /* on_connection() was called with connected = true */
	int64_t due_ms;	   /* DOWN: when to try next; else when to give up */
	int64_t anchor_ms; /* when to send the anchor again, or POLLER_NEVER */
	int64_t heard_ms;  /* when the server last sent something */
	struct backoff backoff;
	uint64_t n_connections;	       /* made so far; also the number of the present one */
	unsigned n_tries;	       /* tries since the last connection that was UP */
	unsigned n_refusals;	       /* of these, the latest in a row refused for good */
	char problem[CURL_ERROR_SIZE]; /* why there is no connection */
	char refusal[CURL_ERROR_SIZE]; /* the last on_refused(); "": none since UP */
};

/* 0, -EINVAL (no endpoint) or -ENOMEM. */
int channel_init(struct channel *channel, const struct etcd_config *config, struct poller *poller);
void channel_fini(struct channel *channel); /* the caller has removed all streams before */

/* For a stream that ended because etcd does not know its token, or found it out of date. True: the
 * caller may add the stream again, and it will be sent with a new token. False: that has happened
 * @max times already. */
bool channel_renew(struct channel *channel, struct stream *stream, unsigned max);

/* Passes @events that the poller reports for @fd on to curl. */
void channel_socket(struct channel *channel, int fd, uint32_t events);

/* Does all the work that is due or possible now. Whether there was any. */
bool channel_run(struct channel *channel, int64_t now_ms);
int64_t channel_due_ms(const struct channel *channel);

/* Why there is no connection, "" while there is one. */
const char *channel_problem(const struct channel *channel);
