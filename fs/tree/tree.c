/*
 * Every structural change is an attach or a detach, which keep the counts and the times of the
 * parent; puts, deletes and moves are made of these two. A directory is there because something
 * is in it (perhaps only its marker), so each removal ends in tree_prune().
 */
#include "fs/tree/tree_private.h"

#include "fs/tree/key.h"

#include <errno.h>
#include <string.h>

static int node_name_compare(struct node *a, struct node *b)
{
	return strcmp(a->name, b->name);
}

static int node_id_compare(struct node *a, struct node *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

RB_GENERATE(node_names, node, by_name, node_name_compare)
RB_GENERATE(node_ids, node, by_id, node_id_compare)

bool node_is_dir(const struct node *node)
{
	return !node->value;
}

static bool is_marker(const char *name, const struct value *value)
{
	return value && value->len == 0 && strcmp(name, KEY_EMPTY_NAME) == 0;
}

bool node_is_marker(const struct node *node)
{
	return is_marker(node->name, node->value);
}

bool node_is_empty(struct node *dir)
{
	struct node *child = RB_MIN(node_names, &dir->children);

	return !child || (dir->n_children == 1 && node_is_marker(child));
}

struct node *node_new(struct tree *tree, const char *name, struct value *value)
{
	struct node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	node->name = strdup(name);
	if (!node->name) {
		free(node);
		return NULL;
	}
	node->id = tree->next_id++;
	TAILQ_INIT(&node->writers);
	RB_INIT(&node->children);
	node->value = value ? value_ref(value) : NULL;
	clock_gettime(CLOCK_REALTIME, &node->changed);
	RB_INSERT(node_ids, &tree->ids, node);
	if (value)
		tree->n_files++;
	return node;
}

static void node_free(struct tree *tree, struct node *node)
{
	RB_REMOVE(node_ids, &tree->ids, node);
	value_unref(node->value);
	value_unref(node->paged);
	free(node->name);
	free(node->heir);
	free(node);
}

static bool node_is_held(const struct node *node)
{
	return node->lookups || node->handles || node->holds;
}

static void tree_tell(struct tree *tree, enum tree_event event, struct node *node)
{
	if (tree->listener && !node_is_marker(node))
		tree->listener(tree->arg, event, node);
}

static void dir_changed(struct node *dir)
{
	dir->n_changes++;
	dir->times.state = TIMES_OWN;
	clock_gettime(CLOCK_REALTIME, &dir->changed);
}

void node_attach(struct node *dir, struct node *node)
{
	node->parent = dir;
	RB_INSERT(node_names, &dir->children, node);
	dir->n_children++;
	dir->n_dirs += node_is_dir(node);
	dir_changed(dir);
}

void node_detach(struct node *node)
{
	struct node *dir = node->parent;

	RB_REMOVE(node_names, &dir->children, node);
	dir->n_children--;
	dir->n_dirs -= node_is_dir(node);
	dir_changed(dir);
	node->last_dir = dir->id;
	node->parent = NULL;
}

/* A node that never was in the tree; NULL is fine. */
static void node_drop(struct tree *tree, struct node *node)
{
	if (!node)
		return;
	tree->n_files -= node->value != NULL;
	node_free(tree, node);
}

/* Into its place, and told. */
static void node_appear(struct tree *tree, struct node *dir, struct node *node)
{
	node_attach(dir, node);
	tree_tell(tree, TREE_APPEARED, node);
}

void node_kill(struct tree *tree, struct node *node)
{
	node->dead = true;
	if (node->value)
		tree->n_files--;
	tree_let_go(tree, node);
}

void node_vanish(struct tree *tree, struct node *node)
{
	if (node->unlinked_here)
		tree_keep_cuts(node->parent);
	tree_tell(tree, TREE_VANISHED, node);
	node_detach(node);
	node_kill(tree, node);
}

void tree_init(struct tree *tree)
{
	*tree = (struct tree){.next_id = KEY_FIRST_ID};
	RB_INIT(&tree->ids);
	tree->root.id = ROOT_ID;
	tree->root.name = (char *)"";
	TAILQ_INIT(&tree->root.writers);
	RB_INIT(&tree->root.children);
	clock_gettime(CLOCK_REALTIME, &tree->root.changed);
	RB_INSERT(node_ids, &tree->ids, &tree->root);
}

void tree_fini(struct tree *tree)
{
	struct node *node, *next;

	RB_REMOVE(node_ids, &tree->ids, &tree->root);
	for (node = RB_MIN(node_ids, &tree->ids); node; node = next) {
		next = RB_NEXT(node_ids, &tree->ids, node);
		node_free(tree, node);
	}
}

struct node *tree_by_id(struct tree *tree, uint64_t id)
{
	struct node key = {.id = id};

	return RB_FIND(node_ids, &tree->ids, &key);
}

struct node *tree_next(struct tree *tree, uint64_t id)
{
	struct node key = {.id = id};

	return RB_NFIND(node_ids, &tree->ids, &key);
}

struct node *node_child(struct node *dir, const char *name)
{
	struct node key = {.name = (char *)name};

	return RB_FIND(node_names, &dir->children, &key);
}

bool path_next(const char **path, char name[256])
{
	size_t len = strcspn(*path, "/");

	if (len == 0 || len > 255)
		return false;
	memcpy(name, *path, len);
	name[len] = 0;
	*path += len + ((*path)[len] == '/');
	return true;
}

struct node *tree_walk(struct tree *tree, const char *path)
{
	struct node *node = &tree->root;
	char name[256];

	while (node && path_next(&path, name))
		node = node_child(node, name);
	return node;
}

/* A directory takes the place of the file @file, whose value becomes its "%value". */
static struct node *file_becomes_dir(struct tree *tree, struct node *file)
{
	struct node *parent = file->parent;
	struct node *dir = node_new(tree, file->name, NULL);
	struct node *value = node_new(tree, KEY_VALUE_NAME, file->value);

	if (!dir || !value) {
		node_drop(tree, dir);
		node_drop(tree, value);
		return NULL;
	}
	value->listed = file->listed;
	node_vanish(tree, file);
	node_appear(tree, parent, dir);
	node_appear(tree, dir, value);
	return dir;
}

/* And back, when the value is all that is left in @dir. */
static int dir_becomes_file(struct tree *tree, struct node *dir, struct node *value)
{
	struct node *parent = dir->parent;
	struct node *file = node_new(tree, dir->name, value->value);

	if (!file)
		return -ENOMEM;
	file->listed = value->listed;
	node_vanish(tree, value);
	node_vanish(tree, dir);
	node_appear(tree, parent, file);
	return 0;
}

/* The directory @name in @dir, made where it is not. NULL without memory. */
static struct node *dir_enter(struct tree *tree, struct node *dir, const char *name)
{
	struct node *child = node_child(dir, name);

	if (!child) {
		child = node_new(tree, name, NULL);
		if (child)
			node_appear(tree, dir, child);
		return child;
	}
	return node_is_dir(child) ? child : file_becomes_dir(tree, child);
}

struct node *tree_enter(struct tree *tree, const char *path, char name[256])
{
	struct node *dir = &tree->root;

	if (!path_next(&path, name))
		return NULL;
	while (dir && *path) {
		dir = dir_enter(tree, dir, name);
		if (!path_next(&path, name))
			return NULL;
	}
	return dir;
}

struct node *file_at(struct node *dir, const char *name)
{
	struct node *node = node_child(dir, name);

	if (node && node_is_dir(node))
		return node_child(node, KEY_VALUE_NAME);
	return node;
}

struct node *place_for(struct node *dir, const char **name)
{
	struct node *node = node_child(dir, *name);

	if (node && node_is_dir(node)) {
		*name = KEY_VALUE_NAME;
		return node;
	}
	return dir;
}

/* A marker is not shown, so one that gets a value is a file that appears, and the other way. */
static int file_becomes_another(struct tree *tree, struct node *file, struct value *value)
{
	struct node *dir = file->parent;
	struct node *other = node_new(tree, file->name, value);

	if (!other)
		return -ENOMEM;
	node_vanish(tree, file);
	node_appear(tree, dir, other);
	return 0;
}

static int file_change(struct tree *tree, struct node *file, struct value *value)
{
	if (is_marker(file->name, value) != node_is_marker(file))
		return file_becomes_another(tree, file, value);
	value_unref(file->value);
	file->value = value_ref(value);
	tree_tell(tree, TREE_CHANGED, file);
	return 0;
}

int tree_put(struct tree *tree, const char *path, struct value *value)
{
	char last[256];
	const char *name = last;
	struct node *dir = tree_enter(tree, path, last);
	struct node *file = dir ? file_at(dir, name) : NULL;

	if (!dir)
		return -ENOMEM;
	if (file)
		return file_change(tree, file, value);
	dir = place_for(dir, &name);
	file = node_new(tree, name, value);
	if (!file) {
		tree_prune(tree, dir);
		return -ENOMEM;
	}
	node_appear(tree, dir, file);
	return 0;
}

int tree_prune(struct tree *tree, struct node *dir)
{
	struct node *value;

	while (dir != &tree->root && dir->n_children == 0 && !dir->kept) {
		struct node *parent = dir->parent;
		node_vanish(tree, dir);
		dir = parent;
	}
	if (dir == &tree->root || dir->n_children != 1)
		return 0;
	value = node_child(dir, KEY_VALUE_NAME);
	return value ? dir_becomes_file(tree, dir, value) : 0;
}

int tree_delete(struct tree *tree, const char *path)
{
	struct node *file = tree_file(tree, path);
	struct node *dir = file ? file->parent : NULL;

	if (!file)
		return 0;
	node_vanish(tree, file);
	return tree_prune(tree, dir);
}

void tree_let_go(struct tree *tree, struct node *node)
{
	if (node->dead && !node_is_held(node))
		node_free(tree, node);
}
