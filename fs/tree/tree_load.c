/*
 * Many files put in the order of their keys. A file that follows the last one in the same directory
 * is put behind it without a search: only its rank is looked at, in the nodes on the right edge of
 * the treap, which are few and in the processor's cache. Whatever comes in another order is put as
 * any file is.
 */
#include "fs/tree/tree_private.h"

#include <errno.h>
#include <string.h>

void tree_load_begin(struct tree_load *load, struct tree *tree)
{
	*load = (struct tree_load){.tree = tree};
}

void tree_load_forget(struct tree_load *load)
{
	load->dir = load->last = NULL;
}

void tree_load_end(struct tree_load *load)
{
	buf_fini(&load->path);
}

/* The length of the path to the last name, with its slash. */
static size_t dir_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 - path : 0;
}

/* Whether @path is that of a name behind all others in the directory of the last file. */
static bool is_behind(const struct tree_load *load, const char *path, size_t len)
{
	struct bytes dir = {(const uint8_t *)path, len};

	return load->dir && bytes_equal(dir, buf_bytes(&load->path)) &&
	       strcmp(path + len, node_name(load->last)) > 0;
}

static int load_append(struct tree_load *load, const char *name, struct value *value)
{
	struct node *file = node_new(load->tree, name, value);

	if (!file)
		return -ENOMEM;
	node_append(load->tree, load->dir, file);
	load->last = file;
	return 0;
}

/* The file at @path was put somewhere: the next one may be behind all that is there. */
static void load_enter(struct tree_load *load, const char *path, size_t len)
{
	struct node *file = tree_walk(load->tree, path);

	tree_load_forget(load);
	buf_clear(&load->path);
	if (buf_append(&load->path, path, len) < 0)
		return;
	load->dir = file->parent;
	load->last = node_last_child(load->dir);
}

int tree_load_put(struct tree_load *load, const char *path, struct value *value)
{
	size_t len = dir_len(path);
	int r;

	if (is_behind(load, path, len))
		return load_append(load, path + len, value);
	r = tree_put(load->tree, path, value);
	if (r == 0)
		load_enter(load, path, len);
	else
		tree_load_forget(load);
	return r;
}
