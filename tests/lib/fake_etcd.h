/* A server of gRPC over HTTP/2 on a unix socket that answers by script, and fails on demand. */
/*
 * Owner:   the test. Runs a thread of its own until fake_etcd_free().
 * Threads: every function from the test's threads.
 * Script:  each request, the client's anchor aside, takes the next answer of the script in the
 *          order of arrival; when there is none left, it is answered like FAKE_OK with a
 *          Range response.
 */
#pragma once

#include "fs/base/buf.h"

struct fake_etcd;

enum fake_end {
	FAKE_OK,	  /* trailers: grpc-status 0 */
	FAKE_STATUS,	  /* trailers: @code and @message */
	FAKE_STATUS_ONLY, /* @code and @message in the headers; @data is not sent */
	FAKE_NO_TRAILERS, /* END_STREAM on the data */
	FAKE_RESET,	  /* RST_STREAM with @code of HTTP/2 */
	FAKE_OPEN,	  /* nothing more */
	FAKE_NEVER,	  /* not even headers */
	FAKE_CLOSE,	  /* the connection is closed, after @data was sent if there is some */
	FAKE_GOAWAY,	  /* GOAWAY, then as FAKE_OK */
};

struct fake_answer {
	enum fake_end end;
	struct bytes data; /* of DATA frames: gRPC's framing included */
	int code;
	const char *message; /* percent-encoded, as on the wire */
	int delay_ms;
	int http_status; /* 0: 200 */
};

enum fake_anchor {
	FAKE_ANCHOR_ANSWERED,
	FAKE_ANCHOR_SILENT,  /* accepted, never answered: etcd before its first quorum */
	FAKE_ANCHOR_PROXIED, /* each watch is cancelled at the end of its request */
	FAKE_ANCHOR_REFUSED, /* ended with a status: a learner */
};

/* Listens on "unix://" + path. NULL on failure. @max_streams of a connection, 0: no limit. */
struct fake_etcd *fake_etcd_new(const char *path, unsigned max_streams);
void fake_etcd_free(struct fake_etcd *fake);

/* Replaces what is left of the script; all but the messages is copied. */
void fake_etcd_script(struct fake_etcd *fake, const struct fake_answer *answers, size_t count);
void fake_etcd_set_anchor(struct fake_etcd *fake, enum fake_anchor anchor);

/* Closes the listening socket and all connections; or listens again. Done when it returns. */
void fake_etcd_stop(struct fake_etcd *fake);
void fake_etcd_start(struct fake_etcd *fake);

/* Closes all connections, and goes on listening. */
void fake_etcd_drop(struct fake_etcd *fake);

unsigned fake_etcd_accepted(struct fake_etcd *fake); /* connections, so far */
unsigned fake_etcd_requests(struct fake_etcd *fake); /* requests but anchors, so far */
unsigned fake_etcd_anchors(struct fake_etcd *fake);
unsigned fake_etcd_leaders(struct fake_etcd *fake); /* of these: with hasleader */
unsigned fake_etcd_resets(struct fake_etcd *fake); /* streams that the client gave up */

/* Waits until there were @count requests, at most five seconds. Whether there were. */
bool fake_etcd_wait_requests(struct fake_etcd *fake, unsigned count);

/* The @index-th request as it came, copied to @ret: the path, a NUL, "1" or "0" for hasleader, and
 * the bytes of its body. */
int fake_etcd_request(struct fake_etcd *fake, unsigned index, struct buf *ret);

/* The authorization that came with it, "" without. */
int fake_etcd_token(struct fake_etcd *fake, unsigned index, char ret[64]);
