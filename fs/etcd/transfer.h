/* One gRPC stream on one curl easy handle: a request out, messages and a status back. */
/*
 * Owner:   the stream set, which keeps transfers that have ended for further streams.
 * Threads: the dispatching thread only.
 * Time:    in use from transfer_start() to transfer_finish() or transfer_stop(); meanwhile the
 *          bytes of the request must not change.
 */
#pragma once

#include "fs/etcd/frame.h"
#include "fs/etcd/headers.h"
#include "fs/etcd/multi.h"
#include "fs/etcd/stream.h"
#include "fs/etcd/target.h"

enum transfer_kind {
	TRANSFER_OPENS, /* may open the connection */
	TRANSFER_JOINS, /* may only join the existing connection */
};

struct transfer {
	CURL *easy;
	const struct target *target;
	struct multi *multi;
	struct stream *stream;
	struct headers *headers;
	struct curl_slist *addresses; /* the addresses of the target's name, in the first transfer
				       * of a connection */
	enum transfer_kind kind;
	struct frame_reader frames;
	bool has_message; /* at least one whole message was received */
	struct grpc_status status;
	struct bytes body;
	bool is_asked;	  /* curl gets the body from on_read_body(), in pieces */
	size_t body_sent; /* bytes of the body handed to curl so */
	int error;	  /* why reading the answer was given up; 0: it was not */
	bool was_begun;	  /* curl has begun to write the request */
	bool was_refused; /* curl wanted to open a connection for it, and was refused */
	int64_t started_ms;
	char problem[CURL_ERROR_SIZE];
	TAILQ_ENTRY(transfer) link;
};

/* NULL without memory. */
struct transfer *transfer_new(const struct target *target);
void transfer_free(struct transfer *transfer);

/* 0 or -ENOMEM. */
int transfer_start(struct transfer *transfer, struct multi *multi, struct stream *stream,
	struct headers *headers, enum transfer_kind kind);

/* Aborts the stream, so that etcd stops working on it. */
void transfer_stop(struct transfer *transfer);

/* Whether etcd may have got the whole request. If not, etcd has done nothing. */
bool transfer_was_sent(const struct transfer *transfer);

/* Evaluates a transfer that curl has ended. The message in *@ret_end is valid until the next
 * start. */
void transfer_finish(struct transfer *transfer, CURLcode result, struct stream_end *ret_end);
