/*
 * The nodes by ID: a hash table with linear hashing. With every other node it gets one more
 * bucket, which takes its share of one that there was: so no node waits until all have moved. It
 * does not shrink. Without memory for more buckets those there are become longer.
 */
#include "fs/tree/tree_private.h"

#include <errno.h>

#define NODES_PER_BUCKET 2
#define NEIGHBOURS 8 /* so many IDs in a row have buckets in a row, which are in one cache line */
#define EXPECTED_MAX (1 << 24) /* buckets that are made before there are nodes */

uint64_t node_rank(const struct tree *tree, uint64_t id)
{
	id ^= tree->secret;
	id = (id ^ id >> 33) * 0xff51afd7ed558ccd;
	id = (id ^ id >> 33) * 0xc4ceb9fe1a85ec53;
	return id ^ id >> 33;
}

/* Of the 2 * half buckets that the table is growing to, those that are not there yet are still
 * part of the ones half before them. */
static struct node **bucket_of(const struct tree *tree, uint64_t id)
{
	uint64_t hash = node_rank(tree, id / NEIGHBOURS) * NEIGHBOURS + id % NEIGHBOURS;
	size_t at = hash & (2 * tree->half - 1);

	return &tree->buckets[at < tree->n_buckets ? at : at - tree->half];
}

static int buckets_double(struct tree *tree)
{
	size_t half = tree->n_buckets ? tree->n_buckets : 1;
	size_t before = block_bytes(tree->buckets);
	struct node **buckets = reallocarray(tree->buckets, 2 * half, sizeof(struct node *));

	if (!buckets)
		return -ENOMEM;
	tree->n_bytes += block_bytes(buckets) - before;
	tree->buckets = buckets;
	tree->half = half;
	if (!tree->n_buckets)
		buckets[tree->n_buckets++] = NULL;
	return 0;
}

void tree_expect(struct tree *tree, size_t n_files)
{
	size_t n = n_files < EXPECTED_MAX ? n_files / NODES_PER_BUCKET : EXPECTED_MAX, half = 1;

	if (tree->n_buckets || n < 2)
		return;
	while (2 * half < n)
		half *= 2;
	tree->buckets = calloc(2 * half, sizeof(struct node *));
	if (!tree->buckets)
		return;
	tree->n_bytes += block_bytes(tree->buckets);
	tree->half = half;
	tree->n_buckets = n;
}

static void bucket_add(struct tree *tree)
{
	struct node **added = &tree->buckets[tree->n_buckets], **at = added - tree->half, *node;

	tree->n_buckets++;
	*added = NULL;
	while ((node = *at)) {
		if (bucket_of(tree, node->id) == added) {
			*at = node->next;
			node->next = *added;
			*added = node;
		} else {
			at = &node->next;
		}
	}
}

int ids_add(struct tree *tree, struct node *node)
{
	struct node **bucket;
	int r = 0;

	if (tree->n_nodes >= NODES_PER_BUCKET * tree->n_buckets) {
		if (tree->n_buckets == 2 * tree->half)
			r = buckets_double(tree);
		if (r == 0)
			bucket_add(tree);
		else if (!tree->n_buckets)
			return r;
	}
	bucket = bucket_of(tree, node->id);
	node->next = *bucket;
	*bucket = node;
	tree->n_nodes++;
	return 0;
}

void ids_remove(struct tree *tree, struct node *node)
{
	struct node **at = bucket_of(tree, node->id);

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	tree->n_nodes--;
}

struct node *tree_by_id(struct tree *tree, uint64_t id)
{
	struct node *node;

	if (id == ROOT_ID)
		return &tree->root;
	if (!tree->n_buckets)
		return NULL;
	for (node = *bucket_of(tree, id); node && node->id != id;)
		node = node->next;
	return node;
}
