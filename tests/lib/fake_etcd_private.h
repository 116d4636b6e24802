/* What the two halves of the fake etcd share: fake_http2.c the wire, fake_etcd.c the script. */
#pragma once

#include "tests/lib/fake_etcd.h"

#include "fs/base/lock.h"

#include <nghttp2/nghttp2.h>
#include <pthread.h>
#include <sys/queue.h>

enum { CONNECTIONS_MAX = 16 };

struct fake_stream {
	TAILQ_ENTRY(fake_stream) link;
	struct fake_connection *connection;
	int32_t id;
	char path[128];
	bool has_leader;
	char token[64];
	struct buf body;
	struct fake_answer answer;
	int64_t due_ms; /* of the answer, 0: none is waiting */
	size_t sent;
	struct buf more; /* what was said after the answer: its data from then on */
	void *state;	 /* of who answers; freed with the stream */
	bool is_taken;	 /* there is an answer */
	bool is_closing; /* the connection ends once the data is out */
};

struct fake_connection {
	struct fake_etcd *fake;
	int fd;
	nghttp2_session *session;
	TAILQ_HEAD(, fake_stream) streams;
	bool is_dead;
};

struct record {
	struct buf text;
	char token[64];
};

struct script {
	STAILQ_ENTRY(script) link;
	struct fake_answer answer;
	uint8_t *data;
};

struct fake_etcd {
	pthread_t thread;
	char path[108];
	unsigned max_streams;
	/* May change what goes out, a frame or a few; or NULL. */
	void (*mangle)(struct fake_connection *connection, struct buf *frames);
	int wake_fd;
	int listen_fd; /* this and the connections: the fake's thread only */
	struct fake_connection *connections[CONNECTIONS_MAX];

	struct lock lock;
	pthread_cond_t changed;
	STAILQ_HEAD(script_list, script) script, used;
	enum fake_anchor anchor;
	bool want_listen, want_drop, want_end, is_listening;
	unsigned n_accepted, n_anchors, n_leaders, n_resets, n_requests;
	struct record *requests;
};

/* The script's answer to a complete request. */
struct fake_answer fake_take_answer(struct fake_etcd *fake, const struct fake_stream *stream);
/* Whether the end of a watch's request ends the watch. */
bool fake_is_proxied(struct fake_etcd *fake);
void fake_count_reset(struct fake_etcd *fake);

/* NULL without memory; the descriptor is the connection's. */
struct fake_connection *connection_new(struct fake_etcd *fake, int fd);
void connection_free(struct fake_connection *connection);
void connection_receive(struct fake_connection *connection);
void connection_send(struct fake_connection *connection);

/* Goes on with an answer that was FAKE_OPEN: @data follows, and then @end. */
void fake_stream_say(struct fake_stream *stream, struct bytes data, enum fake_end end);

/* Gives the answers that are due, and says when the next one is. */
int64_t connection_answer_due(struct fake_connection *connection, int64_t now_ms);
