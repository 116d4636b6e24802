/*
 * A file that open(2) has made is in this mount's tree alone until it is published: no key has it.
 * So it counts as nothing that etcd has. It does not keep its directory, with which it goes, and
 * where another makes a key of its name it is that key's file from then on.
 */
#include "fs/tree/tree_private.h"

#include "fs/tree/key.h"

#include <string.h>

struct node *tree_draft(struct tree *tree, struct node *dir, const char *name, struct value *value)
{
	struct node *file = node_new(tree, name, value);

	if (file) {
		file->draft = true;
		tree->n_files--;
		tree->n_drafts++;
		node_attach(tree, dir, file);
	}
	return file;
}

void tree_draft_tell(struct tree *tree, struct node *file)
{
	tree_tell(tree, TREE_APPEARED, file);
}

void tree_draft_end(struct tree *tree, struct node *file)
{
	if (!file->draft)
		return;
	/* Times that utimens(2) has set are those of the first value, whoever has put it. */
	if (file->extended && TAILQ_EMPTY(&file->extra->writers))
		times_publish(&file->extra->times, node_value(file)->mod_revision);
	if (file->extended)
		file->extra->pending = (struct meta_change){0};
	file->draft = false;
	tree->n_files++;
	tree->n_drafts--;
}

void tree_draft_drop(struct tree *tree, struct node *file, bool here)
{
	struct node *dir = file->parent;

	if (here) {
		node_detach(tree, file);
		node_kill(tree, file);
	} else {
		node_vanish(tree, file);
	}
	tree_prune(tree, dir);
}

/* Whether etcd has a key that makes @dir a directory, or this mount keeps it. */
static bool dir_stays(struct node *dir)
{
	struct children children;
	struct node *child;

	if (dir->kept || !dir->parent)
		return true;
	children_begin(&children, dir);
	while ((child = children_next(&children)))
		if (!child->draft && strcmp(node_name(child), KEY_VALUE_NAME) != 0)
			return true;
	return false;
}

void drafts_prune(struct tree *tree, struct node *dir)
{
	struct node *child, *next;

	if (!tree->n_drafts || dir_stays(dir))
		return;
	for (child = node_first_child(dir); child; child = next) {
		next = node_next_child(child);
		if (child->draft)
			node_vanish(tree, child);
	}
}
