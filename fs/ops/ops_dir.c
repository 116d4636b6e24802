/*
 * Directories that are open: the names as they were when the directory was opened, or read again
 * from its start. A position is the number of names before it. First come "." and "..", then (in
 * the root) ".role", then the keys.
 */
#include "fs/control/role_file.h"
#include "fs/ops/mount.h"
#include "fs/ops/ops.h"
#include "fs/request/attr.h"
#include "fs/request/gone.h"

#include <errno.h>
#include <string.h>

struct dir {
	struct open_entry opened;
	struct mirror *mirror;
	uint64_t id;
	struct mirror_names *names;
	bool served;
};

struct reading {
	struct fs *fs;
	struct dir *dir;
	struct ops_list list;
};

static struct dir *dir_of(const struct fuse_file_info *file)
{
	return ids_file_of(file->fh);
}

/* --- opendir, releasedir --- */

static void dir_free(void *arg)
{
	struct dir *dir = arg;

	mirror_handle_remove(dir->mirror, dir->id);
	mirror_names_free(dir->names);
	free(dir);
}

static void dir_close(struct fs *fs, struct dir *dir)
{
	open_set_remove(&fs->opened, &dir->opened);
	dir_free(dir);
}

/* The names of the directory; if it is gone within the call, none. */
static int opendir_names(struct op *op, struct mirror_names **ret)
{
	int r = mirror_names(op_fs(op)->mirror, op->id, ret);

	if (r != -ESTALE || !gone_within_call(op))
		return r;
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	(*ret)->parent = op->id;
	return 0;
}

static void opendir_fresh(struct op *op, int error)
{
	struct dir *dir = calloc(1, sizeof(*dir));
	struct fs *fs = op_fs(op);
	int r = error;

	if (!dir)
		r = -ENOMEM;
	if (r == 0)
		r = opendir_names(op, &dir->names);
	if (r == 0)
		r = mirror_handle_add(fs->mirror, op->id);
	if (r) {
		if (dir)
			mirror_names_free(dir->names);
		free(dir);
		op_reply(op, r);
		return;
	}
	dir->id = op->id;
	dir->mirror = fs->mirror;
	open_set_add(&fs->opened, &dir->opened, dir_free, dir);
	op->file.fh = ids_file(dir, fs->config->inherited.incarnation);
	if (!op_reply_open(op, &op->file))
		dir_close(fs, dir);
}

void ops_key_opendir(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	struct op *op = op_new(&ops_fs(req)->requests, req, id);

	if (!op)
		return;
	op->file = *file;
	barrier_start_read(&op_fs(op)->barrier, op, opendir_fresh);
}

void ops_key_releasedir(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	(void)id;
	dir_close(ops_fs(req), dir_of(file));
	fuse_reply_err(req, 0);
}

/* --- readdir, readdirplus --- */

static bool add_dots(struct reading *reading, off_t offset)
{
	struct fuse_entry_param entry = {.attr = {.st_mode = S_IFDIR}};

	/* Without a nodeid the kernel uses the name alone. */
	entry.attr.st_ino = offset == 0 ? reading->dir->id : reading->dir->names->parent;
	return ops_list_name(&reading->list, offset == 0 ? "." : "..", &entry, offset + 1);
}

static bool add_role(struct reading *reading, off_t offset)
{
	struct fuse_entry_param entry = {.attr = {.st_ino = ROLE_FILE_ID, .st_mode = S_IFREG}};

	return ops_list_name(&reading->list, ROLE_FILE_NAME, &entry, offset + 1);
}

/* An entry with attributes counts as a lookup, if it has room. */
static bool add_name(struct reading *reading, const struct mirror_name *name, off_t offset)
{
	struct mirror *mirror = reading->fs->mirror;
	struct fuse_entry_param entry = {0};
	struct mirror_info info;

	entry.attr.st_ino = name->id;
	entry.attr.st_mode = attr_type(name->is_dir, name->kind);
	if (!reading->list.plus ||
		mirror_lookup(mirror, reading->dir->id, name->name, 1, &info) < 0)
		return ops_list_name(&reading->list, name->name, &entry, offset + 1);
	ops_entry_of_child(reading->fs, reading->dir->id, &info, &entry);
	if (ops_list_name(&reading->list, name->name, &entry, offset + 1))
		return true;
	mirror_unpin(mirror, info.id, 1);
	return false;
}

static bool add_at(struct reading *reading, off_t offset)
{
	const struct mirror_names *names = reading->dir->names;
	bool has_role = reading->dir->id == ROOT_ID;
	size_t index = offset - 2 - has_role;

	if (offset < 2)
		return add_dots(reading, offset);
	if (offset == 2 && has_role)
		return add_role(reading, offset);
	return index < names->n_names && add_name(reading, &names->names[index], offset);
}

static void dir_reply(
	fuse_req_t req, struct fs *fs, struct dir *dir, bool plus, size_t size, off_t offset)
{
	CLEANUP(free) char *data = malloc(size);
	struct reading reading = {
		.fs = fs,
		.dir = dir,
		.list = {.req = req, .plus = plus, .data = data, .size = size},
	};

	if (!data) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	dir->served = true;
	while (add_at(&reading, offset))
		offset++;
	fuse_reply_buf(req, data, reading.list.used);
}

/* Read again from the start: takes the present names. */
static void rewind_fresh(struct op *op, int error)
{
	struct dir *dir = dir_of(&op->file);
	struct mirror_names *names;
	int r = error ? error : mirror_names(op_fs(op)->mirror, dir->id, &names);
	fuse_req_t req;

	if (r == -ESTALE)
		r = -ENOENT; /* removed while it was open */
	if (r) {
		op_reply(op, r);
		return;
	}
	mirror_names_free(dir->names);
	dir->names = names;
	req = op_take_req(op);
	if (req)
		dir_reply(req, op_fs(op), dir, op->readdir.plus, op->readdir.size, 0);
	op_reply(op, 0);
}

static void dir_read(fuse_req_t req, fuse_ino_t id, bool plus, size_t size, off_t offset,
	struct fuse_file_info *file)
{
	struct dir *dir = dir_of(file);
	struct op *op;

	if (offset > 0 || !dir->served) {
		dir_reply(req, ops_fs(req), dir, plus, size, offset);
		return;
	}
	op = op_new(&ops_fs(req)->requests, req, id);
	if (!op)
		return;
	op->file = *file;
	op->readdir.plus = plus;
	op->readdir.size = size;
	barrier_start_read(&op_fs(op)->barrier, op, rewind_fresh);
}

void ops_key_readdir(
	fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file)
{
	dir_read(req, id, false, size, offset, file);
}

void ops_key_readdirplus(
	fuse_req_t req, fuse_ino_t id, size_t size, off_t offset, struct fuse_file_info *file)
{
	dir_read(req, id, true, size, offset, file);
}
