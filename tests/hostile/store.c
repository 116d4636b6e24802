#include "tests/hostile/store.h"

#include <string.h>

static struct bytes bytes_from(ProtobufCBinaryData data)
{
	return (struct bytes){data.data, data.len};
}

static ProtobufCBinaryData binary(const struct buf *buf)
{
	return (ProtobufCBinaryData){buf->len, buf->data};
}

static void *longer(void *list, size_t n, size_t size)
{
	void *ret = reallocarray(list, n, size);

	if (!ret)
		abort();
	return ret;
}

static void set(struct buf *buf, struct bytes bytes)
{
	struct buf fresh = {0};

	if (buf_append_bytes(&fresh, bytes) < 0)
		abort();
	buf_fini(buf);
	*buf = fresh;
}

/* --- Keys --------------------------------------------------------------------------------- */

bool store_is_in(struct bytes key, ProtobufCBinaryData first, ProtobufCBinaryData end)
{
	if (!end.len)
		return bytes_equal(key, bytes_from(first));
	if (bytes_compare(key, bytes_from(first)) < 0)
		return false;
	return (end.len == 1 && !end.data[0]) || bytes_compare(key, bytes_from(end)) < 0;
}

/* Where @key is, or would be. */
static size_t place_of(const struct store *store, struct bytes key)
{
	size_t i = 0;

	while (i < store->n_keys && bytes_compare(buf_bytes(&store->keys[i].key), key) < 0)
		i++;
	return i;
}

static bool is_at(const struct store *store, size_t i, struct bytes key)
{
	return i < store->n_keys && bytes_equal(buf_bytes(&store->keys[i].key), key);
}

static void note_change(struct store *store, const struct store_key *key, bool is_delete)
{
	struct store_change *change;

	store->history = longer(store->history, store->n_history + 1, sizeof(*store->history));
	change = &store->history[store->n_history++];
	*change = (struct store_change){.is_delete = is_delete, .key = *key};
	change->key.key = change->key.value = (struct buf){0};
	set(&change->key.key, buf_bytes(&key->key));
	set(&change->key.value, buf_bytes(&key->value));
}

/* The key @name, made at its place if it is not there. */
static struct store_key *key_at(struct store *store, struct bytes name)
{
	size_t i = place_of(store, name);

	if (is_at(store, i, name))
		return &store->keys[i];
	store->keys = longer(store->keys, store->n_keys + 1, sizeof(*store->keys));
	memmove(store->keys + i + 1, store->keys + i, (store->n_keys++ - i) * sizeof(*store->keys));
	store->keys[i] = (struct store_key){0};
	set(&store->keys[i].key, name);
	return &store->keys[i];
}

static void put(struct store *store, const Etcd__PutRequest *request, int64_t revision)
{
	struct store_key *key = key_at(store, bytes_from(request->key));

	set(&key->value, bytes_from(request->value));
	if (!key->create_revision)
		key->create_revision = revision;
	key->mod_revision = revision;
	key->version++;
	key->lease = request->lease;
	store->revision = revision;
	note_change(store, key, false);
}

static void drop_at(struct store *store, size_t i)
{
	buf_fini(&store->keys[i].key);
	buf_fini(&store->keys[i].value);
	store->n_keys--;
	memmove(store->keys + i, store->keys + i + 1, (store->n_keys - i) * sizeof(*store->keys));
}

static void remove_at(struct store *store, size_t i, int64_t revision)
{
	struct store_key gone = {.key = store->keys[i].key, .mod_revision = revision};

	store->revision = revision;
	note_change(store, &gone, true);
	drop_at(store, i);
}

void store_show(const struct store_key *key, Etcd__KeyValue *ret)
{
	etcd__key_value__init(ret);
	ret->key = binary(&key->key);
	ret->value = binary(&key->value);
	ret->create_revision = key->create_revision;
	ret->mod_revision = key->mod_revision;
	ret->version = key->version;
	ret->lease = key->lease;
}

void store_at(const struct store *store, int64_t revision, struct store *ret)
{
	*ret = (struct store){.revision = revision};
	for (size_t i = 0; i < store->n_history; i++) {
		const struct store_change *change = &store->history[i];
		struct bytes name = buf_bytes(&change->key.key);
		struct store_key *key;

		if (change->key.mod_revision > revision)
			break;
		if (change->is_delete) {
			drop_at(ret, place_of(ret, name));
			continue;
		}
		key = key_at(ret, name);
		set(&key->value, buf_bytes(&change->key.value));
		key->create_revision = change->key.create_revision;
		key->mod_revision = change->key.mod_revision;
		key->version = change->key.version;
		key->lease = change->key.lease;
	}
}

void store_fini(struct store *store)
{
	while (store->n_keys)
		drop_at(store, store->n_keys - 1);
	for (size_t i = 0; i < store->n_history; i++) {
		buf_fini(&store->history[i].key.key);
		buf_fini(&store->history[i].key.value);
	}
	free(store->keys);
	free(store->history);
	free(store->leases);
}

/* --- Range -------------------------------------------------------------------------------- */

static int newer_first(const void *a, const void *b)
{
	const Etcd__KeyValue *one = *(Etcd__KeyValue *const *)a,
			     *other = *(Etcd__KeyValue *const *)b;

	return (one->mod_revision < other->mod_revision) -
	       (one->mod_revision > other->mod_revision);
}

void store_range(
	const struct store *store, const Etcd__RangeRequest *request, Etcd__RangeResponse *ret)
{
	Etcd__KeyValue *kvs = longer(NULL, store->n_keys + 1, sizeof(*kvs));

	ret->kvs = longer(NULL, store->n_keys + 1, sizeof(*ret->kvs));
	ret->kvs[0] = kvs;
	ret->n_kvs = 0;
	for (size_t i = 0; i < store->n_keys; i++) {
		struct bytes key = buf_bytes(&store->keys[i].key);
		if (!store_is_in(key, request->key, request->range_end))
			continue;
		ret->kvs[ret->n_kvs] = &kvs[ret->n_kvs];
		store_show(&store->keys[i], ret->kvs[ret->n_kvs++]);
	}
	ret->count = (int64_t)ret->n_kvs;
	if (request->sort_order)
		qsort(ret->kvs, ret->n_kvs, sizeof(*ret->kvs), newer_first);
	ret->more = request->limit && ret->n_kvs > (size_t)request->limit;
	if (ret->more)
		ret->n_kvs = (size_t)request->limit;
	for (size_t i = 0; request->keys_only && i < ret->n_kvs; i++)
		ret->kvs[i]->value.len = 0;
	if (request->count_only)
		ret->n_kvs = 0;
}

void store_range_end(Etcd__RangeResponse *response)
{
	Etcd__KeyValue *kvs = response->kvs[0];

	/* Sorted, the first need not be the first of the array. */
	for (int64_t i = 1; i < response->count; i++)
		if (response->kvs[i] < kvs)
			kvs = response->kvs[i];
	free(kvs);
	free(response->kvs);
}

/* --- Transactions ------------------------------------------------------------------------- */

static bool number_holds(const Etcd__Compare *compare, const struct store_key *key)
{
	bool by_mod = compare->operand_case == ETCD__COMPARE__OPERAND_MOD_REVISION;
	int64_t number = !key ? 0 : by_mod ? key->mod_revision : key->create_revision;
	int64_t other = by_mod ? compare->mod_revision : compare->create_revision;

	switch (compare->result) {
	case 0:
		return number == other;
	case 1:
		return number > other;
	default:
		return number < other;
	}
}

static bool compare_holds(const struct store *store, const Etcd__Compare *compare)
{
	bool any = false, all = true;

	for (size_t i = 0; i < store->n_keys; i++) {
		struct bytes key = buf_bytes(&store->keys[i].key);
		if (!store_is_in(key, compare->key, compare->range_end))
			continue;
		any = true;
		all &= number_holds(compare, &store->keys[i]);
	}
	return any ? all : number_holds(compare, NULL);
}

bool store_holds(const struct store *store, const Etcd__TxnRequest *request)
{
	for (size_t i = 0; i < request->n_compare; i++)
		if (!compare_holds(store, request->compare[i]))
			return false;
	return true;
}

static void delete_range(
	struct store *store, const Etcd__DeleteRangeRequest *request, int64_t revision)
{
	for (size_t i = store->n_keys; i-- > 0;)
		if (store_is_in(buf_bytes(&store->keys[i].key), request->key, request->range_end))
			remove_at(store, i, revision);
}

void store_do(struct store *store, const Etcd__TxnRequest *request, int64_t before)
{
	for (size_t i = 0; i < request->n_success; i++) {
		const Etcd__RequestOp *op = request->success[i];

		if (op->op_case == ETCD__REQUEST_OP__OP_PUT)
			put(store, op->put, before + 1);
		else if (op->op_case == ETCD__REQUEST_OP__OP_DELETE_RANGE)
			delete_range(store, op->delete_range, before + 1);
	}
}

/* --- Leases ------------------------------------------------------------------------------- */

bool store_has_lease(const struct store *store, int64_t id)
{
	for (size_t i = 0; i < store->n_leases; i++)
		if (store->leases[i] == id)
			return true;
	return false;
}

void store_grant(struct store *store, int64_t id)
{
	store->leases = longer(store->leases, store->n_leases + 1, sizeof(*store->leases));
	store->leases[store->n_leases++] = id;
}

void store_revoke(struct store *store, int64_t id)
{
	int64_t revision = store->revision + 1;

	for (size_t i = store->n_keys; i-- > 0;)
		if (store->keys[i].lease == id)
			remove_at(store, i, revision);
	for (size_t i = store->n_leases; i-- > 0;)
		if (store->leases[i] == id)
			store->leases[i] = store->leases[--store->n_leases];
}
