/* A single node: made, put into its place, taken out of it, and freed. */
#include "fs/tree/tree_private.h"

#include "fs/tree/key.h"

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

bool is_marker(const char *name, const struct value *value)
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

struct node *node_child(struct node *dir, const char *name)
{
	struct node key = {.name = (char *)name};

	return RB_FIND(node_names, &dir->children, &key);
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

void node_free(struct tree *tree, struct node *node)
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

void tree_tell(struct tree *tree, enum tree_event event, struct node *node)
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

void node_drop(struct tree *tree, struct node *node)
{
	if (!node)
		return;
	tree->n_files -= node->value != NULL;
	node_free(tree, node);
}

void node_appear(struct tree *tree, struct node *dir, struct node *node)
{
	node_attach(dir, node);
	tree_tell(tree, TREE_APPEARED, node);
}

void tree_let_go(struct tree *tree, struct node *node)
{
	if (node->dead && !node_is_held(node))
		node_free(tree, node);
}

void node_kill(struct tree *tree, struct node *node)
{
	node->dead = true;
	if (node->value)
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
	return name_is_cut(node->name) && node_is_dir(node);
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
	node_detach(node);
	node_kill(tree, node);
}
