/*
 * The first list goes into the tree as it comes, since the tree is empty and nobody has been shown
 * anything yet: so its keys are not kept twice. If that list fails, what it has put there is
 * compared with the next one.
 *
 * A list does not say when a value was written; mirror_date.c has when the files say it was.
 */
#include "fs/mirror/mirror_private.h"

#include <errno.h>

static bool is_bare_locked(const struct mirror *mirror) REQUIRES(mirror->lock)
{
	return mirror->revision == 0 && mirror->tree.n_files == 0 && mirror->own.n == 0 &&
	       !mirror->listener;
}

int mirror_list_new(struct mirror *mirror, struct mirror_list **ret)
{
	struct mirror_list *list = calloc(1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	list->mirror = mirror;
	list->room = SIZE_MAX;
	tree_load_begin(&list->load, &mirror->tree);
	lock_take(&mirror->lock);
	list->is_first = is_bare_locked(mirror);
	lock_drop(&mirror->lock);
	*ret = list;
	return 0;
}

void mirror_list_free(struct mirror_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->n_items; i++)
		value_unref(list->items[i].value);
	tree_load_end(&list->load);
	buf_fini(&list->keys);
	free(list->items);
	free(list);
}

static int list_reserve(struct mirror_list *list, size_t more)
{
	size_t capacity = list->capacity ? list->capacity : 256;
	struct mirror_item *items;

	while (capacity < list->n_items + more)
		capacity *= 2;
	if (capacity == list->capacity)
		return 0;
	items = reallocarray(list->items, capacity, sizeof(*items));
	if (!items)
		return -ENOMEM;
	list->items = items;
	list->capacity = capacity;
	return 0;
}

static struct value *list_value(struct mirror_list *list, const struct etcd_kv *kv)
{
	int64_t seen_ns = mirror_date_of(list->date, kv->mod_revision);

	if (kv->value.len > list->room)
		return value_hollow(kv, seen_ns);
	list->room -= kv->value.len;
	return value_seen_at(kv, seen_ns);
}

void mirror_list_limit(struct mirror_list *list, size_t bytes)
{
	list->room = bytes;
}

static void list_date(struct mirror_list *list)
{
	list->date = (struct mirror_date){list->revision, value_now_ns()};
	lock_take(&list->mirror->lock);
	if (!list->mirror->date.ns)
		list->mirror->date = list->date;
	if (list->is_first)
		list->date = list->mirror->date;
	lock_drop(&list->mirror->lock);
}

static int list_keep(struct mirror_list *list, const struct etcd_kv *kvs, size_t n_kvs)
{
	int r = list_reserve(list, n_kvs);

	for (size_t i = 0; r == 0 && i < n_kvs; i++) {
		struct mirror_item *item = &list->items[list->n_items++];
		r = buf_append_bytes(&list->keys, kvs[i].key);
		item->key_end = list->keys.len;
		item->value = list_value(list, &kvs[i]);
		if (!item->value)
			r = -ENOMEM;
	}
	return r;
}

static int kv_load_locked(struct mirror *mirror, struct mirror_list *list, const struct etcd_kv *kv)
	REQUIRES(mirror->lock)
{
	CLEANUP(value_unref) struct value *value = NULL;
	struct bytes own;
	bool is_own = own_name(mirror, kv->key, &own);
	int r = is_own ? 0 : mirror_path(mirror, kv->key, &list->keys);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	value = list_value(list, kv);
	if (!value)
		return -ENOMEM;
	if (is_own)
		return own_put_locked(mirror, own, value);
	r = tree_load_put(&list->load, (char *)list->keys.data, value);
	meta_mark_locked(mirror, kv->key);
	return r;
}

static int list_load(struct mirror_list *list, const struct etcd_kv *kvs, size_t n_kvs)
{
	struct mirror *mirror = list->mirror;
	int r = 0;

	lock_take(&mirror->lock);
	tree_load_forget(&list->load);
	for (size_t i = 0; r == 0 && i < n_kvs; i++) {
		if (i && i % MIRROR_PIECE == 0 && lock_pass(&mirror->lock))
			tree_load_forget(&list->load);
		r = kv_load_locked(mirror, list, &kvs[i]);
	}
	lock_drop(&mirror->lock);
	return r;
}

void mirror_list_expect(struct mirror_list *list, size_t count)
{
	if (!list->is_first)
		return;
	lock_take(&list->mirror->lock);
	tree_expect(&list->mirror->tree, count);
	lock_drop(&list->mirror->lock);
}

int mirror_list_add(
	struct mirror_list *list, int64_t revision, const struct etcd_kv *kvs, size_t n_kvs)
{
	if (!list->revision) {
		list->revision = revision;
		list_date(list);
	}
	return list->is_first ? list_load(list, kvs, n_kvs) : list_keep(list, kvs, n_kvs);
}
