#include "fs/tree/value.h"

#include <string.h>

struct value *value_new(const struct etcd_kv *kv)
{
	struct value *value = malloc(sizeof(*value) + kv->value.len);

	if (!value)
		return NULL;
	value->refs = 1;
	value->create_revision = kv->create_revision;
	value->mod_revision = kv->mod_revision;
	value->version = kv->version;
	value->lease = kv->lease;
	clock_gettime(CLOCK_REALTIME, &value->seen);
	value->len = kv->value.len;
	if (value->len)
		memcpy(value->data, kv->value.data, value->len);
	return value;
}

struct value *value_with(const struct value *value, struct bytes bytes)
{
	struct etcd_kv kv = {
		.value = bytes,
		.create_revision = value->create_revision,
		.mod_revision = value->mod_revision,
		.version = value->version,
		.lease = value->lease,
	};
	struct value *other = value_new(&kv);

	if (other)
		other->seen = value->seen;
	return other;
}

struct value *value_ref(struct value *value)
{
	value->refs++;
	return value;
}

void value_unref(struct value *value)
{
	if (value && --value->refs == 0)
		free(value);
}

struct bytes value_bytes(const struct value *value)
{
	return (struct bytes){value->data, value->len};
}
