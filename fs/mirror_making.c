/* Files that are being made, and who is to read them. */
#include "fs/mirror_private.h"

void mirror_making(struct mirror *mirror, uint64_t id, int by)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node)
		node->makers += by;
	lock_drop(&mirror->lock);
}

void mirror_set_secret(struct mirror *mirror, uint64_t id, bool secret)
{
	struct node *node;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node)
		node->secret = secret;
	lock_drop(&mirror->lock);
}
