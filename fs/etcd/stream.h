/* What a call or a watch embeds to send one request and to get messages back. */
/*
 * Owner:   who embeds it. It is the set's from stream_set_add() until ended() or
 *          stream_set_remove(), and its path and body stay where they are for that time.
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
	/* 0: etcd answered, with @code. -ECONNRESET: no answer, the stream or the connection broke.
	 * -EIO: an answer that is none. -EFBIG: etcd broke off before it had the whole request, so
	 * nothing has happened. -EMSGSIZE: a message over the stream's max_message. Else what the
	 * stream's message() returned. */
	int error;
	size_t too_large; /* what that message would have had */
	enum grpc_code code;
	const char *message;
	bool is_final; /* no connection, and trying again is of no use: a certificate */
};

struct stream_ops {
	/* Each message as it arrives, from inside curl; a negative errno ends the stream. */
	int (*message)(struct stream *stream, struct bytes message);
	/* Its end, once, after it was sent. May add it again. */
	void (*ended)(struct stream *stream, const struct stream_end *end);
};

struct stream {
	const struct stream_ops *ops;
	const char *path;  /* "/package.Service/Method" */
	struct bytes body; /* one message, framed */
	size_t max_message; /* bytes of each that comes; 0: what gRPC's framing takes */
	bool has_leader;   /* etcd shall refuse or end it when there is no leader */
	bool is_own;   /* the channel's: not queued, and goes without a token, since etcd refuses an
			  old one also where it needs none */
	bool is_watch; /* to a proxy the end of its request is the end of it */
	bool is_open;  /* so it has none, on this connection */
	bool is_long;  /* stands for long: not counted among those in flight */
	bool is_queued;
	unsigned n_entered; /* the set's, when it was sent: which token it carried */
	unsigned n_renewals;
	struct transfer *transfer; /* once started */
	TAILQ_ENTRY(stream) link;
};

TAILQ_HEAD(stream_list, stream);
