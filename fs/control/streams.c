/* The open streams of a mount: their readers, pollers and the size of their queues. */
#include "fs/control/stream_private.h"

#include <errno.h>

bool stream_readable(const struct stream *stream)
{
	return stream_queue_len(&stream->queue) || stream->ended || stream->streams->ending;
}

void stream_wake(struct stream *stream)
{
	struct fuse_pollhandle *poll;
	struct op *op;

	while ((op = TAILQ_FIRST(&stream->readers)) && stream_readable(stream))
		op_resume(op, 0);
	poll = stream_readable(stream) ? STEAL(stream->poll) : NULL;
	if (poll) {
		fuse_lowlevel_notify_poll(poll);
		fuse_pollhandle_destroy(poll);
	}
}

void stream_opened(struct stream *stream, int error)
{
	struct op *op = TAILQ_FIRST(&stream->openers);

	if (op)
		op_resume(op, error);
}

void stream_count(struct stream *stream)
{
	size_t len = stream_queue_len(&stream->queue);

	stream->streams->bytes += len - stream->counted;
	stream->counted = len;
}

void stream_free(struct stream *stream)
{
	TAILQ_REMOVE(&stream->streams->list, stream, entry);
	stream->streams->n--;
	stream->streams->bytes -= stream->counted;
	if (stream->poll)
		fuse_pollhandle_destroy(stream->poll);
	stream_queue_fini(&stream->queue);
	mirror_range_fini(&stream->range);
	free(stream);
}

void streams_init(struct streams *streams)
{
	TAILQ_INIT(&streams->list);
}

void streams_end(struct streams *streams)
{
	struct stream *stream, *next;

	streams->ending = true;
	for (stream = TAILQ_FIRST(&streams->list); stream; stream = next) {
		next = TAILQ_NEXT(stream, entry);
		stream_wake(stream);
		stream_opened(stream, -ENOTCONN);
	}
}

void streams_free(struct streams *streams)
{
	struct stream *stream;

	while ((stream = TAILQ_FIRST(&streams->list)))
		stream_free(stream);
}
