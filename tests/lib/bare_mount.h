/* A mount without a kernel and without an etcd: a test plays both, and the clock. */
/*
 * Owner:   the test; one at a time.
 * Threads: one, which is the FUSE thread when it calls ops_...(), and the RPC thread in
 *          bare_run() and what answers for etcd.
 *
 * Link with fs_dep, tests/lib/bare_mount.c, tests/lib/bare_kernel.c and bare_wrap
 * (tests/unit/meson.build). The functions of libfuse that reply are those of bare_kernel.c.
 */
#pragma once

#include "fs/ops/mount.h"

/* A request: &req->as is what ops_...() take. Zero-initialised it is new. */
struct bare_req {
	int replies;
	int error; /* positive, of the reply */
	uint64_t fh;
	uint64_t node;
	size_t size; /* of what was written */
	pid_t pid;
	void (*interrupt)(fuse_req_t req, void *arg);
	void *arg;
};

extern struct fs bare;

void bare_start(int timeout_ms);
void bare_start_leased(int timeout_ms, int64_t lease); /* the mount has this lease */
void bare_end(void);

fuse_req_t bare_fuse(struct bare_req *req);

/* Runs what is due in the RPC thread; bare_wait() lets time pass before. */
void bare_run(void);
void bare_wait(int64_t ms);

/* A signal comes to who waits for @req. */
void bare_interrupt(struct bare_req *req);

/* Another client puts @key, and the mirror shows it. The id of its node at the top; an own key
 * (below ".etcd/") has none. */
uint64_t bare_put(const char *key, const char *value);
void bare_put_own(const char *key, const char *value, int64_t lease);
void bare_delete(const char *key);
const char *bare_value(const char *key); /* in etcd; NULL: none */
int64_t bare_revision(void);

/* What etcd is asked now, and has not answered. */
size_t bare_n_questions(void); /* for its revision */
size_t bare_n_txns(void);
size_t bare_n_shared(void); /* in the first of these; 0: it is one by itself */

/* etcd answers the first question for its revision that waits, and all that follow at once; the
 * first transaction, as it is; or nobody knows whether it has happened. */
void bare_answer_revision(void); /* the first alone */
void bare_answer_revisions(void);
void bare_answer_txn(void);
void bare_refuse_txn(int error);

/* Another connection to etcd stands; the feed has not heard of it. */
void bare_reconnect(void);

/* Opens @node with @flags, writes @text, begins to close. */
struct handle *bare_open(uint64_t node, int flags);
void bare_write(struct handle *handle, int flags, const char *text);
void bare_flush(struct handle *handle, struct bare_req *req);
void bare_post_flush(struct handle *handle, struct bare_req *req); /* before the loop's next turn */
void bare_release(struct handle *handle);
