/* A client of an etcd cluster: asked from any thread, answering in the thread that dispatches. */
/*
 * Owner:   whoever called etcd_new(); etcd_free() when no other thread can call in any more.
 * Threads: requests, cancels: any thread, never blocking. etcd_dispatch() and every callback: one
 *          thread, the same all the time. The library has no thread of its own: poll etcd_fd(),
 *          dispatch when it is readable.
 * Memory:  everything that a request points to is copied before the request returns. What a
 *          callback gets is valid until the callback returns.
 * Calling: a request that returns 0 has exactly one callback, also when it is cancelled, its time
 *          is over, or the client is freed. It never comes from inside the request itself.
 *
 * Member:  all goes over one connection, so to one member at a time: what a watch and a range say
 *          fits together. When it is lost the next endpoint is tried; watches end, and who starts
 *          them again must expect another member, that may be behind.
 *
 * Three endings. A callback's @error is
 *   0                   done: etcd said so.
 *   negative errno      refused: it has not happened and never will. For the user as it is.
 *   ETCD_E_UNKNOWN      sent, and no answer: it may have happened or may still happen. Only for
 *                       calls that change something; a read that got no answer is -ETIMEDOUT.
 *   ETCD_E_COMPACTED    the revision asked for is gone (range, list, watch).
 *
 *   etcd or transport said                              becomes
 *   never connected before the deadline                 -ETIMEDOUT (also for changes: refused)
 *   deadline passed after sending                       -ETIMEDOUT read, ETCD_E_UNKNOWN change
 *   connection lost after sending                       read: asked again until the deadline;
 *                                                       change: ETCD_E_UNKNOWN
 *   Unavailable (14), DeadlineExceeded (4), Unknown (2), as for no answer: a read is asked again
 *     Canceled (1), Aborted (10)                        on 14, a change is ETCD_E_UNKNOWN
 *   InvalidArgument (3), FailedPrecondition (9)         -EINVAL; "request is too large" -EFBIG,
 *                                                       "too many operations" -EXDEV
 *     no user where etcd asks for one (3)               -EACCES
 *     "revision of auth store is old" (3)               asked again with a new token, also for
 *                                                       changes; -EAGAIN when that is of no use
 *   Unauthenticated (16): the token is not known        the same; -EACCES
 *   NotFound (5)                                        -ENOENT
 *   PermissionDenied (7)                                -EACCES
 *   ResourceExhausted (8)                               "database space exceeded" -ENOSPC (*),
 *                                                       message too large -EFBIG, else -EAGAIN
 *   OutOfRange (11)                                     compacted: ETCD_E_COMPACTED, else -EINVAL
 *   Unimplemented (12)                                  -EOPNOTSUPP
 *   Internal (13), DataLoss (15), a reply that is none  -EIO for reads, ETCD_E_UNKNOWN for changes
 *   cancelled                                           -ECANCELED, ETCD_E_UNKNOWN once sent
 *
 * (*) The one refusal of a change that may have happened: what comes when the database is just
 *     full, and the alarm not raised yet, etcd applies and answers so (3.4 and 3.5). A read after
 *     it tells.
 */
#pragma once

#include "fs/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct etcd;

enum {
	ETCD_E_UNKNOWN = 1,
	ETCD_E_COMPACTED = 2,
};

struct etcd_config {
	/* One or several, with commas between them: "unix:///absolute/socket", "http://host:port",
	 * "https://host:port"; "host:port" is https if there is a cacert or a cert, else http. */
	const char *endpoints;
	/* Files in PEM, absolute; NULL: the system's authorities, no certificate of our own. */
	const char *cacert;
	const char *cert;
	const char *key;
	const char *user; /* with @password; NULL: no user */
	const char *password;
	const char *password_file; /* absolute: read again when the password is refused; or NULL */
	/* Told in the dispatching thread when a connection stands and when it is lost; or NULL. */
	void (*on_connection)(void *arg, bool connected, const char *reason);
	/* No endpoint wants us, for a reason that does not go away by itself: a certificate, the
	 * password. Told once for each reason, and anew after a connection has stood; or NULL. */
	void (*on_refused)(void *arg, const char *reason);
	void *arg;
};

#define ETCD_WORDS_SIZE 512

/* The password in a file that nobody else may read, for the caller to wipe and free. 0, -ENOMEM, or
 * -EINVAL with @ret_why. */
int etcd_read_password(const char *path, char **ret, char ret_why[ETCD_WORDS_SIZE]);

/* Whether @endpoints are some; *@ret_clear: to one of them a password would go unencrypted. */
bool etcd_check_endpoints(const struct etcd_config *config, bool *ret_clear);

/* Does not connect yet: the client connects, and reconnects with backoff, while it is dispatched.
 * 0, -ENOMEM, -EINVAL (an endpoint that is none), or -errno of epoll and its like. */
int etcd_new(const struct etcd_config *config, struct etcd **ret);

/* Ends what is outstanding (each has its callback, from inside this call) and frees the client. */
void etcd_free(struct etcd *etcd);
CLEANUP_POINTER(struct etcd, etcd_free)

/* Readable when etcd_dispatch() has something to do, timers included. Owned by the client. */
int etcd_fd(const struct etcd *etcd);

/* Does what is due, runs callbacks, never waits. */
void etcd_dispatch(struct etcd *etcd);

/* The number of the connection that stands, that is being made, or was lost last; each has its own.
 * What came on one and the same was said by one process of etcd. The dispatching thread only. */
uint64_t etcd_connection(const struct etcd *etcd);

/* --- Answers --- */

/* No revision that etcd tells is larger, whatever it says, nor negative: there is always a next. */
#define ETCD_REVISION_MAX (INT64_MAX - 1)

struct etcd_header {
	uint64_t cluster_id;
	uint64_t member_id;
	int64_t revision;
	uint64_t raft_term;
	uint64_t connection; /* on which it came: see etcd_connection() */
};

struct etcd_kv {
	struct bytes key;
	struct bytes value;
	int64_t create_revision;
	int64_t mod_revision;
	int64_t version;
	int64_t lease;
};

struct etcd_status {
	const char *version;
	int64_t db_size;
	int64_t db_size_in_use;
	uint64_t leader; /* member id, 0: none known */
	uint64_t raft_term;
	bool is_learner;
	bool no_space; /* alarms of the cluster: the quota is used up, */
	bool corrupt;  /* or members differ */
	const char *const *errors; /* these and the like, in etcd's words */
	size_t n_errors;
};

/* Its strings may hold anything that its peers say. A member without a name was never started. */
struct etcd_member {
	uint64_t id;
	const char *name;
	const char *const *peer_urls;
	size_t n_peer_urls;
	const char *const *client_urls;
	size_t n_client_urls;
	bool is_learner;
};

struct etcd_reply {
	const char *message;	   /* etcd's or curl's words on an error, else "" */
	struct etcd_header header; /* zero unless error is 0 */
	const struct etcd_kv *kvs; /* range, list page */
	size_t n_kvs;
	bool more;		     /* range: the limit cut it */
	int64_t count;		     /* range: keys in the range */
	bool succeeded;		     /* txn: all compares held */
	struct etcd_status status;   /* status */
	const struct etcd_member
		*members; /* member list, add, remove, promote: all there are now */
	size_t n_members;
	uint64_t member_id; /* member add: the new one's */
};

/* @reply is never NULL. */
typedef void etcd_reply_fn(void *arg, int error, const struct etcd_reply *reply);

/* --- Requests --------------------------------------------------------------------------------
 * 0, or no callback and -ENOMEM, or -ECANCELED from inside etcd_free(). @ret_id may be NULL, and is
 * written before the callback can run; ids are never 0 nor used again. */

struct etcd_range {
	struct bytes key;
	struct bytes range_end; /* empty: the key alone; "\0": all from key on */
	int64_t limit;		/* 0: none */
	int64_t revision;	/* 0: now */
	bool serializable;
	bool newest_first; /* by mod_revision; etcd looks at all keys for it, whatever the limit */
	bool keys_only;
	bool count_only;
};

struct etcd_compare {
	enum etcd_compare_target {
		ETCD_COMPARE_CREATE = 1,
		ETCD_COMPARE_MOD = 2,
	} target;
	enum etcd_compare_result {
		ETCD_COMPARE_EQUAL,
		ETCD_COMPARE_GREATER,
		ETCD_COMPARE_LESS,
	} result;
	struct bytes key;
	struct bytes range_end; /* not empty: holds if it holds for each key there; with none there
				   the numbers are compared as 0 */
	int64_t number;
};

struct etcd_op {
	enum etcd_op_type {
		ETCD_OP_PUT,
		ETCD_OP_DELETE,
	} type;
	struct bytes key;
	struct bytes range_end; /* delete */
	struct bytes value;	/* put */
	int64_t lease;		/* put */
};

struct etcd_txn {
	const struct etcd_compare *compares;
	size_t n_compares;
	const struct etcd_op *success;
	size_t n_success;
};

int etcd_range(struct etcd *etcd, const struct etcd_range *range, int timeout_ms, etcd_reply_fn *fn,
	void *arg, uint64_t *ret_id);
/* A transaction without operations counts as a read. */
int etcd_txn(struct etcd *etcd, const struct etcd_txn *txn, int timeout_ms, etcd_reply_fn *fn,
	void *arg, uint64_t *ret_id);
int etcd_member_status(
	struct etcd *etcd, int timeout_ms, etcd_reply_fn *fn, void *arg, uint64_t *ret_id);
/* Gives up the history before @revision, and returns when its room in the file is free. */
int etcd_compact(struct etcd *etcd, int64_t revision, int timeout_ms, etcd_reply_fn *fn, void *arg);
/* Rewrites this member's file without its holes; the member answers nobody meanwhile. */
int etcd_defragment(struct etcd *etcd, int timeout_ms, etcd_reply_fn *fn, void *arg);
enum etcd_alarm_action {
	ETCD_ALARM_RAISE = 1,
	ETCD_ALARM_DISARM = 2,
};

/* The alarm NOSPACE of @member_id. */
int etcd_alarm(struct etcd *etcd, enum etcd_alarm_action action, uint64_t member_id, int timeout_ms,
	etcd_reply_fn *fn, void *arg);

/* The cluster's members. A list from 3.4 is what the member that is asked knows, and 3.5 asks the
 * leader; a learner answers none of these. One change of the members is under way at a time, and
 * with the majority of voters in reach. */
int etcd_member_list(
	struct etcd *etcd, int timeout_ms, etcd_reply_fn *fn, void *arg, uint64_t *ret_id);
int etcd_member_add(struct etcd *etcd, const char *const *peer_urls, size_t n_peer_urls,
	bool is_learner, int timeout_ms, etcd_reply_fn *fn, void *arg, uint64_t *ret_id);
int etcd_member_remove(struct etcd *etcd, uint64_t member, int timeout_ms, etcd_reply_fn *fn,
	void *arg, uint64_t *ret_id);
/* Makes a learner a voter, when it is in sync; before that it is refused (-EINVAL). */
int etcd_member_promote(struct etcd *etcd, uint64_t member, int timeout_ms, etcd_reply_fn *fn,
	void *arg, uint64_t *ret_id);

/* The revision that has all that was acknowledged anywhere before: in the reply's header. Asked of
 * a majority, by a linearizable Range or, when that takes long, in another way (revision.c). */
int etcd_revision(struct etcd *etcd, int timeout_ms, etcd_reply_fn *fn, void *arg);
/* The first way alone, of which etcd keeps nothing: for who asks again anyway. */
int etcd_revision_once(struct etcd *etcd, int timeout_ms, etcd_reply_fn *fn, void *arg);

/* Reads a whole range in pages, all at the revision of the first, with the page size following the
 * size of the values: one that is too large, or has no answer in time, is asked again smaller,
 * down to a single key. All come on one connection, or it ends with -ESTALE: another etcd may have
 * another history. @page runs for each (its error is always 0), then @done once, with the
 * header of the first page. @timeout_ms is for each try of a page. */
int etcd_list(struct etcd *etcd, struct bytes key, struct bytes range_end, int timeout_ms,
	etcd_reply_fn *page, etcd_reply_fn *done, void *arg, uint64_t *ret_id);

/* --- Watches --- */

struct etcd_event {
	enum etcd_event_type {
		ETCD_EVENT_PUT,
		ETCD_EVENT_DELETE,
	} type;
	struct etcd_kv kv; /* delete: only key and mod_revision */
};

struct etcd_watch {
	struct bytes key;
	struct bytes range_end;
	int64_t start_revision; /* 0: from now on; never negative */
	bool progress_notify;	/* events() with none, now and then, when there is nothing */
};

struct etcd_watch_handler {
	/* It stands: it shows every change from start_revision (0: header.revision + 1) on. */
	void (*created)(void *arg, const struct etcd_header *header);
	/* Events in order of revision, all of one revision in one call (fragments are joined).
	 * @n_events is 0 for a progress notice: nothing up to header->revision is missing. */
	void (*events)(void *arg, const struct etcd_header *header, const struct etcd_event *events,
		size_t n_events);
	/* The end, once: -ECANCELED, ETCD_E_COMPACTED with the first revision that is left, or
	 * -errno as for a read. The client does not start it again. */
	void (*ended)(void *arg, int error, int64_t compact_revision, const char *message);
};

int etcd_watch(struct etcd *etcd, const struct etcd_watch *watch,
	const struct etcd_watch_handler *handler, void *arg, uint64_t *ret_id);

/* Ends a request or a watch early; its callback still comes, from etcd_dispatch(). An id that is
 * over is no error. */
void etcd_cancel(struct etcd *etcd, uint64_t id);

/* --- Help --- */

/* exit() of a process that has had a client. A client that is freed may leave a thread behind that
 * asks a name server (resolver.h): while there is one, nothing that it uses may be torn down. */
_Noreturn void etcd_exit(int status);

/* The end of the range of all keys with @prefix ("\0", to the end, for an empty one or one of
 * 0xff bytes only), appended to @ret. 0 or -ENOMEM. */
int etcd_prefix_end(struct bytes prefix, struct buf *ret);
