#include "fs/request/change.h"

#include <errno.h>
#include <string.h>

void change_clear(struct change *change)
{
	for (size_t i = 0; i < change->n_owned; i++)
		free(change->owned[i]);
	free(change->compares);
	free(change->ops);
	free(change->owned);
	*change = (struct change){0};
}

int change_error(const struct change *change)
{
	return change->error;
}

/* @array with room for one more than the @n it has, of @size bytes each; NULL without memory. */
static void *change_grow(struct change *change, void *array, size_t n, size_t *max, size_t size)
{
	size_t more = *max ? 2 * *max : 8;
	void *longer = n < *max ? array : reallocarray(array, more, size);

	if (!longer)
		change->error = -ENOMEM;
	else if (n == *max)
		*max = more;
	return longer;
}

static struct bytes change_own(struct change *change, uint8_t *data, size_t len)
{
	void **owned = change_grow(
		change, change->owned, change->n_owned, &change->max_owned, sizeof(*change->owned));

	if (owned)
		change->owned = owned;
	if (!data)
		change->error = -ENOMEM;
	if (!data || !owned) {
		free(data);
		return (struct bytes){0};
	}
	change->owned[change->n_owned++] = data;
	return (struct bytes){data, len};
}

struct bytes change_copy(struct change *change, struct bytes bytes)
{
	return change_own(change, bytes_dup(bytes), bytes.len);
}

static struct bytes change_copy_with(struct change *change, struct bytes bytes, uint8_t last)
{
	struct buf copy = {0};

	if (buf_append_bytes(&copy, bytes) < 0 || buf_append_byte(&copy, last) < 0)
		buf_fini(&copy);
	return change_own(change, copy.data, copy.len);
}

static void change_compare(struct change *change, struct etcd_compare compare)
{
	struct etcd_compare *compares = change_grow(change, change->compares, change->n_compares,
		&change->max_compares, sizeof(compare));

	if (!compares)
		return;
	change->compares = compares;
	compares[change->n_compares++] = compare;
}

static void change_op(struct change *change, struct etcd_op op)
{
	struct etcd_op *ops =
		change_grow(change, change->ops, change->n_ops, &change->max_ops, sizeof(op));

	if (!ops)
		return;
	change->ops = ops;
	ops[change->n_ops++] = op;
}

void change_expect(struct change *change, struct bytes key, enum etcd_compare_target target,
	enum etcd_compare_result result, int64_t number)
{
	change_compare(change, (struct etcd_compare){
				       .target = target,
				       .result = result,
				       .key = change_copy(change, key),
				       .number = number,
			       });
}

void change_expect_there(struct change *change, struct bytes key)
{
	change_expect(change, key, ETCD_COMPARE_CREATE, ETCD_COMPARE_GREATER, 0);
}

void change_expect_none(struct change *change, struct bytes key)
{
	change_expect(change, key, ETCD_COMPARE_CREATE, ETCD_COMPARE_EQUAL, 0);
}

void change_expect_none_between(struct change *change, struct bytes from, struct bytes to)
{
	change_compare(change, (struct etcd_compare){
				       .target = ETCD_COMPARE_CREATE,
				       .result = ETCD_COMPARE_EQUAL,
				       .key = change_copy(change, from),
				       .range_end = change_copy(change, to),
			       });
}

void change_expect_older(
	struct change *change, struct bytes from, struct bytes to, int64_t revision)
{
	change_compare(change, (struct etcd_compare){
				       .target = ETCD_COMPARE_MOD,
				       .result = ETCD_COMPARE_LESS,
				       .key = change_copy(change, from),
				       .range_end = change_copy(change, to),
				       .number = revision + 1,
			       });
}

void change_expect_no_dir(struct change *change, struct bytes key)
{
	change_compare(change, (struct etcd_compare){
				       .target = ETCD_COMPARE_CREATE,
				       .result = ETCD_COMPARE_EQUAL,
				       .key = change_copy_with(change, key, '/'),
				       .range_end = change_copy_with(change, key, '/' + 1),
			       });
}

static void change_put_owned(
	struct change *change, struct bytes key, struct bytes value, int64_t lease)
{
	change_op(change, (struct etcd_op){
				  .type = ETCD_OP_PUT,
				  .key = change_copy(change, key),
				  .value = value,
				  .lease = lease,
			  });
}

void change_put(struct change *change, struct bytes key, struct bytes value, int64_t lease)
{
	change_put_owned(change, key, change_copy(change, value), lease);
}

void change_put_taken(struct change *change, struct bytes key, struct buf *value, int64_t lease)
{
	size_t len = value->len;
	uint8_t *data = buf_reserve(value, 1) == 0 ? STEAL(value->data) : NULL;

	buf_fini(value);
	change_put_owned(change, key, change_own(change, data, len), lease);
}

void change_delete(struct change *change, struct bytes key)
{
	change_op(change, (struct etcd_op){
				  .type = ETCD_OP_DELETE,
				  .key = change_copy(change, key),
			  });
}

void change_delete_between(struct change *change, struct bytes from, struct bytes to)
{
	change_op(change, (struct etcd_op){
				  .type = ETCD_OP_DELETE,
				  .key = change_copy(change, from),
				  .range_end = change_copy(change, to),
			  });
}

static struct etcd_op *change_delete_of(const struct change *change, struct bytes key)
{
	for (size_t i = 0; i < change->n_ops; i++) {
		struct etcd_op *op = &change->ops[i];
		if (op->type == ETCD_OP_DELETE && !op->range_end.len && bytes_equal(op->key, key))
			return op;
	}
	return NULL;
}

bool change_deletes(const struct change *change, struct bytes key)
{
	return change_delete_of(change, key);
}

void change_empty_instead(struct change *change, struct bytes key)
{
	struct etcd_op *op = change_delete_of(change, key);

	if (op)
		op->type = ETCD_OP_PUT;
}
