#include "fs/request/txn.h"

#include <errno.h>
#include <string.h>

void txn_clear(struct txn *txn)
{
	for (size_t i = 0; i < txn->n_owned; i++)
		free(txn->owned[i]);
	free(txn->compares);
	free(txn->ops);
	free(txn->owned);
	*txn = (struct txn){0};
}

int txn_error(const struct txn *txn)
{
	return txn->error;
}

struct etcd_txn txn_request(const struct txn *txn)
{
	return (struct etcd_txn){
		.compares = txn->compares,
		.n_compares = txn->n_compares,
		.success = txn->ops,
		.n_success = txn->n_ops,
	};
}

int txn_send(const struct txn *txn, struct etcd *etcd, int timeout_ms, etcd_reply_fn *fn, void *arg)
{
	const struct etcd_txn request = txn_request(txn);

	return txn->error ? txn->error : etcd_txn(etcd, &request, timeout_ms, fn, arg, NULL);
}

/* Returns @array with room for one more than its @n entries of @size bytes each; NULL without
 * memory. */
static void *txn_grow(struct txn *txn, void *array, size_t n, size_t *max, size_t size)
{
	size_t more = *max ? 2 * *max : 8;
	void *longer = n < *max ? array : reallocarray(array, more, size);

	if (!longer)
		txn->error = -ENOMEM;
	else if (n == *max)
		*max = more;
	return longer;
}

static struct bytes txn_own(struct txn *txn, uint8_t *data, size_t len)
{
	void **owned =
		txn_grow(txn, txn->owned, txn->n_owned, &txn->max_owned, sizeof(*txn->owned));

	if (owned)
		txn->owned = owned;
	if (!data)
		txn->error = -ENOMEM;
	if (!data || !owned) {
		free(data);
		return (struct bytes){0};
	}
	txn->owned[txn->n_owned++] = data;
	return (struct bytes){data, len};
}

struct bytes txn_copy(struct txn *txn, struct bytes bytes)
{
	return txn_own(txn, bytes_dup(bytes), bytes.len);
}

static struct bytes txn_copy_with(struct txn *txn, struct bytes bytes, uint8_t last)
{
	struct buf copy = {0};

	if (buf_append_bytes(&copy, bytes) < 0 || buf_append_byte(&copy, last) < 0)
		buf_fini(&copy);
	return txn_own(txn, copy.data, copy.len);
}

static void txn_compare(struct txn *txn, struct etcd_compare compare)
{
	struct etcd_compare *compares =
		txn_grow(txn, txn->compares, txn->n_compares, &txn->max_compares, sizeof(compare));

	if (!compares)
		return;
	txn->compares = compares;
	compares[txn->n_compares++] = compare;
}

static void txn_op(struct txn *txn, struct etcd_op op)
{
	struct etcd_op *ops = txn_grow(txn, txn->ops, txn->n_ops, &txn->max_ops, sizeof(op));

	if (!ops)
		return;
	txn->ops = ops;
	ops[txn->n_ops++] = op;
}

void txn_expect(struct txn *txn, struct bytes key, enum etcd_compare_target target,
	enum etcd_compare_result result, int64_t number)
{
	txn_compare(txn, (struct etcd_compare){
				 .target = target,
				 .result = result,
				 .key = txn_copy(txn, key),
				 .number = number,
			 });
}

void txn_expect_there(struct txn *txn, struct bytes key)
{
	txn_expect(txn, key, ETCD_COMPARE_CREATE, ETCD_COMPARE_GREATER, 0);
}

void txn_expect_none(struct txn *txn, struct bytes key)
{
	txn_expect(txn, key, ETCD_COMPARE_CREATE, ETCD_COMPARE_EQUAL, 0);
}

void txn_expect_none_between(struct txn *txn, struct bytes from, struct bytes to)
{
	txn_compare(txn, (struct etcd_compare){
				 .target = ETCD_COMPARE_CREATE,
				 .result = ETCD_COMPARE_EQUAL,
				 .key = txn_copy(txn, from),
				 .range_end = txn_copy(txn, to),
			 });
}

void txn_expect_older(struct txn *txn, struct bytes from, struct bytes to, int64_t revision)
{
	txn_compare(txn, (struct etcd_compare){
				 .target = ETCD_COMPARE_MOD,
				 .result = ETCD_COMPARE_LESS,
				 .key = txn_copy(txn, from),
				 .range_end = txn_copy(txn, to),
				 .number = revision + 1,
			 });
}

void txn_expect_no_dir(struct txn *txn, struct bytes key)
{
	txn_compare(txn, (struct etcd_compare){
				 .target = ETCD_COMPARE_CREATE,
				 .result = ETCD_COMPARE_EQUAL,
				 .key = txn_copy_with(txn, key, '/'),
				 .range_end = txn_copy_with(txn, key, '/' + 1),
			 });
}

static void txn_put_owned(struct txn *txn, struct bytes key, struct bytes value, int64_t lease)
{
	txn_op(txn, (struct etcd_op){
			    .type = ETCD_OP_PUT,
			    .key = txn_copy(txn, key),
			    .value = value,
			    .lease = lease,
		    });
}

void txn_put(struct txn *txn, struct bytes key, struct bytes value, int64_t lease)
{
	txn_put_owned(txn, key, txn_copy(txn, value), lease);
}

void txn_put_taken(struct txn *txn, struct bytes key, struct buf *value, int64_t lease)
{
	size_t len = value->len;
	uint8_t *data = buf_reserve(value, 1) == 0 ? STEAL(value->data) : NULL;

	buf_fini(value);
	txn_put_owned(txn, key, txn_own(txn, data, len), lease);
}

void txn_delete(struct txn *txn, struct bytes key)
{
	txn_op(txn, (struct etcd_op){
			    .type = ETCD_OP_DELETE,
			    .key = txn_copy(txn, key),
		    });
}

void txn_delete_between(struct txn *txn, struct bytes from, struct bytes to)
{
	txn_op(txn, (struct etcd_op){
			    .type = ETCD_OP_DELETE,
			    .key = txn_copy(txn, from),
			    .range_end = txn_copy(txn, to),
		    });
}

static struct etcd_op *txn_delete_of(const struct txn *txn, struct bytes key)
{
	for (size_t i = 0; i < txn->n_ops; i++) {
		struct etcd_op *op = &txn->ops[i];
		if (op->type == ETCD_OP_DELETE && !op->range_end.len && bytes_equal(op->key, key))
			return op;
	}
	return NULL;
}

bool txn_deletes(const struct txn *txn, struct bytes key)
{
	return txn_delete_of(txn, key);
}

bool txn_changes(const struct txn *txn, struct bytes key)
{
	for (size_t i = 0; i < txn->n_ops; i++)
		if (!txn->ops[i].range_end.len && bytes_equal(txn->ops[i].key, key))
			return true;
	return false;
}

void txn_empty_instead(struct txn *txn, struct bytes key)
{
	struct etcd_op *op = txn_delete_of(txn, key);

	if (op)
		op->type = ETCD_OP_PUT;
}
