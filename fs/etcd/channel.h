/* One HTTP/2 connection to etcd that is made again whenever it is lost, and the streams on it. */
/*
 * Owner:   struct etcd.
 * Threads: the dispatching thread only.
 */
#pragma once

#include "fs/etcd/anchor.h"
#include "fs/etcd/backoff.h"
#include "fs/etcd/stream.h"

struct channel_events {
	void (*connection)(void *arg, bool connected, const char *reason); /* may be NULL */
	void *arg;
};

enum channel_state {
	CHANNEL_DOWN,	    /* until the next try */
	CHANNEL_CONNECTING, /* until the anchor is answered */
	CHANNEL_UP,
};

TAILQ_HEAD(transfer_list, transfer);

struct channel {
	struct poller *poller;
	struct channel_events events;
	struct target target;
	struct multi multi; /* of the connection; closed while DOWN */
	struct anchor anchor;
	enum channel_state state;
	int64_t due_ms; /* DOWN: next try; CONNECTING: the end of patience; UP: next anchor */
	struct backoff backoff;
	char problem[CURL_ERROR_SIZE]; /* why there is no connection */

	struct stream_list queued;  /* first in, first out */
	struct stream_list running; /* without the anchor */
	unsigned n_flying;	    /* of running: those that are not long */
	int64_t hold_ms;	    /* start nothing before */
	int64_t refused_ms;	    /* since when streams find no place on the connection, or 0 */

	struct transfer_list idle;
	unsigned n_idle;
};

/* 0, -EINVAL (no endpoint) or -ENOMEM. */
int channel_init(struct channel *channel, const char *endpoint, struct poller *poller,
	const struct channel_events *events);
void channel_fini(struct channel *channel); /* all streams are removed by now */

/* Queues a stream; it starts from channel_run(). */
void channel_add(struct channel *channel, struct stream *stream);

/* Takes a stream back, without ended(). Whether it was sent. One that is not there is fine. */
bool channel_remove(struct channel *channel, struct stream *stream);

/* Lets the connection work on what the poller has seen. */
void channel_socket(struct channel *channel, int fd, uint32_t events);

/* Does what is due and what can be done. Whether there was something. */
bool channel_run(struct channel *channel, int64_t now_ms);
int64_t channel_due_ms(const struct channel *channel);

/* Why there is no connection, "" while there is one. */
const char *channel_problem(const struct channel *channel);
