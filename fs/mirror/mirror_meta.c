/*
 * Kept metadata: the own key "meta/KEY" says what the file of KEY shows beside its value, and
 * "meta/DIR/" what the directory DIR shows, whose own key is that of its marker, "DIR/".
 *
 * Metadata counts if it is not older than its key. So what is left over of a key that another
 * client has deleted counts for nothing when that key comes back. Whether it counts is decided when
 * somebody asks, since a revision, or a list, may bring the two in any order; a node that may have
 * metadata has a mark (`kept_meta`), and no other node costs anything.
 *
 * The times of a directory count until a name comes or goes in it (`dated`).
 */
#include "fs/mirror/mirror_meta.h"
#include "fs/mirror/mirror_private.h"

#include "fs/base/log.h"
#include "fs/tree/key.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

bool meta_name(struct bytes own_name, struct bytes *ret)
{
	if (!bytes_has_prefix(own_name, BYTES_LITERAL(KEY_META_NAME)))
		return false;
	*ret = bytes_slice(own_name, strlen(KEY_META_NAME), own_name.len);
	return true;
}

/* --- Names --- */

/* Appends the path whose key is the node's own: of a directory that of its marker. -EINVAL: a key
 * of another has that name. */
static int own_path(const struct node *node, struct buf *ret)
{
	int r = node->parent && strcmp(node_name(node), KEY_EMPTY_NAME) == 0 ? -EINVAL : 0;

	if (r == 0)
		r = node_path(node, ret);
	if (r == 0 && node_is_dir(node) && node->parent)
		r = buf_append_byte(ret, '/');
	if (r == 0 && node_is_dir(node))
		r = buf_append(ret, KEY_EMPTY_NAME, strlen(KEY_EMPTY_NAME));
	return r;
}

/* Appends the own name of the node's metadata. -EINVAL: it can have none. */
static int name_of_node(const struct node *node, struct buf *ret)
{
	CLEANUP(buf) struct buf path = {0};
	int r = own_path(node, &path);

	if (r == 0)
		r = buf_append_bytes(ret, BYTES_LITERAL(KEY_META_NAME));
	return r < 0 ? r : key_from_path(buf_bytes(&path), ret);
}

/* The node whose metadata the own name "meta/@key" is. NULL: there is none now. */
static struct node *node_of_name_locked(struct mirror *mirror, struct bytes key)
	REQUIRES(mirror->lock)
{
	CLEANUP(buf) struct buf path = {0};
	char *text, *slash;

	if (key_to_path(key, &path) < 0 || buf_append_byte(&path, 0) < 0)
		return NULL;
	text = (char *)path.data;
	slash = strrchr(text, '/');
	if (strcmp(slash ? slash + 1 : text, KEY_EMPTY_NAME) != 0)
		return tree_file(&mirror->tree, text);
	if (!slash)
		return &mirror->tree.root;
	*slash = 0;
	return tree_walk(&mirror->tree, text);
}

/* Appends the own name of the metadata of @key, which has the prefix. */
static int name_of_key(const struct mirror *mirror, struct bytes key, struct buf *ret)
{
	int r = buf_append_bytes(ret, BYTES_LITERAL(KEY_META_NAME));

	return r < 0 ? r : buf_append_bytes(ret, bytes_slice(key, mirror->prefix.len, key.len));
}

/* --- Which metadata counts --- */

/* The value of the key that a node's metadata belongs to. NULL: the root, which has none, or a
 * directory that no key marks. */
static const struct value *keeper(struct node *node)
{
	struct node *marker = node_is_dir(node) ? node_child(node, KEY_EMPTY_NAME) : node;

	return marker ? node_value(marker) : NULL;
}

static const struct meta *stored_locked(struct mirror *mirror, const struct node *node)
	REQUIRES(mirror->lock)
{
	CLEANUP(buf) struct buf name = {0};

	if (!node->kept_meta || name_of_node(node, &name) < 0)
		return NULL;
	return own_meta_locked(mirror, buf_bytes(&name));
}

static bool counts(struct node *node, const struct meta *meta)
{
	const struct value *value = keeper(node);

	return value ? meta->mod_revision >= value->create_revision : !node->parent;
}

const struct meta *mirror_meta_locked(struct mirror *mirror, struct node *node)
{
	const struct meta *meta;

	if (node->dead || node->draft)
		return NULL;
	meta = stored_locked(mirror, node);
	return meta && counts(node, meta) ? meta : NULL;
}

/* Whether a link can have this target, which the kernel takes as a string. */
static bool is_target(struct bytes value)
{
	return value.len && value.len < PATH_MAX && !memchr(value.data, 0, value.len);
}

enum meta_kind meta_kind(const struct node *node, const struct meta *meta)
{
	if (!meta || node_is_dir(node) ||
		(meta->kind == META_SYMLINK && !is_target(value_bytes(node_value(node)))))
		return META_USUAL;
	return meta->kind;
}

enum meta_kind meta_kind_locked(struct mirror *mirror, struct node *node)
{
	return meta_kind(node, mirror_meta_locked(mirror, node));
}

bool meta_times_hold(struct node *node, const struct meta *meta)
{
	if (!(meta->has & META_HAS_TIMES))
		return false;
	if (node_is_dir(node))
		return node_dir(node)->dated;
	return (meta->of ? meta->of : meta->mod_revision) == node_value(node)->mod_revision;
}

/* --- Changes --- */

struct meta *mirror_meta_parse(struct bytes key, const struct value *value)
{
	struct meta *meta = NULL;

	if (meta_parse(value_bytes(value), value->mod_revision, &meta) == -EBADMSG)
		log_warning("metadata of '%.*s': not in etcdfs' form, ignored", (int)key.len,
			(const char *)key.data);
	if (meta)
		meta->seen_ns = value->seen_ns;
	return meta;
}

/* Where the key was put by the same @revision, its own event says all. */
static void meta_tell_locked(struct mirror *mirror, struct node *node, int64_t revision)
	REQUIRES(mirror->lock)
{
	const struct value *value = keeper(node);

	if (!node->parent || (value && value->mod_revision != revision))
		tree_tell(&mirror->tree, TREE_RESTATED, node);
}

void meta_changed_locked(struct mirror *mirror, struct bytes key, int64_t revision)
{
	struct node *node = node_of_name_locked(mirror, key);

	if (!node)
		return;
	node->kept_meta = true;
	if (node_is_dir(node))
		node_dir(node)->dated = true;
	meta_tell_locked(mirror, node, revision);
}

void meta_deleted_locked(struct mirror *mirror, struct bytes key)
{
	struct node *node = node_of_name_locked(mirror, key);

	if (node && node->kept_meta)
		meta_tell_locked(mirror, node, 0);
}

/* The node whose metadata belongs to @key, which has the prefix. */
static struct node *node_of_key_locked(struct mirror *mirror, struct bytes key)
	REQUIRES(mirror->lock)
{
	return node_of_name_locked(mirror, bytes_slice(key, mirror->prefix.len, key.len));
}

void meta_mark_locked(struct mirror *mirror, struct bytes key)
{
	CLEANUP(buf) struct buf name = {0};
	struct node *node;

	if (!mirror->own.n_metas || name_of_key(mirror, key, &name) < 0 ||
		!own_meta_locked(mirror, buf_bytes(&name)))
		return;
	node = node_of_key_locked(mirror, key);
	if (node)
		node->kept_meta = true;
}

int meta_renew_locked(struct mirror *mirror, struct bytes key)
{
	const struct extra *extra;
	struct bytes own, kept;
	struct node *node;

	if (!mirror->own.had_metas)
		return 0;
	if (!own_name(mirror, key, &own))
		node = node_of_key_locked(mirror, key);
	else
		node = meta_name(own, &kept) ? node_of_name_locked(mirror, kept) : NULL;
	if (!node || !node->kept_meta || node_is_dir(node))
		return 0;
	extra = node_extra(node);
	if (!extra->lookups || extra->kind == meta_kind_locked(mirror, node))
		return 0;
	return tree_renew(&mirror->tree, node);
}

static bool is_older(struct node *dir, int64_t revision)
{
	struct children children;
	struct node *child;

	children_begin(&children, dir);
	while ((child = children_next(&children))) {
		const struct value *value = keeper(child);
		if (!node_is_marker(child) && value && value->create_revision > revision)
			return false;
	}
	return true;
}

static bool date_dir(void *arg, struct bytes key, const struct meta *meta)
	THREAD_ATTRIBUTE(no_thread_safety_analysis)
{
	struct node *node = node_of_name_locked(arg, key);

	if (node && node_is_dir(node) && (meta->has & META_HAS_TIMES))
		node_dir(node)->dated = is_older(node, meta->mod_revision);
	return true;
}

void meta_date_dirs_locked(struct mirror *mirror)
{
	own_metas_locked(mirror, date_dir, mirror);
}

/* --- Questions --- */

void mirror_ignore_meta(struct mirror *mirror)
{
	lock_take(&mirror->lock);
	mirror->own.ignores_meta = true;
	lock_drop(&mirror->lock);
}

void mirror_meta_fini(struct mirror_meta *meta)
{
	meta_free(STEAL(meta->meta));
	buf_fini(&meta->key);
	buf_fini(&meta->keeper);
}

/* What is left of @meta for who writes it anew. */
static struct meta *meta_present(struct node *node, const struct meta *meta)
{
	struct meta *copy = meta_copy(meta);

	if (copy && meta && !meta_times_hold(node, meta))
		copy->has &= ~META_HAS_TIMES;
	else if (copy && meta && !node_is_dir(node))
		copy->of = node_value(node)->mod_revision;
	return copy;
}

int mirror_meta_key(const struct mirror *mirror, struct bytes key, struct buf *ret)
{
	CLEANUP(buf) struct buf name = {0};
	int r = name_of_key(mirror, key, &name);

	return r < 0 ? r : mirror_own_key(mirror, buf_bytes(&name), ret);
}

static int64_t revision_locked(struct mirror *mirror, struct bytes key) REQUIRES(mirror->lock)
{
	CLEANUP(buf) struct buf name = {0};

	return mirror->own.n && name_of_key(mirror, key, &name) == 0
		       ? own_revision_locked(mirror, buf_bytes(&name))
		       : 0;
}

int64_t mirror_meta_revision(struct mirror *mirror, struct bytes key)
{
	int64_t revision;

	lock_take(&mirror->lock);
	revision = revision_locked(mirror, key);
	lock_drop(&mirror->lock);
	return revision;
}

/* The value is put anew, so its times are those of that put. */
int meta_of_file_locked(struct mirror *mirror, struct node *node, struct mirror_file *file)
{
	struct node *owner = node_is_marker(node) ? node->parent : node;
	const struct meta *meta;

	file->meta_revision = revision_locked(mirror, buf_bytes(&file->from));
	if (!file->meta_revision)
		return 0;
	meta = mirror_meta_locked(mirror, owner);
	if (!meta)
		return 0;
	file->meta = meta_present(owner, meta);
	if (file->meta)
		file->meta->of = 0;
	return file->meta ? 0 : -ENOMEM;
}

static int keys_locked(struct mirror *mirror, struct node *node, struct mirror_meta *ret)
	REQUIRES(mirror->lock)
{
	CLEANUP(buf) struct buf path = {0};
	CLEANUP(buf) struct buf name = {0};
	int r = own_path(node, &path);

	if (r == 0)
		r = mirror_path_key(mirror, buf_bytes(&path), &ret->keeper);
	if (r == 0)
		r = name_of_node(node, &name);
	return r < 0 ? r : mirror_own_key(mirror, buf_bytes(&name), &ret->key);
}

static int meta_ask_locked(struct mirror *mirror, struct node *node, struct mirror_meta *ret)
	REQUIRES(mirror->lock)
{
	const struct value *value = keeper(node);
	int r = keys_locked(mirror, node, ret);

	if (r < 0)
		return r;
	ret->is_root = !node->parent;
	ret->pending = node_extra(node)->pending;
	ret->is_dir = node_is_dir(node);
	ret->mod_revision = revision_locked(mirror, buf_bytes(&ret->keeper));
	ret->create_revision = value ? value->create_revision : 0;
	ret->value_revision = value && !ret->is_dir ? value->mod_revision : 0;
	ret->lease = value ? value_lease(value) : 0;
	ret->meta = meta_present(node, mirror_meta_locked(mirror, node));
	return ret->meta ? 0 : -ENOMEM;
}

int mirror_meta(struct mirror *mirror, uint64_t id, struct mirror_meta *ret)
{
	struct mirror_meta meta = {0};
	struct node *node;
	int r = -ESTALE;

	lock_take(&mirror->lock);
	node = tree_by_id(&mirror->tree, id);
	if (node && !node->dead)
		r = meta_ask_locked(mirror, node, &meta);
	lock_drop(&mirror->lock);
	if (r == 0)
		*ret = meta;
	else
		mirror_meta_fini(&meta);
	return r;
}
