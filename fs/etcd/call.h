/* One request and its one reply: queued, sent, repeated where that is safe, ended once. */
/*
 * Owner:   itself, from call_post() until its callback has returned.
 * Threads: call_start(), call_post() any; the rest the dispatching thread.
 */
#pragma once

#include "fs/etcd/client.h"
#include "fs/etcd/message.h"

/* A gRPC method of etcd. */
struct method {
	const char *path;
	const ProtobufCMessageDescriptor *answer;
	/* Fills the reply from answer->message, except the header, which is filled already. 0 or
	 * -errno. NULL: the answer has only a header. */
	int (*read)(struct answer *answer);
	/* In place of both, where the answer keeps its bytes (answer->bytes): fills the reply, the
	 * header included, from @message in them. 0 or -errno. */
	int (*take)(struct answer *answer, struct bytes message);
	bool has_values; /* an answer may be as large as a message can be */
};

struct call {
	struct request request;
	struct stream stream;
	struct timer timer; /* the deadline, or the end of a pause if that is earlier */
	struct etcd *etcd;
	const struct method *method;
	bool is_change;
	bool is_pausing; /* waits before it is sent again */
	int timeout_ms;
	int64_t deadline_ms;
	struct backoff backoff;
	unsigned n_messages;
	struct answer answer;
	etcd_reply_fn *fn;
	void *arg;

	/* For calls of several questions: called for each good answer. True: it has called
	 * call_again(); false: the call is over, with @error. */
	bool (*answered)(struct call *call);
	int error;
	/* For the same calls: called when a question failed with -EMSGSIZE (the answer has @size
	 * bytes, more than the stream's max_message), -EFBIG or -ETIMEDOUT. True: it has called
	 * call_again(); false: the call ends with that error. */
	bool (*refused)(struct call *call, int error, size_t size);
	/* Frees what embeds the call; NULL: free(). */
	void (*destroy)(struct call *call);
};

/* Initialises a zeroed call with a copy of @request, framed. 0 or -ENOMEM. */
int call_init(struct call *call, struct etcd *etcd, const struct method *method,
	const ProtobufCMessage *request, int timeout_ms);

/* Posts the call. On failure it is freed and has no callback. @ret_id as in etcd.h. */
int call_post(struct call *call, etcd_reply_fn *fn, void *arg, uint64_t *ret_id);

/* call_init() and call_post() for a call with one question. */
int call_start(struct etcd *etcd, const struct method *method, const ProtobufCMessage *request,
	bool is_change, int timeout_ms, etcd_reply_fn *fn, void *arg, uint64_t *ret_id);

/* From answered() or refused(): sends another question, with a new deadline. 0 or -ENOMEM. */
int call_again(struct call *call, const ProtobufCMessage *request);
