/*
 * The operations on directories and files as they were at an older revision (past.h). All that the
 * kernel is told stays true, so it may keep names, attributes, listings and pages.
 */
#include "fs/control/past.h"

#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/attr.h"
#include "fs/request/permissions.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

struct past_dir {
	struct open_entry opened;
	struct past_tree *tree; /* for the attributes of its names */
	uint64_t id;
	struct mirror_names *names;
};

/* The tree and the attributes of the node @id. NULL: an error was replied. */
static struct past_tree *node_of(fuse_req_t req, uint64_t id, struct mirror_info *ret)
{
	struct past_tree *tree = ops_past_tree(req, id);

	if (tree && mirror_info(tree->mirror, id - tree->base, ret) < 0) {
		past_tree_unref(tree);
		fuse_reply_err(req, ESTALE);
		return NULL;
	}
	return tree;
}

/* --- Names and attributes ------------------------------------------------------------------ */

static void reply_name(fuse_req_t req, struct past_tree *tree, const struct mirror_info *info)
{
	struct fs *fs = ops_fs(req);
	struct fuse_entry_param entry;

	past_entry(&fs->past, tree, info, &entry);
	past_known(&fs->past, tree);
	walks_give(&fs->requests.walks, fuse_req_ctx(req)->pid, entry.ino, false);
	if (fuse_reply_entry(req, &entry) < 0)
		past_forget(&fs->past, entry.ino, 1);
}

static void reply_no_name(fuse_req_t req, int error)
{
	const struct fuse_entry_param none = {.entry_timeout = PAST_KEEP_SECONDS};

	if (error == -ENOENT) {
		walks_missing(&ops_fs(req)->requests.walks, fuse_req_ctx(req)->pid);
		fuse_reply_entry(req, &none);
	} else {
		fuse_reply_err(req, -error);
	}
}

static void ops_past_lookup(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	CLEANUP(past_tree_unref) struct past_tree *tree = NULL;
	struct mirror_info info;
	int r;

	if (strlen(name) > NAME_MAX) {
		fuse_reply_err(req, ENAMETOOLONG);
		return;
	}
	tree = ops_past_tree(req, dir);
	if (!tree)
		return;
	r = mirror_lookup(tree->mirror, dir - tree->base, name, 0, &info);
	if (r < 0)
		reply_no_name(req, r);
	else
		reply_name(req, tree, &info);
}

static void ops_past_forget(fuse_req_t req, fuse_ino_t id, uint64_t count)
{
	past_forget(&ops_fs(req)->past, id, count);
	fuse_reply_none(req);
}

static void ops_past_getattr(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	CLEANUP(past_tree_unref) struct past_tree *tree = NULL;
	struct fuse_entry_param entry;
	struct mirror_info info;

	(void)file;
	tree = node_of(req, id, &info);
	if (!tree)
		return;
	past_entry(&ops_fs(req)->past, tree, &info, &entry);
	fuse_reply_attr(req, &entry.attr, entry.attr_timeout);
}

static void ops_past_access(fuse_req_t req, fuse_ino_t id, int mask)
{
	CLEANUP(past_tree_unref) struct past_tree *tree = NULL;
	struct mirror_info info;

	tree = node_of(req, id, &info);
	if (!tree)
		return;
	if (mask & W_OK)
		fuse_reply_err(req, EROFS);
	else if ((mask & X_OK) && !(permissions_of(ops_fs(req)->config, info.is_dir) & 0111))
		fuse_reply_err(req, EACCES);
	else
		fuse_reply_err(req, 0);
}

static void ops_past_getxattr(fuse_req_t req, fuse_ino_t id, const char *name, size_t size)
{
	CLEANUP(past_tree_unref) struct past_tree *tree = ops_past_tree(req, id);
	CLEANUP(buf) struct buf text = {0};
	int r;

	if (!tree)
		return;
	r = ops_xattr_of(tree->mirror, ops_fs(req)->config->prefix, id - tree->base, name, &text);
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		ops_reply_bytes(req, buf_bytes(&text), size);
}

/* --- Directories --------------------------------------------------------------------------- */

static struct past_dir *dir_of(const struct fuse_file_info *file)
{
	return (struct past_dir *)(uintptr_t)file->fh;
}

static void dir_free(void *arg)
{
	struct past_dir *dir = arg;

	past_tree_unref(dir->tree);
	mirror_names_free(dir->names);
	free(dir);
}

static int dir_open(struct past_tree *tree, uint64_t id, struct past_dir **ret)
{
	struct past_dir *dir = calloc(1, sizeof(*dir));
	int r = dir ? mirror_names(tree->mirror, id - tree->base, &dir->names) : -ENOMEM;

	if (r < 0) {
		free(dir);
		return r;
	}
	tree->refs++;
	dir->tree = tree;
	dir->id = id;
	*ret = dir;
	return 0;
}

static void ops_past_opendir(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	CLEANUP(past_tree_unref) struct past_tree *tree = ops_past_tree(req, id);
	struct fs *fs = ops_fs(req);
	struct past_dir *dir;
	int r;

	if (!tree)
		return;
	r = dir_open(tree, id, &dir);
	if (r < 0) {
		fuse_reply_err(req, -r);
		return;
	}
	open_set_add(&fs->opened, &dir->opened, dir_free, dir);
	file->fh = (uintptr_t)dir;
	file->keep_cache = 1;
	file->cache_readdir = 1;
	if (fuse_reply_open(req, file) < 0) {
		open_set_remove(&fs->opened, &dir->opened);
		dir_free(dir);
	}
}

static void ops_past_releasedir(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	struct past_dir *dir = dir_of(file);

	(void)id;
	open_set_remove(&ops_fs(req)->opened, &dir->opened);
	dir_free(dir);
	fuse_reply_err(req, 0);
}

static bool add_dots(struct ops_list *list, const struct past_dir *dir, off_t offset)
{
	struct fuse_entry_param entry = {.attr = {.st_mode = S_IFDIR}};

	entry.attr.st_ino = offset == 0 ? dir->id : dir->tree->base + dir->names->parent;
	return ops_list_name(list, offset == 0 ? "." : "..", &entry, offset + 1);
}

/* An entry with attributes counts as a lookup, if it has room. */
static bool add_name(
	struct past *past, struct ops_list *list, const struct past_dir *dir, off_t offset)
{
	const struct mirror_name *name = &dir->names->names[offset - 2];
	struct fuse_entry_param entry = {0};
	struct mirror_info info;

	if (list->plus && mirror_info(dir->tree->mirror, name->id, &info) == 0) {
		past_entry(past, dir->tree, &info, &entry);
		past_known(past, dir->tree);
	} else {
		entry.attr.st_ino = dir->tree->base + name->id;
		entry.attr.st_mode = attr_type(name->is_dir, name->kind);
	}
	if (ops_list_name(list, name->name, &entry, offset + 1))
		return true;
	if (entry.ino)
		past_forget(past, entry.ino, 1);
	return false;
}

static void dir_read(
	fuse_req_t req, bool plus, size_t size, off_t offset, const struct fuse_file_info *file)
{
	CLEANUP(free) char *data = malloc(size);
	struct ops_list list = {.req = req, .plus = plus, .data = data, .size = size};
	const struct past_dir *dir = dir_of(file);
	struct past *past = &ops_fs(req)->past;

	if (!data) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	while (offset < 2 && add_dots(&list, dir, offset))
		offset++;
	while (offset >= 2 && (size_t)offset - 2 < dir->names->n_names &&
		add_name(past, &list, dir, offset))
		offset++;
	fuse_reply_buf(req, data, list.used);
}

static void ops_past_readdir(
	fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file)
{
	(void)id;
	dir_read(req, false, size, offset, file);
}

static void ops_past_readdirplus(
	fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file)
{
	(void)id;
	dir_read(req, true, size, offset, file);
}

const struct fuse_lowlevel_ops past_ops = {
	.lookup = ops_past_lookup,
	.forget = ops_past_forget,
	.getattr = ops_past_getattr,
	.access = ops_past_access,
	.opendir = ops_past_opendir,
	.readdir = ops_past_readdir,
	.readdirplus = ops_past_readdirplus,
	.releasedir = ops_past_releasedir,
	.open = ops_past_open,
	.read = ops_past_read,
	.release = ops_past_release,
	.poll = ops_poll_ready,
	.getxattr = ops_past_getxattr,
};
