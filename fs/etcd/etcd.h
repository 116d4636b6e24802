/* A client of an etcd cluster. Any thread may send requests; one thread dispatches, and runs the
 * callbacks. */
/*
 * Owner:   the caller of etcd_new(), who calls etcd_free() once no other thread uses the client.
 * Threads: requests and cancels: any thread, never blocking. etcd_dispatch() and all callbacks: one
 *          thread, always the same. The library starts no thread for this: the caller polls
 *          etcd_fd() and dispatches when it is readable.
 * Memory:  all that a request points to is copied before the request returns. All that a callback
 *          gets is valid until the callback returns.
 * Calling: a request that returns 0 has exactly one callback, also when it is cancelled, its time
 *          is over, or the client is freed. It never comes from inside the request itself.
 *
 * Member:  all goes over one connection, so to one member at a time: what a watch and a range say
 *          fits together. When the connection is lost the next endpoint is tried. Watches then
 *          end, and whoever starts them again must expect another member, which may be behind.
 *
 * Three endings. A callback's @error is
 *   0                   done: etcd said so.
 *   negative errno      refused: it has not happened and never will. The user gets it as it is.
 *   ETCD_E_UNKNOWN      sent, and no answer: it may have happened or may still happen. Only for
 *                       calls that change something; a read that got no answer is -ETIMEDOUT.
 *   ETCD_E_COMPACTED    the revision asked for is gone (range, list, watch).
 *   ETCD_E_NO_LEASE     there is no such lease (a change that puts with it, revoke): nothing has
 *                       happened.
 *
 *   etcd or transport said                              becomes
 *   never connected before the deadline                 -ETIMEDOUT (also for changes: refused)
 *   deadline passed after sending                       -ETIMEDOUT read, ETCD_E_UNKNOWN change
 *   connection lost after sending                       read: sent again until the deadline;
 *                                                       change: ETCD_E_UNKNOWN
 *   Unavailable (14), DeadlineExceeded (4), Unknown (2), as for no answer: a read is sent again
 *     Canceled (1), Aborted (10)                        on 14, a change is ETCD_E_UNKNOWN
 *   InvalidArgument (3), FailedPrecondition (9)         -EINVAL; "request is too large" -EFBIG,
 *                                                       "too many operations" -EXDEV
 *     no user where etcd asks for one (3)               -EACCES
 *     "revision of auth store is old" (3)               sent again with a new token, also for
 *                                                       changes; -EAGAIN if refused again
 *     "lease already exists" (9)                        -EEXIST
 *   Unauthenticated (16): the token is not known        sent again with a new token; -EACCES
 *     "auth: invalid auth token" (2)                    the same
 *     "auth: permission denied" (2)                     -EACCES
 *   NotFound (5)                                        "requested lease not found"
 *                                                       ETCD_E_NO_LEASE, else -ENOENT
 *   PermissionDenied (7)                                -EACCES
 *   ResourceExhausted (8)                               "database space exceeded" -ENOSPC (*),
 *                                                       message too large -EFBIG, else -EAGAIN
 *   OutOfRange (11)                                     compacted: ETCD_E_COMPACTED, else -EINVAL
 *   Unimplemented (12)                                  -EOPNOTSUPP
 *   Internal (13), DataLoss (15), a malformed reply     -EIO for reads, ETCD_E_UNKNOWN for changes
 *   cancelled                                           -ECANCELED, ETCD_E_UNKNOWN once sent
 *
 * (*) The one refusal of a change that may have happened: etcd 3.4 and 3.5 apply the change that
 *     finds the database just full, before the alarm is raised, and answer so all the same. A read
 *     afterwards shows whether it has happened.
 */
#pragma once

#include "fs/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct etcd;

enum {
	ETCD_E_UNKNOWN = 1,
	ETCD_E_COMPACTED = 2,
	ETCD_E_NO_LEASE = 3,
};

struct etcd_config {
	/* One or several, separated by commas: "unix:///absolute/socket", "http://host:port",
	 * "https://host:port"; "host:port" is https if there is a cacert or a cert, else http. */
	const char *endpoints;
	/* Absolute paths of PEM files; NULL: the system's authorities, and no certificate of our
	 * own. */
	const char *cacert;
	const char *cert;
	const char *key;
	const char *user; /* with @password; NULL: no user */
	const char *password;
	const char *password_file; /* absolute path, read again when the password is refused; or
				    * NULL */
	/* Called in the dispatching thread when a connection is made and when it is lost; or
	 * NULL. */
	void (*on_connection)(void *arg, bool connected, const char *reason);
	/* Called when every endpoint refuses us for a reason that does not go away by itself: a
	 * certificate, the password. Once for each reason, and anew after a connection was made; or
	 * NULL. */
	void (*on_refused)(void *arg, const char *reason);
	void *arg;
};

#define ETCD_WORDS_SIZE 512

/* Reads the password from a file that nobody else may read; the caller wipes and frees it. 0,
 * -ENOMEM, or -EINVAL with @ret_why. */
int etcd_read_password(const char *path, char **ret, char ret_why[ETCD_WORDS_SIZE]);

/* Whether the endpoints in @config are well-formed. *@ret_clear: a password would go to one of them
 * unencrypted. */
bool etcd_check_endpoints(const struct etcd_config *config, bool *ret_clear);

/* Makes a client. It connects, and reconnects with backoff, only while it is dispatched. 0,
 * -ENOMEM, -EINVAL (a malformed endpoint), or -errno of epoll, timerfd or eventfd. */
int etcd_new(const struct etcd_config *config, struct etcd **ret);

/* Ends all outstanding requests and watches, whose callbacks run from inside this call, and frees
 * the client. */
void etcd_free(struct etcd *etcd);
CLEANUP_POINTER(struct etcd, etcd_free)

/* Readable when etcd_dispatch() has something to do, timers included. Owned by the client. */
int etcd_fd(const struct etcd *etcd);

/* Does all the work that is due and runs callbacks; never waits. */
void etcd_dispatch(struct etcd *etcd);

/* Between these two calls of the dispatching thread a request makes etcd_fd() readable for nobody:
 * the second sends what was requested meanwhile. */
void etcd_attend(struct etcd *etcd);
void etcd_dispatch_requests(struct etcd *etcd);

/* The number of the present connection: the one that stands, is being made, or was lost last. Each
 * connection has its own number, and all answers with one number come from one etcd process. The
 * dispatching thread only. */
uint64_t etcd_connection(const struct etcd *etcd);

/* --- Answers --- */

/* Revisions in answers are cut to 0 ... ETCD_REVISION_MAX, whatever etcd sends, so that adding 1
 * never overflows. */
#define ETCD_REVISION_MAX (INT64_MAX - 1)

struct etcd_header {
	uint64_t cluster_id;
	uint64_t member_id;
	int64_t revision;
	uint64_t raft_term;
	uint64_t connection; /* the connection that it came on: see etcd_connection() */
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
	uint64_t leader; /* member ID; 0: no leader known */
	uint64_t raft_term;
	bool is_learner;
	bool no_space;		   /* the cluster's alarm NOSPACE: the quota is used up */
	bool corrupt;		   /* the cluster's alarm CORRUPT: the data of members differs */
	const char *const *errors; /* the alarms and other errors, in etcd's words */
	size_t n_errors;
};

/* The strings were set by other members, and may hold anything. A member without a name was never
 * started. */
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
	bool more;	      /* range: there are more keys than the limit */
	int64_t count;	      /* range: keys in the range */
	bool succeeded;	      /* txn: all compares held */
	const bool *branches; /* txns: the same of each */
	size_t n_branches;
	struct etcd_status status; /* status */
	const struct etcd_member
		*members; /* member list, add, remove, promote: all members afterwards */
	size_t n_members;
	uint64_t member_id; /* member add: the new one's */
	int64_t ttl_s;	    /* lease grant, keep alive, time to live; 0: there is no such lease */
	int64_t granted_ttl_s; /* lease grant, time to live: its whole time */
};

/* @reply is never NULL. */
typedef void etcd_reply_fn(void *arg, int error, const struct etcd_reply *reply);

/*
 * --- Requests --------------------------------------------------------------------------------
 * Each returns 0, or, without a callback, -ENOMEM or, from inside etcd_free(), -ECANCELED. @ret_id
 * may be NULL, and is written before the callback can run. IDs are never 0 and never used again.
 */

struct etcd_range {
	struct bytes key;
	struct bytes range_end; /* empty: the key alone; "\0": all keys from key on */
	int64_t limit;		/* 0: none */
	int64_t revision;	/* 0: now */
	bool serializable;
	bool newest_first; /* sorted by mod_revision, descending; etcd sorts the whole range,
			    * whatever the limit */
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
	struct bytes range_end; /* not empty: holds if it holds for each key in the range; without
				 * keys there the compared numbers are 0 */
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
/* Several transactions in one request, which get one revision: etcd does each one whose own
 * compares hold. etcd compares all of them with the state before the request, so no transaction may
 * change a key that another one changes or compares. The first operation of each must be a put. An
 * error is one error for all of them. etcd checks its quota, and the right to put the key of each
 * first operation; it does not check the rights of the compares, so a client with a user must not
 * call this. */
int etcd_txns(struct etcd *etcd, const struct etcd_txn *txns, size_t n_txns, int timeout_ms,
	etcd_reply_fn *fn, void *arg, uint64_t *ret_id);
/* Compacts the history before @revision, and answers when its space in the database file is
 * free. */
int etcd_compact(struct etcd *etcd, int64_t revision, int timeout_ms, etcd_reply_fn *fn, void *arg);
/* Defragments this member's database file; the member answers no requests meanwhile. */
int etcd_defragment(struct etcd *etcd, int timeout_ms, etcd_reply_fn *fn, void *arg);
/* Reads this member's database, of one moment, with its checksum behind it. piece() is called for
 * each piece, with the number of bytes that follow it, without the checksum; a negative errno ends
 * it. ended() is called once: 0, or -errno as for a read. It is not tried again. */
struct etcd_snapshot_handler {
	int (*piece)(void *arg, struct bytes piece, uint64_t remaining);
	void (*ended)(void *arg, int error);
};
int etcd_snapshot(struct etcd *etcd, const struct etcd_snapshot_handler *handler, void *arg);
enum etcd_alarm_action {
	ETCD_ALARM_RAISE = 1,
	ETCD_ALARM_DISARM = 2,
};

/* Raises or disarms the alarm NOSPACE of @member_id. */
int etcd_alarm(struct etcd *etcd, enum etcd_alarm_action action, uint64_t member_id, int timeout_ms,
	etcd_reply_fn *fn, void *arg);

/* Changes and lists the members of the cluster. etcd 3.4 lists the members that the asked member
 * knows of, 3.5 asks the leader; a learner answers none of these. etcd makes one change of members
 * at a time, and needs the majority of voters for it. */
int etcd_member_list(
	struct etcd *etcd, int timeout_ms, etcd_reply_fn *fn, void *arg, uint64_t *ret_id);
int etcd_member_add(struct etcd *etcd, const char *const *peer_urls, size_t n_peer_urls,
	bool is_learner, int timeout_ms, etcd_reply_fn *fn, void *arg, uint64_t *ret_id);
int etcd_member_remove(struct etcd *etcd, uint64_t member, int timeout_ms, etcd_reply_fn *fn,
	void *arg, uint64_t *ret_id);
/* Makes a learner a voter. -EINVAL: it is not in sync with the leader yet. */
int etcd_member_promote(struct etcd *etcd, uint64_t member, int timeout_ms, etcd_reply_fn *fn,
	void *arg, uint64_t *ret_id);

/* Leases. @id is chosen by the caller, positive and random, so that a grant without an answer can
 * be asked for again: -EEXIST then means that it has happened. etcd lengthens a @ttl_s that is
 * shorter than one and a half election timeouts; the reply says so. Leases end half a second after
 * their time at most, and a new leader gives each its whole time again, so a TTL is a lower bound.
 */
int etcd_lease_grant(
	struct etcd *etcd, int64_t id, int64_t ttl_s, int timeout_ms, etcd_reply_fn *fn, void *arg);
/* Deletes the keys that are on the lease, in one revision. */
int etcd_lease_revoke(struct etcd *etcd, int64_t id, int timeout_ms, etcd_reply_fn *fn, void *arg);
/* Gives the lease its whole time again. An answer with a ttl_s of 0 says that it is gone; one with
 * more is no proof that it is there, since etcd 3.4.23 renews a lease that it is revoking. Counts
 * as a read. */
int etcd_lease_keep_alive(
	struct etcd *etcd, int64_t id, int timeout_ms, etcd_reply_fn *fn, void *arg);
/* How much of its time is left, in whole seconds, rounded down. */
int etcd_lease_time_to_live(
	struct etcd *etcd, int64_t id, int timeout_ms, etcd_reply_fn *fn, void *arg);

/* A revision that includes everything that any member had acknowledged before the call, in the
 * reply's header. A majority is asked, by a linearizable Range or, when that takes long, in another
 * way (revision.c). */
int etcd_revision(struct etcd *etcd, int timeout_ms, etcd_reply_fn *fn, void *arg);
/* The linearizable Range alone, which leaves no trace in etcd; for callers that ask again
 * anyway. */
int etcd_revision_once(struct etcd *etcd, int timeout_ms, etcd_reply_fn *fn, void *arg);

/* Reads a whole range in pages, all at the revision of the first. The size of pages follows the
 * size of the values: a page that is too large, or has no answer in time, is asked for again with
 * fewer keys, down to one. If the pages come on different connections the list ends with -ESTALE,
 * because another etcd may have another history. @page is called with some hundred keys at a time,
 * once without any if there are none (its error is always 0); then @done once. Both get the header
 * of the first page. @timeout_ms is the limit of each try of a page. */
int etcd_list(struct etcd *etcd, struct bytes key, struct bytes range_end, int timeout_ms,
	etcd_reply_fn *page, etcd_reply_fn *done, void *arg, uint64_t *ret_id);
/* The same at @revision, which may be an older one: serializable, so the member that is asked
 * answers by itself. ETCD_E_COMPACTED; -EINVAL: the member has not got that far yet. */
int etcd_list_at(struct etcd *etcd, int64_t revision, struct bytes key, struct bytes range_end,
	int timeout_ms, etcd_reply_fn *page, etcd_reply_fn *done, void *arg, uint64_t *ret_id);

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
	int64_t start_revision; /* 0: begin with the next revision; never negative */
	bool progress_notify;	/* when nothing happens, events() is called now and then with no
				 * events */
};

struct etcd_watch_handler {
	/* The watch is established: it shows every change from start_revision (0: header.revision +
	 * 1) on. */
	void (*created)(void *arg, const struct etcd_header *header);
	/* Events in order of revision, all of one revision in one call (fragments are joined). With
	 * @n_events 0 it is a progress notice: all events up to header->revision have been
	 * delivered. */
	void (*events)(void *arg, const struct etcd_header *header, const struct etcd_event *events,
		size_t n_events);
	/* Called once, at the end: -ECANCELED, ETCD_E_COMPACTED with the first revision that still
	 * exists, or -errno as for a read. The client does not start the watch again. */
	void (*ended)(void *arg, int error, int64_t compact_revision, const char *message);
};

int etcd_watch(struct etcd *etcd, const struct etcd_watch *watch,
	const struct etcd_watch_handler *handler, void *arg, uint64_t *ret_id);

/* Ends a request or a watch early; its callback still comes, from etcd_dispatch(). An ID whose
 * request is over is ignored. */
void etcd_cancel(struct etcd *etcd, uint64_t id);

/* --- Help --- */

/* exit() for a process that has had a client. A client that is freed may leave a thread behind that
 * asks a name server (resolver.h); while there is one, exit handlers do not run, because they would
 * tear down what the thread uses. */
_Noreturn void etcd_exit(int status);

/* Appends to @ret the range_end of all keys with @prefix: "\0", the end of the keyspace, if the
 * prefix is empty or has only 0xff bytes. 0 or -ENOMEM. */
int etcd_prefix_end(struct bytes prefix, struct buf *ret);
