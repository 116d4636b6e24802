/* Locks of files in the whole cluster: each lock that a local owner gets is a key in etcd. */
/*
 * Owner:   the mount. RPC thread only, but for what is said to be of any.
 *
 * The locks of one file are a queue: the keys PREFIX.etcd/lock/ESC(key)/LEASE.N (lock_name.h), the
 * earliest create_revision first. All mounts, `etcdctl lock` and v3lock stand in this one line. A
 * lock is granted when its key is there and no earlier key excludes it. Between mounts a file is
 * locked whole: two keys exclude each other unless both are shared. Among the keys of this mount
 * the ranges and owners decide (ranges.h).
 *
 *   state     is                                       becomes
 *   ASKED     its key is being put, or may be          WAITING, GRANTED, GOING
 *   WAITING   its key is there; others come first      GRANTED, GOING; ASKED if its key is lost
 *   GRANTED   a local owner has it                     GOING; LOST if its key is lost
 *   LOST      its owner has not been told yet          freed, when the owner unlocks or closes
 *   GOING     nobody has it; its key is being deleted  freed, when the key or its lease is gone
 *
 * A lock of an owner whose present key covers it needs no new key: only the ranges are changed. It
 * waits without a key, if it waits (`keyless`).
 */
#pragma once

#include "fs/lock/ranges.h"
#include "fs/mirror/mirror.h"
#include "fs/request/mutation.h"
#include "fs/request/op.h"

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
};

/* A lock that is wanted or held. Of one queue, kind and owner at most one is GRANTED or LOST. */
struct lock_request {
	struct lock_queue *queue;
	enum lock_kind kind;
	enum lock_state state;
	uint64_t id;	    /* the node through which it was asked for */
	uint64_t file;	    /* the open file of the last request, as fuse_file_info's fh */
	struct range range; /* what is wanted; GRANTED: the owner's ranges are in the queue */
	bool exclusive;	    /* what its key says; `range` may ask for less */
	bool keyless;

	/* Its key. */
	int64_t lease;
	uint64_t number;
	int64_t create_revision; /* 0: not known to be there */

	struct op *op;	     /* ASKED, WAITING: the op that wants it; GOING: that deletes its key */
	struct op_list turn; /* ops that wait until no other one changes its key */
	struct op_list goers; /* GOING: ops that wait for its end */
	TAILQ_ENTRY(lock_request) entry;
};

TAILQ_HEAD(lock_requests, lock_request);

/* The locks of one file, or of a directory's `.etcd/lock`. It lives while it has a request. */
struct lock_queue {
	struct locks *locks;
	struct buf key;	 /* of the file; of a directory its marker's; empty: the root's */
	struct buf name; /* lock_queue_name() */
	struct lock_requests requests;	  /* in the order in which they were made */
	struct ranges ranges[LOCK_KINDS]; /* of the GRANTED and LOST ones */
	bool changed; /* to be looked at: a key of it, or a local lock, has changed */
	TAILQ_ENTRY(lock_queue) entry;
};

TAILQ_HEAD(lock_queues, lock_queue);
