/* Requests and cancels on their way from any thread to the one that dispatches. */
/*
 * Owner:   struct etcd.
 * Threads: mailbox_post(), mailbox_cancel() any; the rest the dispatching thread. One lock, under
 *          which nothing is called.
 * Time:    a request is known here, and can be cancelled, from its post until mailbox_forget().
 *          Nothing is allocated, so a cancel cannot fail.
 */
#pragma once

#include "fs/base/lock.h"

#include <bsd/sys/tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct request;

struct request_ops {
	void (*start)(struct request *request);
	/* Ends it and runs its callback; it may never have been started. */
	void (*cancel)(struct request *request);
};

struct request {
	const struct request_ops *ops;
	uint64_t id;
	RB_ENTRY(request) entry;
	TAILQ_ENTRY(request) post;
	TAILQ_ENTRY(request) cancel;
	bool is_posted;	   /* on the list of posts */
	bool is_cancelled; /* on the list of cancels */
};

struct mailbox {
	struct lock lock;
	RB_HEAD(request_tree, request) requests; /* by id */
	TAILQ_HEAD(, request) posts;
	TAILQ_HEAD(, request) cancels;
	uint64_t last_id;
	bool is_attended; /* the dispatching thread will look again before it leaves */
	bool is_closed;
};

void mailbox_init(struct mailbox *mailbox);
void mailbox_fini(struct mailbox *mailbox);

/* 0 or, once closed, -ECANCELED. *@ret_id is written before the request can end. *@ret_wake: the
 * dispatching thread must be woken. */
int mailbox_post(struct mailbox *mailbox, struct request *request, uint64_t *ret_id, bool *ret_wake)
	EXCLUDES(mailbox->lock);

/* Whether the dispatching thread must be woken. An id that is not known is ignored. */
bool mailbox_cancel(struct mailbox *mailbox, uint64_t id) EXCLUDES(mailbox->lock);

/* The next to start or, when there is none, to cancel; NULL: nothing, and the next post wakes. */
struct request *mailbox_next(struct mailbox *mailbox, bool *ret_is_cancel) EXCLUDES(mailbox->lock);

/* The request is over: its id means nothing any more. */
void mailbox_forget(struct mailbox *mailbox, struct request *request) EXCLUDES(mailbox->lock);

/* No post from now on. */
void mailbox_close(struct mailbox *mailbox) EXCLUDES(mailbox->lock);

/* Any request that is not over yet, or NULL. */
struct request *mailbox_any(struct mailbox *mailbox) EXCLUDES(mailbox->lock);
