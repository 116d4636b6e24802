/* One request and its one reply: queued, sent, asked again where that is safe, ended once. */
/*
 * Owner:   itself, from call_post() until its callback has returned.
 * Threads: call_start(), call_post() any; the rest the dispatching thread.
 */
#pragma once

#include "fs/etcd/client.h"
#include "fs/etcd/message.h"

/* One of etcd's methods. */
struct method {
	const char *path;
	const ProtobufCMessageDescriptor *answer;
	/* Fills the reply, but for its header, from answer->message. 0 or -errno. NULL: there is
	 * no more than the header. */
	int (*read)(struct answer *answer);
};

struct call {
	struct request request;
	struct stream stream;
	struct timer timer; /* the deadline, or the end of a pause if that is earlier */
	struct etcd *etcd;
	const struct method *method;
	bool is_change;
	bool is_pausing; /* before it is asked again */
	int timeout_ms;
	int64_t deadline_ms;
	struct backoff backoff;
	unsigned n_messages;
	struct answer answer;
	etcd_reply_fn *fn;
	void *arg;

	/* For what takes several: a good answer has come. True: call_again() was called; false: it
	 * is over, with @error. */
	bool (*answered)(struct call *call);
	int error;
	/* For these as well: no good answer. @error is -EMSGSIZE (an answer of @size bytes, over
	 * the stream's max_message), -EFBIG or -ETIMEDOUT. As above. */
	bool (*refused)(struct call *call, int error, size_t size);
	/* Frees what embeds the call; NULL: free(). */
	void (*destroy)(struct call *call);
};

/* Initialises a zeroed call with a copy of @request, framed. 0 or -ENOMEM. */
int call_init(struct call *call, struct etcd *etcd, const struct method *method,
	const ProtobufCMessage *request, int timeout_ms);

/* Hands it over. On failure it is destroyed, and has no callback. */
int call_post(struct call *call, etcd_reply_fn *fn, void *arg, uint64_t *ret_id);

/* The usual case of the two. */
int call_start(struct etcd *etcd, const struct method *method, const ProtobufCMessage *request,
	bool is_change, int timeout_ms, etcd_reply_fn *fn, void *arg, uint64_t *ret_id);

/* From answered(): asks something else, with a new deadline. 0 or -ENOMEM. */
int call_again(struct call *call, const ProtobufCMessage *request);
