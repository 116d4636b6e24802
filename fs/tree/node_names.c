/*
 * The children of a directory in bytewise order: a treap. It is a binary tree by name, and a heap
 * by rank, a number that goes with the ID and that nobody can foretell: so the tree is as deep as
 * one of random insertions, some 2 ln n, whatever names come in whatever order. It costs two
 * pointers in each node, never fails, and only changes change it.
 */
#include "fs/tree/tree_private.h"

#include <string.h>

static bool is_above(const struct tree *tree, const struct node *a, const struct node *b)
{
	return node_rank(tree, a->id) > node_rank(tree, b->id);
}

/* Where @node is, or was, among those whose names come before it and behind it. */
static struct node **side(struct node *at, const char *name)
{
	return strcmp(name, node_name(at)) < 0 ? &at->left : &at->right;
}

void children_add(struct tree *tree, struct node **at, struct node *node)
{
	struct node **before = &node->left, **behind = &node->right;
	const char *name = node_name(node);
	struct node *rest;

	while (*at && is_above(tree, *at, node))
		at = side(*at, name);
	rest = *at;
	*at = node;
	while (rest) { /* what is below it now is cut in two */
		struct node **next = side(rest, name), *below = *next;
		if (next == &rest->left) {
			*behind = rest;
			behind = next;
		} else {
			*before = rest;
			before = next;
		}
		rest = below;
	}
	*before = *behind = NULL;
}

void children_append(struct tree *tree, struct node **at, struct node *node)
{
	while (*at && is_above(tree, *at, node))
		at = &(*at)->right;
	node->left = *at;
	node->right = NULL;
	*at = node;
}

void children_remove(struct tree *tree, struct node **at, struct node *node)
{
	struct node *before = node->left, *behind = node->right;

	while (*at != node)
		at = side(*at, node_name(node));
	while (before && behind) {
		if (is_above(tree, before, behind)) {
			*at = before;
			at = &before->right;
			before = *at;
		} else {
			*at = behind;
			at = &behind->left;
			behind = *at;
		}
	}
	*at = before ? before : behind;
}

static struct node *leftmost(struct node *node)
{
	while (node && node->left)
		node = node->left;
	return node;
}

struct node *node_child(struct node *dir, const char *name)
{
	struct node *node = node_is_dir(dir) ? node_dir(dir)->children : NULL;
	int order;

	while (node && (order = strcmp(name, node_name(node))) != 0)
		node = order < 0 ? node->left : node->right;
	return node;
}

struct node *node_first_child(struct node *dir)
{
	return node_is_dir(dir) ? leftmost(node_dir(dir)->children) : NULL;
}

struct node *node_last_child(struct node *dir)
{
	struct node *node = node_dir(dir)->children;

	while (node && node->right)
		node = node->right;
	return node;
}

struct node *node_next_child(struct node *child)
{
	struct node *node = node_dir(child->parent)->children, *next = NULL;

	if (child->right)
		return leftmost(child->right);
	while (node != child) {
		struct node **way = side(node, node_name(child));
		if (way == &node->left)
			next = node;
		node = *way;
	}
	return next;
}

/* No tree is so deep; if one is, the end of the stack is not the end. */
static void children_push(struct children *children, struct node *node)
{
	const size_t max = sizeof(children->stack) / sizeof(*children->stack);

	for (; node; node = node->left) {
		if (children->n == max)
			memmove(children->stack, children->stack + 1,
				--children->n * sizeof(*children->stack));
		children->stack[children->n++] = node;
	}
}

void children_begin(struct children *children, struct node *dir)
{
	children->last = NULL;
	children->n = 0;
	children_push(children, node_dir(dir)->children);
}

struct node *children_next(struct children *children)
{
	struct node *next = NULL;

	if (children->n) {
		next = children->stack[--children->n];
		children_push(children, next->right);
	} else if (children->last) {
		next = node_next_child(children->last);
	}
	children->last = next;
	return next;
}
