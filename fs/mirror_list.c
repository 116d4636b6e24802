/*
 * A list becomes the mirror in two passes: what is listed is put where it differs, and marked with
 * the list's number; then the files without that number are deleted. So a node whose key was there
 * before and after stays the same node, whatever was missed between.
 *
 * When a listed value was written nobody knows, but the order is known: the times that they get are
 * in the order of the revisions, so that of two files the newer one is the newer one (make).
 */
#include "fs/mirror_private.h"

#include <errno.h>
#include <string.h>

#define SECOND_NS 1000000000LL

struct mirror_list {
	struct mirror_item {
		struct bytes key; /* owned */
		struct value *value;
	} * items;
	size_t n_items;
	size_t capacity;
};

int mirror_list_new(struct mirror_list **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void mirror_list_free(struct mirror_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->n_items; i++) {
		free((uint8_t *)list->items[i].key.data);
		value_unref(list->items[i].value);
	}
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

int mirror_list_add(struct mirror_list *list, const struct etcd_kv *kvs, size_t n_kvs)
{
	int r = list_reserve(list, n_kvs);

	for (size_t i = 0; r == 0 && i < n_kvs; i++) {
		struct mirror_item *item = &list->items[list->n_items++];
		item->key = (struct bytes){bytes_dup(kvs[i].key), kvs[i].key.len};
		item->value = value_new(&kvs[i]);
		if (!item->key.data || !item->value)
			r = -ENOMEM;
	}
	return r;
}

static bool value_same(const struct value *a, const struct value *b)
{
	return a->create_revision == b->create_revision && a->mod_revision == b->mod_revision &&
	       a->version == b->version && a->lease == b->lease &&
	       bytes_equal(value_bytes(a), value_bytes(b));
}

static int item_apply_locked(struct mirror *mirror, const struct mirror_item *item,
	struct buf *scratch, bool *ret_forked) REQUIRES(mirror->lock)
{
	struct node *file;
	const char *path;
	int r = mirror_path(mirror, item->key, scratch);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	path = (char *)scratch->data;
	file = tree_file(&mirror->tree, path);
	if (!file || !value_same(file->value, item->value)) {
		*ret_forked |= item->value->mod_revision <= mirror->revision;
		/* Deleted and made again: another file. */
		if (file && file->value->create_revision != item->value->create_revision)
			r = tree_delete(&mirror->tree, path);
		if (r == 0)
			r = tree_put(&mirror->tree, path, item->value);
		if (r < 0)
			return r;
		file = tree_file(&mirror->tree, path);
	}
	file->listed = mirror->lists;
	return 0;
}

/* Removes the files that the list did not have. */
static int sweep_locked(struct mirror *mirror, struct buf *scratch) REQUIRES(mirror->lock)
{
	struct node *node;
	uint64_t id = TREE_FIRST_ID;
	int r = 0;

	while (r == 0 && (node = tree_next(&mirror->tree, id))) {
		id = node->id + 1;
		if (node_is_dir(node) || node->dead || node->listed == mirror->lists)
			continue;
		buf_clear(scratch);
		r = node_path(node, scratch);
		if (r == 0)
			r = buf_append_byte(scratch, 0);
		if (r == 0)
			r = tree_delete(&mirror->tree, (char *)scratch->data);
	}
	return r;
}

/* How long ago, for two revisions that may be anything. */
static int64_t age_ns(int64_t revision, int64_t mod_revision, int64_t max_ns)
{
	int64_t age = revision > mod_revision ? revision - mod_revision : 0;

	return age < max_ns / 1000 ? age * 1000 : max_ns;
}

/* A microsecond for each revision, which etcd never takes less for: so later than it was. */
static void list_date(const struct mirror_list *list, int64_t revision)
{
	struct timespec now;
	int64_t now_ns;

	clock_gettime(CLOCK_REALTIME, &now);
	now_ns = now.tv_sec * SECOND_NS + now.tv_nsec;
	for (size_t i = 0; i < list->n_items; i++) {
		struct value *value = list->items[i].value;
		int64_t seen_ns = now_ns - age_ns(revision, value->mod_revision, now_ns);
		value->seen = (struct timespec){seen_ns / SECOND_NS, seen_ns % SECOND_NS};
	}
}

static int replace_locked(struct mirror *mirror, int64_t revision, const struct mirror_list *list,
	bool *ret_forked) REQUIRES(mirror->lock)
{
	CLEANUP(buf) struct buf scratch = {0};
	int r = 0;

	mirror->lists++;
	list_date(list, revision);
	for (size_t i = 0; r == 0 && i < list->n_items; i++)
		r = item_apply_locked(mirror, &list->items[i], &scratch, ret_forked);
	return r < 0 ? r : sweep_locked(mirror, &scratch);
}

int mirror_replace(
	struct mirror *mirror, int64_t revision, const struct mirror_list *list, bool *ret_forked)
{
	int r;

	*ret_forked = false;
	lock_take(&mirror->lock);
	r = replace_locked(mirror, revision, list, ret_forked);
	mirror->revision = r == 0 ? revision : 0;
	lock_drop(&mirror->lock);
	return r;
}
