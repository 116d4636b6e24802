/*
 * A list replaces the mirror's content in two steps. The first compares them: each file that is
 * listed is marked with the list's number; listed items that the mirror lacks or has otherwise are
 * noted, and so are files without the mark. That takes long, so it is done in pieces, and the lock
 * is passed on between two of them. The second step puts and deletes what was noted, all at one
 * moment. So a node whose key existed before and after stays the same node, whatever was missed
 * between. Between the pieces no file changes, because only this thread changes files; but
 * directories may come and go when the kernel forgets them, so files are noted by their paths.
 *
 * The first list goes into the tree as it comes, since the tree is empty and nobody has been shown
 * anything yet: so its keys are not kept twice. If that list fails, what it has put there is
 * compared with the next one.
 *
 * As a rule little differs. If everything does, because another cluster answers, a million keys
 * hold the lock for about a second; showing half of the new state would be worse.
 *
 * A list does not say when a value was written, but the order of writes is known: the files get
 * times in the order of their revisions, so that make(1) sees correctly which of two files is
 * newer.
 */
#include "fs/mirror/mirror_private.h"
#include "fs/tree/key.h"

#include <errno.h>
#include <string.h>

struct mirror_list {
	struct mirror *mirror;
	int64_t revision; /* 0: no keys have come */
	int64_t now_ns;	  /* when the first came */
	bool is_first;	  /* its keys go into the tree at once; the rest of this is empty then */
	struct tree_load load;
	struct mirror_item {
		size_t key_end; /* in `keys` */
		struct value *value;
	} * items;
	size_t n_items;
	size_t capacity;
	struct buf keys; /* one behind the other: no blocks that leave holes when they are freed */
};

static bool is_bare_locked(const struct mirror *mirror) REQUIRES(mirror->lock)
{
	return mirror->revision == 0 && mirror->tree.n_files == 0 && !mirror->listener;
}

int mirror_list_new(struct mirror *mirror, struct mirror_list **ret)
{
	struct mirror_list *list = calloc(1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	list->mirror = mirror;
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

/* How long ago @mod_revision was, when @revision is now. Safe for any values of both. */
static int64_t age_ns(int64_t revision, int64_t mod_revision, int64_t max_ns)
{
	int64_t age = revision > mod_revision ? revision - mod_revision : 0;

	return age < max_ns / 1000 ? age * 1000 : max_ns;
}

/* Dates each value a microsecond back for each revision since. etcd never makes revisions so fast,
 * so the date is later than the true one. */
static struct value *list_value(const struct mirror_list *list, const struct etcd_kv *kv)
{
	int64_t age = age_ns(list->revision, kv->mod_revision, list->now_ns);

	return value_seen_at(kv, list->now_ns - age);
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
	int r = mirror_path(mirror, kv->key, &list->keys);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	value = list_value(list, kv);
	if (!value)
		return -ENOMEM;
	return tree_load_put(&list->load, (char *)list->keys.data, value);
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
		list->now_ns = value_now_ns();
	}
	return list->is_first ? list_load(list, kvs, n_kvs) : list_keep(list, kvs, n_kvs);
}

static struct bytes list_key(const struct mirror_list *list, size_t index)
{
	size_t start = index ? list->items[index - 1].key_end : 0;

	return (struct bytes){list->keys.data + start, list->items[index].key_end - start};
}

static bool value_same(const struct value *a, const struct value *b)
{
	return a->create_revision == b->create_revision && a->mod_revision == b->mod_revision &&
	       a->version == b->version && value_lease(a) == value_lease(b) &&
	       bytes_equal(value_bytes(a), value_bytes(b));
}

/* A path that is not in the list. They go in the order of the IDs, so of coming. */
struct gone {
	uint64_t id;
	size_t path; /* where in `gone` */
};

/* A list that is about to replace the mirror's content. */
struct replacing {
	const struct mirror_list *list;
	size_t *changed; /* indexes of the items that the mirror lacks or has otherwise */
	size_t n_changed;
	struct buf gone;  /* paths of files that are not in the list, each NUL-terminated */
	struct buf order; /* of these, a struct gone each */
	struct buf scratch;
	bool forked;
};

static void replacing_cleanup(struct replacing *replacing)
{
	free(replacing->changed);
	buf_fini(&replacing->gone);
	buf_fini(&replacing->order);
	buf_fini(&replacing->scratch);
}

static unsigned list_number(const struct mirror *mirror)
{
	return mirror->lists % NODE_LISTS + 1;
}

static int item_compare_locked(struct mirror *mirror, struct replacing *replacing, size_t index)
	REQUIRES(mirror->lock)
{
	const struct mirror_item *item = &replacing->list->items[index];
	struct node *file;
	int r = mirror_path(mirror, list_key(replacing->list, index), &replacing->scratch);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	file = tree_file(&mirror->tree, (char *)replacing->scratch.data);
	if (file)
		file->listed = list_number(mirror);
	if (!file || !value_same(node_value(file), item->value)) {
		replacing->changed[replacing->n_changed++] = index;
		replacing->forked |= item->value->mod_revision <= mirror->revision;
	}
	return 0;
}

/* Notes the path of @file. For a "%value" that is the directory's path, which names the same file
 * also if the directory becomes a file meanwhile, or the file a directory. */
static int gone_add(struct replacing *replacing, const struct node *file)
{
	const struct node *node =
		strcmp(node_name(file), KEY_VALUE_NAME) == 0 ? file->parent : file;
	struct gone gone = {file->id, replacing->gone.len};
	int r = node_path(node, &replacing->gone);

	if (r == 0)
		r = buf_append_byte(&replacing->gone, 0);
	return r < 0 ? r : buf_append(&replacing->order, &gone, sizeof(gone));
}

static int gone_compare(const void *a, const void *b)
{
	const struct gone *one = a, *other = b;

	return (one->id > other->id) - (one->id < other->id);
}

typedef int visit_fn(struct mirror *mirror, struct replacing *replacing, struct node *file);

static int gone_visit(struct mirror *mirror, struct replacing *replacing, struct node *file)
{
	return file->draft || file->listed == list_number(mirror) ? 0 : gone_add(replacing, file);
}

static int unlist_visit(struct mirror *mirror, struct replacing *replacing, struct node *file)
{
	file->listed = 0;
	return 0;
}

/* Each file, some perhaps twice. While others have the lock the table of IDs may grow, by which a
 * node stays where it is or comes later; and nodes may be made, anywhere in it, so these are asked
 * for by their IDs. */
static int files_visit_locked(struct mirror *mirror, struct replacing *replacing, visit_fn *visit)
	REQUIRES(mirror->lock)
{
	struct tree *tree = &mirror->tree;
	uint64_t id = tree->next_id;
	struct node *node;
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < tree->n_buckets && r == 0; i++) {
		for (node = tree->buckets[i]; node && r == 0; node = node->next) {
			if (!node_is_dir(node) && !node->dead)
				r = visit(mirror, replacing, node);
			n++;
		}
		if (n >= MIRROR_PIECE) {
			lock_pass(&mirror->lock);
			n -= MIRROR_PIECE;
		}
	}
	for (; id < tree->next_id && r == 0; id++) {
		node = tree_by_id(tree, id);
		if (node && !node_is_dir(node) && !node->dead)
			r = visit(mirror, replacing, node);
	}
	return r;
}

/* Others may have the lock meanwhile: it takes long if there are many. */
static void gone_sort_locked(struct mirror *mirror, struct replacing *replacing)
	REQUIRES(mirror->lock)
{
	struct buf *order = &replacing->order;

	if (!order->len)
		return;
	lock_drop(&mirror->lock);
	qsort(order->data, order->len / sizeof(struct gone), sizeof(struct gone), gone_compare);
	lock_take(&mirror->lock);
}

/* Notes what the list has otherwise, and what it lacks. */
static int compare_locked(struct mirror *mirror, struct replacing *replacing) REQUIRES(mirror->lock)
{
	size_t n = 0;
	int r = 0;

	mirror->lists++;
	/* A file may have an old number if no list was complete since. */
	if (list_number(mirror) == 1)
		r = files_visit_locked(mirror, replacing, unlist_visit);
	for (size_t i = 0; r == 0 && i < replacing->list->n_items; i++) {
		r = item_compare_locked(mirror, replacing, i);
		if (++n % MIRROR_PIECE == 0)
			lock_pass(&mirror->lock);
	}
	if (r == 0)
		r = files_visit_locked(mirror, replacing, gone_visit);
	if (r == 0)
		gone_sort_locked(mirror, replacing);
	return r;
}

static int item_apply_locked(struct mirror *mirror, struct replacing *replacing, size_t index)
	REQUIRES(mirror->lock)
{
	const struct mirror_item *item = &replacing->list->items[index];
	struct node *file;
	const char *path;
	int r = mirror_path(mirror, list_key(replacing->list, index), &replacing->scratch);

	if (r < 0)
		return r;
	path = (char *)replacing->scratch.data;
	file = tree_file(&mirror->tree, path);
	/* Deleted and created again, so it is another file. */
	if (file && !file->draft &&
		node_value(file)->create_revision != item->value->create_revision)
		r = tree_delete(&mirror->tree, path);
	return r < 0 ? r : tree_put(&mirror->tree, path, item->value);
}

/* Applies everything at one moment; before the first list is complete, in pieces, because nobody
 * has been shown anything yet. */
static int apply_locked(struct mirror *mirror, struct replacing *replacing) REQUIRES(mirror->lock)
{
	const struct gone *gone = (struct gone *)replacing->order.data;
	size_t n_gone = replacing->order.len / sizeof(*gone);
	int r = 0;

	for (size_t i = 0; r == 0 && i < replacing->n_changed; i++) {
		r = item_apply_locked(mirror, replacing, replacing->changed[i]);
		if (mirror->revision == 0 && i % MIRROR_PIECE == 0)
			lock_pass(&mirror->lock);
	}
	for (size_t i = 0; r == 0 && i < n_gone; i++)
		r = tree_delete(&mirror->tree, (char *)replacing->gone.data + gone[i].path);
	return r;
}

int mirror_replace(
	struct mirror *mirror, int64_t revision, const struct mirror_list *list, bool *ret_forked)
{
	CLEANUP(replacing) struct replacing replacing = {.list = list};
	int r = 0;

	*ret_forked = false;
	replacing.changed = calloc(list->n_items + 1, sizeof(*replacing.changed));
	if (!replacing.changed)
		r = -ENOMEM;
	lock_take(&mirror->lock);
	if (r == 0 && !list->is_first)
		r = compare_locked(mirror, &replacing);
	if (r == 0)
		r = apply_locked(mirror, &replacing);
	mirror->revision = r == 0 ? revision : 0;
	lock_drop(&mirror->lock);
	*ret_forked = replacing.forked;
	return r;
}
