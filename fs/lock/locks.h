/* Locks of files in the whole cluster: each lock that a local owner gets is a key in etcd. */
/*
 * Owner:   the mount. RPC thread only, but for what is said to be of any.
 *
 * The locks of one file are a queue: the keys PREFIX.etcd/lock/ESC(key)/LEASE.N (lock_name.h), the
 * lowest create_revision first. All mounts, `etcdctl lock` and v3lock stand in this one line. A
 * lock is granted when its key is there and no earlier key excludes it. Between mounts a file is
 * locked whole: two keys exclude each other unless both are shared. Among the keys of this mount
 * the ranges and owners decide (ranges.h).
 *
 *   state     is                                       becomes
 *   ASKED     its key is being put, or may be          WAITING, GRANTED, GOING, freed
 *   WAITING   others come first                        GRANTED, GOING; ASKED if its key is lost
 *   GRANTED   a local owner has it                     GOING; LOST if its key is lost
 *   LOST      its owner has not ended it yet           freed, when the owner unlocks or closes
 *   GOING     nobody has it; its key is being deleted  freed, when the key or its lease is gone
 *
 * A lock of an owner whose present key covers it needs no new key: only the owner's ranges change.
 * If it has to wait, it waits without a key (`keyless`).
 */
#pragma once

#include "fs/lock/held.h"
#include "fs/lock/ranges.h"
#include "fs/mirror/mirror.h"
#include "fs/mirror/mirror_own.h"
#include "fs/request/fence.h"
#include "fs/request/mutation.h"
#include "fs/request/op.h"

#include <bsd/sys/tree.h>
#include <stdatomic.h>

struct lease;

enum lock_kind {
	LOCK_FLOCK, /* flock(2) */
	LOCK_FCNTL, /* fcntl(2), of a process or of an open file description */
	LOCK_KINDS, /* on one mount they do not exclude each other, as on Linux */
};

enum lock_state {
	LOCK_ASKED,
	LOCK_WAITING,
	LOCK_GRANTED,
	LOCK_LOST,
	LOCK_GOING,
	LOCK_STATES,
};

/* A lock that is wanted or held. Of one node, kind and owner at most one is GRANTED or LOST. */
struct lock_request {
	struct lock_queue *queue;
	enum lock_kind kind;
	enum lock_state state;
	uint64_t id;	    /* the node through which it was asked for */
	uint64_t serial;    /* in the order in which they were asked for */
	struct held_file file; /* of the owner's last request; fuse_file_info's fh */
	size_t slot;	       /* of GRANTED and LOST ones */
	struct range range; /* what is wanted; once granted, the queue has its owner's ranges */
	bool exclusive;	    /* what its key says; the ranges may be less */
	bool below;	    /* it is a directory's, and fences all below */
	bool waits;	    /* its caller waits until it is granted */
	bool keyless;
	bool busy; /* an op is changing its key; others wait in `turn` */

	/* Its key. */
	int64_t lease;
	uint64_t number;	 /* 0: it never had one */
	int64_t create_revision; /* 0: the mirror has not shown it */
	bool put;		 /* it is there, or may be or come to be */
	bool gone;		 /* it was there, and is not any more */
	bool leaving;		 /* flock(2): a new one of its owner is taking its place */
	bool in_place;		 /* not this key: the present one of its owner becomes exclusive */

	struct fenced *fenced; /* of GRANTED and LOST ones */
	struct op *op;	       /* the op that wants it, or that deletes its key */
	struct op_list turn;   /* ops that wait until it is not busy */
	struct op_list goers;  /* ops that wait until its key is deleted */
	TAILQ_ENTRY(lock_request) entry;
	RB_ENTRY(lock_request) by_id;
	RB_ENTRY(lock_request) by_owner; /* of GRANTED and LOST ones */
};

TAILQ_HEAD(lock_requests, lock_request);
RB_HEAD(lock_ids, lock_request);
RB_HEAD(lock_holders, lock_request);

/* The locks of one file, or of a directory's `.etcd/lock`. It lives while it has a request. */
struct lock_queue {
	struct locks *locks;
	struct buf key;	 /* of the file, when it was locked; of a directory its marker's */
	struct buf name; /* lock_queue_name() */
	struct lock_requests requests;	  /* in the order in which they were asked for */
	struct ranges ranges[LOCK_KINDS]; /* of those that are GRANTED or LOST */
	unsigned n_users;		  /* who keeps it beside its requests */
	bool changed;			  /* it is in the list of those to be looked at */
	TAILQ_ENTRY(lock_queue) change;
	RB_ENTRY(lock_queue) by_name;
};

TAILQ_HEAD(lock_queues, lock_queue);
RB_HEAD(lock_names, lock_queue);

/* The caller sets the fields up to `arg`. */
struct locks {
	const struct fs_config *config;
	struct requests *requests;
	struct mirror *mirror;
	struct mutations *mutations;
	struct lease *lease;
	struct fence *fence;
	struct held *held;
	/* A granted lock is LOST now; its owner has ended it, whether or not it was lost. They do
	 * fence_lose() and fence_end(). */
	void (*lost)(void *arg, struct fenced *fenced);
	void (*ended)(void *arg, struct fenced *fenced);
	/* A granted lock is in doubt: it does fence_doubt(). Some are not any more. */
	void (*doubted)(void *arg, struct fenced *fenced);
	void (*trusted)(void *arg);
	void *arg;

	struct lock_names queues;
	struct lock_ids ids;	     /* all requests, by node */
	struct lock_holders holders; /* those that are GRANTED or LOST, by node, kind and owner */
	atomic_size_t n_requests, n_in[LOCK_STATES];
	struct lock_queues changed;
	struct op_list waiters;	 /* the ops of WAITING ones */
	struct op_list retrying; /* ops that wait until `retry` */
	struct timer retry;
	bool retries;	  /* the timer is set */
	struct task look; /* looks at the `changed` ones */
	uint64_t last_serial, last_number;
	char host[256];
	bool unreadable, denied; /* that was logged */
	bool ending;
};

void locks_init(struct locks *locks);
void locks_end(struct locks *locks); /* the mount ends: who waits goes on with -ENOTCONN */
void locks_fini(struct locks *locks);

/* The mirror's listener (mirror_own_listen()), and the feed's report that it has advanced. */
void locks_hear(void *arg, const struct own_key *key, bool there);
void locks_advance(struct locks *locks);

/* The lease's report that it was not renewed in its time, or is known to be there again. */
void locks_doubt(struct locks *locks, bool doubted);

/* Whether there are any locks at all. Any thread. */
bool locks_any(const struct locks *locks);

/* How many locks are held, how many calls wait for one, how many were lost so far. Any thread. */
struct lock_numbers {
	size_t held, waiting;
	uint64_t lost;
};
void locks_show(const struct locks *locks, struct lock_numbers *ret);

/* The lock of @kind that @owner has of the node @id, GRANTED or LOST; NULL: none. */
struct lock_request *locks_holder(
	struct locks *locks, enum lock_kind kind, uint64_t id, uint64_t owner);

/* The lock that the process has got last of the node @id, and has still; NULL: none. */
const struct lock_request *locks_of_process(struct locks *locks, uint64_t id, pid_t pid);

/* --- Operations: op->lock says what is asked, op->id the node, op->file the open file ----------
 * @next gets 0, -errno or ETCD_E_UNKNOWN. */

/* Takes the lock of the file whose key is @key, or goes on in the queue in which its owner has one
 * already. -EAGAIN: another has it, and op->lock does not wait. -EDEADLK: each of two owners would
 * wait for the other. An op that waits is `patient`. */
void locks_take(struct locks *locks, struct op *op, struct bytes key, op_fn *next);

/* Ends the range, and the lock if that was all of it. Whatever @next gets, but for -ENOMEM, the
 * owner does not have it any more. */
void locks_unlock(struct locks *locks, struct op *op, op_fn *next);

/* Ends the lock that the owner has of the file; of one that was lost nobody waits for the end. */
void locks_drop(struct locks *locks, struct op *op, op_fn *next);

/* Ends what was locked through the open file @file. Needs no memory. */
void locks_release(struct locks *locks, uint64_t id, uint64_t file);

/* What excludes op->lock, as for F_GETLK: true, and @ret has its range, mode and pid (0: of another
 * mount). False: nothing. *@ret_error: -ENOMEM. */
bool locks_test(
	struct locks *locks, struct op *op, struct bytes key, struct range *ret, int *ret_error);

/* --- For those who judge or show them --- */

/* Appends the request's key, as etcd has it. 0 or -ENOMEM. */
int lock_request_key(const struct lock_request *request, struct buf *ret);

/* Takes what was lost or granted from its owner, at once. */
void lock_request_drop(struct lock_request *request);
