/* Requests and cancels on their way from any thread to the dispatching thread. */
/*
 * Owner:   struct etcd.
 * Threads: mailbox_post() and mailbox_cancel() any; the rest the dispatching thread. One lock,
 *          under which nothing is called.
 * Time:    a request can be cancelled from its post until mailbox_forget(). A cancel allocates
 *          nothing, so it cannot fail.
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
	/* Ends the request and runs its callback; start() may not have been called before. */
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
	bool is_attended; /* the dispatching thread is emptying the mailbox, or is about to, and
			   * needs no wake-up */
	bool is_closed;
};

void mailbox_init(struct mailbox *mailbox);
void mailbox_fini(struct mailbox *mailbox);

/* Queues @request. 0 or, once the mailbox is closed, -ECANCELED. *@ret_id is written before the
 * request can end. *@ret_wake: the caller must wake the dispatching thread. */
int mailbox_post(struct mailbox *mailbox, struct request *request, uint64_t *ret_id, bool *ret_wake)
	EXCLUDES(mailbox->lock);

/* Cancels the request @id, if there is one. True: the caller must wake the dispatching thread. */
bool mailbox_cancel(struct mailbox *mailbox, uint64_t id) EXCLUDES(mailbox->lock);

/* The dispatching thread is about to empty the mailbox. */
void mailbox_attend(struct mailbox *mailbox) EXCLUDES(mailbox->lock);

/* Whether mailbox_next() has any. If not, the next post needs a wake-up. */
bool mailbox_has_mail(struct mailbox *mailbox) EXCLUDES(mailbox->lock);

/* The next request to start or, when there is none, to cancel. NULL: none, and the next post needs
 * a wake-up. */
struct request *mailbox_next(struct mailbox *mailbox, bool *ret_is_cancel) EXCLUDES(mailbox->lock);

/* Removes a request that is over; its ID becomes unknown. */
void mailbox_forget(struct mailbox *mailbox, struct request *request) EXCLUDES(mailbox->lock);

/* mailbox_post() fails from now on. */
void mailbox_close(struct mailbox *mailbox) EXCLUDES(mailbox->lock);

/* Any request that is not over yet, or NULL. */
struct request *mailbox_any(struct mailbox *mailbox) EXCLUDES(mailbox->lock);
