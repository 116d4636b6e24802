/* The streams of one connection after the other: queued while it has no room, sent, and ended when
 * it is lost. */
/*
 * Owner:   the channel, which makes the connections; nothing here knows of it.
 * Threads: the dispatching thread only.
 */
#pragma once

#include "fs/etcd/transfer.h"

TAILQ_HEAD(transfer_list, transfer);

struct stream_set {
	struct multi multi;	     /* of the connection; closed without one */
	const struct target *target; /* where it goes, or the last one went */
	struct headers *headers;     /* with our token */
	struct headers *bare;	     /* without */
	unsigned n_entered;	     /* tokens, so far */
	bool is_proxied;	     /* a proxy ends watches whose request has ended */

	struct stream_list queued;  /* first in, first out */
	struct stream_list running; /* those of them that were started */
	unsigned n_flying;	    /* of running: those that are not long */
	int64_t hold_ms;	    /* start nothing before */
	int64_t refused_ms;	    /* since when streams find no place on the connection, or 0 */

	struct transfer_list idle;
	unsigned n_idle;
};

/* 0 or -ENOMEM; either way stream_set_fini() is called at the end. */
int stream_set_init(struct stream_set *set);
void stream_set_fini(struct stream_set *set); /* all streams are removed by now */

/* Begins a connection: the first stream is to be started with TRANSFER_OPENS. 0 or -ENOMEM. */
int stream_set_open(struct stream_set *set, const struct target *target, struct poller *poller);

/* What is started from now on carries the token in @headers, which are taken over. */
void stream_set_enter(struct stream_set *set, struct headers *headers);

/* The connection is lost, because of @problem: ends what was sent, and queues the rest again. */
void stream_set_close(struct stream_set *set, const char *problem);

/* Queues a stream; it starts from stream_set_run(). */
void stream_set_add(struct stream_set *set, struct stream *stream);

/* Takes a stream back, without ended(). Whether it was sent. One that is not there is fine. */
bool stream_set_remove(struct stream_set *set, struct stream *stream);

/* Starts what can be started, on a connection that stands. Whether there was something. */
bool stream_set_run(struct stream_set *set, int64_t now_ms);
/* When there may be something again, or POLLER_NEVER. */
int64_t stream_set_due_ms(const struct stream_set *set);

/* The next stream that curl has ended, or NULL. */
struct stream *stream_set_next_ended(struct stream_set *set, CURLcode *ret_result);
/* Ends it, or queues it again. False: the connection takes no more requests. */
bool stream_set_ended(
	struct stream_set *set, struct stream *stream, CURLcode result, int64_t now_ms);

/* --- A stream of the channel's own, which is not queued --- */

int stream_set_start(struct stream_set *set, struct stream *stream, enum transfer_kind kind);
void stream_set_stop(struct stream_set *set, struct stream *stream); /* one that runs not is fine */
/* After it has ended: another one may have its transfer. */
void stream_set_keep(struct stream_set *set, struct transfer *transfer);
