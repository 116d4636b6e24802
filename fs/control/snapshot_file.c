#include "fs/control/snapshot_file.h"

#include "fs/etcd/etcd.h"

#include <errno.h>

enum {
	QUEUE_FULL = 4 * 1024 * 1024, /* so many unread bytes: etcd is not attended to */
	QUEUE_LOW = 2 * 1024 * 1024,  /* and it is again; more than a read of the kernel's */
	CHECKSUM_SIZE = 32,	      /* what etcd sends behind the bytes that it counts */
};

struct snapshot_file {
	struct open_entry opened;
	struct snapshot_files *files;
	struct etcd *etcd;
	struct source source;
	struct op_list ops; /* that wait: the open, or reads */
	struct buf queue;
	size_t start;	   /* what of the queue is read */
	uint64_t size;	   /* 0: nothing has come yet */
	uint64_t received; /* so many bytes have come */
	uint64_t position; /* and so many are read */
	bool ended, is_open, closed;
	int error;
	struct task release;
};

static struct snapshot_file *file_of(const struct fuse_file_info *file)
{
	return (struct snapshot_file *)(uintptr_t)file->fh;
}

static void file_free(void *arg)
{
	struct snapshot_file *file = arg;

	file->closed = true;
	loop_forget(file->files->loop, &file->source);
	etcd_free(file->etcd);
	buf_fini(&file->queue);
	free(file);
}

static void file_close(void *arg)
{
	struct snapshot_file *file = arg;

	open_set_remove(file->files->opened, &file->opened);
	if (file->is_open && --file->files->n == 0)
		file->files->size = 0;
	file_free(file);
}

static size_t unread(const struct snapshot_file *file)
{
	return file->queue.len - file->start;
}

/* --- What comes from etcd ------------------------------------------------------------------ */

/* Whether @op has what it waits for: the open the size, a read as much as it can have. */
static bool is_due(const struct snapshot_file *file, const struct op *op)
{
	uint64_t left = file->size - file->position;
	uint64_t wanted = op->read_size < left ? op->read_size : left;

	return file->ended || (file->size && (!file->is_open || unread(file) >= wanted));
}

static void wake(struct snapshot_file *file)
{
	struct op *op, *next;

	for (op = TAILQ_FIRST(&file->ops); op; op = next) {
		next = TAILQ_NEXT(op, entry);
		if (is_due(file, op))
			op_resume(op, 0);
	}
}

static int on_piece(void *arg, struct bytes piece, uint64_t remaining)
{
	struct snapshot_file *file = arg;
	int r;

	if (!file->size)
		file->size = piece.len + remaining + CHECKSUM_SIZE;
	file->received += piece.len;
	r = file->received > file->size ? -EIO : buf_append_bytes(&file->queue, piece);
	if (r == 0 && unread(file) >= QUEUE_FULL)
		loop_forget(file->files->loop, &file->source);
	return r;
}

static void on_ended(void *arg, int error)
{
	struct snapshot_file *file = arg;

	file->ended = true;
	file->error = error;
	if (!error && file->received != file->size)
		file->error = -EIO;
}

static void etcd_run(void *arg, uint32_t epoll_events)
{
	struct snapshot_file *file = arg;

	(void)epoll_events;
	etcd_dispatch(file->etcd);
	wake(file);
}

static int attend(struct snapshot_file *file)
{
	if (file->source.fd >= 0)
		return 0;
	return loop_watch(
		file->files->loop, &file->source, etcd_fd(file->etcd), EPOLLIN, etcd_run, file);
}

/* --- open ---------------------------------------------------------------------------------- */

static int file_new(struct snapshot_files *files, struct snapshot_file **ret)
{
	static const struct etcd_snapshot_handler handler = {on_piece, on_ended};
	struct snapshot_file *file = calloc(1, sizeof(*file));
	int r;

	if (!file)
		return -ENOMEM;
	file->files = files;
	file->source.fd = -1;
	file->release = (struct task){.run = file_close, .arg = file};
	TAILQ_INIT(&file->ops);
	r = etcd_new(&files->config->etcd, &file->etcd);
	if (r == 0)
		r = attend(file);
	if (r == 0)
		r = etcd_snapshot(file->etcd, &handler, file);
	if (r < 0) {
		file_free(file);
		return r;
	}
	open_set_add(files->opened, &file->opened, file_free, file);
	*ret = file;
	return 0;
}

/* The client may be calling just now, so the file is closed by a task. */
static void open_ready(struct op *op, int error)
{
	struct snapshot_file *file = file_of(&op->file);
	struct snapshot_files *files = file->files;
	int r = error ? error : file->size ? 0 : file->error;

	op->file.direct_io = 1;
	op->file.nonseekable = 1;
	op->file.noflush = 1;
	if (r) {
		op_reply(op, r);
		loop_post(files->loop, &file->release);
		return;
	}
	file->is_open = true;
	files->n++;
	files->size = file->size;
	if (!op_reply_open(op, &op->file))
		loop_post(files->loop, &file->release);
}

static void open_run(struct op *op, int error)
{
	struct snapshot_file *file;
	int r = error ? error : file_new(op->arg, &file);

	if (r) {
		op_reply(op, r);
		return;
	}
	op->file.fh = (uintptr_t)file;
	op_wait(op, &file->ops, open_ready);
}

void snapshot_file_open(
	struct snapshot_files *files, fuse_req_t req, const struct fuse_file_info *file)
{
	struct op *op = op_new(files->requests, req, 0);

	if (!op)
		return;
	op->file = *file;
	op_then(op, open_run, files);
	op_start(op, NULL);
}

/* --- read, release ------------------------------------------------------------------------- */

/* If the reader has gone, the bytes stay for the next read. */
static void read_reply(struct op *op, struct snapshot_file *file)
{
	struct bytes bytes = bytes_slice(buf_bytes(&file->queue), file->start, op->read_size);
	fuse_req_t req = op_take_req(op);

	if (req && fuse_reply_buf(req, (const char *)bytes.data, bytes.len) == 0) {
		file->start += bytes.len;
		file->position += bytes.len;
	}
	if (!unread(file) || file->start >= QUEUE_LOW) {
		buf_consume(&file->queue, file->start);
		file->start = 0;
	}
	if (unread(file) < QUEUE_LOW && attend(file) < 0)
		on_ended(file, -EIO);
	op_reply(op, 0);
}

static void read_turn(struct op *op, int error)
{
	struct snapshot_file *file = file_of(&op->file);

	if (error)
		op_reply(op, error);
	else if (op->file_offset != file->position)
		op_reply(op, -ESPIPE);
	else if (!is_due(file, op))
		op_wait(op, &file->ops, read_turn);
	else if (file->ended && file->error && !unread(file))
		op_reply(op, -EIO);
	else
		read_reply(op, file);
}

void snapshot_file_read(struct snapshot_files *files, fuse_req_t req, size_t size, off_t offset,
	const struct fuse_file_info *file)
{
	struct op *op = op_new(files->requests, req, 0);

	if (!op)
		return;
	op->file = *file;
	op->read_size = size;
	op->file_offset = offset;
	op_start(op, read_turn);
}

void snapshot_file_release(fuse_req_t req, const struct fuse_file_info *file)
{
	struct snapshot_file *snapshot = file_of(file);

	loop_post(snapshot->files->loop, &snapshot->release);
	fuse_reply_err(req, 0);
}
