#include "fs/change.h"

#include <errno.h>
#include <string.h>

void change_clear(struct change *change)
{
	for (size_t i = 0; i < change->n_owned; i++)
		free(change->owned[i]);
	*change = (struct change){0};
}

int change_error(const struct change *change)
{
	return change->error;
}

static struct bytes change_own(struct change *change, uint8_t *data, size_t len)
{
	if (!data || change->n_owned == 4 * CHANGE_MAX) {
		free(data);
		change->error = -ENOMEM;
		return (struct bytes){0};
	}
	change->owned[change->n_owned++] = data;
	return (struct bytes){data, len};
}

static struct bytes change_copy(struct change *change, struct bytes bytes)
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
	if (change->n_compares == CHANGE_MAX)
		change->error = -ENOMEM;
	else
		change->compares[change->n_compares++] = compare;
}

static void change_op(struct change *change, struct etcd_op op)
{
	if (change->n_ops == CHANGE_MAX)
		change->error = -ENOMEM;
	else
		change->ops[change->n_ops++] = op;
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
