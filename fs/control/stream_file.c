#include "fs/control/stream.h"

#include "fs/control/stream_private.h"
#include "fs/request/barrier.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <string.h>

static struct stream *stream_of(const struct fuse_file_info *file)
{
	return (struct stream *)(uintptr_t)file->fh;
}

/* --- Its life ----------------------------------------------------------------------------- */

static void stream_close(void *arg)
{
	struct stream *stream = arg;

	stream->closed = true;
	if (stream_watch_stop(stream))
		stream_free(stream);
}

static int stream_new(struct op *op, struct stream **ret)
{
	CLEANUP(free) struct stream *stream = calloc(1, sizeof(*stream));
	struct streams *streams = op->arg;
	int r = stream ? stream_queue_reserve(&stream->queue) : -ENOMEM;

	if (streams->n >= STREAMS_MAX)
		r = -ENFILE;

	if (r == 0)
		r = mirror_range(streams->mirror, op->id, &stream->range);
	if (r < 0) {
		if (stream)
			stream_queue_fini(&stream->queue);
		return r;
	}
	stream->streams = streams;
	stream->history = mirror_revision(streams->mirror);
	stream->next = op->stream_since == STREAM_FROM_NOW ? stream->history + 1 : op->stream_since;
	stream->since = stream->next;
	stream->connection = streams->feed->proven;
	stream->sure = ETCD_REVISION_MAX;
	stream->release = (struct task){.run = stream_close, .arg = stream};
	TAILQ_INIT(&stream->openers);
	TAILQ_INIT(&stream->readers);
	stream_watch_init(stream);
	TAILQ_INSERT_TAIL(&streams->list, stream, entry);
	streams->n++;
	*ret = STEAL(stream);
	return 0;
}

void stream_release(fuse_req_t req, const struct fuse_file_info *file)
{
	struct stream *stream = stream_of(file);

	loop_post(stream->streams->loop, &stream->release);
	fuse_reply_err(req, 0);
}

/* --- open --------------------------------------------------------------------------------- */

/* libfuse cannot mark a file as having no position (FOPEN_STREAM), so that two readers do not wait
 * for each other. So the answer is written here in the kernel's own format. */
static bool reply_open(struct op *op, struct stream *stream)
{
	const struct fuse_open_out out = {
		.fh = (uintptr_t)stream,
		.open_flags = FOPEN_DIRECT_IO | FOPEN_NONSEEKABLE | FOPEN_STREAM | FOPEN_NOFLUSH,
	};
	fuse_req_t req = op_take_req(op);
	bool taken = req && fuse_reply_buf(req, (const char *)&out, sizeof(out)) == 0;

	op_reply(op, 0);
	return taken;
}

static void open_done(struct op *op, int error)
{
	struct stream *stream = stream_of(&op->file);

	if (error)
		op_reply(op, error);
	if (error || !reply_open(op, stream))
		stream_close(stream);
}

/* After the barrier: changes acknowledged before the open began are in the mirror, and a stream
 * from now on shows exactly those that come after the mirror's revision. */
static void open_fresh(struct op *op, int error)
{
	struct stream *stream = NULL;
	int r = error ? error : stream_new(op, &stream);

	if (r) {
		op_reply(op, r);
		return;
	}
	op->file.fh = (uintptr_t)stream;
	op_wait(op, &stream->openers, open_done);
	stream_watch_start(stream);
}

void stream_open(struct streams *streams, fuse_req_t req, uint64_t dir, int64_t since,
	const struct fuse_file_info *file)
{
	struct op *op = op_new(streams->requests, req, dir);

	if (!op)
		return;
	op->file = *file;
	op->stream_since = since;
	op_then(op, open_fresh, streams);
	barrier_start(streams->barrier, op, NULL);
}

/* --- read, poll --------------------------------------------------------------------------- */

static void read_lines(struct op *op, struct stream *stream)
{
	struct bytes lines = stream_queue_peek(&stream->queue, op->read_size);
	fuse_req_t req = op_take_req(op);

	/* If the reader has gone, the lines stay for the next read. */
	if (req && fuse_reply_buf(req, (const char *)lines.data, lines.len) == 0)
		stream_queue_take(&stream->queue, lines.len);
	stream_count(stream);
	op_reply(op, 0);
	stream_watch_resume(stream);
}

static void read_turn(struct op *op, int error)
{
	struct stream *stream = stream_of(&op->file);

	if (error)
		op_reply(op, error);
	else if (stream_readable(stream))
		read_lines(op, stream);
	else if (op->file.flags & O_NONBLOCK)
		op_reply(op, -EAGAIN);
	else
		op_wait(op, &stream->readers, read_turn);
}

void stream_read(
	struct streams *streams, fuse_req_t req, size_t size, const struct fuse_file_info *file)
{
	struct op *op = op_new(streams->requests, req, 0);

	if (!op)
		return;
	op->file = *file;
	op->read_size = size;
	op->patient = true;
	op_start(op, read_turn);
}

static void poll_turn(struct op *op, int error)
{
	struct stream *stream = stream_of(&op->file);
	fuse_req_t req = op_take_req(op);

	(void)error;
	if (op->poll) {
		if (stream->poll)
			fuse_pollhandle_destroy(stream->poll);
		stream->poll = STEAL(op->poll);
	}
	if (req)
		fuse_reply_poll(req, stream_readable(stream) ? POLLIN | POLLRDNORM : 0);
	op_reply(op, 0);
}

void stream_poll(struct streams *streams, fuse_req_t req, const struct fuse_file_info *file,
	struct fuse_pollhandle *poll)
{
	struct op *op = op_new(streams->requests, req, 0);

	if (!op) {
		if (poll)
			fuse_pollhandle_destroy(poll);
		return;
	}
	op->file = *file;
	op->poll = poll;
	op_start(op, poll_turn);
}
