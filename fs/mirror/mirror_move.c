/*
 * A rename by this mount keeps the node. When the revision of the rename comes, the nodes are moved
 * first, without telling the listener; then the revision is applied like any other, and finds the
 * values already in their places. It is not known yet whether this mount made the revision
 * (echo.h), so the result must not depend on that: nodes are moved only if the revision has an
 * event for each file that moves with them, and files that it has not put at their new place are
 * removed from there afterwards. So the tree is what etcd says, whoever made the revision.
 */
#include "fs/mirror/mirror_private.h"

#include <errno.h>

void mirror_expect_move(struct mirror *mirror, struct mirror_move *move)
{
	lock_take(&mirror->lock);
	move->next = mirror->moves;
	mirror->moves = move;
	lock_drop(&mirror->lock);
}

void mirror_unexpect_move(struct mirror *mirror, struct mirror_move *move)
{
	lock_take(&mirror->lock);
	for (struct mirror_move **at = &mirror->moves; *at; at = &(*at)->next)
		if (*at == move) {
			*at = move->next;
			break;
		}
	lock_drop(&mirror->lock);
}

bool mirror_expects_move(struct mirror *mirror)
{
	bool any;

	lock_take(&mirror->lock);
	any = mirror->moves;
	lock_drop(&mirror->lock);
	return any;
}

static bool events_put(const struct etcd_event *events, size_t n_events, struct bytes key)
{
	for (size_t i = 0; i < n_events; i++)
		if (events[i].type == ETCD_EVENT_PUT && bytes_equal(events[i].kv.key, key))
			return true;
	return false;
}

/* *@ret: whether there is an event for each file of @top. With @deletes only deletes count, as in a
 * rename; an exchange puts the keys again. */
static int events_take_locked(struct mirror *mirror, const struct etcd_event *events,
	size_t n_events, bool deletes, struct node *top, bool *ret) REQUIRES(mirror->lock)
{
	CLEANUP(buf) struct buf path = {0};
	size_t n_taken = 0;

	for (size_t i = 0; i < n_events; i++) {
		struct node *file;
		int r;
		if (deletes && events[i].type != ETCD_EVENT_DELETE)
			continue;
		r = mirror_path(mirror, events[i].kv.key, &path);
		if (r == -ENOMEM)
			return r;
		file = r == 0 ? tree_file(&mirror->tree, (char *)path.data) : NULL;
		n_taken += file && !file->draft && node_is_below(file, top);
	}
	*ret = n_taken == node_count_files(top);
	return 0;
}

/* One end of a move: its path, and the node there. */
struct end {
	struct buf path;
	struct node *node; /* NULL: no file, or no directory, is there */
};

static void end_cleanup(struct end *end)
{
	buf_fini(&end->path);
}

static int end_find_locked(struct mirror *mirror, struct bytes key, bool is_dir, struct end *ret)
	REQUIRES(mirror->lock)
{
	int r = mirror_path(mirror, key, &ret->path);
	const char *path = (char *)ret->path.data;

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	ret->node = is_dir ? tree_walk(&mirror->tree, path) : tree_file(&mirror->tree, path);
	if (ret->node && (!ret->node->parent || node_is_dir(ret->node) != is_dir))
		ret->node = NULL;
	return 0;
}

static int move_node_locked(struct mirror *mirror, const struct mirror_move *move, struct end *from,
	const struct end *to, struct moved *ret) REQUIRES(mirror->lock)
{
	uint64_t left = from->node->parent->id;
	const char *from_path = (char *)from->path.data, *to_path = (char *)to->path.data;
	int r = move->is_dir ? tree_move_dir(&mirror->tree, from_path, to_path)
			     : tree_move(&mirror->tree, from_path, to_path);

	if (r == 0)
		*ret = (struct moved){.ids = {from->node->id}, .left = left};
	return r;
}

static int move_apply_locked(struct mirror *mirror, const struct mirror_move *move,
	const struct etcd_event *events, size_t n_events, struct moved *ret) REQUIRES(mirror->lock)
{
	CLEANUP(end) struct end from = {0};
	CLEANUP(end) struct end to = {0};
	bool taken = false;
	int r = end_find_locked(mirror, move->from, move->is_dir, &from);

	if (r == 0)
		r = end_find_locked(mirror, move->to, move->to_is_dir, &to);
	if (r == 0 && from.node)
		r = events_take_locked(
			mirror, events, n_events, !move->exchange, from.node, &taken);
	if (r < 0 || !taken)
		return r;
	if (!move->exchange)
		return move_node_locked(mirror, move, &from, &to, ret);
	taken = false;
	if (to.node)
		r = events_take_locked(mirror, events, n_events, false, to.node, &taken);
	if (r < 0 || !taken)
		return r;
	r = tree_exchange(&mirror->tree, from.node, to.node);
	if (r == 0)
		*ret = (struct moved){.ids = {from.node->id, to.node->id}};
	return r;
}

int move_begin_locked(
	struct mirror *mirror, const struct etcd_event *events, size_t n_events, struct moved *ret)
{
	for (struct mirror_move *move = mirror->moves; move; move = move->next)
		if (events_put(events, n_events, move->put))
			return move_apply_locked(mirror, move, events, n_events, ret);
	return 0;
}

/* A file of @top that was not put at @revision, or NULL. */
static struct node *stale_file(struct node *top, int64_t revision)
{
	for (struct node *node = top; node; node = node_next(top, node))
		if (!node_is_dir(node) && !node->draft &&
			node_value(node)->mod_revision != revision)
			return node;
	return NULL;
}

static int sweep_locked(struct mirror *mirror, int64_t revision, uint64_t id) REQUIRES(mirror->lock)
{
	struct node *top, *file;
	int r = 0;

	while (r == 0 && (top = tree_by_id(&mirror->tree, id)) && !top->dead &&
		(file = stale_file(top, revision))) {
		CLEANUP(buf) struct buf path = {0};
		r = node_path(file, &path);
		if (r == 0)
			r = buf_append_byte(&path, 0);
		if (r == 0)
			r = tree_delete(&mirror->tree, (char *)path.data);
	}
	return r;
}

int move_end_locked(struct mirror *mirror, int64_t revision, const struct moved *moved)
{
	struct node *left = moved->left ? tree_by_id(&mirror->tree, moved->left) : NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && i < 2; i++)
		if (moved->ids[i])
			r = sweep_locked(mirror, revision, moved->ids[i]);
	if (r == 0 && left && !left->dead)
		r = tree_prune(&mirror->tree, left);
	return r;
}
