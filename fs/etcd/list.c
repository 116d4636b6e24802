/*
 * One call that sends several requests: each page begins after the last key of the page before, at
 * the revision of the first page.
 *
 * etcd has no limit in bytes, and with a limit in keys etcd 3.4 counts the keys that the limit
 * leaves out, by looking at each. So pages are large, and their limit in keys follows the size of
 * the last page. The next page may still be much larger, if many small values are followed by large
 * ones. So the limit grows step by step. When the first bytes of a page say that it is too large,
 * the page is broken off and asked for again with a limit that fits that size; so is a page that
 * takes too long or that etcd itself cannot send. After that the limit grows in small steps. A page
 * of one key is taken however large it is.
 *
 * The next page is asked for before the keys of this one are handed on, so that etcd gathers it
 * meanwhile. The keys are handed on from the bytes that came, a few at a time, so that requests and
 * deadlines have their turns; but all at once where the next page has come, or there is none.
 */
#include "fs/etcd/kv.h"
#include "fs/etcd/range_page.h"

#include "fs/base/clock.h"

#include <errno.h>

enum {
	LIMIT_FIRST = 256,
	LIMIT_MAX = 200000,
	PAGE_BYTES = 16 * 1024 * 1024, /* the size that pages are to have */
	PAGE_BYTES_MAX = 4 * PAGE_BYTES,
	GROWTH = 8,	    /* the limit grows at most so many times from a page to the next */
	GROWTH_CAREFUL = 2, /* the same, after a page was too large */
	SHRINKING = 16,	    /* the divisor of the limit when the size of the refused page is
			     * unknown */
	PIECE = 256,	    /* keys that are handed on at once */
};

struct list {
	struct call call;
	etcd_reply_fn *page;
	struct buf next; /* the first key of the next page */
	struct buf range_end;
	int64_t revision;	   /* 0: that of the first page */
	struct etcd_header header; /* of the first page */
	int64_t limit;
	int growth;
	/* The page that is being handed on. */
	struct timer turn; /* due while there is more of it */
	struct buf bytes;
	struct range_page rest;
	struct etcd_kv piece[PIECE];
};

static void list_destroy(struct call *call)
{
	struct list *list = CONTAINER(call, struct list, call);

	timer_clear(&call->etcd->timers, &list->turn);
	buf_fini(&list->bytes);
	buf_fini(&list->next);
	buf_fini(&list->range_end);
	free(list);
}

static void list_write(struct list *list, Etcd__RangeRequest *ret)
{
	etcd__range_request__init(ret);
	ret->key = binary_of(buf_bytes(&list->next));
	ret->range_end = binary_of(buf_bytes(&list->range_end));
	ret->limit = list->limit;
	ret->revision = list->revision ? list->revision : list->header.revision;
	ret->serializable = list->revision != 0;
	list->call.stream.max_message = list->limit > 1 ? PAGE_BYTES_MAX : 0;
}

static int64_t limit_between(double limit, int64_t max)
{
	if (max > LIMIT_MAX)
		max = LIMIT_MAX;
	return limit < 1 ? 1 : limit > (double)max ? max : (int64_t)limit;
}

static int64_t next_limit(const struct list *list, const struct range_page *page)
{
	return limit_between((double)page->n_kvs * PAGE_BYTES / (double)(page->rest.len + 1),
		list->limit * list->growth);
}

static int list_set_next(struct list *list, struct bytes last_key)
{
	int r;

	buf_clear(&list->next);
	r = buf_append_bytes(&list->next, last_key);
	return r < 0 ? r : buf_append_byte(&list->next, 0);
}

/* The reply for the end of the list: no keys, and the header of the first page. */
static void list_close(struct list *list)
{
	answer_clear(&list->call.answer);
	list->call.answer.reply.header = list->header;
}

/* Hands the next keys on. */
static void list_hand_on(struct list *list)
{
	struct etcd_reply reply = {.message = "",
		.header = list->header,
		.kvs = list->piece,
		.more = list->rest.more,
		.count = list->rest.count};

	while (reply.n_kvs < PIECE && range_page_next(&list->rest, &list->piece[reply.n_kvs]))
		reply.n_kvs++;
	list->page(list->call.arg, 0, &reply);
	if (!list->rest.n_kvs)
		buf_fini(&list->bytes);
}

static void list_turn(void *arg)
{
	struct list *list = arg;

	list_hand_on(list);
	if (list->rest.n_kvs)
		timer_set(&list->call.etcd->timers, &list->turn, clock_now_ms());
	list->call.etcd->yields = true;
}

static void list_hand_on_all(struct list *list)
{
	timer_clear(&list->call.etcd->timers, &list->turn);
	while (list->rest.n_kvs)
		list_hand_on(list);
}

static int page_take(struct answer *answer, struct bytes message)
{
	struct range_page *page = calloc(1, sizeof(*page));

	answer->items = page;
	if (!page)
		return -ENOMEM;
	if (range_page_read(message, page) < 0)
		return -EIO;
	answer->reply.header = page->header;
	return 0;
}

static const struct method page_method = {
	.path = "/etcdserverpb.KV/Range", .take = page_take, .has_values = true};

/* Asks for the page that follows @page, if there are more keys. Whether it was asked for; else
 * @call's error says whether it should have been. A page whose last key lies before the first one
 * that was asked for would come again and again. */
static bool list_ask_next(struct list *list, const struct range_page *page)
{
	struct call *call = &list->call;
	Etcd__RangeRequest request;

	if (!page->more || !page->n_kvs)
		return false;
	list->limit = next_limit(list, page);
	call->error = bytes_compare(page->last_key, buf_bytes(&list->next)) < 0
			      ? -EIO
			      : list_set_next(list, page->last_key);
	if (call->error == 0) {
		list_write(list, &request);
		call->error = call_again(call, &request.base);
	}
	return call->error == 0;
}

static bool list_answered(struct call *call)
{
	struct list *list = CONTAINER(call, struct list, call);
	const struct etcd_header *header = &call->answer.reply.header;
	struct range_page page = *(struct range_page *)call->answer.items;

	list_hand_on_all(list); /* of the page before */
	if (!list->header.revision)
		list->header = *header;
	if (list->header.connection != header->connection) {
		call->error = -ESTALE;
		return false;
	}
	list->bytes = call->answer.bytes;
	call->answer.bytes = (struct buf){0};
	list->rest = page;
	if (list_ask_next(list, &page)) {
		timer_set(&call->etcd->timers, &list->turn, clock_now_ms());
		return true;
	}
	if (call->error == 0) {
		list_hand_on(list);
		list_hand_on_all(list);
	}
	list_close(list);
	return false;
}

/* Asks for the same page with fewer keys, if it had more than one. */
static bool list_refused(struct call *call, int error, size_t size)
{
	struct list *list = CONTAINER(call, struct list, call);
	double share = size ? (double)PAGE_BYTES / (double)size : 1.0 / SHRINKING;
	Etcd__RangeRequest request;

	(void)error;
	if (list->limit == 1)
		return false;
	list->limit = limit_between((double)list->limit * share, list->limit / 2);
	list->growth = GROWTH_CAREFUL;
	list_write(list, &request);
	return call_again(call, &request.base) == 0;
}

int etcd_list(struct etcd *etcd, struct bytes key, struct bytes range_end, int timeout_ms,
	etcd_reply_fn *page, etcd_reply_fn *done, void *arg, uint64_t *ret_id)
{
	return etcd_list_at(etcd, 0, key, range_end, timeout_ms, page, done, arg, ret_id);
}

int etcd_list_at(struct etcd *etcd, int64_t revision, struct bytes key, struct bytes range_end,
	int timeout_ms, etcd_reply_fn *page, etcd_reply_fn *done, void *arg, uint64_t *ret_id)
{
	struct list *list = calloc(1, sizeof(*list));
	Etcd__RangeRequest request;
	int r;

	if (!list)
		return -ENOMEM;
	list->call.answered = list_answered;
	list->call.refused = list_refused;
	list->call.destroy = list_destroy;
	list->call.etcd = etcd;
	list->turn = (struct timer){.run = list_turn, .arg = list};
	list->page = page;
	list->revision = revision;
	list->limit = LIMIT_FIRST;
	list->growth = GROWTH;
	r = buf_append_bytes(&list->next, key);
	if (r == 0)
		r = buf_append_bytes(&list->range_end, range_end);
	if (r == 0) {
		list_write(list, &request);
		r = call_init(&list->call, etcd, &page_method, &request.base, timeout_ms);
	}
	if (r < 0) {
		list_destroy(&list->call);
		return r;
	}
	return call_post(&list->call, done, arg, ret_id);
}
