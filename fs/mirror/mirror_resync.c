/*
 * A list replaces the mirror's content in two steps. The first compares them: each file that is
 * listed is marked with the list's number; listed items that the mirror lacks or has otherwise are
 * noted, and so are files without the mark. That takes long, so it is done in pieces, and the lock
 * is passed on between two of them. The second step puts and deletes what was noted, all at one
 * moment. So a node whose key existed before and after stays the same node, whatever was missed
 * between. Between the pieces no file changes, because only this thread changes files; but
 * directories may come and go when the kernel forgets them, so files are noted by their paths.
 *
 * As a rule little differs. If everything does, because another cluster answers, a million keys
 * hold the lock for about a second; showing half of the new state would be worse.
 */
#include "fs/mirror/mirror_private.h"
#include "fs/tree/key.h"

#include <errno.h>
#include <string.h>

static struct bytes list_key(const struct mirror_list *list, size_t index)
{
	size_t start = index ? list->items[index - 1].key_end : 0;

	return (struct bytes){list->keys.data + start, list->items[index].key_end - start};
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
	struct buf gone;     /* paths of files that are not in the list, each NUL-terminated */
	struct buf order;    /* of these, a struct gone each */
	struct buf own_gone; /* own keys that are not in the list */
	struct buf scratch;
	bool forked;
};

static void replacing_cleanup(struct replacing *replacing)
{
	free(replacing->changed);
	buf_fini(&replacing->gone);
	buf_fini(&replacing->order);
	buf_fini(&replacing->own_gone);
	buf_fini(&replacing->scratch);
}

static unsigned list_number(const struct mirror *mirror)
{
	return mirror->lists % NODE_LISTS + 1;
}

/* Marks the key of an item as listed. *@ret: the value that the mirror has; NULL: none. 0, -ENOMEM,
 * or -ENOENT: it is no key of the mirror's. */
static int item_find_locked(struct mirror *mirror, struct replacing *replacing, struct bytes key,
	const struct value **ret) REQUIRES(mirror->lock)
{
	struct bytes own;
	struct node *file;
	int r = 0;

	if (own_name(mirror, key, &own)) {
		*ret = own_listed_locked(mirror, own);
		return 0;
	}
	r = mirror_path(mirror, key, &replacing->scratch);
	if (r < 0)
		return r;
	file = tree_file(&mirror->tree, (char *)replacing->scratch.data);
	if (file)
		file->listed = list_number(mirror);
	*ret = file ? node_value(file) : NULL;
	return 0;
}

static int item_compare_locked(struct mirror *mirror, struct replacing *replacing, size_t index)
	REQUIRES(mirror->lock)
{
	const struct mirror_item *item = &replacing->list->items[index];
	const struct value *here;
	int r = item_find_locked(mirror, replacing, list_key(replacing->list, index), &here);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (!here || !value_same(here, item->value)) {
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
		r = own_unlisted_locked(mirror, &replacing->own_gone);
	if (r == 0)
		gone_sort_locked(mirror, replacing);
	return r;
}

static int item_apply_locked(struct mirror *mirror, struct replacing *replacing, size_t index)
	REQUIRES(mirror->lock)
{
	const struct mirror_item *item = &replacing->list->items[index];
	struct bytes key = list_key(replacing->list, index), own;
	struct node *file;
	const char *path;
	int r;

	if (own_name(mirror, key, &own))
		return own_put_locked(mirror, own, item->value);
	r = mirror_path(mirror, key, &replacing->scratch);
	if (r < 0)
		return r;
	path = (char *)replacing->scratch.data;
	file = tree_file(&mirror->tree, path);
	/* Deleted and created again, so it is another file. */
	if (file && !file->draft &&
		node_value(file)->create_revision != item->value->create_revision)
		r = tree_delete(&mirror->tree, path);
	if (r == 0)
		r = tree_put(&mirror->tree, path, item->value);
	meta_mark_locked(mirror, key);
	return r;
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
	if (r == 0)
		own_drop_locked(mirror, &replacing->own_gone);
	for (size_t i = 0; r == 0 && i < replacing->n_changed; i++)
		r = meta_renew_locked(mirror, list_key(replacing->list, replacing->changed[i]));
	if (r == 0)
		meta_date_dirs_locked(mirror);
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
