#include "fs/tree/value.h"

#include <malloc.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)
#define VALUE_MAX ((1 << 30) - 1) /* no message of etcd's is larger */

static size_t kept_len(const struct value *value)
{
	return value->hollow ? 0 : value->len;
}

static struct value *value_make(const struct etcd_kv *kv, int64_t seen_ns, bool hollow)
{
	size_t len = hollow ? 0 : kv->value.len;
	struct value *value = NULL;

	if (kv->value.len <= VALUE_MAX)
		value = malloc(sizeof(*value) + len + (kv->lease ? sizeof(kv->lease) : 0));
	if (!value)
		return NULL;
	value->refs = 1;
	value->create_revision = kv->create_revision;
	value->mod_revision = kv->mod_revision;
	value->version = kv->version;
	value->seen_ns = seen_ns;
	value->len = kv->value.len;
	value->hollow = hollow;
	value->leased = kv->lease != 0;
	if (len)
		memcpy(value->data, kv->value.data, len);
	if (value->leased)
		memcpy(value->data + len, &kv->lease, sizeof(kv->lease));
	return value;
}

struct value *value_seen_at(const struct etcd_kv *kv, int64_t seen_ns)
{
	return value_make(kv, seen_ns, false);
}

struct value *value_hollow(const struct etcd_kv *kv, int64_t seen_ns)
{
	return value_make(kv, seen_ns, true);
}

struct value *value_new(const struct etcd_kv *kv)
{
	return value_seen_at(kv, value_now_ns());
}

struct value *value_with(const struct value *value, struct bytes bytes)
{
	struct etcd_kv kv = {
		.value = bytes,
		.create_revision = value->create_revision,
		.mod_revision = value->mod_revision,
		.version = value->version,
		.lease = value_lease(value),
	};

	return value_seen_at(&kv, value->seen_ns);
}

size_t block_bytes(void *block)
{
	return block ? malloc_usable_size(block) + sizeof(size_t) : 0;
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
	return (struct bytes){value->data, kept_len(value)};
}

int64_t value_lease(const struct value *value)
{
	int64_t lease = 0;

	if (value->leased)
		memcpy(&lease, value->data + kept_len(value), sizeof(lease));
	return lease;
}

struct timespec value_seen(const struct value *value)
{
	return (struct timespec){value->seen_ns / SECOND_NS, value->seen_ns % SECOND_NS};
}

bool value_same(const struct value *a, const struct value *b)
{
	return a->create_revision == b->create_revision && a->mod_revision == b->mod_revision &&
	       a->version == b->version && value_lease(a) == value_lease(b) &&
	       bytes_equal(value_bytes(a), value_bytes(b));
}

int64_t value_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * SECOND_NS + now.tv_nsec;
}
