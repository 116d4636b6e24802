/* A single node: made, put into its place, taken out of it, and freed. */
#include "fs/tree/tree_private.h"

#include "fs/tree/key.h"

#include <string.h>

struct value *node_value(const struct node *node)
{
	return node->extended ? node->extra->value : node->value;
}

bool node_is_dir(const struct node *node)
{
	return !node_value(node);
}

struct dir *node_dir(const struct node *dir)
{
	return (struct dir *)dir->extra;
}

const struct extra *node_extra(const struct node *node)
{
	static struct extra none = {.writers = TAILQ_HEAD_INITIALIZER(none.writers)};

	return node->extended ? node->extra : &none;
}

static struct extra *extra_init(struct extra *extra, struct node *node)
{
	extra->value = node->value;
	TAILQ_INIT(&extra->writers);
	node->extra = extra;
	node->extended = true;
	return extra;
}

struct extra *node_extend(struct tree *tree, struct node *node)
{
	struct extra *extra;

	if (node->extended)
		return node->extra;
	extra = calloc(1, node->value ? sizeof(*extra) : sizeof(struct dir));
	if (!extra)
		return NULL;
	tree->n_bytes += block_bytes(extra);
	return extra_init(extra, node);
}

static bool extra_says_nothing(const struct extra *extra)
{
	return !extra->lookups && !extra->handles && !extra->holds && !extra->makers &&
	       extra->times.state == TIMES_OWN && TAILQ_EMPTY(&extra->writers) &&
	       !meta_change_any(&extra->pending);
}

static void node_shorten(struct tree *tree, struct node *node)
{
	struct extra *extra = node->extra;

	node->value = extra->value;
	node->extended = false;
	tree->n_bytes -= block_bytes(extra);
	free(extra);
}

void root_init(struct tree *tree)
{
	struct node *root = &tree->root;

	root->id = ROOT_ID;
	extra_init(&tree->root_dir.extra, root);
	clock_gettime(CLOCK_REALTIME, &tree->root_dir.changed);
}

bool is_marker(const char *name, const struct value *value)
{
	return value && value->len == 0 && strcmp(name, KEY_EMPTY_NAME) == 0;
}

bool node_is_marker(const struct node *node)
{
	return is_marker(node_name(node), node_value(node));
}

bool node_is_empty(struct node *dir)
{
	struct node *child = node_dir(dir)->children;

	return !child || (node_dir(dir)->n_children == 1 && node_is_marker(child));
}

static size_t node_size(const char *name)
{
	size_t size = offsetof(struct node, text) + strlen(name) + 1;

	return size > sizeof(struct node) ? size : sizeof(struct node);
}

static void node_count_value(struct tree *tree, struct value *value, int by)
{
	if (value) {
		tree->n_bytes += by * block_bytes(value);
		tree->n_value_bytes += by * value->len;
	}
}

void node_set_value(struct tree *tree, struct node *node, struct value *value)
{
	struct value **place = node->extended ? &node->extra->value : &node->value;

	node_count_value(tree, value, 1);
	node_count_value(tree, *place, -1);
	value_unref(*place);
	*place = value_ref(value);
}

void node_rename(struct tree *tree, struct node *node, char *name)
{
	if (node->renamed) {
		char *old = (char *)node_name(node);
		tree->n_bytes -= block_bytes(old);
		free(old);
	}
	node->renamed = true;
	memcpy(node->text, &name, sizeof(name));
	tree->n_bytes += block_bytes(name);
}

/* All that it has but itself. */
static void node_clear(struct tree *tree, struct node *node)
{
	node_count_value(tree, node_value(node), -1);
	value_unref(node_value(node));
	if (node->extended) {
		value_unref(node->extra->paged);
		free(node->extra->heir);
		node_shorten(tree, node);
	}
	if (node->renamed) {
		char *name = (char *)node_name(node);
		tree->n_bytes -= block_bytes(name);
		free(name);
	}
}

struct node *node_new(struct tree *tree, const char *name, struct value *value)
{
	struct node *node = calloc(1, node_size(name));

	if (!node)
		return NULL;
	node->id = tree->next_id++;
	strcpy(node->text, name);
	tree->n_bytes += block_bytes(node);
	if (value)
		node_set_value(tree, node, value);
	if ((!value && !node_extend(tree, node)) || ids_add(tree, node) < 0) {
		node_clear(tree, node);
		tree->n_bytes -= block_bytes(node);
		free(node);
		return NULL;
	}
	if (value)
		tree->n_files++;
	else
		clock_gettime(CLOCK_REALTIME, &node_dir(node)->changed);
	return node;
}

void node_free(struct tree *tree, struct node *node)
{
	ids_remove(tree, node);
	node_clear(tree, node);
	tree->n_bytes -= block_bytes(node);
	free(node);
}

static bool node_is_held(const struct node *node)
{
	const struct extra *extra = node_extra(node);

	return extra->lookups || extra->handles || extra->holds;
}

void tree_tell(struct tree *tree, enum tree_event event, struct node *node)
{
	if (tree->listener && !node_is_marker(node))
		tree->listener(tree->arg, event, node);
}

/* @by names more in @dir: @node. */
static void dir_changed(struct dir *dir, const struct node *node, int by)
{
	dir->n_children += by;
	dir->n_dirs += node_is_dir(node) ? by : 0;
	dir->n_changes++;
	dir->extra.times.state = TIMES_OWN;
	dir->dated = false;
	clock_gettime(CLOCK_REALTIME, &dir->changed);
}

void node_attach(struct tree *tree, struct node *dir, struct node *node)
{
	node->parent = dir;
	children_add(tree, &node_dir(dir)->children, node);
	dir_changed(node_dir(dir), node, 1);
}

void node_append(struct tree *tree, struct node *dir, struct node *node)
{
	node->parent = dir;
	children_append(tree, &node_dir(dir)->children, node);
	dir_changed(node_dir(dir), node, 1);
	tree_tell(tree, TREE_APPEARED, node);
}

void node_detach(struct tree *tree, struct node *node)
{
	struct node *dir = node->parent;

	children_remove(tree, &node_dir(dir)->children, node);
	dir_changed(node_dir(dir), node, -1);
	if (node->extended)
		node->extra->last_dir = dir->id;
	node->parent = NULL;
}

void node_drop(struct tree *tree, struct node *node)
{
	if (!node)
		return;
	tree->n_files -= !node_is_dir(node);
	node_free(tree, node);
}

void node_appear(struct tree *tree, struct node *dir, struct node *node)
{
	node_attach(tree, dir, node);
	tree_tell(tree, TREE_APPEARED, node);
}

void tree_let_go(struct tree *tree, struct node *node)
{
	if (node_is_held(node))
		return;
	if (node->dead)
		node_free(tree, node);
	else if (node->extended && !node_is_dir(node) && extra_says_nothing(node->extra))
		node_shorten(tree, node);
}

void node_kill(struct tree *tree, struct node *node)
{
	node->dead = true;
	if (node->draft)
		tree->n_drafts--;
	else if (!node_is_dir(node))
		tree->n_files--;
	tree_let_go(tree, node);
}

bool name_is_cut(const char *name)
{
	size_t len = strlen(name);

	return len > 2 && strcmp(name + len - 2, "%+") == 0;
}

bool node_is_cut(const struct node *node)
{
	return name_is_cut(node_name(node)) && node_is_dir(node);
}

void tree_keep_cuts(struct node *dir)
{
	for (; node_is_cut(dir); dir = dir->parent)
		dir->kept |= dir->seen;
}

void node_vanish(struct tree *tree, struct node *node)
{
	if (node->unlinked_here)
		tree_keep_cuts(node->parent);
	tree_tell(tree, TREE_VANISHED, node);
	node_detach(tree, node);
	node_kill(tree, node);
}
