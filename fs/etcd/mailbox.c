#include "fs/etcd/mailbox.h"

#include <errno.h>

static int request_order(const struct request *a, const struct request *b)
{
	return a->id < b->id ? -1 : a->id > b->id;
}

RB_GENERATE_INTERNAL(request_tree, request, entry, request_order, __attribute__((unused)) static)

void mailbox_init(struct mailbox *mailbox)
{
	*mailbox = (struct mailbox){0};
	lock_init(&mailbox->lock);
	RB_INIT(&mailbox->requests);
	TAILQ_INIT(&mailbox->posts);
	TAILQ_INIT(&mailbox->cancels);
}

void mailbox_fini(struct mailbox *mailbox)
{
	lock_fini(&mailbox->lock);
}

/* One wake-up is enough for all requests that arrive before the mailbox is emptied. */
static bool mailbox_needs_wake_locked(struct mailbox *mailbox) REQUIRES(mailbox->lock)
{
	return !mailbox->is_attended && TAILQ_EMPTY(&mailbox->posts) &&
	       TAILQ_EMPTY(&mailbox->cancels);
}

static bool mailbox_post_locked(struct mailbox *mailbox, struct request *request, uint64_t *ret_id)
	REQUIRES(mailbox->lock)
{
	bool wake = mailbox_needs_wake_locked(mailbox);

	request->id = ++mailbox->last_id;
	if (ret_id)
		*ret_id = request->id;
	RB_INSERT(request_tree, &mailbox->requests, request);
	TAILQ_INSERT_TAIL(&mailbox->posts, request, post);
	request->is_posted = true;
	return wake;
}

int mailbox_post(struct mailbox *mailbox, struct request *request, uint64_t *ret_id, bool *ret_wake)
{
	int r = -ECANCELED;

	lock_take(&mailbox->lock);
	if (!mailbox->is_closed) {
		*ret_wake = mailbox_post_locked(mailbox, request, ret_id);
		r = 0;
	}
	lock_drop(&mailbox->lock);
	return r;
}

static bool mailbox_cancel_locked(struct mailbox *mailbox, uint64_t id) REQUIRES(mailbox->lock)
{
	struct request key = {.id = id};
	struct request *request = RB_FIND(request_tree, &mailbox->requests, &key);
	bool wake;

	if (!request || request->is_cancelled)
		return false;
	wake = mailbox_needs_wake_locked(mailbox);
	TAILQ_INSERT_TAIL(&mailbox->cancels, request, cancel);
	request->is_cancelled = true;
	return wake;
}

bool mailbox_cancel(struct mailbox *mailbox, uint64_t id)
{
	bool wake;

	lock_take(&mailbox->lock);
	wake = mailbox_cancel_locked(mailbox, id);
	lock_drop(&mailbox->lock);
	return wake;
}

void mailbox_attend(struct mailbox *mailbox)
{
	lock_take(&mailbox->lock);
	mailbox->is_attended = true;
	lock_drop(&mailbox->lock);
}

bool mailbox_has_mail(struct mailbox *mailbox)
{
	bool any;

	lock_take(&mailbox->lock);
	any = !TAILQ_EMPTY(&mailbox->posts) || !TAILQ_EMPTY(&mailbox->cancels);
	mailbox->is_attended = any;
	lock_drop(&mailbox->lock);
	return any;
}

static struct request *mailbox_next_locked(struct mailbox *mailbox, bool *ret_is_cancel)
	REQUIRES(mailbox->lock)
{
	struct request *request = TAILQ_FIRST(&mailbox->posts);

	*ret_is_cancel = !request;
	if (request) {
		TAILQ_REMOVE(&mailbox->posts, request, post);
		request->is_posted = false;
		return request;
	}
	/* The request's cancel() ends the request, and mailbox_forget() removes it from the
	 * list. */
	return TAILQ_FIRST(&mailbox->cancels);
}

struct request *mailbox_next(struct mailbox *mailbox, bool *ret_is_cancel)
{
	struct request *request;

	lock_take(&mailbox->lock);
	request = mailbox_next_locked(mailbox, ret_is_cancel);
	mailbox->is_attended = request != NULL;
	lock_drop(&mailbox->lock);
	return request;
}

void mailbox_forget(struct mailbox *mailbox, struct request *request)
{
	lock_take(&mailbox->lock);
	RB_REMOVE(request_tree, &mailbox->requests, request);
	if (request->is_posted)
		TAILQ_REMOVE(&mailbox->posts, request, post);
	if (request->is_cancelled)
		TAILQ_REMOVE(&mailbox->cancels, request, cancel);
	lock_drop(&mailbox->lock);
}

void mailbox_close(struct mailbox *mailbox)
{
	lock_take(&mailbox->lock);
	mailbox->is_closed = true;
	lock_drop(&mailbox->lock);
}

struct request *mailbox_any(struct mailbox *mailbox)
{
	struct request *request;

	lock_take(&mailbox->lock);
	request = RB_MIN(request_tree, &mailbox->requests);
	lock_drop(&mailbox->lock);
	return request;
}
