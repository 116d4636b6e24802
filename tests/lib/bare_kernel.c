/* The kernel of a bare mount: libfuse's functions that reply, and what a request has got. */
#include "tests/lib/bare_mount.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

fuse_req_t bare_fuse(struct bare_req *req)
{
	return (fuse_req_t)req;
}

static struct bare_req *req_of(fuse_req_t req)
{
	return (struct bare_req *)req;
}

static int reply(fuse_req_t fuse, int error)
{
	struct bare_req *req = req_of(fuse);

	req->replies++;
	req->error = error;
	assert_int_equal(req->replies, 1);
	return 0;
}

void *fuse_req_userdata(fuse_req_t req)
{
	(void)req;
	return &bare;
}

const struct fuse_ctx *fuse_req_ctx(fuse_req_t req)
{
	static struct fuse_ctx ctx;

	ctx.pid = req_of(req)->pid;
	return &ctx;
}

void fuse_req_interrupt_func(fuse_req_t req, fuse_interrupt_func_t fn, void *arg)
{
	req_of(req)->interrupt = fn;
	req_of(req)->arg = arg;
}

int fuse_reply_err(fuse_req_t req, int error)
{
	return reply(req, error);
}

int fuse_reply_open(fuse_req_t req, const struct fuse_file_info *file)
{
	req_of(req)->fh = file->fh;
	return reply(req, 0);
}

int fuse_reply_create(
	fuse_req_t req, const struct fuse_entry_param *entry, const struct fuse_file_info *file)
{
	req_of(req)->node = entry->ino;
	return fuse_reply_open(req, file);
}

int fuse_reply_write(fuse_req_t req, size_t size)
{
	req_of(req)->size = size;
	return reply(req, 0);
}

int fuse_reply_entry(fuse_req_t req, const struct fuse_entry_param *entry)
{
	req_of(req)->node = entry->ino;
	return reply(req, 0);
}

int fuse_reply_attr(fuse_req_t req, const struct stat *attr, double timeout)
{
	(void)timeout;
	req_of(req)->node = attr->st_ino;
	return reply(req, 0);
}

void bare_interrupt(struct bare_req *req)
{
	if (req->interrupt)
		req->interrupt(bare_fuse(req), req->arg);
}
