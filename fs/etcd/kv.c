#include "fs/etcd/kv.h"

enum { SORT_DESCEND = 2, SORT_BY_MOD = 3 };

static int range_read(struct answer *answer)
{
	return answer_read_range(answer, (const Etcd__RangeResponse *)answer->message);
}

int answer_read_range(struct answer *answer, const Etcd__RangeResponse *range)
{
	answer->reply.more = range->more;
	answer->reply.count = range->count;
	answer_read_header(answer, range->header);
	return answer_read_kvs(answer, range->kvs, range->n_kvs);
}

static int put_read(struct answer *answer)
{
	answer_read_header(answer, ((const Etcd__PutResponse *)answer->message)->header);
	return 0;
}

static int delete_read(struct answer *answer)
{
	const Etcd__DeleteRangeResponse *response = (const void *)answer->message;

	answer->reply.count = response->deleted;
	answer_read_header(answer, response->header);
	return 0;
}

const struct method kv_range_method = {
	.path = "/etcdserverpb.KV/Range",
	.answer = &etcd__range_response__descriptor,
	.read = range_read,
};

static const struct method put_method = {
	.path = "/etcdserverpb.KV/Put",
	.answer = &etcd__put_response__descriptor,
	.read = put_read,
};

static const struct method delete_method = {
	.path = "/etcdserverpb.KV/DeleteRange",
	.answer = &etcd__delete_range_response__descriptor,
	.read = delete_read,
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

int etcd_put(struct etcd *etcd, struct bytes key, struct bytes value, int64_t lease, int timeout_ms,
	etcd_reply_fn *fn, void *arg, uint64_t *ret_id)
{
	Etcd__PutRequest request = ETCD__PUT_REQUEST__INIT;

	request.key = binary_of(key);
	request.value = binary_of(value);
	request.lease = lease;
	return call_start(etcd, &put_method, &request.base, true, timeout_ms, fn, arg, ret_id);
}

int etcd_delete(struct etcd *etcd, struct bytes key, struct bytes range_end, int timeout_ms,
	etcd_reply_fn *fn, void *arg, uint64_t *ret_id)
{
	Etcd__DeleteRangeRequest request = ETCD__DELETE_RANGE_REQUEST__INIT;

	request.key = binary_of(key);
	request.range_end = binary_of(range_end);
	return call_start(etcd, &delete_method, &request.base, true, timeout_ms, fn, arg, ret_id);
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
