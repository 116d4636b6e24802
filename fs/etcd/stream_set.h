/* The streams of a channel: queued, sent on the present connection, and ended or queued again when
 * it is lost. */
/*
 * Owner:   the channel, which makes the connections; nothing here includes channel.h.
 * Threads: the dispatching thread only.
 */
#pragma once

#include "fs/etcd/transfer.h"

TAILQ_HEAD(transfer_list, transfer);

struct stream_set {
	struct multi multi;	     /* of the present connection; closed when there is none */
	const struct target *target; /* the endpoint of the present or the last connection */
	struct headers *headers;     /* headers with our token */
	struct headers *bare;	     /* headers without a token */
	unsigned n_entered;	     /* number of tokens so far */
	bool is_proxied;	     /* the server is a proxy, which cancels watches whose request
				      * has ended */

	struct stream_list queued;  /* not started; FIFO */
	struct stream_list running; /* started */
	unsigned n_flying;	    /* how many of running are not long */
	int64_t hold_ms;	    /* start no stream before this time */
	int64_t refused_ms;	    /* since when the connection refuses streams, or 0 */

	struct transfer_list idle;
	unsigned n_idle;
};

/* 0 or -ENOMEM; either way stream_set_fini() is called at the end. */
int stream_set_init(struct stream_set *set);
void stream_set_fini(struct stream_set *set); /* the caller has removed all streams before */

/* Begins a connection; the first stream on it must be started with TRANSFER_OPENS. 0 or -ENOMEM. */
int stream_set_open(struct stream_set *set, const struct target *target, struct poller *poller);

/* Streams started from now on carry the token in @headers, which the set takes over. */
void stream_set_enter(struct stream_set *set, struct headers *headers);

/* The connection is lost, for the reason @problem: ends the streams that were sent, and queues the
 * others again. */
void stream_set_close(struct stream_set *set, const char *problem);

/* Queues a stream; it starts from stream_set_run(). */
void stream_set_add(struct stream_set *set, struct stream *stream);

/* Removes a stream without calling ended(). Whether it was sent. A stream that is not in the set is
 * fine. */
bool stream_set_remove(struct stream_set *set, struct stream *stream);

/* Starts queued streams while the connection, which must stand, has room. Whether there were
 * any. */
bool stream_set_run(struct stream_set *set, int64_t now_ms);
/* When stream_set_run() is to be called next, or POLLER_NEVER. */
int64_t stream_set_due_ms(const struct stream_set *set);

/* The next stream that curl has ended, or NULL. */
struct stream *stream_set_next_ended(struct stream_set *set, CURLcode *ret_result);
/* Ends the stream, or queues it again if it was not sent. False: the connection takes no more
 * streams. */
bool stream_set_ended(
	struct stream_set *set, struct stream *stream, CURLcode result, int64_t now_ms);

/* --- A stream of the channel's own, which is not queued --- */

int stream_set_start(struct stream_set *set, struct stream *stream, enum transfer_kind kind);
void stream_set_stop(struct stream_set *set, struct stream *stream); /* a stream that does not run
								      * is fine */
/* Keeps the transfer of a stream that has ended, for the next stream. */
void stream_set_keep(struct stream_set *set, struct transfer *transfer);
