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
 */
#include "fs/etcd/kv.h"

#include <errno.h>

enum {
	LIMIT_FIRST = 256,
	LIMIT_MAX = 100000,
	PAGE_BYTES = 16 * 1024 * 1024, /* the size that pages are to have */
	PAGE_BYTES_MAX = 4 * PAGE_BYTES,
	GROWTH = 8,	    /* the limit grows at most so many times from a page to the next */
	GROWTH_CAREFUL = 2, /* the same, after a page was too large */
	SHRINKING = 16,	    /* the divisor of the limit when the size of the refused page is
			     * unknown */
};

struct list {
	struct call call;
	etcd_reply_fn *page;
	struct buf next; /* the first key of the next page */
	struct buf range_end;
	struct etcd_header header; /* of the first page */
	int64_t limit;
	int growth;
};

static void list_destroy(struct call *call)
{
	struct list *list = CONTAINER(call, struct list, call);

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
	ret->revision = list->header.revision;
	list->call.stream.max_message = list->limit > 1 ? PAGE_BYTES_MAX : 0;
}

static int64_t limit_between(double limit, int64_t max)
{
	if (max > LIMIT_MAX)
		max = LIMIT_MAX;
	return limit < 1 ? 1 : limit > (double)max ? max : (int64_t)limit;
}

static int64_t next_limit(const struct list *list, const struct etcd_reply *page)
{
	size_t n_bytes = 1;

	for (size_t i = 0; i < page->n_kvs; i++)
		n_bytes += page->kvs[i].key.len + page->kvs[i].value.len + sizeof(struct etcd_kv);
	return limit_between((double)page->n_kvs * PAGE_BYTES / (double)n_bytes,
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

static bool list_answered(struct call *call)
{
	struct list *list = CONTAINER(call, struct list, call);
	const struct etcd_reply *reply = &call->answer.reply;
	bool more = reply->more && reply->n_kvs;
	Etcd__RangeRequest request;
	int r = 0;

	if (!list->header.revision)
		list->header = reply->header;
	if (list->header.connection != reply->header.connection) {
		call->error = -ESTALE;
		return false;
	}
	if (more) {
		list->limit = next_limit(list, reply);
		r = list_set_next(list, reply->kvs[reply->n_kvs - 1].key);
	}
	list->page(call->arg, 0, reply);
	if (more && r == 0) {
		list_write(list, &request);
		r = call_again(call, &request.base);
		if (r == 0)
			return true;
	}
	list_close(list);
	call->error = r;
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
	struct list *list = calloc(1, sizeof(*list));
	Etcd__RangeRequest request;
	int r;

	if (!list)
		return -ENOMEM;
	list->call.answered = list_answered;
	list->call.refused = list_refused;
	list->call.destroy = list_destroy;
	list->page = page;
	list->limit = LIMIT_FIRST;
	list->growth = GROWTH;
	r = buf_append_bytes(&list->next, key);
	if (r == 0)
		r = buf_append_bytes(&list->range_end, range_end);
	if (r == 0) {
		list_write(list, &request);
		r = call_init(&list->call, etcd, &kv_range_method, &request.base, timeout_ms);
	}
	if (r < 0) {
		list_destroy(&list->call);
		return r;
	}
	return call_post(&list->call, done, arg, ret_id);
}
