#include "fs/etcd/kv.h"

#include <errno.h>

enum { SORT_DESCEND = 2, SORT_BY_MOD = 3 };

static int range_read(struct answer *answer)
{
	const Etcd__RangeResponse *range = (const void *)answer->message;
	struct etcd_kv *kvs;

	answer->reply.more = range->more;
	answer->reply.count = range->count;
	if (!range->n_kvs)
		return 0;
	answer->items = kvs = calloc(range->n_kvs, sizeof(*kvs));
	if (!kvs)
		return -ENOMEM;
	for (size_t i = 0; i < range->n_kvs; i++)
		kv_read(range->kvs[i], &kvs[i]);
	answer->reply.kvs = kvs;
	answer->reply.n_kvs = range->n_kvs;
	return 0;
}

const struct method kv_range_method = {
	.path = "/etcdserverpb.KV/Range",
	.answer = &etcd__range_response__descriptor,
	.read = range_read,
	.has_values = true,
};

int etcd_range(struct etcd *etcd, const struct etcd_range *range, int timeout_ms, etcd_reply_fn *fn,
	void *arg, uint64_t *ret_id)
{
	Etcd__RangeRequest request = ETCD__RANGE_REQUEST__INIT;

	request.key = binary_of(range->key);
	request.range_end = binary_of(range->range_end);
	request.limit = range->limit;
	request.revision = range->revision;
	request.serializable = range->serializable;
	request.keys_only = range->keys_only;
	request.sort_order = range->newest_first ? SORT_DESCEND : 0;
	request.sort_target = range->newest_first ? SORT_BY_MOD : 0;
	request.count_only = range->count_only;
	return call_start(
		etcd, &kv_range_method, &request.base, false, timeout_ms, fn, arg, ret_id);
}

int etcd_prefix_end(struct bytes prefix, struct buf *ret)
{
	size_t len = prefix.len;
	int r;

	while (len && prefix.data[len - 1] == 0xff)
		len--;
	if (!len)
		return buf_append_byte(ret, 0);
	r = buf_append(ret, prefix.data, len);
	if (r == 0)
		ret->data[ret->len - 1]++;
	return r;
}
