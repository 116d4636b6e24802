/* The trees that are loaded: found, counted, and let go. */
#include "fs/control/past.h"

#include "fs/request/attr.h"

#include <string.h>

void past_init(struct past *past)
{
	lock_init(&past->lock);
	TAILQ_INIT(&past->trees);
	TAILQ_INIT(&past->loads);
	past->next_base = ids_first(PAST_FIRST_ID, past->config->inherited.incarnation);
}

void past_tree_unref(struct past_tree *tree)
{
	if (!tree || --tree->refs)
		return;
	mirror_free(tree->mirror);
	buf_fini(&tree->path);
	free(tree);
}

/* The caller has the list's reference then. */
static void unlist_locked(struct past *past, struct past_tree *tree) REQUIRES(past->lock)
{
	TAILQ_REMOVE(&past->trees, tree, entry);
	past->n_bytes -= tree->n_bytes;
	tree->listed = false;
}

/* --- Found --- */

static void use_locked(struct past *past, struct past_tree *tree) REQUIRES(past->lock)
{
	TAILQ_REMOVE(&past->trees, tree, entry);
	TAILQ_INSERT_HEAD(&past->trees, tree, entry);
	tree->refs++;
}

static struct past_tree *of_locked(struct past *past, uint64_t id) REQUIRES(past->lock)
{
	struct past_tree *tree;

	TAILQ_FOREACH (tree, &past->trees, entry)
		if (id >= tree->base && id - tree->base < tree->span)
			return tree;
	return NULL;
}

struct past_tree *past_tree_of(struct past *past, uint64_t id)
{
	struct past_tree *tree;

	lock_take(&past->lock);
	tree = of_locked(past, id);
	if (tree)
		use_locked(past, tree);
	lock_drop(&past->lock);
	return tree;
}

struct past_tree *past_tree_at(struct past *past, const char *path, int64_t revision)
{
	struct past_tree *tree;

	lock_take(&past->lock);
	TAILQ_FOREACH (tree, &past->trees, entry)
		if (tree->revision == revision && strcmp((char *)tree->path.data, path) == 0)
			break;
	if (tree)
		use_locked(past, tree);
	lock_drop(&past->lock);
	return tree;
}

/* --- Counted and let go --- */

void past_make_room(struct past *past, size_t n_bytes)
{
	struct past_tree *tree;

	do {
		lock_take(&past->lock);
		tree = past->n_bytes + n_bytes > PAST_BYTES_MAX
			       ? TAILQ_LAST(&past->trees, past_trees)
			       : NULL;
		if (tree)
			unlist_locked(past, tree);
		lock_drop(&past->lock);
		past_tree_unref(tree);
	} while (tree);
}

void past_add(struct past *past, struct past_tree *tree)
{
	struct mirror_memory memory;

	mirror_memory(tree->mirror, &memory);
	tree->n_bytes = sizeof(*tree) + memory.n_bytes;
	tree->span = mirror_ids_end(tree->mirror);
	past_make_room(past, tree->n_bytes);
	lock_take(&past->lock);
	tree->base = past->next_base;
	past->next_base += tree->span;
	past->n_bytes += tree->n_bytes;
	tree->refs++;
	tree->listed = true;
	TAILQ_INSERT_HEAD(&past->trees, tree, entry);
	lock_drop(&past->lock);
}

void past_known(struct past *past, struct past_tree *tree)
{
	lock_take(&past->lock);
	tree->lookups++;
	lock_drop(&past->lock);
}

void past_forget(struct past *past, uint64_t id, uint64_t count)
{
	struct past_tree *tree;

	lock_take(&past->lock);
	tree = of_locked(past, id);
	if (tree)
		tree->lookups -= count < tree->lookups ? count : tree->lookups;
	if (tree && !tree->lookups)
		unlist_locked(past, tree);
	else
		tree = NULL;
	lock_drop(&past->lock);
	past_tree_unref(tree);
}

static void unlist_all(struct past *past)
{
	struct past_tree *tree;

	do {
		lock_take(&past->lock);
		tree = TAILQ_FIRST(&past->trees);
		if (tree)
			unlist_locked(past, tree);
		lock_drop(&past->lock);
		past_tree_unref(tree);
	} while (tree);
}

void past_fini(struct past *past)
{
	unlist_all(past);
	lock_fini(&past->lock);
}

void past_replaced(struct past *past)
{
	unlist_all(past);
	past_load_again(past);
}

/* --- What the kernel is told --- */

static struct timespec date_of(struct past *past, int64_t revision)
{
	int64_t ns = mirror_date_ns(past->mirror, revision);

	return (struct timespec){ns / 1000000000, ns % 1000000000};
}

void past_entry(struct past *past, const struct past_tree *tree, const struct mirror_info *info,
	struct fuse_entry_param *ret)
{
	*ret = (struct fuse_entry_param){
		.ino = tree->base + info->id,
		.attr_timeout = PAST_KEEP_SECONDS,
		.entry_timeout = PAST_KEEP_SECONDS,
	};
	attr_of_node(past->config, info, &ret->attr);
	ret->attr.st_ino = ret->ino;
	if (info->is_dir)
		ret->attr.st_atim = ret->attr.st_mtim = ret->attr.st_ctim =
			date_of(past, tree->revision);
}
