/* One gRPC stream as calls and watches see it: one request out, messages back. */
/*
 * Owner:   the struct that embeds it. From stream_set_add() until ended() or stream_set_remove()
 *          the set uses it, and its path and body must not change.
 * Threads: the dispatching thread only.
 */
#pragma once

#include "fs/etcd/grpc_status.h"

#include <stddef.h>
#include <sys/queue.h>

#define CONTAINER(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

struct stream;
struct transfer;

/* How a stream ended. */
struct stream_end {
	/* 0: etcd answered with @code. -ECONNRESET: no answer, since the stream or the connection
	 * broke. -EIO: the answer is not valid gRPC. -EFBIG: etcd broke off before it had the whole
	 * request, so nothing has happened. -EMSGSIZE: a message was larger than the stream's
	 * max_message. Otherwise the error that the stream's message() returned. */
	int error;
	size_t too_large; /* -EMSGSIZE: the size of that message, in bytes */
	enum grpc_code code;
	const char *message;
	bool is_final; /* no connection, and none with another try: a certificate */
};

struct stream_ops {
	/* Called for each message as it arrives, from inside curl; a negative errno ends the
	 * stream. */
	int (*message)(struct stream *stream, struct bytes message);
	/* Called once when the stream has ended, if it was sent. It may add the stream again. */
	void (*ended)(struct stream *stream, const struct stream_end *end);
};

struct stream {
	const struct stream_ops *ops;
	const char *path;   /* "/package.Service/Method" */
	struct bytes body;  /* one message, framed */
	size_t max_message; /* limit for each message received, in bytes; 0: FRAME_MESSAGE_MAX */
	bool has_leader;    /* etcd is to refuse or end the stream when there is no leader */
	bool is_own;	    /* a stream of the channel itself: not queued, and sent without a token,
			     * because etcd refuses an outdated token even where it needs none */
	bool is_watch;	    /* a proxy cancels it when its request ends */
	bool is_open;	    /* its request stays open on this connection, for the proxy */
	bool is_long;	    /* lasts long: does not count for n_flying */
	bool is_queued;
	unsigned n_entered; /* the set's n_entered when it was sent: which token it had */
	unsigned n_renewals;
	struct transfer *transfer; /* NULL until the stream is started */
	TAILQ_ENTRY(stream) link;
};

TAILQ_HEAD(stream_list, stream);
