/* One gRPC stream on one curl easy handle: a request out, messages and a status back. */
/*
 * Owner:   the stream set, which keeps those that have ended for the next stream.
 * Threads: the dispatching thread only.
 * Time:    transfer_start() to transfer_finish() or transfer_stop(); between them the request's
 *          bytes stay where they are.
 */
#pragma once

#include "fs/etcd/frame.h"
#include "fs/etcd/headers.h"
#include "fs/etcd/multi.h"
#include "fs/etcd/stream.h"
#include "fs/etcd/target.h"

enum transfer_kind {
	TRANSFER_OPENS, /* makes the connection */
	TRANSFER_JOINS, /* may only use the one that stands */
};

struct transfer {
	CURL *easy;
	const struct target *target;
	struct multi *multi;
	struct stream *stream;
	struct headers *headers;
	struct curl_slist *addresses; /* of the target's name, for the first of a connection */
	enum transfer_kind kind;
	struct frame_reader frames;
	bool has_message; /* a whole one has come */
	struct grpc_status status;
	struct bytes body;
	bool is_asked;	  /* curl asks for the body, piece by piece */
	size_t body_sent; /* then */
	int error;	  /* why we gave up reading */
	bool was_begun;	  /* curl has begun to write it */
	bool was_refused; /* curl wanted a connection of its own for it */
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

/* Aborts it: etcd hears that nobody waits any more. */
void transfer_stop(struct transfer *transfer);

/* Whether etcd may have the whole request, without which it does nothing. */
bool transfer_was_sent(const struct transfer *transfer);

/* What became of a transfer that curl has ended; the message is valid until the next start. */
void transfer_finish(struct transfer *transfer, CURLcode result, struct stream_end *ret_end);
