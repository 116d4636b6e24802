/* The operations on ".role" (role_file.h), each answered at once. */
#include "fs/control/role_file.h"

#include "fs/ops/mount.h"
#include "fs/ops/ops.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void ops_role_lookup(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	struct fuse_entry_param entry = {.ino = ROLE_FILE_ID};
	int r = role_file_attr(&ops_fs(req)->role_files, &entry.attr);

	(void)dir, (void)name;
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_entry(req, &entry);
}

static void ops_role_forget(fuse_req_t req, fuse_ino_t id, uint64_t count)
{
	(void)id, (void)count;
	fuse_reply_none(req);
}

static void ops_role_getattr(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	struct stat attr;
	int r = role_file_attr(&ops_fs(req)->role_files, &attr);

	(void)id, (void)file;
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_attr(req, &attr, 0);
}

/* The notifier sets the times, to raise an event. */
static void ops_role_setattr(
	fuse_req_t req, fuse_ino_t id, struct stat *attr, int set, struct fuse_file_info *file)
{
	(void)attr, (void)set;
	if (ops_is_notifier(req))
		ops_role_getattr(req, id, file);
	else
		ops_refuse_change(req, id, NULL);
}

static void ops_role_access(fuse_req_t req, fuse_ino_t id, int mask)
{
	(void)id;
	fuse_reply_err(req, mask & (W_OK | X_OK) ? EACCES : 0);
}

static void ops_role_open(fuse_req_t req, fuse_ino_t id, struct fuse_file_info *file)
{
	(void)id;
	role_file_open(&ops_fs(req)->role_files, req, file);
}

static void ops_role_getxattr(fuse_req_t req, fuse_ino_t id, const char *name, size_t size)
{
	char text[24];

	(void)id;
	if (strcmp(name, "user.etcd.term") != 0) {
		fuse_reply_err(req, ENODATA);
		return;
	}
	snprintf(text, sizeof(text), "%" PRIu64,
		supervisor_link_role(&ops_fs(req)->supervisor).term);
	ops_reply_bytes(req, bytes_of(text), size);
}

const struct fuse_lowlevel_ops role_ops = {
	.lookup = ops_role_lookup,
	.forget = ops_role_forget,
	.getattr = ops_role_getattr,
	.setattr = ops_role_setattr,
	.access = ops_role_access,
	.open = ops_role_open,
	.read = role_file_read,
	.release = role_file_release,
	.poll = role_file_poll,
	.getxattr = ops_role_getxattr,
};
